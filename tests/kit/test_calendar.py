"""Working days follow the announced holidays and make-up days; an assumption says that it is one."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.kit.calendar import (
    ZONE,
    Due,
    WorkingCalendar,
    add_working_days,
    is_announced,
    is_working_day,
    working_days_between,
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 9, 20), True),  # a Sunday made up for
        (date(2026, 10, 10), True),  # a Saturday made up for
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), True),
    ],
)
def test_holidays_and_made_up_days(day: date, is_open: bool) -> None:
    assert is_working_day(day) is is_open
    assert is_announced(day)


def test_due_skips_the_national_holiday() -> None:
    # 30 September is a Wednesday; 1-7 October is free; 8 and 9 are open, and so is Saturday the 10th.
    assert add_working_days(local(2026, 9, 30, 9, 0), 1) == Due(local(2026, 10, 8, 18, 0), False)
    assert add_working_days(local(2026, 9, 30, 9, 0), 3) == Due(local(2026, 10, 10, 18, 0), False)


def test_day_of_receipt_is_the_local_one() -> None:
    late_in_utc = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01:00 on the 24th in Shanghai
    assert add_working_days(late_in_utc, 1).at == local(2026, 11, 25, 18, 0)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (local(2026, 11, 23, 9), local(2026, 11, 23, 18)),
        (local(2026, 11, 23, 19), local(2026, 11, 24, 18)),
        (local(2026, 11, 21, 9), local(2026, 11, 23, 18)),
    ],
)
def test_no_days_means_the_end_of_this_or_the_next_open_day(start: datetime, due: datetime) -> None:
    assert add_working_days(start, 0).at == due


def test_year_without_notice_is_estimated() -> None:
    friday = date(2190, 1, 1)
    assert friday.weekday() == 4
    assert (is_working_day(friday), is_announced(friday)) == (True, False)
    assert add_working_days(local(2190, 1, 1, 9), 1) == Due(local(2190, 1, 4, 18), True)


def test_override_wins_and_is_no_estimate() -> None:
    street = WorkingCalendar({date(2190, 1, 2): True, date(2026, 11, 24): False})
    assert street.add_working_days(local(2190, 1, 1, 9), 1) == Due(local(2190, 1, 2, 18), False)
    assert street.add_working_days(local(2026, 11, 23, 9), 1).at == local(2026, 11, 25, 18)


@given(st.dates(date(2010, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
def test_counting_agrees_with_adding(day: date, days: int) -> None:
    due = add_working_days(datetime(day.year, day.month, day.day, 12, tzinfo=ZONE), days)
    assert working_days_between(day, due.at.date()) == days
    assert is_working_day(due.at.date())
    assert due.at > datetime(day.year, day.month, day.day, 23, 59, tzinfo=ZONE)


def test_counting_backwards_is_negative() -> None:
    monday = date(2026, 11, 23)
    assert working_days_between(monday, monday) == 0
    assert working_days_between(monday, monday - timedelta(days=3)) == -1
    assert working_days_between(monday, monday + timedelta(days=7)) == 5


NAIVE = local(2026, 1, 1).replace(tzinfo=None)


@pytest.mark.parametrize(("start", "days"), [(NAIVE, 1), (local(2026, 1, 1), -1), (local(2026, 1, 1), 2001)])
def test_nonsense_is_a_fault_of_ours(start: datetime, days: int) -> None:
    with pytest.raises(ValueError, match=r"aware|days must be"):
        add_working_days(start, days)


def test_tables_are_loaded_on_first_use_only() -> None:
    code = "import sys, baiying.kit.calendar; print('chinese_calendar' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert ran.stdout.strip() == "False"
