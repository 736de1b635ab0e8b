"""The working calendar: which days and hours offices are open, and when something promised is due.

Holidays and make-up days follow the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知) as
packaged in `chinesecalendar`. The notice for a year comes out the November before; until then Monday to
Friday is assumed and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from types import ModuleType
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAY_ENDS: Final = time(18, 0)  # local; a promise for a day is kept until then
_MOST_DAYS: Final = 2000
_A_DAY: Final = timedelta(days=1)

Overrides = Mapping[date, bool]
Span = tuple[time, time]  # open from, until (local)
USUAL_HOURS: Final[tuple[Span, ...]] = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))

# unit of a limit: what one of it is
CONTINUOUS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
}
UNITS: Final = (*CONTINUOUS, "working_hour", "working_day", "natural_day")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take. unit: see UNITS; minutes and hours run day and night."""

    value: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"no such unit: {self.unit!r}")
        if not 0 <= self.value <= _MOST_DAYS:
            raise ValueError(f"a limit must be 0 to {_MOST_DAYS}, not {self.value}")


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due (aware, local); is_estimated: a day on the way lies in a year not yet
    announced.
    """

    at: datetime
    is_estimated: bool


@cache
def _announced() -> ModuleType:
    # Imported on first use: 20 years of tables that a start of the command line does not need.
    import chinese_calendar

    module: ModuleType = chinese_calendar
    return module


@dataclass(frozen=True, slots=True)
class _Day:
    is_open: bool
    is_known: bool
    spans: tuple[tuple[datetime, datetime], ...]  # none on a day that is closed

    @property
    def worked(self) -> timedelta:
        return sum((until - since for since, until in self.spans), timedelta())


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """The calendar of one street; never changed, so that each day is worked out once.

    overrides: day -> open, for what is announced later than the package and for a street's own closed days; they
    win. years: years whose overrides are the whole notice. hours: (in force from, spans), the latest first
    in force counts; before all of them, USUAL_HOURS.
    """

    overrides: Overrides = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    hours: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    _days: dict[date, _Day] = field(default_factory=dict, init=False, repr=False)
    _counted: dict[tuple[date, date], int] = field(default_factory=dict, init=False, repr=False)

    # -- days --------------------------------------------------------------------------------------------------

    def is_open(self, day: date) -> bool:
        """Whether offices are open on the day, holidays and make-up days included. A year without data: Mon-Fri."""
        return self._day(day).is_open

    def is_known(self, day: date) -> bool:
        """Whether it is announced, and not assumed, if offices are open on the day."""
        return self._day(day).is_known

    def hours_on(self, day: date) -> tuple[Span, ...]:
        """The hours in force on a day, whether it is open or not."""
        in_force = [row for row in self.hours if row[0] <= day]
        return max(in_force)[1] if in_force else USUAL_HOURS

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; negative when `last` lies before `first`."""
        if last < first:
            return -self.working_days_between(last, first)
        key = (first, last)
        if key not in self._counted:
            if len(self._counted) > 20_000:  # a list asks for every row, and mostly for the same days
                self._counted.clear()
            span = (last - first).days
            self._counted[key] = sum(self.is_open(first + n * _A_DAY) for n in range(1, span + 1))
        return self._counted[key]

    def opening_of_last_day(self, due: datetime, days: int = 1) -> datetime:
        """When the last working day before `due` opens: from then on one working day is left, or so many `days`."""
        day = due.astimezone(ZONE).date()
        while True:
            while not self.is_open(day):
                day -= _A_DAY
            days -= 1
            if days <= 0:
                return self._day(day).spans[0][0]
            day -= _A_DAY

    # -- limits ------------------------------------------------------------------------------------------------

    def due(self, start: datetime, limit: Limit) -> Due:
        """When something that began at `start` (aware) and may take `limit` is due."""
        if limit.unit in CONTINUOUS:
            return Due(_local(start) + limit.value * CONTINUOUS[limit.unit], False)
        if limit.unit == "natural_day":
            return Due(_end_of(_local(start).date() + limit.value * _A_DAY), False)
        if limit.unit == "working_hour":
            return self.add_working_time(start, timedelta(hours=limit.value))
        return self.add_working_days(start, limit.value)

    def add_working_days(self, start: datetime, days: int) -> Due:
        """Due at 18:00 local time of the `days`-th working day after the day of `start`.

        The day of `start` does not count, whatever the hour (民法典, art. 201).
        days = 0: that same day if it is a working day and 18:00 is not past, else the next one. start: aware;
        days: 0 .. 2000. Raises ValueError otherwise.
        """
        local = _local(start)
        if not 0 <= days <= _MOST_DAYS:
            raise ValueError(f"days must be 0 to {_MOST_DAYS}, not {days}")
        day, estimated = local.date(), False
        if days == 0:
            if self.is_open(day) and local.time() <= DAY_ENDS:
                return Due(_end_of(day), not self.is_known(day))
            days = 1
        while days:
            day += _A_DAY
            known = self._day(day)
            days -= known.is_open
            estimated = estimated or not known.is_known
        return Due(_end_of(day), estimated)

    def add_working_time(self, start: datetime, work: timedelta) -> Due:
        """The moment at which `work` has been worked since `start`, in working hours only. No work: `start`."""
        local, estimated = _local(start), False
        if work <= timedelta():
            return Due(local, False)
        for day in _days_from(local.date()):
            known = self._day(day)
            estimated = estimated or not known.is_known
            for since, until in known.spans:
                began = max(since, local)
                if began < until:
                    if work <= until - began:
                        return Due(began + work, estimated)
                    work -= until - began
        raise AssertionError("days do not end")

    def working_time_between(self, first: datetime, last: datetime) -> timedelta:
        """How much of the time from `first` to `last` lies in working hours; nothing when `last` is earlier."""
        first, last, worked = _local(first), _local(last), timedelta()
        for day in _days_from(first.date()):
            if day > last.date():
                return worked
            known = self._day(day)
            if first.date() < day < last.date():
                worked += known.worked
                continue
            spans = ((max(since, first), min(until, last)) for since, until in known.spans)
            worked += sum((until - since for since, until in spans if since < until), timedelta())
        raise AssertionError("days do not end")

    def moved(self, due: datetime, unit: str, stood_from: datetime, stood_until: datetime) -> Due:
        """The new limit after a clock stood still: later by what passed meanwhile, counted as the limit is counted.

        Working days by whole working days, hours by hours. What was overdue before it stood still stays so.
        """
        due, since, until = _local(due), _local(stood_from), _local(stood_until)
        if due <= since or until <= since:
            return Due(due, False)
        if unit in CONTINUOUS:
            return Due(due + (until - since), False)
        if unit == "natural_day":
            return Due(due + (until.date() - since.date()), False)
        if unit == "working_hour":
            return self.add_working_time(until, self.working_time_between(since, due))
        days = self.working_days_between(since.date(), until.date())
        return self.add_working_days(due, days) if days else Due(due, not self.is_known(due.date()))

    def warn_at(self, started: datetime, due: datetime, unit: str, days: int = 1) -> datetime:
        """When to warn: so many working days left; a limit in hours, when a quarter of it is left."""
        if unit in ("working_day", "natural_day"):
            return max(self.opening_of_last_day(due, days), _local(started))
        if unit == "working_hour":
            whole = self.working_time_between(started, due)
            return self.add_working_time(started, whole * 3 / 4).at
        return _local(started) + (due - started) * 3 / 4

    def _day(self, day: date) -> _Day:
        found = self._days.get(day)
        if found is None:
            if len(self._days) > 20_000:
                self._days.clear()
            found = self._days[day] = self._worked_out(day)
        return found

    def _worked_out(self, day: date) -> _Day:
        is_open, is_known = _usual(day)
        if day.year in self.years:
            is_open, is_known = day.weekday() < 5, True
        if day in self.overrides:
            is_open, is_known = self.overrides[day], True
        spans = self.hours_on(day) if is_open else ()
        moments = tuple((datetime.combine(day, a, ZONE), datetime.combine(day, b, ZONE)) for a, b in spans)
        return _Day(is_open, is_known, moments)


def _usual(day: date) -> tuple[bool, bool]:
    try:
        return bool(_announced().is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < 5, False


def is_published(year: int) -> bool:
    """Whether the packaged tables know the notice of this year."""
    return _usual(date(year, 7, 1))[1]


USUAL: Final = WorkingCalendar()
# For what belongs to no street: demonstration data, tests, lists without one.
is_working_day: Final[Callable[[date], bool]] = USUAL.is_open
is_announced: Final[Callable[[date], bool]] = USUAL.is_known
add_working_days: Final = USUAL.add_working_days
working_days_between: Final = USUAL.working_days_between


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _A_DAY


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("start must be aware")
    return moment.astimezone(ZONE)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, DAY_ENDS, ZONE)
