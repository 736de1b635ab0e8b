"""How this room words its letters: who is told of what happened to a case, and what it asks of them.

Titles go out of the house and carry the reference only. A resident is told by the telephone number they gave, and of
their own case alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baiying.cases import following, rules, secrets, steps
from baiying.cases.case_limits import rule_of
from baiying.cases.models import Case, Contact
from baiying.dispatch.models import Order
from baiying.journal.models import Entry
from baiying.notify.letters import Letter, Posting, Recipient, Settled
from baiying.org.models import Account
from baiying.org.people import people_with
from baiying.org.queries import calendar_of, street_map

URGENT_WITHIN: Final = timedelta(minutes=30)  # own default: an urgent order nobody has read is telephoned
CLOCKS: Final = ("dispatch.warned", "dispatch.overdue", "dispatch.escalated")
# event: letters of which kinds have been answered by it
SETTLES: Final[dict[str, tuple[str, ...]]] = {
    "cases.accepted": ("cases.reopened", *CLOCKS),
    "cases.declined": ("cases.returned", "cases.reopened", *CLOCKS),
    "cases.handed_out": ("cases.returned", *CLOCKS),
    "cases.acknowledged": ("cases.handed_out", "cases.corrected", *CLOCKS),
    "cases.returned": ("cases.handed_out", "cases.corrected", *CLOCKS),
    "cases.recalled": (
        "cases.handed_out",
        "cases.corrected",
        "cases.question_answered",
        "cases.sent_back",
        *CLOCKS,
    ),
    "cases.merged": (
        "cases.handed_out",
        "cases.corrected",
        "cases.returned",
        "cases.reopened",
        "cases.sent_back",
        *CLOCKS,
    ),
    "cases.handled_with_lead": ("cases.question_asked", "cases.question_answered", *CLOCKS),
    "cases.declined_with_lead": ("cases.question_asked", "cases.question_answered", *CLOCKS),
    "cases.question_answered": ("cases.question_asked",),
    "cases.question_unanswered": ("cases.question_asked",),
    "cases.handled": ("cases.corrected", "cases.sent_back", "cases.question_answered", *CLOCKS),
    "cases.checked": CLOCKS,
    "cases.rated": ("cases.checked", "cases.checked_with_lead"),
    "cases.unrated": ("cases.checked", "cases.checked_with_lead"),
    "dispatch.escalation_acknowledged": ("dispatch.escalated",),
    "dispatch.support_acknowledged": ("dispatch.support_handed_out",),
    "dispatch.support_returned": ("dispatch.support_handed_out",),
    "dispatch.support_reported": ("dispatch.support_handed_out",),
    "dispatch.support_cancelled": ("dispatch.support_handed_out",),
}
# Whose clock it is: the office's own promises, else those of the unit that has the case.
_OFFICE_CLOCKS: Final = {
    "accept": rules.ACCEPT, "hand_out": rules.HAND_OUT, "check": rules.CHECK, "call_back": rules.CALL_BACK,
}  # fmt: skip


def letters_for(entry: Entry) -> list[Posting | Settled]:
    """The letters of one journal entry about a case, and what it settles."""
    notice = _NOTICES.get(entry.event)
    settled = SETTLES.get(entry.event, ())
    if entry.event == "cases.corrected" and entry.data.get("is_urgent") is False:
        settled = ("cases.corrected",)  # it is not urgent after all: nobody is telephoned for it
    case_id = _case_id(entry) if notice is not None or settled else None
    if case_id is None:
        return []
    found: list[Posting | Settled] = []
    if settled:
        unit_id = entry.data.get("unit") if entry.event.startswith("dispatch.support") else None
        found.append(Settled(subject_kind="case", subject_id=str(case_id), kinds=settled, unit_id=unit_id))
    case = None
    if notice is not None:
        rows = Case.objects.filter(tenant_id=entry.tenant_id, id=case_id)
        case = rows.select_related("category").defer("search", "text").first()
    if notice is not None and case is not None:
        found += notice(entry, case)
    return found


def _case_id(entry: Entry) -> UUID | None:
    """The case that the entry is about; an order leads to its own."""
    if entry.subject_kind == "case":
        return UUID(entry.subject_id)
    if entry.subject_kind != "order":
        return None
    order = Order.objects.filter(
        tenant_id=entry.tenant_id, id=UUID(entry.subject_id), subject_kind="case"
    ).first()
    return order.subject_id if order else None


# -- to staff -----------------------------------------------------------------------------------------------


def _handed_out(entry: Entry, case: Case) -> Iterable[Posting]:
    unit_id = entry.unit_id or case.unit_id
    due, read_by = to_acknowledge(entry, case)
    title = _("新派单 %(reference)s，请签收") % {"reference": case.reference}
    body = _("类别：%(category)s。请在 %(due)s 前签收，或说明理由退回；办理时限 %(limit)s。") % {
        "category": case.category.name, "due": _said(due), "limit": _said(case.due_at),
    }  # fmt: skip
    return _to_unit(entry, case, rules.ACKNOWLEDGE, unit_id, title, body, read_by)


def to_acknowledge(entry: Entry, case: Case) -> tuple[datetime, datetime]:
    """By when the unit must acknowledge, and by when the letter about it must be read: half that time."""
    rule = rule_of(case, "acknowledge")
    assert rule is not None  # every profile has it
    due = calendar_of(entry.tenant_id).due(entry.at, rule.limit).at
    return due, entry.at + (URGENT_WITHIN if case.is_urgent else (due - entry.at) / 2)


def _returned(entry: Entry, case: Case) -> Iterable[Posting]:
    unit = street_map(case.tenant_id).units.get(entry.unit_id or 0)
    title = _("退单 %(reference)s，请重新派单") % {"reference": case.reference}
    body = _("%(unit)s退回了这件诉求，理由写在办理经过里。") % {"unit": unit.name if unit else _("承办单位")}
    return _to_office(entry, case, rules.HAND_OUT, title, body)


def _reopened(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("重新办理 %(reference)s，请安排") % {"reference": case.reference}
    return _to_office(entry, case, rules.ACCEPT, title, _("居民或工作人员申请重新办理，理由写在办理经过里。"))


def _corrected(entry: Entry, case: Case) -> Iterable[Posting]:
    """What turns urgent while a unit has it is told as loudly as an urgent order; other corrections stand on the page."""
    if not entry.data.get("is_urgent") or (case.resume_state or case.state) not in steps.WITH_UNIT:
        return ()
    title = _("改为紧急 %(reference)s，请马上看") % {"reference": case.reference}
    body = _("这件诉求已确认为紧急，类别：%(category)s，办理时限 %(limit)s。") % {
        "category": case.category.name, "limit": _said(case.due_at),
    }  # fmt: skip
    return _to_unit(entry, case, rules.ACKNOWLEDGE, case.unit_id, title, body, entry.at + URGENT_WITHIN)


def _answered(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("居民已补充 %(reference)s，请接着办") % {"reference": case.reference}
    body = _("居民回答了提问，计时已恢复，办理时限 %(limit)s。") % {"limit": _said(case.due_at)}
    if case.unit_id is None:
        return _to_office(entry, case, rules.ACCEPT, title, body)
    return _to_unit(entry, case, rules.WORK, case.unit_id, title, body)


def _sent_back(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("核查未通过 %(reference)s，请再办") % {"reference": case.reference}
    return _to_unit(
        entry, case, rules.WORK, case.unit_id, title, _("核查认为还没有解决，理由写在办理经过里。")
    )


def _merged(entry: Entry, case: Case) -> Iterable[Posting]:
    """The unit that had it in hand no longer has; the reporter reads it in their thread."""
    title = _("诉求 %(reference)s 已并入别的件，不用再办") % {"reference": case.reference}
    body = _("这件诉求和另一件是同一件事，由主件的承办单位一起办，派单已收回。")
    return _to_unit(entry, case, rules.ACKNOWLEDGE, entry.data.get("unit"), title, body)


def _unmerged(entry: Entry, case: Case) -> Iterable[Posting]:
    """Whoever had it before the merging has it again; what no unit had, the office has."""
    title = _("诉求 %(reference)s 取消合并，恢复办理") % {"reference": case.reference}
    body = _("这件诉求恢复到合并以前，办理时限 %(limit)s，理由写在办理经过里。") % {
        "limit": _said(case.due_at)
    }
    unit_id = entry.data.get("unit")
    if unit_id is None:
        return _to_office(entry, case, rules.ACCEPT, title, body)
    return _to_unit(entry, case, rules.ACKNOWLEDGE, unit_id, title, body)


def _warned(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("快到期 %(reference)s") % {"reference": case.reference}
    return _to_holder(entry, case, title, _("到期时间 %(due)s，请抓紧。") % {"due": _due(entry, case)}, None)


def _overdue(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("已超期 %(reference)s，请马上办") % {"reference": case.reference}
    body = _("到期时间 %(due)s 已过，已按责任链向上报告。") % {"due": _due(entry, case)}
    return _to_holder(entry, case, title, body, _half_a_day(entry))


def _escalated(entry: Entry, case: Case) -> Iterable[Posting]:
    """To the seat's own account; an empty chain has nobody to write to, and the case's page says so."""
    account = Account.objects.filter(
        tenant_id=entry.tenant_id, id=entry.data.get("to_account") or 0, is_active=True
    ).first()
    if account is None:
        return
    title = _("超期上报 %(reference)s，请过问并确认收到") % {"reference": case.reference}
    body = _("这件诉求 %(due)s 到期未办，现报到您这一级（%(duty)s）。") % {
        "due": _due(entry, case), "duty": entry.data.get("to_duty") or _("责任人"),
    }  # fmt: skip
    yield _to_person(entry, case, account, title, body, _half_a_day(entry))


def _to_holder(
    entry: Entry, case: Case, title: str, body: str, read_by: datetime | None
) -> Iterable[Posting]:
    permission = _OFFICE_CLOCKS.get(entry.data.get("what", ""))
    if permission is not None:
        return _to_office(entry, case, permission, title, body)
    return _to_unit(entry, case, rules.WORK, entry.unit_id or case.unit_id, title, body, read_by)


def _to_office(entry: Entry, case: Case, permission: str, title: str, body: str) -> Iterable[Posting]:
    return _to_unit(entry, case, permission, street_map(case.tenant_id).root.id, title, body)


def _to_unit(
    entry: Entry, case: Case, permission: str, unit_id: int | None, title: str, body: str,
    read_by: datetime | None = None,
) -> Iterable[Posting]:  # fmt: skip
    """Everybody with this leave at the unit, a grid without anybody: at its community. Not whoever did it."""
    unit = street_map(case.tenant_id).units.get(unit_id or 0)
    if unit is None:
        return
    people = people_with(case.tenant_id, permission, unit.id)
    if not people and unit.level == "grid" and unit.parent_id is not None:
        people = people_with(case.tenant_id, permission, unit.parent_id)
    for account in people:
        if account.id != entry.actor_id:
            yield _to_person(entry, case, account, title, body, read_by, unit_id=unit.id)


def _to_person(
    entry: Entry, case: Case, account: Account, title: str, body: str, read_by: datetime | None, *,
    unit_id: int | None = None,
) -> Posting:  # fmt: skip
    link = reverse("desk_case", kwargs={"reference": case.reference})
    letter = Letter(kind=entry.event, title=title, body=body, link=link, is_urgent=case.is_urgent)
    to = Recipient(account_id=account.id, name=account.name)
    return _posting(entry, case, to, letter, read_by=read_by, unit_id=unit_id)


def _posting(
    entry: Entry, case: Case, to: Recipient, letter: Letter, *, read_by: datetime | None = None,
    in_call: bool = False, unit_id: int | None = None,
) -> Posting:  # fmt: skip
    return Posting(
        to=to, letter=letter, promise=f"{letter.kind}:{entry.id}", subject_kind="case", subject_id=str(case.id),
        community_id=case.community_id, grid_id=case.grid_id, unit_id=unit_id or entry.unit_id or case.unit_id,
        must_be_read_by=read_by, ends_in_call=in_call,
    )  # fmt: skip


def _half_a_day(entry: Entry) -> datetime:
    """Read by the middle of what is left until the evening of the next working day."""
    return entry.at + (calendar_of(entry.tenant_id).add_working_days(entry.at, 1).at - entry.at) / 2


def _due(entry: Entry, case: Case) -> str:
    said = entry.data.get("due_at")
    return _said(datetime.fromisoformat(said) if said else case.due_at)


def _said(at: datetime) -> str:
    return date_format(timezone.localtime(at), "m-d H:i")


# -- to the reporter ----------------------------------------------------------------------------------------


def _received(entry: Entry, case: Case) -> Iterable[Posting]:
    return _to_reporter(entry, case, _("您反映的事项已登记，编号 %(reference)s，查进度：") % _ref(case))


def _asked(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("您反映的事项 %(reference)s 有一点要请您补充，请打开链接回答：") % _ref(case)
    return _to_reporter(entry, case, title, in_call=True)


def _please_rate(entry: Entry, case: Case) -> Iterable[Posting]:
    """Sent when the work has been checked: only then can it be rated."""
    return _to_reporter(entry, case, _("您反映的事项 %(reference)s 已办完，请评价：") % _ref(case))


def _closed(entry: Entry, case: Case) -> Iterable[Posting]:
    return _to_reporter(entry, case, _("您反映的事项 %(reference)s 已结案，结果见：") % _ref(case))


def _declined(entry: Entry, case: Case) -> Iterable[Posting]:
    return _to_reporter(entry, case, _("您反映的事项 %(reference)s 已答复，请看说明：") % _ref(case))


def _to_followers(
    title: str | Promise, notice: Callable[[Entry, Case], Iterable[Posting]]
) -> Callable[[Entry, Case], Iterable[Posting]]:
    """The same news to those who follow the case, by their own link; `title` as it goes out of the house."""

    def post(entry: Entry, case: Case) -> Iterable[Posting]:
        yield from notice(entry, case)
        for reference, secret, phone in following.to_tell(case):
            link = reverse("followed", kwargs={"reference": reference}) + "?" + urlencode({"k": secret})
            letter = Letter(
                kind=entry.event, title=str(title) % {"reference": reference}, link=link, is_urgent=False
            )
            posting = _posting(entry, case, Recipient(account_id=None, addresses={"sms": phone}), letter)
            yield replace(posting, promise=f"{entry.event}:{entry.id}:{reference}")

    return post


def _ref(case: Case) -> dict[str, str]:
    return {"reference": case.reference}


def _to_reporter(entry: Entry, case: Case, title: str, *, in_call: bool = False) -> Iterable[Posting]:
    contact = Contact.objects.get_queryset().filter(tenant_id=case.tenant_id, case_id=case.id).first()
    if contact is None or not contact.phone:
        return
    key = urlencode({"k": secrets.tracking_secret(case.id, case.tracking_epoch)})
    link = reverse("track_case", kwargs={"reference": case.reference}) + f"?{key}"
    to = Recipient(account_id=None, addresses={"sms": contact.phone})
    letter = Letter(kind=entry.event, title=title, link=link, is_urgent=False)
    yield _posting(entry, case, to, letter, in_call=in_call)


_DONE: Final = gettext_lazy("您关注的事 %(reference)s 已办完，结果见：")
_ANSWERED: Final = gettext_lazy("您关注的事 %(reference)s 已答复，请看：")

_NOTICES: Final[dict[str, Callable[[Entry, Case], Iterable[Posting]]]] = {
    "cases.received": _received,
    "cases.declined": _to_followers(_ANSWERED, _declined),
    "cases.handed_out": _handed_out,
    "cases.corrected": _corrected,
    "cases.returned": _returned,
    "cases.question_asked": _asked,
    "cases.question_answered": _answered,
    "cases.sent_back": _sent_back,
    "cases.checked": _to_followers(_DONE, _please_rate),
    "cases.closed": _closed,
    "cases.reopened": _reopened,
    "cases.merged": _merged,
    "cases.unmerged": _unmerged,
    "cases.checked_with_lead": _to_followers(_DONE, _please_rate),
    "cases.declined_with_lead": _to_followers(_ANSWERED, _declined),
    "cases.closed_with_lead": _closed,
    "dispatch.warned": _warned,
    "dispatch.overdue": _overdue,
    "dispatch.escalated": _escalated,
}
