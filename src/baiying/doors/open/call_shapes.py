"""What programs say and are given about calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from baiying.dispatch import calls_reading
from baiying.dispatch.models import Call, CallTask, Meeting, Order, Summons
from baiying.doors.open.decoding import Moment
from baiying.doors.open.shapes import Named, OrderRow, order_row
from baiying.org.models import Unit
from baiying.org.queries import street_map

Rows = Annotated[int, msgspec.Meta(ge=1, le=200)]


class CallsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which calls: open ones (all at once), those with somebody missing or late, or every one page by page."""

    show: Literal["open", "missing", "late", "all"] = "open"
    cursor: str | None = None
    limit: Rows = 40


class PartySaid(msgspec.Struct, forbid_unknown_fields=True):
    """A unit by code, or somebody of it by name."""

    unit: str
    person: str = ""


class CallSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is called for; requests by reference."""

    kind: str
    title: str
    text: str
    requests: Annotated[list[str], msgspec.Meta(min_length=1, max_length=50)]
    parties: Annotated[list[PartySaid], msgspec.Meta(min_length=1, max_length=40)]
    place: str = ""
    respond_by: Moment | None = None


class PartiesSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Who is called besides."""

    parties: Annotated[list[PartySaid], msgspec.Meta(min_length=1, max_length=40)]


class CallStepSaid(msgspec.Struct, forbid_unknown_fields=True):
    """The words of a step."""

    text: str = ""


class SummonsStepSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What a step of a summons may need; the table says what."""

    text: str = ""
    expected_at: Moment | None = None
    arrived_at: Moment | None = None
    place: str = ""


class MeetingSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Where and when all meet."""

    place: str
    planned_at: Moment


class MinutesSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Who was there, what was said and decided; units by code."""

    held_at: Moment
    present: Annotated[list[str], msgspec.Meta(max_length=60)]
    minutes: str
    decisions: str
    others_present: str = ""


class TaskSaid(msgspec.Struct, forbid_unknown_fields=True):
    """A task for one of the called units."""

    unit: str
    text: str
    due_at: Moment
    meeting: UUID | None = None


class RatingSaid(msgspec.Struct, forbid_unknown_fields=True):
    """The unit's own word (`justified`: yes, partly, no) or the caller's (`response`: good, fair, poor); the best needs no why."""

    justified: str = ""
    response: str = ""
    why: str = ""


class SummonsOne(msgspec.Struct, kw_only=True):
    """One called unit, or one person of it. `steps`: what this token could do now."""

    id: UUID
    call: UUID
    unit: Named
    person: str
    state: str
    called_at: datetime | None
    respond_by: datetime | None
    acknowledged_at: datetime | None
    expected_at: datetime | None
    arrived_at: datetime | None
    reported_at: datetime | None
    report: str
    reason: str
    justified: str
    response: str
    is_missing: bool
    is_late: bool
    version: int
    steps: list[str]


class CallRow(msgspec.Struct, kw_only=True):
    """A call as the board shows it."""

    id: UUID
    number: str
    kind: str
    state: str
    title: str
    text: str
    place: str
    caller: Named
    raised_at: datetime
    issued_at: datetime | None
    respond_by: datetime | None
    counts: str
    ended_at: datetime | None
    result: str
    version: int
    summonses: list[SummonsOne]


class MeetingOne(msgspec.Struct, kw_only=True):
    """A meeting on site."""

    id: UUID
    place: str
    planned_at: datetime
    held_at: datetime | None
    present: list[Named]
    others_present: str
    minutes: str
    decisions: str


class TaskOne(msgspec.Struct, kw_only=True):
    """A task of a call and its order, as far as it may be seen."""

    id: UUID
    unit: Named
    text: str
    due_at: datetime
    result: str
    order: OrderRow | None


class CallLineOne(msgspec.Struct, kw_only=True):
    """What happened to a call."""

    id: UUID
    at: datetime
    step: str
    who: str
    unit: Named | None
    text: str
    summons: UUID | None


class CallOne(CallRow, kw_only=True):
    """A call with everything that hangs on it. `requests`: references of what it is about."""

    requests: list[str]
    meetings: list[MeetingOne]
    tasks: list[TaskOne]
    lines: list[CallLineOne]
    steps: list[str]


class CallPage(msgspec.Struct):
    """Calls; cursors only when every one is asked for."""

    calls: list[CallRow]
    next: str | None = None
    previous: str | None = None


class Summonses(msgspec.Struct):
    """What the token's own unit is called to."""

    summonses: list[SummonsOne]


def _named(unit: Unit) -> Named:
    return Named(unit.code, unit.name, unit.name_en)


def summons_one(call: Call, row: Summons, steps: list[str]) -> SummonsOne:
    """A summons; its unit must be loaded."""
    same = (
        "id", "person", "state", "called_at", "respond_by", "acknowledged_at", "expected_at", "arrived_at", "reported_at",
        "report", "reason", "justified", "response", "version",
    )  # fmt: skip
    return SummonsOne(
        **{name: getattr(row, name) for name in same}, call=call.id, unit=_named(row.unit), steps=steps,
        is_missing=calls_reading.is_missing(row), is_late=calls_reading.is_late(call, row),
    )  # fmt: skip


def call_facts(call: Call) -> dict[str, Any]:
    """What the row and the page of a call have in common."""
    same = (
        "id", "number", "kind", "state", "title", "text", "place", "raised_at", "issued_at", "respond_by", "counts", "ended_at",
        "result", "version",
    )  # fmt: skip
    return {name: getattr(call, name) for name in same} | {"caller": _named(call.unit)}


def meeting_one(row: Meeting) -> MeetingOne:
    """A meeting with the units that were there."""
    units = street_map(row.tenant_id).units
    return MeetingOne(
        id=row.id, place=row.place, planned_at=row.planned_at, held_at=row.held_at,
        present=[_named(units[one]) for one in row.present_ids if one in units], others_present=row.others_present,
        minutes=row.minutes, decisions=row.decisions,
    )  # fmt: skip


def task_one(task: CallTask, order: Order | None) -> TaskOne:
    """A task with its order."""
    units = street_map(task.tenant_id).units
    if order is not None:
        order.unit = units[order.unit_id]
    return TaskOne(
        id=task.id, unit=_named(units[task.unit_id]), text=task.text, due_at=task.due_at, result=task.result,
        order=order_row(order) if order is not None else None,
    )  # fmt: skip
