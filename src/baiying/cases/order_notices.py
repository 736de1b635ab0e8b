"""Letters about supporting orders and links to people outside: who is told, and of what; never words of a resident."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from baiying.cases import rules
from baiying.cases.models import Case
from baiying.cases.notices import to_acknowledge
from baiying.dispatch.models import Order, OutsideLink
from baiying.dispatch.order_clocks import KIND
from baiying.dispatch.outside import SUBJECT_KIND
from baiying.journal.models import Entry
from baiying.notify.letters import Letter, Posting, Recipient, Settled
from baiying.org.models import Account
from baiying.org.people import people_with
from baiying.org.queries import street_map


def letters_for(entry: Entry) -> list[Posting | Settled]:
    """The letters of one journal entry about a supporting order or a link."""
    if entry.subject_kind == KIND and entry.event in ("dispatch.warned", "dispatch.escalated"):
        return list(_late(entry))
    notice = _NOTICES.get(entry.event)
    subject = entry.data.get("subject", entry.subject_id)
    case = Case.objects.filter(tenant_id=entry.tenant_id, id=UUID(str(subject))).first() if notice else None
    return list(notice(entry, case)) if notice is not None and case is not None else []


def _support_handed_out(entry: Entry, case: Case) -> Iterable[Posting]:
    title = _("%(reference)s 请你单位协办") % {"reference": case.reference}
    link = reverse("desk_order", kwargs={"order_id": entry.data["order"]})
    unit_id = int(entry.data["unit"])
    named = entry.data.get("person")
    _due, read_by = to_acknowledge(entry, case)
    for account in people_with(entry.tenant_id, rules.ACKNOWLEDGE, unit_id):
        if named in (None, account.pk):
            yield _posting(
                entry,
                case,
                account.pk,
                account.name,
                Letter(kind=entry.event, title=title, link=link, is_urgent=case.is_urgent),
                unit_id,
                read_by,
            )


def _support_ended(entry: Entry, case: Case) -> Iterable[Posting]:
    """Whoever leads is told how the support ended."""
    returned = entry.event == "dispatch.support_returned"
    said = _("%(reference)s 的协办被退回") if returned else _("%(reference)s 的协办报了结果")
    link = reverse("desk_case", kwargs={"reference": case.reference})
    letter = Letter(kind=entry.event, title=said % {"reference": case.reference}, link=link)
    if case.unit_id is not None:
        for account in people_with(entry.tenant_id, rules.WORK, case.unit_id):
            yield _posting(entry, case, account.pk, account.name, letter, case.unit_id)


def _late(entry: Entry) -> Iterable[Posting]:
    """The clock of an order: its unit is warned, then the chain is told."""
    order = Order.objects.filter(tenant_id=entry.tenant_id, id=UUID(entry.subject_id)).first()
    if order is None:
        return
    is_support = order.part == Order.Part.SUPPORT
    link = reverse("desk_order", kwargs={"order_id": order.id}) if is_support else reverse("desk_inbox")
    if entry.event == "dispatch.warned":
        title, told = _("有一张派单快到时限"), people_with(entry.tenant_id, rules.ACKNOWLEDGE, order.unit_id)
    elif entry.event == "dispatch.escalated" and entry.data.get("to_account"):
        title = _("有一张派单超期没有办完，请督办")
        told = list(
            Account.objects.filter(id=entry.data["to_account"], tenant_id=entry.tenant_id, is_active=True)
        )
        link = reverse("desk_escalations")
    else:
        return
    letter = Letter(kind=entry.event, title=title, link=link)
    for account in told:
        yield Posting(
            to=Recipient(account_id=account.pk, name=account.name), letter=letter,
            promise=f"{entry.event}:{entry.id}", subject_kind=entry.subject_kind, subject_id=entry.subject_id,
            community_id=order.community_id, grid_id=order.grid_id, unit_id=order.unit_id,
        )  # fmt: skip


def _outside_ready(entry: Entry, case: Case) -> Iterable[Posting]:
    """To whoever shall answer; the link is completed when it leaves (dispatch.outside.complete)."""
    link = OutsideLink.objects.filter(tenant_id=entry.tenant_id, id=UUID(entry.subject_id)).first()
    if link is None or not link.to_address:
        return
    channel = "email" if "@" in link.to_address else "sms"
    letter = Letter(
        kind=entry.event, title=_("%(reference)s 请查看并答复") % {"reference": case.reference},
        link=f"/o/~{entry.tenant_id}.{link.id}",
    )  # fmt: skip
    to = Recipient(account_id=None, name=link.to_name, addresses={channel: link.to_address})
    yield Posting(
        to=to, letter=letter, promise=f"outside:{link.id}:{link.epoch}:{link.tries}", subject_kind=SUBJECT_KIND,
        subject_id=str(link.id), community_id=link.community_id, unit_id=link.unit_id,
    )  # fmt: skip


def _outside_failed(entry: Entry, case: Case) -> Iterable[Posting]:
    """The office is told that a link came to nothing, unless somebody withdrew it."""
    if entry.data.get("failure") in ("withdrawn", "order_ended"):
        return
    root = street_map(entry.tenant_id).root
    letter = Letter(
        kind=entry.event, title=_("%(reference)s 的外部链接没有等到答复") % {"reference": case.reference},
        link=reverse("desk_outside_link", kwargs={"link_id": entry.subject_id}),
    )  # fmt: skip
    for account in people_with(entry.tenant_id, rules.HAND_OUT, root.id):
        yield _posting(entry, case, account.pk, account.name, letter, root.id)


def _posting(
    entry: Entry, case: Case, account: int, name: str, letter: Letter, unit_id: int, read_by: datetime | None = None
) -> Posting:  # fmt: skip
    return Posting(
        to=Recipient(account_id=account, name=name), letter=letter, promise=f"{entry.event}:{entry.id}",
        subject_kind=entry.subject_kind, subject_id=entry.subject_id, community_id=case.community_id,
        grid_id=case.grid_id, unit_id=unit_id, must_be_read_by=read_by,
    )  # fmt: skip


_NOTICES: Final[dict[str, Callable[[Entry, Case], Iterable[Posting]]]] = {
    "dispatch.support_handed_out": _support_handed_out,
    "dispatch.support_reported": _support_ended,
    "dispatch.support_returned": _support_ended,
    "dispatch.outside_ready": _outside_ready,
    "dispatch.outside_failed": _outside_failed,
}
