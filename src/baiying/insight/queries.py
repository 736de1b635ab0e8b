"""Reads of the figures: exact at every moment, every one of them with a way back to the cases behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from baiying.cases import steps
from baiying.cases.facts import day_of, hour_of
from baiying.insight import rules
from baiying.insight.flows import FLOWS
from baiying.insight.models import Duration
from baiying.insight.rates import Rate
from baiying.insight.services import statement
from baiying.kit import clock
from baiying.kit.refusals import Denied
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import PERMISSIONS, Scope, acting

TRENDS = ("received", "handled", "closed")
BY_MONTH = "_by_month"  # ending of a measure that is read by months
NONE = 0  # the key of what lies in no community, no grid
LEAST_FOR_A_PROMISE = 5  # below this a median says more about one case than about the next one
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends before it begins")

    def spans(self) -> Iterator[tuple[str, int, int]]:
        """(ending of the measure's name, first bucket, last bucket): whole months as months, the rest as days."""
        start = self.first if self.first.day == 1 else _first_of_next_month(self.first)
        end = _first_of_next_month(self.last)
        if self.last + timedelta(days=1) != end:
            end = self.last.replace(day=1)
        if start >= end:
            yield "", _day(self.first), _day(self.last)
            return
        if self.first < start:
            yield "", _day(self.first), _day(start) - 1
        yield BY_MONTH, _month(start), _month(end) - 1
        if end <= self.last:
            yield "", _day(end), _day(self.last)


@dataclass(slots=True)
class Figures:
    """What was counted in a period; `open` and `overdue` are of the moment."""

    open: int = 0
    overdue: int = 0
    received: int = 0
    handled: int = 0
    closed: int = 0
    reopened: int = 0
    declined: int = 0
    called_back: int = 0
    contacted: int = 0
    solved: int = 0
    satisfied: int = 0
    basically_satisfied: int = 0
    dissatisfied: int = 0
    unanswered: int = 0
    online: int = 0
    phone: int = 0
    on_site: int = 0
    not_counted: int = 0
    raised: int = 0

    @property
    def response(self) -> Rate:
        """响应率: reached / valid call-backs."""
        return Rate(Decimal(self.contacted), self.called_back)

    @property
    def solution(self) -> Rate:
        """解决率: solved / valid call-backs."""
        return Rate(Decimal(self.solved), self.called_back)

    def satisfaction(self, basically_satisfied: Decimal) -> Rate:
        """满意率: (satisfied + weight x basically satisfied) / valid call-backs; the weight is the profile's."""
        return Rate(
            Decimal(self.satisfied) + basically_satisfied * self.basically_satisfied, self.called_back
        )

    @property
    def coverage(self) -> Rate:
        """回访覆盖率: valid call-backs / handled. More than 1 where earlier handlings were answered in the period."""
        return Rate(Decimal(self.called_back), self.handled)

    @property
    def no_response(self) -> Rate:
        """未回应率: not reached or silent / all that were asked."""
        return Rate(Decimal(self.unanswered), self.called_back + self.unanswered)

    @property
    def not_counted_share(self) -> Rate:
        """不计入率: explained, not counted / all whose call-back has ended."""
        return Rate(Decimal(self.not_counted), self.called_back + self.unanswered + self.not_counted)

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Figures)})


@dataclass(frozen=True, slots=True)
class Overview:
    """A branch in a period. Keys are ids of units and categories; NONE = what lies in none."""

    period: Period
    as_of: datetime
    total: Figures
    communities: dict[int, Figures]  # empty when the branch is one community
    grids: dict[int, Figures]  # only when the branch is one community
    categories: dict[int, Figures]
    days: dict[date, Figures] = field(default_factory=dict)  # the last `trend_days` days, TRENDS only


@dataclass(frozen=True, slots=True)
class Pace:
    """How long handling took here lately, in calendar hours. `is_local`: in this community, not the whole street."""

    n: int
    median_hours: float
    nine_in_ten_hours: float
    since: date
    computed_at: datetime
    is_local: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    part: str
    split: str
    grain: str
    measure: str
    name: str
    first: int
    last: int


def overview(scope: Scope, period: Period, community: int | None = None, *, trend_days: int = 30) -> Overview:
    """All figures of the scope's street, or of one community, in one statement. Raises Denied outside the scope."""
    branch = _branch(scope, community)
    now = clock.now()
    split, categories = ("grid", "community_category") if branch else ("community", "category")
    wanted = [*_measures(split, split, period, now), *_measures("category", categories, period, now)]
    today = day_of(now)
    wanted += [
        _Wanted("day", "bucket", "community", name, name, today - trend_days + 1, today) for name in TRENDS
    ]
    parts = _sums(scope, wanted, _communities(scope, branch), now)
    split_up = parts.get(split, {})
    days = parts.get("day", {})
    return Overview(
        period=period,
        as_of=now,
        total=sum(split_up.values(), Figures()),
        communities={} if branch else split_up,
        grids=split_up if branch else {},
        categories=parts.get("category", {}),
        days={
            _EPOCH + timedelta(days=n): days.get(n, Figures())
            for n in range(today - trend_days + 1, today + 1)
        },
    )


def figures(scope: Scope, period: Period, community: int | None = None) -> Figures:
    """The figures of the scope's street, or of one community. Raises Denied outside the scope."""
    branch = _branch(scope, community)
    now = clock.now()
    wanted = list(_measures("all", "community", period, now))
    return _sums(scope, wanted, _communities(scope, branch), now).get("all", {}).get(0, Figures())


def stock(scope: Scope) -> dict[str, int]:
    """How many cases of the scope are in each state now; every state is named."""
    return _states(_sums(scope, [_stock(scope)], _communities(scope, None), clock.now()))


def held(scope: Scope) -> dict[int, dict[str, int]]:
    """unit id -> how many cases in each state it has, or had last, within the scope."""
    now = clock.now()
    wanted = [_Wanted(s, "unit", "unit", "held", "open", n, n) for s, n in steps.NUMBER.items()]
    by_unit: dict[int, dict[str, int]] = {}
    for state, units in _sums(scope, wanted, _communities(scope, None), now).items():
        for unit, counted in units.items():
            by_unit.setdefault(unit, dict.fromkeys(steps.NUMBER, 0))[state] = counted.open
    return by_unit


def promise_for(tenant_id: int, community_id: int | None, category_id: int) -> Pace | None:
    """How long this kind took in this community lately, else in the street; None when there are too few to say."""
    with acting(Scope(tenant_id, "public")):
        rows = list(
            Duration.objects.filter(
                tenant_id=tenant_id,
                category_id=category_id,
                community_id__in={community_id or NONE, NONE},
                n__gte=LEAST_FOR_A_PROMISE,
            )
        )
    found = max(rows, key=lambda row: row.community_id, default=None)
    if found is None:
        return None
    return Pace(
        n=found.n,
        median_hours=found.median_hours,
        nine_in_ten_hours=found.nine_in_ten_hours,
        since=found.since,
        computed_at=found.computed_at,
        is_local=found.community_id != NONE,
    )


def _stock(scope: Scope) -> _Wanted:
    grain, measure = ("unit", "held") if scope.level == "unit" else ("community", "state")
    if scope.level == "grid":
        grain = "grid"
    return _Wanted("stock", "bucket", grain, measure, "open", 1, len(steps.STATES))


def _states(parts: dict[str, dict[int, Figures]]) -> dict[str, int]:
    by_number = parts.get("stock", {})
    return {code: by_number.get(number, Figures()).open for code, number in steps.NUMBER.items()}


def _branch(scope: Scope, community: int | None) -> int | None:
    """The one community that is asked for, or None for the street."""
    own = scope.unit if scope.level == "community" else None
    known = street_map(scope.tenant).units
    is_asked = community is None or (community in known and known[community].level == Unit.Level.COMMUNITY)
    if scope.level not in ("street", "community") or not is_asked or (own and community not in (None, own)):
        declared = PERMISSIONS[rules.READ]
        raise Denied(permission=declared.name, sentence=declared.sentence, unit=_("这个社区"))
    return own or community


def _communities(scope: Scope, branch: int | None) -> list[int]:
    """The communities whose cells are read; RLS stands behind it."""
    units = street_map(scope.tenant).units
    if scope.level == "community":
        return [scope.unit]
    if scope.level == "grid":
        return [units[scope.unit].parent_id or NONE]
    if branch is not None:
        return [branch]
    return [NONE, *(u.id for u in units.values() if u.level == Unit.Level.COMMUNITY)]


def _measures(part: str, grain: str, period: Period, now: datetime) -> Iterator[_Wanted]:
    split = {"all": "", "category": "category"}.get(part, part)
    for ending, first, last in period.spans():
        for name in FLOWS:
            yield _Wanted(part, split, grain, name + ending, name, first, last)
    for first, last in _runs(steps.NUMBER[state] for state in steps.OPEN):
        yield _Wanted(part, split, grain, "state", "open", first, last)
    # Hours that are wholly past; what falls due within this hour the statement reads from the cases themselves.
    yield _Wanted(part, split, grain, "due", "overdue", 0, hour_of(now) - 1)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers as ranges: 1 2 4 5 6 -> (1, 2), (4, 6)."""
    ordered = sorted(numbers)
    first = last = ordered[0]
    for number in ordered[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _sums(
    scope: Scope, wanted: list[_Wanted], communities: list[int], now: datetime
) -> dict[str, dict[int, Figures]]:
    """part -> key -> Figures."""
    hour = datetime.fromtimestamp(hour_of(now) * 3600, tz=now.tzinfo)
    stocks, flows, names = _asked(wanted)
    parameters: dict[str, Any] = {
        "tenant": scope.tenant,
        "stocks": json.dumps(stocks),
        "flows": json.dumps(flows),
        "communities": communities,
        "running": sorted(steps.RUNNING),
        "hour": hour,
        "now": now,
    }
    parts: dict[str, dict[int, Figures]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement("figures"), parameters)
        for part, name, key, counted in cursor.fetchall():
            figures = parts.setdefault(part, {}).setdefault(key, Figures())
            if name:
                setattr(figures, name, counted[0])
            else:
                for flow, n in zip(FLOWS, counted, strict=True):
                    if (part, flow) in names:
                        setattr(figures, names[part, flow], n)
    return parts


def _asked(
    wanted: list[_Wanted],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[tuple[str, str], str]]:
    """(stocks, flows, (part, flow) -> name): all flows of a part stand in the same rows, so each range is read once."""
    stocks: list[dict[str, Any]] = []
    ranges: dict[tuple[Any, ...], None] = {}
    names: dict[tuple[str, str], str] = {}
    for w in wanted:
        flow = w.measure.removesuffix(BY_MONTH)
        if flow in FLOWS:
            span = "month" if w.measure.endswith(BY_MONTH) else "day"
            ranges[w.part, w.split, w.grain, span, w.first, w.last] = None
            names[w.part, flow] = w.name
        else:
            stocks.append({f.name: getattr(w, f.name) for f in fields(_Wanted)})
    columns = ("part", "split", "grain", "span", "first", "last")
    return stocks, [dict(zip(columns, values, strict=True)) for values in ranges], names


def _day(day: date) -> int:
    return (day - _EPOCH).days


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
