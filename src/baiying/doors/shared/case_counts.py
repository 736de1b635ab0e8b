"""How many cases a filter shows: from the figures where they know it, else by counting, bounded where a page waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Count, QuerySet, Value

from baiying.cases import steps
from baiying.cases.filters import CaseFilter, as_q, conditions, soon_until
from baiying.cases.models import Case
from baiying.insight import list_counts
from baiying.insight import queries as insight
from baiying.kit import clock
from baiying.org.queries import calendar_of
from baiying.org.rules import Scope

AT_ONCE: Final = 1000  # so many rows are counted while the page waits
_STATES: Final = frozenset({"states", "is_open"})
_PLACES: Final = frozenset({"community", "grid", "categories"})


def rows_of(scope: Scope, wanted: CaseFilter) -> QuerySet[Case]:
    """The cases that the filter shows within a scope, in no order."""
    rows: QuerySet[Case] = Case.objects.within(scope).filter(
        as_q(conditions(wanted, calendar=calendar_of(scope.tenant)))
    )
    return rows


def few_of(scope: Scope, wanted: CaseFilter) -> QuerySet[Case]:
    """The same cases when they are known to be few (AT_ONCE at most): all are found first, then put in order.

    Left to itself, the database walks from the latest case backwards until a page is full, and where conditions
    exclude one another it walks through all years.
    """
    found = rows_of(scope, wanted).order_by().values("pk")[: AT_ONCE + 1]
    few: QuerySet[Case] = Case.objects.within(scope).filter(pk__in=found)
    return few


def count_all(scope: Scope, filters: Sequence[CaseFilter]) -> list[int]:
    """How many each filter shows, by as many statements for ten filters as for one."""
    stock, due = list_counts.stock_and_due(scope, soon_until(clock.now(), calendar_of(scope.tenant)))
    by_unit = insight.held(scope) if any("unit" in f.asked() for f in filters) else {}
    counts: list[int | None] = []
    for wanted in filters:
        asked = wanted.asked()
        if asked <= _STATES:
            counts.append(sum(stock[state] for state in _states(wanted)))
        elif asked <= _STATES | {"unit"} and wanted.unit:
            counts.append(sum(by_unit.get(wanted.unit, {}).get(state, 0) for state in _states(wanted)))
        elif asked == {"due"} and due is not None and wanted.due in ("overdue", "soon"):
            counts.append(due[0] if wanted.due == "overdue" else due[1])
        else:
            counts.append(None)
    rest = iter(_count_rows(scope, [f for f, n in zip(filters, counts, strict=True) if n is None]))
    return [next(rest) if n is None else n for n in counts]


def _states(wanted: CaseFilter) -> list[str]:
    states = wanted.states or tuple(steps.NUMBER)
    if wanted.is_open is None:
        return list(dict.fromkeys(states))
    return [s for s in dict.fromkeys(states) if (s in steps.OPEN) == wanted.is_open]


def _count_rows(scope: Scope, filters: Sequence[CaseFilter]) -> list[int]:
    """By counting rows, all in one statement."""
    if not filters:
        return []
    counted = [
        rows_of(scope, wanted).order_by().annotate(n=Value(n)).values("n").annotate(c=Count("id"))
        for n, wanted in enumerate(filters)
    ]
    found = {row["n"]: row["c"] for row in counted[0].union(*counted[1:], all=True)}
    return [found.get(n, 0) for n in range(len(filters))]


def count_exactly(scope: Scope, wanted: CaseFilter) -> int:
    """How many the filter shows, however long that takes."""
    known = _from_figures(scope, wanted)
    return rows_of(scope, wanted).order_by().count() if known is None else known


def count_at_once(scope: Scope, wanted: CaseFilter) -> int | None:
    """How many the filter shows, or None when there are more than can be counted while a page waits."""
    known = _from_figures(scope, wanted)
    if known is not None:
        return known
    found = rows_of(scope, wanted).order_by()[: AT_ONCE + 1].count()
    return found if found <= AT_ONCE else None


def _from_figures(scope: Scope, wanted: CaseFilter) -> int | None:
    """What the figures say, where they are kept at the grain that the filter asks for."""
    asked = wanted.asked()
    if len(wanted.categories) > 1:
        return None
    category = wanted.categories[0] if wanted.categories else None
    if asked <= _STATES | {"unit"} and wanted.unit:
        held = insight.held(scope).get(wanted.unit, {})
        return sum(held.get(state, 0) for state in _states(wanted))
    if asked <= _STATES | _PLACES:
        return list_counts.count_in_states(
            scope, _states(wanted), community=wanted.community, grid=wanted.grid, category=category
        )
    flows = asked - _PLACES
    if len(flows) == 1 and (flow := next(iter(flows))) in list_counts.FLOWS:
        period = getattr(wanted, flow)
        return list_counts.count_in_period(
            scope,
            flow,
            period.first,
            period.last,
            community=wanted.community,
            grid=wanted.grid,
            category=category,
        )
    if asked == {"due"}:
        due = list_counts.count_due(scope, soon_until(clock.now(), calendar_of(scope.tenant)))
        return None if due is None else due[0] if wanted.due == "overdue" else due[1]
    return None
