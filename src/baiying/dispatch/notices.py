"""How this room words its letters: calls (呼) and the meetings they lead to. The words of the call stay on its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from baiying.journal.models import Entry
from baiying.notify.letters import Letter, Posting, Recipient, Settled
from baiying.org.models import Account
from baiying.org.people import people_with
from baiying.org.queries import street_map

ANSWER_CALL: Final = "dispatch.answer_call"
# Used while no role holds the leave above: whoever takes orders for a unit answers its calls.
TAKE_ORDERS: Final = "cases.acknowledge"
CALLED: Final = ("dispatch.call_raised", "dispatch.summons_overruled", "dispatch.summons_insisted")
# event: what it answers. With `unit_ids` only the letters of those units.
SETTLES: Final[dict[str, tuple[str, ...]]] = {
    "dispatch.summons_acknowledged": CALLED,
    "dispatch.summons_objected": CALLED,
    "dispatch.call_refused": CALLED,
    "dispatch.summons_excused": (*CALLED, "dispatch.meeting_planned"),
    "dispatch.call_ended": (*CALLED, "dispatch.meeting_planned"),
    "dispatch.call_withdrawn": (*CALLED, "dispatch.meeting_planned"),
}


def letters_for(entry: Entry) -> list[Posting | Settled]:
    """The letters of one journal entry about a call, and what it settles."""
    if entry.subject_kind == "summons":
        return list(_of_clock(entry))
    if entry.subject_kind != "call":
        return []
    found: list[Posting | Settled] = []
    if entry.event in SETTLES:
        units = entry.data.get("unit_ids") or [None]
        found += [
            Settled(
                subject_kind="call", subject_id=entry.subject_id, kinds=SETTLES[entry.event], unit_id=unit
            )
            for unit in (
                units if entry.event.startswith(("dispatch.summons", "dispatch.call_refused")) else [None]
            )
        ]
    notice = _NOTICES.get(entry.event)
    return [*found, *notice(entry)] if notice is not None else found


def _of_clock(entry: Entry) -> Iterable[Posting]:
    """The clock of a summons: the unit is warned, then the chain is told."""
    due_at = _moment(entry, "due_at")
    link = f"/desk/summons/{entry.subject_id}/"
    if entry.event == "dispatch.warned" and entry.unit_id:
        title = _("有一个呼叫快到时限，请应答")
        body = _("时限 %(due)s。") % {"due": _said(due_at)} if due_at else ""
        for account in _people(entry.tenant_id, entry.unit_id, ANSWER_CALL):
            yield _posting(entry, account, entry.unit_id, title, body, None, is_urgent=True, link=link)
    if entry.event == "dispatch.escalated" and entry.data.get("to_account"):
        for account in Account.objects.filter(
            tenant_id=entry.tenant_id, id=entry.data["to_account"], is_active=True
        ):
            title = _("有单位没有按时响应呼叫，请督办")
            yield _posting(entry, account, None, title, "", None, is_urgent=True, link=link)


def _call_raised(entry: Entry) -> Iterable[Posting]:
    respond_by = _moment(entry, "respond_by")
    title = _("呼叫 %(number)s，请马上应答") % {"number": entry.data.get("number", "")}
    body = _("请在 %(by)s 前应答，说明何时到场。") % {"by": _said(respond_by)} if respond_by else ""
    return _to_called(
        entry, title, body, _read_by(entry, respond_by), is_urgent=_is_urgent(entry, respond_by)
    )


def _not_excused(entry: Entry) -> Iterable[Posting]:
    respond_by = _moment(entry, "respond_by")
    title = _("呼叫 %(number)s：异议不成立，请到场") % {"number": entry.data.get("number", "")}
    return _to_called(entry, title, "", _read_by(entry, respond_by), is_urgent=True)


def _meeting_planned(entry: Entry) -> Iterable[Posting]:
    meets_at = _moment(entry, "meets_at")
    title = _("现场会 %(number)s，%(at)s") % {
        "number": entry.data.get("number", ""), "at": _said(meets_at) if meets_at else "",
    }  # fmt: skip
    return _to_called(entry, title, _("地点和事由见呼叫页面。"), _read_by(entry, meets_at), is_urgent=False)


def _task_given(entry: Entry) -> Iterable[Posting]:
    due_at = _moment(entry, "due_at")
    title = _("呼叫 %(number)s 分给您单位一项任务") % {"number": entry.data.get("number", "")}
    body = _("完成期限 %(due)s。") % {"due": _said(due_at)} if due_at else ""
    return _to_called(entry, title, body, None, is_urgent=False)


def _objected(entry: Entry) -> Iterable[Posting]:
    """The caller learns that a unit objects or does not come."""
    title = _("呼叫 %(number)s：有单位提出异议或不能到场") % {"number": entry.data.get("number", "")}
    unit_id = entry.data.get("caller_unit_id")
    for account in _people(entry.tenant_id, unit_id, "dispatch.raise_call") if unit_id else ():
        yield _posting(entry, account, unit_id, title, "", None, is_urgent=True)
    if entry.data.get("goes_to_leader"):
        root = street_map(entry.tenant_id).root.id
        for account in people_with(entry.tenant_id, "dispatch.decide_refusal", root):
            yield _posting(entry, account, root, title, _("请裁定。"), None, is_urgent=True)


def _asked(entry: Entry) -> Iterable[Posting]:
    """The street's office learns that a community's call waits to be sent out."""
    root = street_map(entry.tenant_id).root.id
    title = _("社区提请呼叫 %(number)s，请审核发出") % {"number": entry.data.get("number", "")}
    for account in people_with(entry.tenant_id, "dispatch.raise_call", root):
        yield _posting(entry, account, root, title, "", None, is_urgent=True)


def _to_called(
    entry: Entry, title: str, body: str, read_by: datetime | None, *, is_urgent: bool
) -> Iterable[Posting]:
    told: set[int] = set()
    for unit_id in entry.data.get("unit_ids") or ():
        for account in _people(entry.tenant_id, unit_id, ANSWER_CALL):
            if account.id not in told and account.id != entry.actor_id:
                told.add(account.id)
                yield _posting(entry, account, unit_id, title, body, read_by, is_urgent=is_urgent)
    wanted = set(entry.data.get("account_ids") or ()) - told - {entry.actor_id}
    for account in Account.objects.filter(tenant_id=entry.tenant_id, id__in=wanted, is_active=True).order_by(
        "id"
    ):
        yield _posting(entry, account, None, title, body, read_by, is_urgent=is_urgent)


def _people(tenant_id: int, unit_id: int, permission: str) -> list[Account]:
    return people_with(tenant_id, permission, unit_id) or people_with(tenant_id, TAKE_ORDERS, unit_id)


def _posting(
    entry: Entry, account: Account, unit_id: int | None, title: str, body: str, read_by: datetime | None, *,
    is_urgent: bool, link: str = "",
) -> Posting:  # fmt: skip
    link = link or f"/desk/calls/{entry.subject_id}/"
    return Posting(
        to=Recipient(account_id=account.id, name=account.name),
        letter=Letter(kind=entry.event, title=title, body=body, link=link, is_urgent=is_urgent),
        promise=f"{entry.event}:{entry.id}:{unit_id or account.id}", subject_kind=entry.subject_kind, subject_id=entry.subject_id,
        community_id=entry.community_id, grid_id=entry.grid_id, unit_id=unit_id, must_be_read_by=read_by,
    )  # fmt: skip


def _is_urgent(entry: Entry, respond_by: datetime | None) -> bool:
    return respond_by is not None and respond_by - entry.at < timedelta(hours=4)


def _read_by(entry: Entry, respond_by: datetime | None) -> datetime | None:
    """Half the time that is left to answer: the rest is for the telephone."""
    return entry.at + (respond_by - entry.at) / 2 if respond_by and respond_by > entry.at else None


def _moment(entry: Entry, name: str) -> datetime | None:
    said = entry.data.get(name)
    return datetime.fromisoformat(said) if said else None


def _said(at: datetime) -> str:
    return date_format(timezone.localtime(at), "m-d H:i")


_NOTICES: Final[dict[str, Callable[[Entry], Iterable[Posting]]]] = {
    "dispatch.call_asked": _asked,
    "dispatch.call_raised": _call_raised,
    "dispatch.summons_overruled": _not_excused,
    "dispatch.summons_insisted": _not_excused,
    "dispatch.meeting_planned": _meeting_planned,
    "dispatch.task_given": _task_given,
    "dispatch.summons_objected": _objected,
    "dispatch.call_refused": _objected,
}
