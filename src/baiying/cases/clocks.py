"""Which clocks a case has: they follow its state. One for handling, one for the step that is awaited.

Steps bring them up to date in their own transaction; for what was only received the worker does, so that receiving
stays as quick as it is. `Case.due_at` is the handling clock's limit, repeated for the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from baiying.cases import steps
from baiying.cases.case_limits import handle_rule, rule_of
from baiying.cases.models import Case, Category, Line
from baiying.dispatch import clocks
from baiying.dispatch.limits import Rule, rule_for
from baiying.dispatch.models import Clock, Order
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.calendar import ZONE, Due, Limit, WorkingCalendar
from baiying.org.queries import StreetMap, calendar_of, street_map, system_actor
from baiying.org.rules import Actor, Scope, acting

KIND: Final = "case"
MOST_AT_ONCE: Final = 500

# state: the step that is awaited in it
AWAITED: Final = {
    steps.RECEIVED: "accept",
    steps.REOPENED: "accept",
    steps.ACCEPTED: "hand_out",
    steps.RETURNED: "hand_out",
    steps.HANDED_OUT: "acknowledge",
    steps.HANDLED: "check",
    steps.CHECKED: "call_back",
}
FEEDBACK: Final = "feedback"
# Words to the reporter while a unit has the case; work reported done ends the clock with the state.
GIVES_FEEDBACK: Final = frozenset({"note", "ask", "park"})
_OWES_FEEDBACK_FROM: Final = frozenset({"hand_out", "correct"})  # steps at which its clock begins


@dataclass(frozen=True, slots=True)
class _Wanted:
    rule: Rule
    at: datetime
    due: Due | None = None


def promise(street: StreetMap, category: Category, now: datetime, today: date) -> datetime:
    """By when a request received now is to be handled."""
    rule = handle_rule(street.tenant.id, category, today)
    if rule.unit in ("working_day", "natural_day"):
        return _promise(street.calendar, today, rule.value, rule.unit)
    return street.calendar.due(now, rule.limit).at


def is_estimated(street: StreetMap, category: Category, due: datetime) -> bool:
    """Whether a promise rests on an assumption: it counts working days, and the holidays of that year are not announced."""
    if street.calendar.is_known(due.astimezone(ZONE).date()):
        return False
    return handle_rule(street.tenant.id, category).unit in ("working_day", "working_hour")


def due_of(case: Case) -> Due:
    """The limit of handling, and whether it rests on holidays that are not announced."""
    street = street_map(case.tenant_id)
    if street.calendar.is_known(case.due_at.astimezone(ZONE).date()):
        return Due(case.due_at, False)
    rule = handle_rule(case.tenant_id, case.category, is_hard=case.is_hard)
    return Due(case.due_at, rule.unit in ("working_day", "working_hour"))


def said_estimated(case: Case) -> dict[str, bool]:
    """Beside a limit on a line: it rests on holidays that are not announced."""
    return {"is_estimated": True} if due_of(case).is_estimated else {}


@lru_cache(maxsize=256)
def _promise(calendar: WorkingCalendar, today: date, value: int, unit: str) -> datetime:
    """Days depend on the day alone; a busy morning asks thousands of times."""
    return calendar.due(datetime.combine(today, time.min, tzinfo=ZONE), Limit(max(1, value), unit)).at


def due_by_rule(case: Case, rule: Rule, start: datetime) -> Due:
    """The limit of handling by a rule, from a start."""
    return calendar_of(case.tenant_id).due(start, rule.limit)


def due_after_correction(case: Case, chosen: Category) -> datetime:
    """The limit under another category: as if it had been that one from the start, with the days granted since."""
    day = _day(case.reopened_at or case.received_at)
    old, new = (
        handle_rule(case.tenant_id, category, day, is_hard=case.is_hard)
        for category in (case.category, chosen)
    )
    return due_under(case, old, new)


def due_under(case: Case, old: Rule, new: Rule) -> datetime:
    """The limit under another rule, as if it had been that one from the start, with the days granted since."""
    if old.limit == new.limit:
        return case.due_at
    start, calendar = case.reopened_at or case.received_at, calendar_of(case.tenant_id)
    usual, due = calendar.due(start, old.limit).at, calendar.due(start, new.limit).at
    granted = calendar.working_days_between(
        usual.astimezone(ZONE).date(), case.due_at.astimezone(ZONE).date()
    )
    return calendar.add_working_days(due, granted).at if granted > 0 else due


def due_after_pause(case: Case, now: datetime) -> datetime:
    """The limit of a case that goes on now: later by what passed meanwhile, counted as its limit is counted."""
    if case.paused_at is None:
        return case.due_at
    rows = Clock.objects.get_queryset().filter(tenant_id=case.tenant_id, subject_id=case.id, what="handle")
    rows = rows.order_by(F("stopped_at").desc(nulls_first=True))  # of a merged case it is set aside
    unit = rows.values_list("limit_unit", flat=True).first() or "working_day"
    return calendar_of(case.tenant_id).moved(case.due_at, unit, case.paused_at, now).at


# -- following the steps --------------------------------------------------------------------------------------


def follow(by: Actor, case: Case, *, step: str, reason: str = "", text: str = "") -> None:
    """The clocks of a case are those of its state; what moves or stands still is written down. Harmless to repeat.

    A merged case has none: the clock of its lead runs for both.
    """
    if case.merged_into_id is not None:
        return
    subject = subject_of(case)
    held = clocks.running(subject)
    wanted = _wanted(case) | _feedback(case, held, step)
    if gone := [what for what in held if what not in wanted]:
        clocks.stop(subject, whats=gone)
    if missing := [what for what in wanted if what not in held]:
        clocks.put([_made(subject, what, wanted[what]) for what in missing])
    if any(
        (row.community_id, row.grid_id, row.unit_id) != tuple(subject.place.values()) for row in held.values()
    ):
        clocks.place(subject)
        held = clocks.running(subject)
    if case.state in steps.PAUSED:
        held = clocks.running(subject) if missing else held
        for what in wanted:
            if what in held and held[what].paused_at is None:
                clocks.pause(by, held[what], reason=reason or step, text=text, until=_pause_until(case))
        return
    _go_on(by, case, {what: row for what, row in held.items() if what in wanted}, wanted, step)


def _go_on(by: Actor, case: Case, held: dict[str, Clock], wanted: dict[str, _Wanted], step: str) -> None:
    """What stood still goes on; what runs under another category now gets that one's limit, and a row says so."""
    due = due_of(case)
    for what, row in held.items():
        if row.stopped_at is None and row.paused_at is not None:
            clocks.resume(by, row, due=due if what == "handle" else None)
    handling = held.get("handle")
    if handling is not None and handling.due_at != case.due_at:
        rule = wanted["handle"].rule
        clocks.change_limit(by, handling, due=due, kind="change", reason=step, text="", rule=rule)
    if step != "correct":
        return
    for what, row in held.items():
        rule = wanted[what].rule
        if what != "handle" and (row.limit_value, row.limit_unit) != (rule.value, rule.unit):
            due = calendar_of(case.tenant_id).due(row.started_at, rule.limit)
            clocks.change_limit(by, row, due=due, kind="change", reason=step, text="", rule=rule)


def subject_of(case: Case) -> clocks.Subject:
    """The case as clocks know it."""
    return clocks.Subject(
        tenant_id=case.tenant_id, kind=KIND, id=case.id, community_id=case.community_id, grid_id=case.grid_id,
        unit_id=case.unit_id,
    )  # fmt: skip


def _wanted(case: Case) -> dict[str, _Wanted]:
    state = case.resume_state if case.state in steps.PAUSED else case.state
    found: dict[str, _Wanted] = {}
    if state in steps.RUNNING:
        since = case.reopened_at or case.received_at
        rule = handle_rule(case.tenant_id, case.category, _day(since), is_hard=case.is_hard)
        found["handle"] = _Wanted(rule, since, due_of(case))
    what = AWAITED.get(state)
    if what is None:
        return found
    awaited = rule_of(case, what, _day(_since(case, state)))
    if awaited is not None:
        found[what] = _Wanted(awaited, _since(case, state))
    return found


def _feedback(case: Case, held: dict[str, Clock], step: str) -> dict[str, _Wanted]:
    """The unit tells the reporter how it stands, within the limit, from the moment it got the case; where the rules ask
    for that. Begun with an order, it goes on under the rule it began with, whatever the street follows meanwhile."""
    if case.state not in steps.WITH_UNIT or step in GIVES_FEEDBACK:
        return {}
    row = held.get(FEEDBACK)
    if row is None and step not in _OWES_FEEDBACK_FROM:
        return {}
    began = row.started_at if row is not None else clock.now()
    rule = rule_of(case, FEEDBACK, _day(began))
    if row is not None and (rule is None or step != "correct"):
        return {FEEDBACK: _Wanted(_rule_in(row), began)}
    if rule is None or (row is None and step == "correct" and has_feedback(case)):
        return {}
    return {FEEDBACK: _Wanted(rule, began)}


def _rule_in(row: Clock) -> Rule:
    """The rule that a clock carries with it."""
    return Rule(
        "", row.what, "", row.limit_value, row.limit_unit, row.source, row.grade, _day(row.started_at)
    )


def has_feedback(case: Case) -> bool:
    """Whether the reporter has read a word of staff since the running lead order was handed out."""
    order = Order.objects.get_queryset().filter(
        tenant_id=case.tenant_id, subject_id=case.id, part=Order.Part.LEAD, ended_at__isnull=True
    )
    since = order.values_list("handed_out_at", flat=True).first()
    lines = Line.objects.get_queryset().filter(
        tenant_id=case.tenant_id, case_id=case.id, is_public=True, actor_kind="staff", step__in=GIVES_FEEDBACK
    )
    return since is not None and lines.filter(at__gte=since).exists()


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _since(case: Case, state: str) -> datetime:
    known = {
        steps.RECEIVED: case.received_at,
        steps.REOPENED: case.reopened_at,
        steps.HANDLED: case.handled_at,
        steps.CHECKED: case.checked_at,
    }
    return known.get(state) or case.updated_at


def _made(subject: clocks.Subject, what: str, wanted: _Wanted) -> Clock:
    return clocks.made(subject, what, wanted.rule, at=wanted.at, due=wanted.due)


def _pause_until(case: Case) -> datetime:
    if case.parked_until is not None:
        return datetime.combine(case.parked_until, time.min, tzinfo=ZONE)
    rule = rule_for(case.tenant_id, "wait_for_reporter")
    assert rule is not None
    return calendar_of(case.tenant_id).due(case.paused_at or clock.now(), rule.limit).at


# -- the worker -----------------------------------------------------------------------------------------------


def hear(tenant_id: int, entries: Sequence[Entry]) -> None:
    """What was received gets its clocks; called with the journal's news in the street's scope."""
    received = [UUID(entry.subject_id) for entry in entries if entry.event == "cases.received"]
    bring_up(tenant_id, received)


def bring_up(tenant_id: int, case_ids: Sequence[UUID]) -> int:
    """Cases that have no clocks get those of their state; returns how many cases. The caller has set the scope.

    A case that somebody is just leading on is passed over: that step brings its clocks itself.
    """
    if not case_ids:
        return 0
    rows = Case.objects.get_queryset().filter(
        tenant_id=tenant_id, id__in=case_ids, state__in=steps.OPEN, merged_into__isnull=True
    )
    cases = rows.exclude(_has_clock()).defer("search", "text", "place").select_related("category")
    found = list(cases.select_for_update(of=("self",), skip_locked=True))
    new: list[Clock] = []
    for case in found:
        subject = subject_of(case)
        new += [_made(subject, what, wanted) for what, wanted in _wanted(case).items()]
    clocks.put(new)
    by = system_actor(tenant_id)
    for case in found:
        if case.state in steps.PAUSED:
            follow(by, case, step="ask" if case.state == steps.WAITING else "park")
    return len(found)


def catch_up(tenant_id: int) -> int:
    """Every open case that has no clock although it should, such as those from before there were clocks."""
    done, after = 0, UUID(int=0)
    while True:
        with acting(Scope(tenant_id, "street")):
            rows = Case.objects.get_queryset().filter(
                tenant_id=tenant_id, state__in=tuple(AWAITED | _HANDLING), merged_into__isnull=True
            )
            wanting = rows.filter(id__gt=after, updated_at__lt=clock.now() - timedelta(seconds=30))
            wanting = wanting.exclude(_has_clock())
            ids = list(wanting.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
            done += bring_up(tenant_id, ids)
        if len(ids) < MOST_AT_ONCE:
            return done
        after = ids[-1]


_HANDLING: Final = dict.fromkeys((*steps.RUNNING, *steps.PAUSED), "handle")


def _has_clock() -> Exists:
    running = Clock.objects.get_queryset().filter(
        tenant_id=OuterRef("tenant_id"), subject_id=OuterRef("id"), stopped_at__isnull=True
    )
    return Exists(running)
