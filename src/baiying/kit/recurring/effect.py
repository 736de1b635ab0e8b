"""Whether something became rarer: counts before and after, the ratio of the rates and its exact interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from baiying.kit.recurring.chance import binomial_tail

Verdict = Literal["fell", "rose", "same", "early"]
LEAST_DAYS: Final = 28  # before and after the measure; with less nothing is said
LEAST_CASES: Final = 5  # before and after together


@dataclass(frozen=True, slots=True)
class Effect:
    """Cases within days before and after. ratio: after / before per day, None when there were none before.

    low, high: the 95 % interval of the ratio (Clopper-Pearson); high None = without end.
    """

    before: int
    before_days: int
    after: int
    after_days: int
    ratio: float | None
    low: float
    high: float | None
    verdict: Verdict


def effect_of(before: int, before_days: int, after: int, after_days: int) -> Effect:
    """What became of the rate. Given how many there are in all, those after are binomial: the exact test of two rates.

    Raises ValueError for days below 0 or none before.
    """
    if before_days <= 0 or after_days < 0:
        raise ValueError("both periods need days")
    if after_days == 0:
        return Effect(before, before_days, after, 0, None, 0.0, None, "early")
    ratio = (after / after_days) / (before / before_days) if before else None
    low, high = _interval(after, before + after)
    scale = before_days / after_days
    least = low / (1 - low) * scale if low < 1 else 0.0
    most = high / (1 - high) * scale if high < 1 else None
    verdict: Verdict = "same"
    if min(before_days, after_days) < LEAST_DAYS or before + after < LEAST_CASES:
        verdict = "early"
    elif most is not None and most < 1:
        verdict = "fell"
    elif least > 1:
        verdict = "rose"
    return Effect(before, before_days, after, after_days, ratio, least, most, verdict)


def _interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share after Clopper and Pearson."""
    if of == 0:
        return 0.0, 1.0
    low = 0.0 if hits == 0 else _root(lambda share: binomial_tail(hits, of, share) - 0.025)
    high = 1.0 if hits == of else _root(lambda share: binomial_tail(hits + 1, of, share) - 0.975)
    return low, high


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _halving in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
