"""The share still unsolved by the checks on site, weighted by the chance of each to be drawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.cases import steps
from baiying.cases.closure import set_rules
from baiying.cases.models import Draw
from baiying.insight.queries import Period
from baiying.insight.rates import wilson
from baiying.insight.sample import Sampled, estimate, sampled
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org.rules import Scope, acting
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@given(st.lists(st.tuples(st.integers(1, 20), st.booleans(), st.integers(1, 5)), min_size=1, max_size=20))
def test_each_check_stands_for_as_many_cases_as_its_chance_was_small(
    rows: list[tuple[int, bool, int]],
) -> None:
    """Slow and obvious: one in k was drawn, so each is written down k times and counted."""
    written = [is_there for k, is_there, n in rows for _ in range(k * n)]
    found = estimate((1 / k, is_there, n) for k, is_there, n in rows)
    assert found is not None
    assert found.share == pytest.approx(sum(written) / len(written))
    assert found.effective <= sum(n for _k, _t, n in rows) + 1e-9
    assert 0 <= found.interval[0] <= found.share + 1e-9 <= found.interval[1] + 2e-9 <= 1 + 2e-9


def test_with_equal_chances_it_is_the_plain_share_with_wilsons_interval() -> None:
    found = estimate([(0.2, True, 3), (0.2, False, 17)])
    assert found is not None
    assert (round(found.share, 12), round(found.effective, 9)) == (0.15, 20)
    assert found.interval == pytest.approx(wilson(3, 20))


def test_without_checks_there_is_no_estimate_and_without_a_chance_no_check() -> None:
    assert estimate([]) is None
    with pytest.raises(ValueError, match="had a chance"):
        estimate([(0.0, True, 1)])


def put(
    cast: Cast, chance: float, result: str, *, days: int = 1, is_drawn: bool = True, unit: str = "east"
) -> None:
    case = cast.lead(cast.case(), steps.HANDLED)
    at = NOW - timedelta(days=days)
    with acting(Scope(cast.tenant.id, "street")):
        Draw.objects.filter(case_id=case.id).delete()
        Draw.objects.create(
            id=uuid4(), tenant_id=cast.tenant.id, case_id=case.id, community_id=cast.units[unit].id, handled_at=at,
            probability=chance, seed="x", number=0.0, is_drawn=is_drawn, open_until=at + timedelta(days=3), result=result,
        )  # fmt: skip


@pytest.fixture
def checks(cast: Cast) -> Cast:
    cast.draw_none()
    for chance, result in (
        (0.5, "still_there"),
        (0.5, "still_there"),
        (0.1, "solved"),
        (0.1, "cannot_tell"),
        (0.1, ""),
    ):
        put(cast, chance, result)
    put(cast, 0.1, "", days=10)
    put(cast, 0.1, "", is_drawn=False)
    put(cast, 0.0, "", is_drawn=False)
    put(cast, 0.5, "still_there", days=60)
    return cast


def test_the_rows_of_a_period_by_what_came_of_them(checks: Cast) -> None:
    with clock.telling(NOW), acting(checks.leader_zhou.scope):
        found = sampled(checks.leader_zhou.scope, NOVEMBER)
        west = sampled(checks.leader_zhou.scope, NOVEMBER, checks.units["west"].id)
    assert found == Sampled(
        handled=8, drawn=6, looked=3, still_there=2, cannot_tell=1, missed=1, waiting=1, without_chance=1,
        estimate=estimate([(0.5, True, 2), (0.1, False, 1)]),
    )  # fmt: skip
    assert found.estimate is not None
    assert found.estimate.share == pytest.approx(
        4 / 14
    )  # two thirds of what was seen, not of what was handled
    assert (west.handled, west.estimate) == (0, None)


def test_the_overview_says_it_or_why_it_does_not(checks: Cast) -> None:
    leader = checks.client("leader_zhou")
    with clock.telling(NOW):
        page = leader.get("/desk/overview/").content.decode()
        assert "看了 3 件，其中 2 件还没有解决；不到" in page
        set_rules(checks.leader_zhou, values={"least_answers": 3}, profile="shandong", reason="小街道")
        page = leader.get("/desk/overview/").content.decode()
        assert '估计还有 <strong class="number">28.6%</strong> 没有解决' in page
        assert "办结 8 次，抽中 6 次：到期没有去看 1，还在等 1，看不出来 1。" in page
        assert "1 次没有可派的独立网格员，不在估计之内。" in page
        assert (
            "现场抽查</h2>"
            not in checks.client("community_head_wang").get("/desk/overview/").content.decode()
        )
