"""In words: which share of what was called handled is still there, by the checks on site."""

from __future__ import annotations

from typing import Any

from baiying.doors.shared.words import say_share
from baiying.insight.queries import Period
from baiying.insight.rates import Counting
from baiying.insight.sample import sampled
from baiying.org.models import Unit
from baiying.org.rules import Scope


def checked(
    scope: Scope, period: Period, community: Unit | None, counting: Counting
) -> dict[str, Any] | None:
    """The context of screen/parts/checked.html; None for whoever sees no draws, or where nothing was handled."""
    if scope.level != "street":
        return None
    found = sampled(scope, period, community.id if community else None)
    if not found.handled:
        return None
    told = found.estimate
    return {
        "found": found,
        "least": counting.least,
        "is_enough": told is not None and found.looked >= counting.least,
        "share": say_share(told.share, 1) if told else "",
        "low": say_share(told.interval[0], 1) if told else "",
        "high": say_share(told.interval[1], 1) if told else "",
    }
