"""Reads of calls: what is open, who is missing, who is late; one call with everything that hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from baiying.dispatch import calls_steps
from baiying.dispatch.calls_meetings import SUBJECT_KIND
from baiying.dispatch.calls_writing import no_such_call
from baiying.dispatch.models import Call, CallLine, CallSubject, CallTask, Meeting, Order, Summons
from baiying.kit import clock
from baiying.kit.refusals import NotFound
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, Scope


def is_missing(summons: Summons) -> bool:
    """Whether somebody called has not come and nothing is settled about it."""
    return summons.state in calls_steps.MISSING


def is_late(call: Call, summons: Summons, now: datetime | None = None) -> bool:
    """Whether the time to respond has passed, or the time at which the unit itself said it would be there."""
    now = now or clock.now()
    limit = summons.respond_by
    if summons.state == calls_steps.CALLED:
        return limit is not None and now > limit
    if summons.state == calls_steps.ACKNOWLEDGED:
        said = summons.expected_at
        on_site = call.counts == "arrive" and limit is not None and now > limit
        return on_site or (said is not None and now > said)
    return False


def was_late(call: Call, summons: Summons) -> bool:
    """Whether the response that counted came after its time; for those that have come."""
    at = summons.arrived_at if call.counts == "arrive" else summons.acknowledged_at or summons.arrived_at
    return at is not None and summons.respond_by is not None and at > summons.respond_by


@dataclass(frozen=True)
class Standing:
    """An open call as the board shows it: everybody called, who is missing, who is late."""

    call: Call
    summonses: Sequence[Summons]

    @property
    def missing(self) -> list[Summons]:
        """Who has not come and of whom nothing is settled."""
        return [s for s in self.summonses if is_missing(s)]

    @property
    def late(self) -> list[Summons]:
        """Whose time has passed."""
        return [s for s in self.summonses if is_late(self.call, s)]

    @property
    def came(self) -> list[Summons]:
        """Who is there, or was."""
        return [s for s in self.summonses if s.state in calls_steps.CAME]


def calls_of(scope: Scope) -> QuerySet[Call]:
    """The calls that a scope sees, the latest first, each with its caller."""
    rows: QuerySet[Call] = Call.objects.within(scope).select_related("unit").order_by("-raised_at", "-id")
    return rows


def standings(scope: Scope, rows: QuerySet[Call]) -> list[Standing]:
    """Calls with everybody called whom the scope may see; two statements however many there are."""
    called = Summons.objects.within(scope).select_related("unit").order_by("id")
    return [
        Standing(call, list(call.summons.all()))
        for call in rows.prefetch_related(Prefetch("summons", queryset=called))
    ]


def open_calls(scope: Scope, *, most: int = 50) -> list[Standing]:
    """What is open or waits for the street's office; whoever has to respond first stands first."""
    rows = calls_of(scope).filter(ended_at__isnull=True).order_by("respond_by", "id")
    return standings(scope, rows[:most])


def call_within(scope: Scope, call_id: UUID) -> Call:
    """One call. Raises NotFound, also outside the scope."""
    call = calls_of(scope).filter(id=call_id).first()
    if call is None:
        raise no_such_call()
    return call


def summonses_of(scope: Scope, call: Call) -> list[Summons]:
    """Everybody called whom the scope may see, in the order in which they were called."""
    return list(
        Summons.objects.within(scope).filter(call=call).select_related("unit", "account").order_by("id")
    )


def summons_within(scope: Scope, summons_id: UUID) -> Summons:
    """One summons with its call. Raises NotFound, also outside the scope."""
    rows = Summons.objects.within(scope).select_related("unit", "call", "call__unit", "account")
    summons: Summons | None = rows.filter(id=summons_id).first()
    if summons is None:
        raise NotFound(code="not_found")
    return summons


def summonses_for(by: Actor, *, is_open: bool, most: int = 60) -> list[Summons]:
    """What the actor's own unit is called to, a community also for its grids; what is due first stands first."""
    units = street_map(by.scope.tenant).units
    own = [by.unit_id or 0]
    own += [u.id for u in units.values() if u.parent_id == by.unit_id and u.level == Unit.Level.GRID]
    states = (*calls_steps.MISSING, calls_steps.ARRIVED) if is_open else (
        calls_steps.REPORTED, calls_steps.EXCUSED, calls_steps.ABSENT, calls_steps.REFERRED,
    )  # fmt: skip
    rows = Summons.objects.within(by.scope).filter(unit_id__in=own, state__in=states)
    order = ("respond_by", "id") if is_open else ("-called_at", "-id")
    return list(rows.select_related("unit", "call", "call__unit").order_by(*order)[:most])


def subjects_of(scope: Scope, call: Call) -> list[CallSubject]:
    """What the call is about."""
    return list(CallSubject.objects.within(scope).filter(call=call).order_by("label"))


def calls_about(scope: Scope, subject_kind: str, subject_id: UUID) -> list[Call]:
    """The calls about one subject, the latest first."""
    about = CallSubject.objects.within(scope).filter(subject_kind=subject_kind, subject_id=subject_id)
    return list(calls_of(scope).filter(id__in=about.values("call_id")))


def lines_of(scope: Scope, call: Call, summons: Summons | None = None) -> list[CallLine]:
    """What happened, in order: all that the scope may see, or what concerns one summons and the call itself."""
    rows = CallLine.objects.within(scope).filter(call=call)
    if summons is not None:
        rows = rows.filter(summons_id__in=[summons.id]) | rows.filter(summons=None)
    return list(rows.select_related("summons__unit").order_by("id"))


def meetings_of(scope: Scope, call: Call) -> list[Meeting]:
    """The meetings of a call, in the order of their time."""
    return list(Meeting.objects.within(scope).filter(call=call).order_by("planned_at", "id"))


def tasks_of(scope: Scope, call: Call, unit_id: int | None = None) -> list[tuple[CallTask, Order | None]]:
    """The tasks of a call (of one unit) with their orders; an order that the scope does not see is None."""
    tasks = CallTask.objects.within(scope).filter(call=call).select_related("unit").order_by("id")
    if unit_id is not None:
        tasks = tasks.filter(unit_id=unit_id)
    held = list(tasks)
    orders = Order.objects.within(scope).filter(
        subject_kind=SUBJECT_KIND, subject_id__in=[t.id for t in held]
    )
    by_task = {order.subject_id: order for order in orders.order_by("handed_out_at")}
    return [(task, by_task.get(task.id)) for task in held]


def summonses_by_id(scope: Scope, ids: Iterable[UUID]) -> dict[UUID, Summons]:
    """Summonses with their calls, as far as the scope sees them."""
    rows = Summons.objects.within(scope).filter(id__in=list(ids)).select_related("call", "unit")
    return {row.id: row for row in rows}


def summonses_of_tasks(scope: Scope, task_ids: Iterable[UUID]) -> dict[UUID, Summons]:
    """For each task the summons under which its unit was called; there the unit works on the task."""
    tasks = list(
        CallTask.objects.within(scope).filter(id__in=list(task_ids)).values_list("id", "call_id", "unit_id")
    )
    rows = Summons.objects.within(scope).filter(call_id__in=[call_id for _task, call_id, _unit in tasks])
    held = {(row.call_id, row.unit_id): row for row in rows.select_related("call", "unit")}
    return {
        task_id: held[call_id, unit_id] for task_id, call_id, unit_id in tasks if (call_id, unit_id) in held
    }
