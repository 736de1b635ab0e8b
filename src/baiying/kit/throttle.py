"""The arithmetic of a token bucket; where its two numbers are kept is the caller's business."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, and `count` in every `seconds` in the long run. All positive."""

    count: float
    seconds: float
    burst: float

    def __post_init__(self) -> None:
        if not (self.count > 0 and self.seconds > 0 and self.burst >= 1):
            raise ValueError("a rate needs a positive count and period, and a burst of at least 1")


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left, and when that was so (seconds of any clock that does not run backwards for long)."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """is_allowed; the bucket to keep; retry_after: whole seconds until the same would be allowed, 0 when it
    is.
    """

    is_allowed: bool
    bucket: Bucket
    retry_after: int


def take(rate: Rate, bucket: Bucket | None, now: float, *, cost: float = 1.0) -> Verdict:
    """Take `cost` tokens (at most the burst) from a bucket; None is a full one.

    A refusal takes nothing, so whoever keeps knocking is not shut out for longer. A clock set back neither
    fills nor empties the bucket. Raises ValueError for a cost that could never be paid.
    """
    if not 0 < cost <= rate.burst:
        raise ValueError(f"cost must lie above 0 and within the burst of {rate.burst}")
    pace = rate.count / rate.seconds
    if bucket is None:
        bucket = Bucket(rate.burst, now)
    tokens = min(rate.burst, bucket.tokens + max(0.0, now - bucket.at) * pace)
    if tokens >= cost:
        return Verdict(True, Bucket(tokens - cost, now), 0)
    return Verdict(False, Bucket(tokens, now), max(1, math.ceil((cost - tokens) / pace)))
