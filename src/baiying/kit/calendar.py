"""The working calendar: which days offices are open, and when something promised for "n working days" is due.

Holidays and make-up days follow the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知) as
packaged in `chinesecalendar`. The notice for a year comes out the November before; until then Monday to
Friday is assumed and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from types import ModuleType
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAY_ENDS: Final = time(18, 0)  # local; a promise for a day is kept until then
_MOST_DAYS: Final = 2000

Overrides = Mapping[date, bool]


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


def is_announced(day: date, overrides: Overrides | None = None) -> bool:
    """Whether it is known, and not assumed, if offices are open on the day."""
    if overrides and day in overrides:
        return True
    try:
        _announced().is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, overrides: Overrides | None = None) -> bool:
    """Whether offices are open on the day, holidays and make-up days included.

    overrides: day -> open, for what is announced later than the package (and for a street's own closed days);
    they win. A year without data: Monday to Friday.
    """
    if overrides and day in overrides:
        return overrides[day]
    try:
        return bool(_announced().is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(start: datetime, days: int, overrides: Overrides | None = None) -> Due:
    """Due at 18:00 local time of the `days`-th working day after the day of `start`.

    The day of `start` does not count, whatever the hour (民法典, art. 201).
    days = 0: that same day if it is a working day and 18:00 is not past, else the next one. start: aware;
    days: 0 .. 2000. Raises ValueError otherwise.
    """
    if start.tzinfo is None or start.utcoffset() is None:
        raise ValueError("start must be aware")
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError(f"days must be 0 to {_MOST_DAYS}, not {days}")
    local = start.astimezone(ZONE)
    day, estimated = local.date(), False
    if days == 0:
        if is_working_day(day, overrides) and local.time() <= DAY_ENDS:
            return Due(_end_of(day), not is_announced(day, overrides))
        days = 1
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, overrides)
        estimated = estimated or not is_announced(day, overrides)
    return Due(_end_of(day), estimated)


def working_days_between(first: date, last: date, overrides: Overrides | None = None) -> int:
    """Working days after `first` up to and with `last`; negative when `last` lies before `first`."""
    if last < first:
        return -working_days_between(last, first, overrides)
    if overrides is None:
        return _usual_days_between(first, last)
    span = (last - first).days
    return sum(is_working_day(first + timedelta(days=n), overrides) for n in range(1, span + 1))


@lru_cache(maxsize=4096)
def _usual_days_between(first: date, last: date) -> int:
    """A list asks for every row, and mostly for the same days."""
    span = (last - first).days
    return sum(is_working_day(first + timedelta(days=n)) for n in range(1, span + 1))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, DAY_ENDS, ZONE)
