"""Times, deadlines, numbers and states as the pages say them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from baiying.cases.steps import STATES
from baiying.doors.shared import clock, drawings, words

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = dt.datetime(2026, 11, 23, 14, 5, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (MONDAY, "今天 14:05"),
        (MONDAY - dt.timedelta(days=1), "昨天 14:05"),
        (MONDAY + dt.timedelta(days=1), "明天 14:05"),
        (MONDAY - dt.timedelta(days=20), "11月3日 14:05"),
        (MONDAY - dt.timedelta(days=400), "2025年10月19日"),
        (MONDAY.astimezone(dt.UTC), "今天 14:05"),
    ],
)
def test_say_when_near_and_far(moment: dt.datetime, said: str) -> None:
    assert words.say_when(moment, MONDAY) == said


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (MONDAY.replace(hour=18), "今天 18:05 前"),
        (MONDAY + dt.timedelta(days=3), "3 个工作日后（11月26日 周四）"),
        (MONDAY + dt.timedelta(days=7), "5 个工作日后（11月30日 周一）"),
        (MONDAY - dt.timedelta(days=4), "已超期 2 个工作日"),
        (MONDAY - dt.timedelta(hours=1), "已超期，原定 今天 13:05"),
    ],
)
def test_say_due_counts_working_days(due: dt.datetime, said: str) -> None:
    assert clock.say_due(due, MONDAY) == said


def case(days: float, **more: dt.datetime) -> SimpleNamespace:
    fields = dict.fromkeys(("paused_at", "handled_at", "closed_at"))
    return SimpleNamespace(**{"due_at": MONDAY + dt.timedelta(days=days), **fields, **more})


@pytest.mark.parametrize(
    ("subject", "tone"),
    [
        (case(-3), "late"),
        (case(0.1), "soon"),
        (case(1), "soon"),
        (case(2), "plain"),
        (case(-3, paused_at=MONDAY), "wait"),
        (case(-3, handled_at=MONDAY), "plain"),
    ],
)
def test_clock_badge_tone(subject: SimpleNamespace, tone: str) -> None:
    badge = clock.clock_badge(subject, MONDAY)
    assert badge is not None
    assert badge.tone == tone


def test_clock_badge_friday_is_one_working_day_before_monday() -> None:
    friday = MONDAY - dt.timedelta(days=3)
    badge = clock.clock_badge(case(0), friday)
    assert badge is not None
    assert badge.tone == "soon"


def test_clock_badge_in_time_says_nothing() -> None:
    assert clock.clock_badge(case(1, handled_at=MONDAY), MONDAY) is None


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (441, 449, "98.2%"),
        (0, 3, "0%"),
        (3, 0, "-"),
        (None, 3, "-"),
        (3, 3, "100%"),
        (99999, 100000, "99.9%"),
    ],
)
def test_say_share_never_flatters(part: int | None, whole: int | None, said: str) -> None:
    assert words.say_share(part, whole) == said


@pytest.mark.parametrize(("value", "said"), [(1204, "1,204"), (0, "0"), (None, "-"), (-3, "-3")])
def test_say_number(value: int | None, said: str) -> None:
    assert words.say_number(value) == said


def test_states_are_worded_as_in_the_step_table() -> None:
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said = {state.code: str(words.STATES[state.code].word) for state in STATES}
            assert said == {state.code: str(state.label) for state in STATES}


def test_draw_trend_leaves_a_gap_for_a_missing_value() -> None:
    drawn = drawings.draw_trend([1, None, 3, 4], "x")
    assert drawn.count("M") == 2
    assert "style=" not in drawn


def test_draw_trend_of_one_value_is_nothing() -> None:
    assert drawings.draw_trend([3], "x") == ""
