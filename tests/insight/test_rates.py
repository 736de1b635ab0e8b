"""Rates by profile, their intervals, and a headline computed again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.cases.closure import set_rules
from baiying.cases.models import Case
from baiying.cases.services import StepData, take_step
from baiying.insight import queries
from baiying.insight.headline import Claim, recompute
from baiying.insight.queries import Figures, Period
from baiying.insight.rates import Rate, counting_of, profiles, wilson
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Denied
from baiying.org.rules import Scope, acting
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statist. Med. 17 (1998), table I,
    # method 3 (score, no continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_that_are_published(part: int, whole: int, low: float, high: float) -> None:
    assert [round(bound, 4) for bound in wilson(part, whole)] == [low, high]


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_is_where_the_score_test_ends(pair: tuple[int, int]) -> None:
    """Slow and obvious: at each bound the normal test of the share against it just reaches 1.96."""
    part, whole = pair
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole <= high <= 1
    for bound in (low, high):
        if 1e-9 < bound < 1 - 1e-9:
            distance = abs(part / whole - bound) / (bound * (1 - bound) / whole) ** 0.5
            assert abs(distance - 1.959963984540054) < 1e-6


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_interval(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(part, whole)


ANSWERS = st.lists(
    st.tuples(st.sampled_from(["satisfied", "basically_satisfied", "dissatisfied", "no_answer"]), st.booleans(),
              st.booleans(), st.booleans()),
    max_size=40,
)  # fmt: skip


@given(ANSWERS, st.sampled_from(["shandong", "beijing", "national"]))
def test_rates_are_what_counting_one_by_one_gives(
    answers: list[tuple[str, bool, bool, bool]], code: str
) -> None:
    """Each answer: (rating, contacted, solved, explained and not counted)."""
    counted = [a for a in answers if not a[3]]
    valid = [a for a in counted if a[0] != "no_answer"]
    figures = Figures(
        called_back=len(valid), contacted=sum(a[1] for a in valid), solved=sum(a[2] for a in valid),
        unanswered=len(counted) - len(valid), not_counted=len(answers) - len(counted),
        **{r: sum(a[0] == r for a in valid) for r in ("satisfied", "basically_satisfied", "dissatisfied")},
    )  # fmt: skip
    worth = {"satisfied": Fraction(1), "dissatisfied": Fraction(0), "basically_satisfied": Fraction(9, 10)}
    if code != "beijing":
        worth["basically_satisfied"] = Fraction(1)
    expected = sum((worth[a[0]] for a in valid), Fraction(0)) / len(valid) if valid else None
    found = figures.satisfaction(profiles()[code].basically_satisfied).value
    assert (None if found is None else round(float(found), 12)) == (
        None if expected is None else round(float(expected), 12)
    )
    assert figures.no_response == Rate(Decimal(len(counted) - len(valid)), len(counted))
    assert figures.not_counted_share == Rate(Decimal(len(answers) - len(counted)), len(answers))


def test_every_profile_names_its_source_and_beijings_score_is_whole() -> None:
    assert list(profiles()) == ["shandong", "beijing", "national"]
    assert all(p.source and p.grade in "ABCD" for p in profiles().values())
    assert sum(profiles()["beijing"].weights.values()) == 1


def answered(cast: Cast, rating: str) -> Case:
    case = cast.lead(cast.case(), "checked")
    if rating == "no_answer":
        take_step(cast.checker_qian, case_id=case.id, step="go_unrated")
    else:
        data = StepData(rating=rating, contacted=True, solved=rating != "dissatisfied")
        take_step(cast.reporter_of(case), case_id=case.id, step="rate", data=data)
    return case


@pytest.fixture
def month(cast: Cast) -> Cast:
    """Ten received, eight answered: six satisfied, one basically, one not; one silent."""
    with clock.telling(NOW):
        for rating in ["satisfied"] * 6 + ["basically_satisfied", "dissatisfied", "no_answer"]:
            answered(cast, rating)
        cast.case()
    set_rules(cast.leader_zhou, values={"least_answers": 5}, profile="shandong", reason="小街道")
    return cast


@pytest.mark.parametrize(
    ("accepted", "percent", "verdict", "by"),
    [
        (10, "87.5", "agrees", ["shandong", "national"]),
        (10, "88", "agrees", ["shandong", "national"]),
        (10, "86.3", "agrees", ["beijing"]),  # 6.9 / 8 = 86.25
        (505, "88", "other_number", ["shandong", "national"]),
        (None, "88", "agrees", ["shandong", "national"]),
        (505, "99", "differs", []),
    ],
)
def test_a_claim_is_computed_again(
    month: Cast, accepted: int | None, percent: str, verdict: str, by: list[str]
) -> None:
    scope = month.leader_zhou.scope
    with clock.telling(NOW), acting(scope):
        found = recompute(scope, Claim(accepted, Decimal(percent), NOVEMBER), counting_of(scope.tenant))
    assert (found.verdict, [p.code for p in found.agreeing]) == (verdict, by)
    counted = found.counted
    assert (counted.received, counted.handled, counted.asked, counted.unanswered, counted.called_back) == (
        10,
        9,
        9,
        1,
        8,
    )
    assert (counted.satisfied, counted.basically_satisfied, counted.dissatisfied) == (6, 1, 1)
    assert found.is_as_figures
    assert (
        found.needed
        == {
            None: None,
            10: {"87.5": 9, "88": 9, "86.3": 9}.get(percent),
            505: {"88": 442, "99": 498}.get(percent),
        }[accepted]
    )


def test_where_there_is_nothing_to_compute_it_says_so(month: Cast) -> None:
    scope = month.leader_zhou.scope
    with clock.telling(NOW), acting(scope):
        october = Claim(505, Decimal(99), Period(date(2026, 10, 1), date(2026, 10, 31)))
        assert recompute(scope, october, counting_of(scope.tenant)).verdict == "no_answers"
    set_rules(month.leader_zhou, values={"least_answers": 9}, profile="shandong", reason="试")
    with clock.telling(NOW), acting(scope):
        few = recompute(scope, Claim(10, Decimal("87.5"), NOVEMBER), counting_of(scope.tenant))
    assert few.verdict == "too_few"


def test_a_community_computes_its_own_only(month: Cast) -> None:
    wang = month.community_head_wang.scope
    with clock.telling(NOW), acting(wang):
        own = recompute(wang, Claim(10, Decimal("87.5"), NOVEMBER), counting_of(wang.tenant))
        assert (own.verdict, own.is_as_figures) == ("agrees", True)
        claim = Claim(10, Decimal(88), NOVEMBER, month.units["west"].id)
        with pytest.raises(Denied):
            recompute(wang, claim, counting_of(wang.tenant))


def test_what_came_back_a_level_higher_is_counted_and_its_first_answer_is_not(month: Cast) -> None:
    with clock.telling(NOW + timedelta(hours=1)):
        case = month.lead(month.case(), "checked")
        data = StepData(rating="dissatisfied", contacted=True, solved=False, reason="rate-not-done")
        take_step(month.reporter_of(case), case_id=case.id, step="rate", data=data)
        with acting(Scope(month.tenant.id, "street")):
            seen = queries.figures(month.leader_zhou.scope, NOVEMBER)
    assert (seen.raised, seen.reopened, seen.called_back, seen.dissatisfied, seen.online) == (1, 1, 8, 1, 8)


def test_the_page_shows_the_steps_and_why_not(month: Cast) -> None:
    client = month.client("leader_zhou")
    address = "/desk/overview/claim/"
    assert "核对一个说法" in client.get(address).content.decode()
    with clock.telling(NOW):
        page = client.get(
            f"{address}?accepted=505&percent=99&first=2026-11-01&last=2026-11-30&community="
        ).content.decode()
    for words in (
        "和诉求记录不一致",
        "说法里受理 505 件，这段时间登记的是 10 件",
        "要有至少 498 件说满意",
        "逐项一致",
        "87.5%",
    ):
        assert words in page
    for wrong in ("percent=x", "percent=101", "percent=99&first=2026-11-02&last=2026-11-01"):
        assert client.get(f"{address}?{wrong}").status_code == 422
