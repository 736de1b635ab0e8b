"""A bucket lets a burst through, then the steady rate, and says truly when to come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.kit.throttle import Bucket, Rate, Verdict, take

SIX_A_MINUTE = Rate(count=6, seconds=60, burst=3)


def test_burst_passes_then_the_rate() -> None:
    bucket: Bucket | None = None
    allowed = []
    for now in (0, 0, 0, 0, 5, 10, 10):
        verdict = take(SIX_A_MINUTE, bucket, now)
        bucket = verdict.bucket
        allowed.append((verdict.is_allowed, verdict.retry_after))
    assert allowed == [(True, 0), (True, 0), (True, 0), (False, 10), (False, 5), (True, 0), (False, 10)]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.floats(0.1, 50), st.floats(1, 20))
def test_never_more_than_burst_and_rate(pauses: list[float], count: float, burst: float) -> None:
    rate = Rate(count=count, seconds=60, burst=burst)
    now, taken, bucket = 0.0, 0, None
    for pause in pauses:
        now += pause
        verdict = take(rate, bucket, now)
        bucket, taken = verdict.bucket, taken + verdict.is_allowed
    assert taken <= burst + now * count / 60 + 1e-6


@given(st.floats(0, 2.99), st.floats(0, 1e6))
def test_coming_back_when_told_is_enough(tokens: float, now: float) -> None:
    verdict = take(SIX_A_MINUTE, Bucket(tokens, now), now, cost=3)
    assert not verdict.is_allowed
    assert take(SIX_A_MINUTE, verdict.bucket, now + verdict.retry_after + 1e-6, cost=3).is_allowed


def test_clock_set_back_changes_nothing() -> None:
    assert take(SIX_A_MINUTE, Bucket(0, 100), 50) == Verdict(False, Bucket(0, 50), 10)


def test_impossible_rate_and_cost_are_faults_of_ours() -> None:
    with pytest.raises(ValueError, match="rate"):
        Rate(count=0, seconds=1, burst=1)
    with pytest.raises(ValueError, match="cost"):
        take(SIX_A_MINUTE, None, 0, cost=4)
