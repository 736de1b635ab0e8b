"""Promises that were not kept, for programs: who was told, and the answer of whoever was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from baiying.cases import rules
from baiying.cases.models import Case
from baiying.dispatch import calls_clocks, calls_reading, clocks, order_clocks, queries
from baiying.dispatch.models import Escalation, Order
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.kit.paging import page_of
from baiying.kit.versions import version_of
from baiying.org.rules import Actor, demand

TAG: Final = "Escalations"
Reply = Literal["take_charge", "noted"]


class EscalationsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which: `mine`, what the token's account was told; `all`, every one of its branch that is not over."""

    show: Literal["mine", "all"] = "mine"
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 40


class EscalationOne(msgspec.Struct, kw_only=True):
    """Somebody up the chain was told that a promise was not kept: `what`, due when, at which level, in whose place.

    One of `request`, `summons`, `order` names what it is about, as far as the token sees it. `reply` null: not yet.
    """

    id: UUID
    request: str | None
    summons: UUID | None
    order: UUID | None
    what: str
    due_at: datetime
    told_at: datetime
    level: int
    label: str
    name: str
    duty: str
    deputy_for: str | None
    is_top: bool
    is_mine: bool
    reply: Reply | None
    replied_at: datetime | None
    note: str
    version: int


class EscalationPage(msgspec.Struct):
    """The latest first."""

    escalations: list[EscalationOne]
    next: str | None
    previous: str | None


class ReplySaid(msgspec.Struct, forbid_unknown_fields=True):
    """`take_charge` gives time before the next level is told; `noted` does so, too, and says no more than that."""

    reply: Reply
    note: str = ""


@operation(
    "list_escalations", "GET", "v1/escalations", tag=TAG, summary="Promises that were not kept, and who was told",
    answer=EscalationPage, permission=rules.READ, query=EscalationsAsked,
)  # fmt: skip
def list_escalations(call: Call) -> EscalationPage:
    """One's own, wherever they lie; all of the branch with `cases.hand_out`."""
    asked: EscalationsAsked = call.query
    rows = queries.escalations_for(call.by)
    if asked.show == "all":
        demand(call.by, rules.HAND_OUT)
        rows = queries.open_escalations(call.by.scope)
    page = page_of(rows, order=("-at", "-id"), size=asked.limit, cursor=asked.cursor)
    return EscalationPage(_shown(call.by, page.rows), page.next_cursor, page.previous_cursor)


@operation(
    "answer_escalation", "POST", "v1/escalations/<uuid:escalation_id>/acknowledge", tag=TAG,
    summary="Say that one knows, or takes charge", answer=EscalationOne, permission=rules.READ, version="change",
    body=ReplySaid,
)  # fmt: skip
def answer_escalation(call: Call) -> Answer:
    """Only whoever was told, and once."""
    said: ReplySaid = call.body
    row = clocks.acknowledge_escalation(
        call.by, escalation_id=call.path["escalation_id"], as_what=said.reply, note=said.note, version=call.version
    )  # fmt: skip
    [one] = _shown(call.by, [row])
    return Answer(one, one.version)


def _shown(by: Actor, rows: Sequence[Escalation]) -> list[EscalationOne]:
    cases = Case.objects.within(by.scope).defer("search").in_bulk(_ids(rows, "case"))
    summonses = calls_reading.summonses_by_id(by.scope, _ids(rows, calls_clocks.KIND))
    orders = Order.objects.within(by.scope).in_bulk(_ids(rows, order_clocks.KIND))
    due = queries.due_dates(by.scope.tenant, rows)
    return [
        EscalationOne(
            id=row.id, request=cases[row.subject_id].reference if row.subject_id in cases else None,
            summons=row.subject_id if row.subject_id in summonses else None,
            order=row.subject_id if row.subject_id in orders else None, what=row.what, due_at=due[row.clock_id],
            told_at=row.at, level=row.level, label=row.label, name=row.name, duty=row.duty,
            deputy_for=row.deputy_for or None, is_top=row.is_top, is_mine=row.account_id == by.account_id,
            reply=row.acknowledged_as or None,  # type: ignore[arg-type]
            replied_at=row.acknowledged_at, note=row.note, version=version_of(row),
        )
        for row in rows
    ]  # fmt: skip


def _ids(rows: Iterable[Escalation], kind: str) -> list[UUID]:
    return [row.subject_id for row in rows if row.subject_kind == kind]
