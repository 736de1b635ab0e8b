"""The tests of chance against sums that anybody can check."""

import math

import pytest

from baiying.kit.recurring import effect_of, false_discovery, negative_binomial_tail, poisson_tail
from baiying.kit.recurring.chance import binomial_tail


def test_tail_of_a_poisson_count() -> None:
    def summed(k: int, mean: float) -> float:
        return 1 - math.fsum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k))

    for k, mean in ((1, 0.5), (3, 0.5), (4, 4.0), (2, 9.0), (12, 9.0)):
        assert poisson_tail(k, mean) == pytest.approx(summed(k, mean), rel=1e-9)
    assert (poisson_tail(0, 3.0), poisson_tail(3, 0.0)) == (1.0, 0.0)
    assert 0 < poisson_tail(60, 1.5) < 1e-70


def test_tail_of_an_uncertain_mean_is_wider_and_ends_in_poisson() -> None:
    geometric = 0.5  # shape 1, mean 1: P(X >= k) = 0.5 ** k
    assert negative_binomial_tail(5, 1.0, 1.0) == pytest.approx(geometric**5, rel=1e-9)
    assert negative_binomial_tail(2, 1.0, 4.0) == pytest.approx(0.8**2, rel=1e-9)
    assert negative_binomial_tail(9, 1e9, 3.0) == pytest.approx(poisson_tail(9, 3.0), rel=1e-4)
    assert negative_binomial_tail(9, 2.0, 3.0) > poisson_tail(9, 3.0)


def test_many_looks_raise_each_p() -> None:
    assert false_discovery([0.01, 0.0001, 0.5], 100) == pytest.approx([0.5, 0.01, 1.0])
    assert false_discovery([0.001, 0.002], 2) == pytest.approx([0.002, 0.002])


def test_binomial_tail() -> None:
    assert binomial_tail(2, 3, 0.5) == pytest.approx(0.5)
    assert [binomial_tail(0, 3, 0.1), binomial_tail(4, 3, 0.1), binomial_tail(1, 3, 1.0)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("before", "days", "after", "days_after", "verdict"),
    [
        (20, 90, 4, 90, "fell"),
        (4, 90, 20, 90, "rose"),
        (10, 90, 7, 90, "same"),
        (20, 90, 0, 14, "early"),
        (2, 90, 0, 90, "early"),
        (12, 90, 0, 60, "fell"),
        (0, 90, 9, 60, "rose"),
        (7, 90, 0, 0, "early"),
    ],
)
def test_what_is_said_of_an_effect(before: int, days: int, after: int, days_after: int, verdict: str) -> None:
    assert effect_of(before, days, after, days_after).verdict == verdict


def test_the_interval_of_a_ratio_is_exact() -> None:
    found = effect_of(20, 90, 4, 90)
    assert found.ratio == pytest.approx(0.2)
    # Clopper-Pearson of 4 in 24 is 0.0474 .. 0.3738.
    assert (round(found.low, 3), round(found.high or 0, 3)) == (0.050, 0.597)
    none_before = effect_of(0, 90, 9, 90)
    assert (none_before.ratio, none_before.high) == (None, None)
    with pytest.raises(ValueError, match="days"):
        effect_of(1, 0, 1, 5)
