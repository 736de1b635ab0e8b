"""What may be asked of the list of cases, as one table of conditions: for the ORM and for the search function alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from baiying.cases import steps
from baiying.cases.facts import SPLIT
from baiying.kit import clock
from baiying.kit.calendar import USUAL, WorkingCalendar

NOWHERE: Final = 0  # as community, grid or unit: the cases that have none
Op = Literal["in", "ne", "gte", "lt", "null", "is"]


class Condition(NamedTuple):
    """A column of cases_case compared with values; all conditions of a list hold together."""

    column: str
    op: Op
    value: Any


@dataclass(frozen=True, slots=True)
class Period:
    """From and to a local date, both included; either may be open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What is asked for; what is left as it is, is not asked. Several values of one kind: any of them."""

    states: tuple[str, ...] = ()
    received: Period = field(default_factory=Period)
    handled: Period = field(default_factory=Period)
    closed: Period = field(default_factory=Period)
    reopened: Period = field(default_factory=Period)
    rated: Period = field(default_factory=Period)
    raised: Period = field(default_factory=Period)
    community: int | None = None
    grid: int | None = None
    unit: int | None = None
    categories: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    ratings: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    is_not_counted: bool | None = None
    is_contacted: bool | None = None
    is_solved: bool | None = None
    is_open: bool | None = None
    due: Literal["", "overdue", "soon", "running"] = ""  # running: the clock goes, whenever it ends
    merged: Literal["", "yes", "no", "any"] = ""  # "": as figures count it, see _merged
    ids: tuple[UUID, ...] | None = None  # only these (found by phone number)

    def asked(self) -> frozenset[str]:
        """The names of the fields that ask for something."""
        plain = CaseFilter()
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) != getattr(plain, f.name))


PERIODS: Final[Mapping[str, str]] = {
    name: f"{name}_at" for name in ("received", "handled", "closed", "reopened", "rated", "raised")
}


_OF_DEMANDS: Final = frozenset(PERIODS) | {
    "ids",
    "ratings",
    "methods",
    "is_contacted",
    "is_solved",
    "is_not_counted",
}
_OF_WORK: Final = frozenset({"states", "is_open", "unit", "due"})


def conditions(
    wanted: CaseFilter, now: datetime | None = None, *, calendar: WorkingCalendar = USUAL
) -> list[Condition]:
    """The filter as conditions; `calendar` is the street's.

    Where it helps an index, a condition that follows from another is said as well.
    """
    now = now or clock.now()
    found: list[Condition] = []
    for column, values in (
        ("state", wanted.states),
        ("category_id", wanted.categories),
        ("kind", wanted.kinds),
        ("channel", wanted.channels),
        ("rating", wanted.ratings),
        ("rate_method", wanted.methods),
    ):
        if values:
            found.append(Condition(column, "in", list(values)))
    if SPLIT not in wanted.channels:  # parts of cases are shown where they are asked for
        found.append(Condition("channel", "ne", SPLIT))
    found += _merged(wanted)
    for column, unit in (
        ("community_id", wanted.community),
        ("grid_id", wanted.grid),
        ("unit_id", wanted.unit),
    ):
        if unit is not None:
            found.append(
                Condition(column, "null", True) if unit == NOWHERE else Condition(column, "in", [unit])
            )
    for column, answer in (
        ("is_contacted", wanted.is_contacted),
        ("is_solved", wanted.is_solved),
        ("is_not_counted", wanted.is_not_counted),
    ):
        if answer is not None:
            found.append(Condition(column, "is", answer))
    if wanted.ratings or wanted.methods or (wanted.is_contacted, wanted.is_solved) != (None, None):
        found.append(Condition("rated_at", "null", False))  # by this the partial index is named
    if wanted.is_open is not None:
        found.append(Condition("state", "in", sorted(steps.OPEN if wanted.is_open else steps.ENDED)))
    if wanted.ids is not None:
        found.append(Condition("id", "in", [str(i) for i in wanted.ids]))
    return found + _times(wanted) + _due(wanted.due, now, calendar)


def _merged(wanted: CaseFilter) -> list[Condition]:
    """Lists of work show a merged case under its lead only; lists of demands, by when they came or ended, each of them."""
    if wanted.merged in ("yes", "no"):
        return [Condition("merged_into_id", "null", wanted.merged == "no")]
    asked = wanted.asked()
    is_of_demands = bool(asked & _OF_DEMANDS) and not asked & _OF_WORK
    return [] if wanted.merged == "any" or is_of_demands else [Condition("merged_into_id", "null", True)]


def _times(wanted: CaseFilter) -> list[Condition]:
    found: list[Condition] = []
    for name, column in PERIODS.items():
        period: Period = getattr(wanted, name)
        if period.first is not None:
            found.append(Condition(column, "gte", _midnight(period.first)))
        if period.last is not None:
            end = _midnight(period.last + timedelta(days=1))
            found.append(Condition(column, "lt", end))
            if column != "received_at":  # nothing happens to a case before it is received
                found.append(Condition("received_at", "lt", end))
    if wanted.closed and steps.DECLINED not in wanted.states:
        found.append(Condition("state", "ne", steps.DECLINED))  # a request declined is ended, not closed
    return found


def _due(which: str, now: datetime, calendar: WorkingCalendar) -> list[Condition]:
    if not which:
        return []
    # The three columns say the same as the states; the partial index of running cases is named by them.
    running = [Condition("state", "in", sorted(steps.RUNNING))]
    running += [Condition(column, "null", True) for column in ("handled_at", "paused_at", "closed_at")]
    if which == "running":
        return running
    if which == "overdue":
        return [*running, Condition("due_at", "lt", now)]
    return [*running, Condition("due_at", "gte", now), Condition("due_at", "lt", soon_until(now, calendar))]


def soon_until(now: datetime, calendar: WorkingCalendar) -> datetime:
    """The end of the street's next working day: what falls due before it has at most one working day left."""
    day = timezone.localdate(now)
    while True:
        day += timedelta(days=1)
        if calendar.is_open(day):
            break
    following = day + timedelta(days=1)
    while not calendar.is_open(following):
        following += timedelta(days=1)
    return _midnight(following)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def as_q(wanted: Sequence[Condition]) -> Q:
    """The conditions for a query set of cases."""
    together = Q()
    for column, op, value in wanted:
        if op == "in":
            together &= Q(**{column: value[0]}) if len(value) == 1 else Q(**{f"{column}__in": value})
        elif op == "ne":
            together &= ~Q(**{column: value})
        elif op == "null":
            together &= Q(**{f"{column}__isnull": value})
        elif op == "is":
            together &= Q(**{column: value})
        else:
            together &= Q(**{f"{column}__{op}": value})
    return together


def as_json(wanted: Sequence[Condition]) -> str:
    """The conditions for the SQL functions of sql/search.sql, which know the same columns and comparisons."""
    return json.dumps([[c.column, c.op, _plain(c.value)] for c in wanted], ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
