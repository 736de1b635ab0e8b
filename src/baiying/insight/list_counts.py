"""How many cases a list shows, where the figures know it: exact at every moment and without reading the cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from baiying.cases import steps
from baiying.cases.facts import hour_of
from baiying.insight.queries import NONE, Figures, Period, _communities, _states, _stock, _sums, _Wanted
from baiying.kit import clock
from baiying.org.queries import street_map
from baiying.org.rules import Scope

FLOWS: Final = ("received", "handled", "closed", "reopened")
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 12, 31)


def count_in_states(
    scope: Scope, states: Collection[str], *, community: int | None = None, grid: int | None = None,
    category: int | None = None,
) -> int | None:  # fmt: skip
    """How many cases are in one of these states now; NONE as a place: those without one. None: not kept at this grain."""
    if scope.level == "unit":
        if (community, grid, category) != (None, None, None):
            return None
        wanted = [_Wanted("n", "", "unit", "held", "open", n, n) for n in _numbers(states)]
        return (
            _sums(scope, wanted, _communities(scope, None), clock.now()).get("n", {}).get(0, Figures()).open
        )
    asked = [("state", n, n) for n in _numbers(states)]
    return _count(scope, asked, community, grid, category)


def count_in_period(
    scope: Scope, flow: str, first: date | None, last: date | None, *, community: int | None = None,
    grid: int | None = None, category: int | None = None,
) -> int | None:  # fmt: skip
    """How many cases were received, handled, closed or reopened between two dates, both included; None as above."""
    if scope.level == "unit" or flow not in FLOWS:
        return None
    spans = Period(first or _EARLIEST, last or _LATEST).spans()
    asked = [(flow + ending, start, end) for ending, start, end in spans]
    return _count(scope, asked, community, grid, category)


def count_due(scope: Scope, until: datetime) -> tuple[int, int] | None:
    """(overdue now, due between now and `until`, which is a full hour); None for a unit's own branch."""
    if scope.level == "unit":
        return None
    now = clock.now()
    return _due_of(scope, _sums(scope, _due(scope, until, now), _communities(scope, None), now))


def stock_and_due(scope: Scope, until: datetime) -> tuple[dict[str, int], tuple[int, int] | None]:
    """How many cases are in each state, and what `count_due` says, in one statement: every page of the desk asks both."""
    now = clock.now()
    is_kept = scope.level != "unit"
    wanted = [_stock(scope), *(_due(scope, until, now) if is_kept else ())]
    parts = _sums(scope, wanted, _communities(scope, None), now)
    return _states(parts), _due_of(scope, parts) if is_kept else None


def _due(scope: Scope, until: datetime, now: datetime) -> list[_Wanted]:
    grain, split = ("grid", "grid") if scope.level == "grid" else ("community", "")
    hour, end = hour_of(now), hour_of(until)
    return [
        _Wanted("past", split, grain, "due", "overdue", 0, hour - 1),
        _Wanted("ahead", split, grain, "due", "open", hour, end - 1),
        # Of this hour the statement reads from the cases what is due already, once for each part with this name.
        _Wanted("this_hour", split, grain, "due", "overdue", -2, -1),
    ]


def _due_of(scope: Scope, parts: dict[str, dict[int, Figures]]) -> tuple[int, int]:
    key = scope.unit if scope.level == "grid" else 0
    overdue, ahead, gone = (
        parts.get(part, {}).get(key, Figures()) for part in ("past", "ahead", "this_hour")
    )
    return overdue.overdue, ahead.open - gone.overdue


def _numbers(states: Collection[str]) -> list[int]:
    return [steps.NUMBER[state] for state in dict.fromkeys(states)]


def _count(
    scope: Scope, asked: list[tuple[str, int, int]], community: int | None, grid: int | None, category: int | None
) -> int | None:  # fmt: skip
    if scope.level == "grid":
        grid = grid if grid is not None else scope.unit
        if grid != scope.unit or community not in (None, street_map(scope.tenant).units[grid].parent_id):
            return None
        community = None
    place = _place(scope, community, grid, category)
    if place is None:
        return None
    grain, split, key, communities = place
    wanted = [_Wanted("n", split, grain, measure, "open", first, last) for measure, first, last in asked]
    return _sums(scope, wanted, communities, clock.now()).get("n", {}).get(key, Figures()).open


def _place(
    scope: Scope, community: int | None, grid: int | None, category: int | None
) -> tuple[str, str, int, list[int]] | None:
    """(grain, split, key, communities) at which a place is kept."""
    units = street_map(scope.tenant).units
    if scope.level == "community":
        if community not in (None, scope.unit):
            return None
        community = scope.unit if grid is None else None
    if grid is not None:
        if category is not None or community is not None or grid == NONE or grid not in units:
            return None
        return "grid", "grid", grid, [units[grid].parent_id or NONE]
    if category is None:
        return "community", "", 0, _communities(scope, community)
    if community is None:
        return "category", "category", category, [NONE]
    return "community_category", "category", category, [community]
