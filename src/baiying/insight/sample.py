"""What the checks on site say of all handled cases. Where there is risk more are drawn, so each check stands for as many
cases as its chance was small: without these weights the risky ones would count too often.

The share is that of Hajek (1971): sum of weights of what is still there / sum of weights of all that were looked at. The
interval is Wilson's with the effective number of checks (Kish 1965): unequal weights tell less than their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, When

from baiying.cases.inspecting import RESULTS
from baiying.cases.models import Draw
from baiying.insight.queries import Period
from baiying.insight.rates import wilson
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org.rules import Scope

SOLVED, STILL_THERE, CANNOT_TELL = RESULTS


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share still unsolved, 0 .. 1, and between which shares the truth lies in 95 of 100 cases."""

    share: float
    interval: tuple[float, float]
    effective: float  # so many checks with equal weights would tell as much


@dataclass(frozen=True, slots=True)
class Sampled:
    """Handlings of a period: how many were drawn, looked at, not looked at in time. estimate: None where none was."""

    handled: int
    drawn: int
    looked: int  # with a result that tells
    still_there: int
    cannot_tell: int
    missed: int  # drawn, and nobody went in time
    waiting: int
    without_chance: int  # nobody independent could have been sent: the estimate says nothing of them
    estimate: Estimate | None


def estimate(found: Iterable[tuple[float, bool, int]]) -> Estimate | None:
    """From (chance of being drawn, is still there, how many of these) of the checks that told; None without any."""
    rows = [row for row in found if row[2]]
    if not rows:
        return None
    if any(not 0 < chance <= 1 for chance, _is_there, _n in rows):
        raise ValueError("what was drawn had a chance")
    whole = sum(n / chance for chance, _is_there, n in rows)
    share = min(sum(n / chance for chance, is_there, n in rows if is_there) / whole, 1.0)
    effective = whole * whole / sum(n / chance**2 for chance, _is_there, n in rows)
    return Estimate(share, wilson(share * effective, effective), effective)


def sampled(scope: Scope, period: Period, community: int | None = None) -> Sampled:
    """The checks on what was handled in a period; for whoever works for the whole street, others see no draws."""
    first, last = (
        datetime.combine(day, time.min, ZONE) for day in (period.first, period.last + timedelta(days=1))
    )
    rows = Draw.objects.within(scope).filter(handled_at__gte=first, handled_at__lt=last)
    if community is not None:
        rows = rows.filter(community_id=community)
    # Chances are whole percents, so that these are a few groups, however many were handled.
    over = Case(When(open_until__lte=clock.now(), then=True), default=False, output_field=BooleanField())
    groups = rows.order_by().annotate(over=over).values("probability", "is_drawn", "result", "over")
    counted = list(groups.annotate(n=Count("id")))
    drawn = [g for g in counted if g["is_drawn"]]
    told = [g for g in drawn if g["result"] in (SOLVED, STILL_THERE)]
    silent = [g for g in drawn if not g["result"]]
    return Sampled(
        handled=_sum(counted),
        drawn=_sum(drawn),
        looked=_sum(told),
        still_there=_sum(g for g in told if g["result"] == STILL_THERE),
        cannot_tell=_sum(g for g in drawn if g["result"] == CANNOT_TELL),
        missed=_sum(g for g in silent if g["over"]),
        waiting=_sum(g for g in silent if not g["over"]),
        without_chance=_sum(g for g in counted if g["probability"] <= 0),
        estimate=estimate((g["probability"], g["result"] == STILL_THERE, g["n"]) for g in told),
    )


def _sum(groups: Iterable[dict[str, Any]]) -> int:
    return sum(group["n"] for group in groups)
