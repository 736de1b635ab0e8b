"""Tests of chance, exact, in plain Python: tails of Poisson and negative binomial counts, and many tests at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def poisson_tail(observed: int, expected: float) -> float:
    """P(X >= observed) for a Poisson count with this mean."""
    if observed <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    first = math.exp(observed * math.log(expected) - expected - math.lgamma(observed + 1))
    if observed > expected:
        return min(1.0, first * _ratios(lambda k: expected / (observed + k)))
    below = first * observed / expected  # P(X = observed - 1), and downwards
    return max(0.0, 1.0 - below * _ratios(lambda k: (observed - k) / expected, observed - 1))


def negative_binomial_tail(observed: int, shape: float, expected: float) -> float:
    """P(X >= observed) for a Poisson count whose mean is itself uncertain: Gamma with this shape and mean.

    The smaller the shape the wider; large shapes are Poisson.
    """
    if observed <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    success = expected / (expected + shape)
    first = math.exp(
        math.lgamma(observed + shape)
        - math.lgamma(shape)
        - math.lgamma(observed + 1)
        + observed * math.log(success)
        + shape * math.log1p(-success)
    )
    if observed > expected:
        return min(1.0, first * _ratios(lambda k: (observed + k - 1 + shape) / (observed + k) * success))
    below = first * observed / ((observed - 1 + shape) * success)
    return max(
        0.0, 1.0 - below * _ratios(lambda k: (observed - k) / ((observed - k - 1 + shape) * success), observed - 1)
    )  # fmt: skip


def _ratios(ratio: Callable[[int], float], most: int | None = None) -> float:
    """1 + r(1) + r(1) r(2) + ...: a tail divided by its first term; ends after `most` terms or when nothing more is added."""
    total = term = 1.0
    k = 1
    while most is None or k <= most:
        term *= ratio(k)
        total += term
        if term < 1e-16 * total:
            break
        k += 1
    return total


def false_discovery(ps: Sequence[float], looked_at: int) -> list[float]:
    """q of each p after Benjamini and Hochberg, when `looked_at` (>= len(ps)) tests were made; the rest had p = 1."""
    order = sorted(range(len(ps)), key=lambda i: ps[i], reverse=True)
    qs, least = [1.0] * len(ps), 1.0
    for rank, i in zip(range(len(ps), 0, -1), order, strict=True):
        least = min(least, ps[i] * looked_at / rank)
        qs[i] = least
    return qs


def binomial_tail(observed: int, of: int, share: float) -> float:
    """P(X >= observed) among `of` trials with this chance each."""
    if observed <= 0:
        return 1.0
    if observed > of or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    whole = math.lgamma(of + 1)
    return min(
        1.0,
        math.fsum(
            math.exp(
                whole
                - math.lgamma(k + 1)
                - math.lgamma(of - k + 1)
                + k * math.log(share)
                + (of - k) * math.log1p(-share)
            )
            for k in range(observed, of + 1)
        ),
    )
