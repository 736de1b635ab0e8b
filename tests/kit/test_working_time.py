"""Limits against a slow and obvious reference that walks minute by minute; 2024 to 2027 with the real holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baiying.kit.calendar import USUAL, USUAL_HOURS, ZONE, Due, Limit, WorkingCalendar, is_published
from baiying.kit.holidays import DayRow, read_hours, read_table, said_hours
from baiying.kit.refusals import Invalid

MINUTE = timedelta(minutes=1)
HOURS = ((date(2025, 3, 1), ((time(9), time(11, 30)), (time(13), time(18)))),)
STREETS = {
    "usual": USUAL,
    "own hours from March 2025": WorkingCalendar(hours=HOURS),
    "2027 by table": WorkingCalendar(
        {date(2027, 2, 8): False, date(2027, 2, 14): True, date(2027, 10, 1): False}, frozenset({2027})
    ),
}
starts = st.integers(0, 4 * 365 * 24 * 60 - 20_000).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=ZONE) + minutes * MINUTE
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


# -- the reference ------------------------------------------------------------------------------------------

# The State Council's notices: closed days that are weekdays, and open days that are weekends.
CLOSED = {
    2024: "0101 0212-0216 0404 0405 0501-0503 0610 0916 0917 1001-1004 1007",
    2025: "0101 0128-0131 0203 0204 0404 0501 0502 0505 0602 1001-1003 1006-1008",
    2026: "0101 0102 0216-0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005-1007",
}
OPEN = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}


def days_of(year: int, said: str) -> set[date]:
    found = set()
    for part in said.split():
        first, _dash, last = part.partition("-")
        day, end = (date(year, int(d[:2]), int(d[2:])) for d in (first, last or first))
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return found


def is_open(street: WorkingCalendar, day: date) -> bool:
    if day in street.overrides:
        return street.overrides[day]
    if day.weekday() >= 5:
        return day.year in OPEN and day in days_of(day.year, OPEN[day.year])
    return day.year not in CLOSED or day not in days_of(day.year, CLOSED[day.year])


def is_worked(street: WorkingCalendar, moment: datetime) -> bool:
    spans = USUAL_HOURS
    for since, said in street.hours:
        if moment.date() >= since:
            spans = said
    return is_open(street, moment.date()) and any(a <= moment.time() < b for a, b in spans)


def slow_due(street: WorkingCalendar, start: datetime, limit: Limit) -> datetime:
    if limit.unit in ("minute", "hour"):
        return start + limit.value * (MINUTE if limit.unit == "minute" else 60 * MINUTE)
    if limit.unit == "working_hour":
        at, left = start, limit.value * 60
        while left:
            left -= is_worked(street, at)
            at += MINUTE
        return at
    day, left = start.date(), limit.value
    while left:
        day += timedelta(days=1)
        left -= is_open(street, day) if limit.unit == "working_day" else 1
    return datetime.combine(day, time(18), ZONE)


@pytest.mark.parametrize("street", STREETS.values(), ids=STREETS)
@settings(max_examples=60, deadline=None)
@given(
    start=starts,
    value=st.integers(1, 30),
    unit=st.sampled_from(["minute", "hour", "working_day", "natural_day"]),
)
def test_due_is_what_counting_says(street: WorkingCalendar, start: datetime, value: int, unit: str) -> None:
    assert street.due(start, Limit(value, unit)).at == slow_due(street, start, Limit(value, unit))


@pytest.mark.parametrize("street", STREETS.values(), ids=STREETS)
@settings(max_examples=60, deadline=None)
@given(start=starts, hours=st.integers(1, 24))
def test_working_hours_are_counted_minute_by_minute(
    street: WorkingCalendar, start: datetime, hours: int
) -> None:
    limit = Limit(hours, "working_hour")
    due = street.due(start, limit)
    assert due.at == slow_due(street, start, limit)
    assert street.working_time_between(start, due.at) == timedelta(hours=hours)
    assert due.is_estimated == (due.at.year == 2027 and 2027 not in street.years)


@settings(max_examples=60, deadline=None)
@given(start=starts, minutes=st.integers(0, 9 * 24 * 60))
def test_time_between_is_what_counting_says(start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    slow = sum(is_worked(USUAL, start + n * MINUTE) for n in range(minutes))
    assert USUAL.working_time_between(start, end) == slow * MINUTE


@settings(max_examples=80, deadline=None)
@given(
    start=starts, value=st.integers(1, 15), stands=st.integers(0, 20 * 24 * 60), runs=st.integers(0, 5 * 24 * 60),
    unit=st.sampled_from(["minute", "hour", "working_hour", "working_day", "natural_day"]),
)  # fmt: skip
def test_a_pause_never_shortens_and_never_forgives(
    start: datetime, value: int, stands: int, runs: int, unit: str
) -> None:
    due = USUAL.due(start, Limit(value, unit)).at
    since = start + runs * MINUTE
    until = since + stands * MINUTE
    moved = USUAL.moved(due, unit, since, until).at
    assert moved >= due
    if due <= since:
        assert moved == due
    elif unit == "working_hour":
        assert USUAL.working_time_between(until, moved) == USUAL.working_time_between(since, due)
    elif unit == "working_day":
        left = USUAL.working_days_between(since.date(), due.date())
        assert USUAL.working_days_between(until.date(), moved.date()) == left
    elif unit in ("hour", "minute"):
        assert moved - due == until - since


@settings(max_examples=80, deadline=None)
@given(
    start=starts,
    value=st.integers(1, 15),
    unit=st.sampled_from(["hour", "working_hour", "working_day", "natural_day"]),
)
def test_a_warning_comes_after_the_start_and_before_the_end(start: datetime, value: int, unit: str) -> None:
    due = USUAL.due(start, Limit(value, unit)).at
    assert start <= USUAL.warn_at(start, due, unit) <= due


# -- single days ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_is_what_the_notice_says(year: int) -> None:
    day, wrong = date(year, 1, 1), []
    while day.year == year:
        if USUAL.is_open(day) != is_open(USUAL, day) or not USUAL.is_known(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


def test_a_year_without_notice_is_estimated_and_a_table_ends_that() -> None:
    assert (is_published(2026), is_published(2027)) == (True, False)
    start = local(2026, 12, 30, 9)
    assert USUAL.due(start, Limit(2, "working_day")) == Due(local(2027, 1, 1, 18), True)
    told = WorkingCalendar({date(2027, 1, 1): False}, frozenset({2027}))
    assert told.due(start, Limit(2, "working_day")) == Due(local(2027, 1, 4, 18), False)
    assert told.is_known(date(2027, 7, 1)) and not told.is_known(date(2028, 1, 3))


def test_national_day_2026_with_its_made_up_days() -> None:
    before = local(2026, 9, 30, 16)
    assert USUAL.due(before, Limit(3, "working_day")) == Due(local(2026, 10, 10, 18), False)
    assert USUAL.due(before, Limit(4, "working_hour")).at == local(2026, 10, 8, 11, 0)
    assert USUAL.due(before, Limit(7, "natural_day")).at == local(2026, 10, 7, 18)
    assert USUAL.due(before, Limit(2, "hour")).at == local(2026, 9, 30, 18)
    # Yellow when one working day is left: Saturday the 10th is one.
    assert USUAL.warn_at(before, local(2026, 10, 10, 18), "working_day") == local(2026, 10, 10, 8, 30)
    assert USUAL.warn_at(before, local(2026, 10, 7, 18), "natural_day") == local(2026, 9, 30, 16)


def test_hours_change_from_their_date_on() -> None:
    street = STREETS["own hours from March 2025"]
    assert street.due(local(2025, 2, 28, 16, 30), Limit(2, "working_hour")).at == local(2025, 3, 3, 10)
    assert said_hours(street.hours_on(date(2025, 3, 3))) == "09:00-11:30, 13:00-18:00"


# -- tables -------------------------------------------------------------------------------------------------


def test_a_table_is_read_in_either_language() -> None:
    rows = [DayRow(date(2027, 1, 1), False, "元旦"), DayRow(date(2027, 2, 14), True, "春节调休")]
    assert read_table("日期,安排,说明\n2027-02-14,班,春节调休\n2027/01/01,休,元旦\n", 2027) == rows
    assert (
        read_table("\ufeffday,kind,note\n2027-01-01,closed,元旦\n\n2027-02-14,open,春节调休\n", 2027) == rows
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("日期,安排\n2027-10-01,休\n2027-10-01,班", "第 2 行和第 3 行：2027-10-01 又休又班"),
        ("日期,安排\n2027-10-01,休\n2026-10-02,休", "第 3 行：2026-10-02 不在 2027 年"),
        ("日期,安排\n十月一日,休", "第 2 行：“十月一日”不是日期"),
        ("日期,安排\n2027-10-01,也许", "第 2 行：“也许”看不懂"),
        ("day;kind\n2027-10-01;休", "表头里没有"),
        ("日期,安排\n", "一天也没有"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_whole(table: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_table(table, 2027)
    assert said in str(refused.value.problem)
    assert refused.value.field == "table"


@pytest.mark.parametrize("text", ["", "8-12", "12:00-08:00", "08:30-12:00,11:00-17:00", "09:00"])
def test_hours_that_cannot_be(text: str) -> None:
    with pytest.raises(Invalid):
        read_hours(text)


def test_hours_are_read_as_written() -> None:
    assert read_hours("08:30–12:00，13：30-17:30") == USUAL_HOURS
