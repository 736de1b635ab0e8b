"""What anybody may read of a street's cases: the public version of each, found by the conditions of a public list.

The only reads of cases without a person behind them. They run under the street's own scope, because nobody's branch
fits; what leaves this file is `Published`, never a case. Parts of a case are no requests of residents and are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from baiying.cases import catalogue, steps
from baiying.cases.facts import SPLIT
from baiying.cases.history import merges_of
from baiying.cases.models import Case, Category, Line
from baiying.cases.public import DIGITS_OF_HOMES, Picture, PublicCase, public_versions
from baiying.kit.geometry import BBox
from baiying.kit.paging import Edge
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting

ORDER: Final = ("-received_at", "-id")
# A box over more grids than these holds so much of the street that looking through the list itself is quicker.
_MOST_GRIDS: Final = 40
_WALKED: Final = 4_000  # so many of the latest cases are looked through for a box before its grids are


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which cases of the list are wanted; what is None or empty asks nothing.

    codes: categories; is_closed: 结案, or anything else; since, until: received between, both included;
    changed_since, changed_until: last changed between; box: where, by the published point.
    """

    codes: tuple[str, ...] | None = None
    is_closed: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    changed_until: datetime | None = None
    box: BBox | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A case as anybody may read it."""

    id: UUID
    reference: str
    state: str
    outcome: str
    category: Category
    kind: str
    channel: str
    text: str
    address: str
    point: tuple[float, float] | None  # (lon, lat), rounded
    photos: tuple[Picture, ...]
    community: Unit | None
    grid: Unit | None
    unit: Unit | None
    received_at: datetime
    updated_at: datetime  # when it was closed, for a closed one
    closed_at: datetime | None
    due_at: datetime
    is_merged: bool  # handled with another one now
    lead: str  # the reference of that one, "" where nothing of it may be told

    @property
    def is_closed(self) -> bool:
        """结案 and nothing else: handled, checked or declined is not closed."""
        return self.state == steps.CLOSED


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the list, newest first, and the edge behind which it goes on; None at its end."""

    rows: list[Published]
    next: Edge | None


def published(tenant_id: int, references: Sequence[str]) -> list[Published]:
    """The cases with these references that are published, newest first; unknown ones are left out."""
    with acting(Scope(tenant_id, "street")):
        rows = _all(tenant_id).filter(reference__in=references).order_by(*ORDER)
        return versions(tenant_id, list(rows))


def published_page(
    tenant_id: int, wanted: Conditions, *, size: int, skip: int = 0, after: Edge | None = None
) -> Page:
    """One page of the list: two queries, however many rows there are before it or in the street."""
    with acting(Scope(tenant_id, "street")):
        keys = list(_keys(tenant_id, wanted, after, skip + size + 1)[skip : skip + size + 1])
        page = keys[:size]
        cases = {case.id: case for case in _all(tenant_id).filter(id__in=[key[1] for key in page])}
        rows = versions(tenant_id, [cases[key[1]] for key in page if key[1] in cases])
    edge = Edge("next", (page[-1][0], page[-1][1])) if len(keys) > size else None
    return Page(rows, edge)


def _all(tenant_id: int) -> QuerySet[Case]:
    return Case.objects.within(Scope(tenant_id, "street")).exclude(channel=SPLIT).defer("search")


def _keys(tenant_id: int, wanted: Conditions, after: Edge | None, most: int) -> Any:
    """(received_at, id) in the order of the list.

    Each branch - a category, a state, a grid - is read in the order of its own index and cut at `most`; so a rare
    category costs what a frequent one costs, and both the same in a large street.
    """
    rows = _all(tenant_id).filter(_matching(tenant_id, wanted))
    if after is not None:
        at, last = after.values
        rows = rows.filter(Q(received_at__lte=at) & (Q(received_at__lt=at) | Q(id__lt=last)))
    branches = _branches(tenant_id, wanted)
    if wanted.box is not None:
        is_of_grids = wanted.codes is None and wanted.is_closed is None and len(branches) > 1
        if is_of_grids and wanted.changed_since is None and (found := _walked(rows, wanted.box, most)):
            return found
        rows = rows.filter(_in_box(wanted.box))
    parts = [rows.filter(one).order_by(*ORDER).values_list("received_at", "id")[:most] for one in branches]
    if not parts:
        return Case.objects.none().values_list("received_at", "id")
    return parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True).order_by(*ORDER)


def _matching(tenant_id: int, wanted: Conditions) -> Q:
    """All conditions but the box."""
    found = Q()
    if wanted.since is not None:
        found &= Q(received_at__gte=wanted.since)
    if wanted.until is not None:
        found &= Q(received_at__lte=wanted.until)
    if wanted.changed_since is not None or wanted.changed_until is not None:
        found &= _changed(tenant_id, wanted)
    if wanted.codes is not None and wanted.is_closed is not None:
        found &= Q(state__in=_states(wanted.is_closed))
    return found


def _branches(tenant_id: int, wanted: Conditions) -> list[Q]:
    if wanted.codes is not None:
        return [Q(category_id=one) for one in sorted(set(catalogue.ids_of(wanted.codes)))]
    if wanted.is_closed is not None:
        return [Q(state=state) for state in sorted(_states(wanted.is_closed))]
    grids = _grids_of(tenant_id, wanted.box.grown(200)) if wanted.box is not None else None
    if grids is not None and len(grids) <= _MOST_GRIDS:
        return [*(Q(grid_id=grid) for grid in grids), Q(grid_id__isnull=True)]
    return [Q()]


def _states(is_closed: bool) -> set[str]:
    return {steps.CLOSED} if is_closed else set(steps.NUMBER) - {steps.CLOSED}


def _changed(tenant_id: int, wanted: Conditions) -> Q:
    """By the lines that every change leaves, because they are kept in the order of time and cases are not."""
    lines, exact = Line.objects.within(Scope(tenant_id, "street")), Q()
    if wanted.changed_since is not None:
        lines, exact = (
            lines.filter(at__gte=wanted.changed_since),
            exact & Q(updated_at__gte=wanted.changed_since),
        )
    if wanted.changed_until is not None:
        exact &= Q(updated_at__lte=wanted.changed_until)
    return exact & Q(id__in=lines.values("case_id")) if wanted.changed_since is not None else exact


# -- where ------------------------------------------------------------------------------------------------------------


def _in_box(box: BBox) -> Q:
    """By the point rounded to the coarsest that is published, and sensitive cases in no box at all.

    Asked by the true point, or finer than it is shown, boxes could be closed in on somebody's home.
    """
    west, east = _edges(box.west, box.east)
    south, north = _edges(box.south, box.north)
    within = Q(lon__gte=west, lon__lt=east, lat__gte=south, lat__lt=north)
    return within & ~Q(category_id__in=_in_no_box())


def _in_no_box() -> list[int]:
    return [c.id for c in catalogue.all_categories() if c.is_sensitive]


def _walked(rows: QuerySet[Case], box: BBox, most: int) -> list[tuple[datetime, UUID]]:
    """The first `most` of the rows that lie in the box, when so many are among the latest; else nothing.

    A box of some hundred metres holds a part of the street, so its page is full after some hundred rows, in a street of any
    age. Grid by grid, those at its edge would be read through the whole span for the few that lie inside.
    """
    latest = rows.order_by(*ORDER).values_list("received_at", "id", "lon", "lat", "category_id")[:_WALKED]
    words, given = latest.query.sql_with_params()
    limits = (*_edges(box.west, box.east), *_edges(box.south, box.north), _in_no_box(), most)
    with connection.cursor() as cursor:
        # No queryset can be filtered behind its cut. The order is the inner one's: nothing is sorted.
        cursor.execute(
            f"""SELECT received_at, id FROM ({words}) latest
                WHERE lon >= %s AND lon < %s AND lat >= %s AND lat < %s AND category_id <> ALL (%s::bigint[])
                ORDER BY received_at DESC, id DESC LIMIT %s""",  # noqa: S608 - written by the ORM
            (*given, *limits),
        )
        found = cursor.fetchall()
    return found if len(found) == most else []


def _edges(low: float, high: float) -> tuple[float, float]:
    """Between what a coordinate lies that is at least `low` and at most `high` when it is rounded."""
    steps_per_degree = 10**DIGITS_OF_HOMES
    first, last = math.ceil(low * steps_per_degree - 1e-6), math.floor(high * steps_per_degree + 1e-6)
    return (first - 0.5) / steps_per_degree, (last + 0.5) / steps_per_degree


def _grids(tenant_id: int) -> list[Unit]:
    return [unit for unit in street_map(tenant_id).units.values() if unit.level == Unit.Level.GRID]


def _grids_of(tenant_id: int, box: BBox) -> list[int]:
    """The grids whose outline may reach into the box."""
    found = []
    for grid in _grids(tenant_id):
        bounds = bounds_of(grid)
        if bounds is not None and not (
            bounds.west > box.east or bounds.east < box.west or bounds.south > box.north or bounds.north < box.south
        ):  # fmt: skip
            found.append(grid.id)
    return sorted(found)


def bounds_of(unit: Unit) -> BBox | None:
    """The box around a unit's outline, or None without one."""
    points = list(_points(unit.polygon["coordinates"])) if unit.polygon else []
    if not points:
        return None
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return BBox(min(lons), min(lats), max(lons), max(lats))


def _points(nested: Any) -> Iterable[tuple[float, float]]:
    if nested and isinstance(nested[0], int | float):
        yield nested[0], nested[1]
        return
    for one in nested:
        yield from _points(one)


# -- the public version -----------------------------------------------------------------------------------------------


def versions(tenant_id: int, cases: Sequence[Case]) -> list[Published]:
    """The cases as anybody may read them, in the same order; to be called within the street's scope."""
    units = street_map(tenant_id).units
    for case in cases:
        category = catalogue.category(case.category_id)
        if category is not None:  # held in the process: no join
            case.category = category
    leads = _leads(tenant_id, cases)
    shown = public_versions(cases)
    return [_version(units, leads, case, one) for case, one in zip(cases, shown, strict=True)]


def _leads(tenant_id: int, cases: Sequence[Case]) -> dict[UUID, str]:
    """By part, the reference of the case that it is handled with, as far as that may be told; asked only where one is."""
    parts = [case.id for case in cases if case.merged_into_id is not None]
    merges = merges_of(tenant_id, parts) if parts else {}
    return {part: rows[-1].lead for part, rows in merges.items()}


def _version(
    units: Mapping[int, Unit], leads: Mapping[UUID, str], case: Case, shown: PublicCase
) -> Published:
    closed_at = case.closed_at if case.state == steps.CLOSED else None
    return Published(
        id=case.id,
        reference=case.reference,
        state=case.state,
        outcome=case.outcome,
        category=case.category,
        kind=case.kind,
        channel=case.channel,
        text=""
        if shown.is_sensitive
        else shown.text,  # no mask is so good that a family's trouble may be read
        address=shown.address,
        point=shown.point,
        photos=shown.photos,
        community=units.get(case.community_id or 0),
        grid=units.get(case.grid_id or 0),
        unit=units.get(case.unit_id or 0),
        received_at=case.received_at,
        updated_at=closed_at or case.updated_at,
        closed_at=closed_at,
        due_at=case.due_at,
        is_merged=case.merged_into_id is not None,
        lead=leads.get(case.id, ""),
    )
