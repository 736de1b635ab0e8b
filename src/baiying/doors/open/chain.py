"""The six-level chain for programs: who answers for a place, links, holders, gaps; assigning, ending, handing over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from django.utils.translation import gettext_lazy as _

from baiying.chain import queries, rules, services
from baiying.chain.models import Holder, Link
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.shapes import Named, named
from baiying.kit import clock
from baiying.kit.paging import page_of
from baiying.kit.refusals import Invalid, NotFound
from baiying.org.models import Unit
from baiying.org.queries import narrowed, street_map
from baiying.org.rules import Actor
from baiying.registry.models import Building

TAG: Final = "The chain"
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Rows = Annotated[int, msgspec.Meta(ge=1, le=200)]
Level = Annotated[int, msgspec.Meta(ge=1, le=6)]


class WhoAsked(msgspec.Struct, forbid_unknown_fields=True):
    """For which place: a point (WGS-84), a grid's code, a building or a home by id; the nearest that is given counts."""

    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    grid: str | None = None
    building: Id | None = None
    home: Id | None = None
    on: date | None = None


class LinksAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which links: of one level, of one holder, in force on a day (today)."""

    level: Level | None = None
    holder: Id | None = None
    on: date | None = None
    cursor: str | None = None
    limit: Rows = 100


class HoldersAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which holders: words in name, duty or code."""

    q: str = ""
    cursor: str | None = None
    limit: Rows = 100


class AssignSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Who answers for what; `child` is the id of community, grid, courtyard, person or home, by level."""

    level: Level
    child: Id
    holder: Id
    from_date: date
    until_date: date | None = None


class EndSaid(msgspec.Struct, forbid_unknown_fields=True):
    """From which day on a link counts no more."""

    until_date: date


class Successor(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes a link over."""

    link: Id
    holder: Id


class HandOverSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody leaves on a day; every link needs a successor."""

    from_date: date
    successors: list[Successor]


class HolderOne(msgspec.Struct, kw_only=True):
    """A person in a public duty of the chain; the telephone is that of the office."""

    id: int
    code: str
    name: str
    duty: str
    phone: str
    unit: Named | None


class LinkOne(msgspec.Struct, kw_only=True):
    """A holder answers for a child from a day on, until (not on) another."""

    id: int
    level: int
    child: int
    holder: HolderOne
    from_date: date
    until_date: date | None


class AnsweringOne(msgspec.Struct):
    """Who answers in which capacity; level 0 is the grid's worker. `holder` null: a gap."""

    level: int
    label: str
    holder: HolderOne | None


class Answering(msgspec.Struct):
    """Who answers for a place, nearest first."""

    grid: Named | None
    answering: list[AnsweringOne]


class LinkPage(msgspec.Struct):
    """Links in the order of their ids."""

    links: list[LinkOne]
    next: str | None
    previous: str | None


class HolderPage(msgspec.Struct):
    """Holders by code."""

    holders: list[HolderOne]
    next: str | None
    previous: str | None


class GapOne(msgspec.Struct, kw_only=True):
    """What of a grid has nobody."""

    grid: Named
    has_holder: bool
    courtyards: int
    courtyards_without: int
    homes: int
    homes_without: int


class Gaps(msgspec.Struct):
    """Communities that nobody of the street looks after, and every grid of the branch."""

    communities: list[Named]
    grids: list[GapOne]


class LinksMade(msgspec.Struct):
    """Links that were made."""

    links: list[LinkOne]


def _holder(row: Holder) -> HolderOne:
    unit = street_map(row.tenant_id).units.get(row.unit_id)
    return HolderOne(
        id=row.pk, code=row.code, name=row.name, duty=row.duty, phone=row.phone, unit=named(unit)
    )


def link_one(row: Link) -> LinkOne:
    """A link; its holder must be loaded."""
    return LinkOne(
        id=row.pk, level=row.level, child=row.child_id, holder=_holder(row.holder), from_date=row.from_date,
        until_date=row.until_date,
    )  # fmt: skip


@operation(
    "who_answers", "GET", "v1/chain/answering", tag=TAG, summary="Who answers for a place",
    answer=Answering, permission=rules.READ, query=WhoAsked,
)  # fmt: skip
def who_answers(call: Call) -> Answering:
    """Nearest first, gaps included; levels 4 to 6 for the community's own staff alone."""
    asked: WhoAsked = call.query
    grid = _grid_of(call.by, asked)
    if grid is not None and narrowed(call.by.scope, grid) is None:
        raise NotFound(field="grid")
    found = queries.who_answers(
        call.by.scope.tenant, grid_id=grid.id if grid else None, building_id=asked.building, home_id=asked.home,
        on=asked.on,
    )  # fmt: skip
    shown = found if queries.may_see_neighbours(call.by) else [one for one in found if one.level <= 3]
    if not shown:
        raise NotFound()
    rows = [AnsweringOne(a.level, str(a.label), _holder(a.holder) if a.holder else None) for a in shown]
    return Answering(named(grid), rows)


@operation(
    "list_links", "GET", "v1/chain/links", tag=TAG, summary="Who answers for what, link by link",
    answer=LinkPage, permission=rules.READ, query=LinksAsked,
)  # fmt: skip
def list_links(call: Call) -> LinkPage:
    """Within the branch; levels 4 to 6 for the community's own staff alone."""
    asked: LinksAsked = call.query
    rows = queries.links_within(call.by).filter(queries.active(asked.on or clock.today()))
    if asked.level is not None:
        rows = rows.filter(level=asked.level)
    if asked.holder is not None:
        rows = rows.filter(holder_id=asked.holder)
    page = page_of(rows.select_related("holder"), order=("id",), size=asked.limit, cursor=asked.cursor)
    return LinkPage([link_one(row) for row in page.rows], page.next_cursor, page.previous_cursor)


@operation(
    "list_holders", "GET", "v1/chain/holders", tag=TAG, summary="The persons of the chain",
    answer=HolderPage, permission=rules.READ, query=HoldersAsked,
)  # fmt: skip
def list_holders(call: Call) -> HolderPage:
    """Those who have not left."""
    asked: HoldersAsked = call.query
    rows = queries.holders_within(call.by, words=asked.q.strip())
    page = page_of(rows, order=("code", "id"), size=asked.limit, cursor=asked.cursor)
    return HolderPage([_holder(row) for row in page.rows], page.next_cursor, page.previous_cursor)


@operation(
    "list_gaps", "GET", "v1/chain/gaps", tag=TAG, summary="What has nobody", answer=Gaps, permission=rules.READ,
)  # fmt: skip
def list_gaps(call: Call) -> Gaps:
    """As of today; numbers only."""
    units, today, scope = street_map(call.by.scope.tenant).units, clock.today(), call.by.scope
    rows = [
        GapOne(
            grid=Named(units[grid].code, units[grid].name, units[grid].name_en), has_holder=share.has_holder,
            courtyards=share.courtyards, courtyards_without=share.courtyards_without, homes=share.homes,
            homes_without=share.homes_without,
        )
        for grid, share in queries.shares(scope, today).items()
    ]  # fmt: skip
    without = [units[one] for one in queries.communities_without(scope, today)]
    return Gaps([Named(u.code, u.name, u.name_en) for u in without], rows)


def _grid_of(by: Actor, asked: WhoAsked) -> Unit | None:
    """The grid that is meant; None for a home, which the scope itself keeps to. Raises NotFound, Invalid."""
    street = street_map(by.scope.tenant)
    if (asked.lon is None) != (asked.lat is None):
        raise Invalid(field="lon", problem=_("经度和纬度要么都填，要么都不填。"), remedy=_("请补上另一个。"))
    if asked.home is not None:
        return None
    grid = street.by_code.get(asked.grid or "")
    if asked.lon is not None and asked.lat is not None:
        grid = street.grid_at(asked.lon, asked.lat)
    if asked.building is not None:
        building = Building.objects.filter(tenant_id=by.scope.tenant, pk=asked.building).first()
        grid = street.units.get(building.grid_id or 0) if building is not None else None
    if grid is None or grid.level != Unit.Level.GRID:
        raise NotFound(field="grid", problem=_("这里不在任何网格里。"))
    return grid


def _made(by: Actor, rows: list[Link]) -> list[LinkOne]:
    held = queries.links_within(by).select_related("holder").in_bulk([row.pk for row in rows])
    return [link_one(held[row.pk]) for row in rows if row.pk in held]


@operation(
    "assign_link", "POST", "v1/chain/links", tag=TAG, summary="A holder answers for a child from a day on",
    answer=LinksMade, status=201, permission=rules.MANAGE, body=AssignSaid,
)  # fmt: skip
def assign_link(call: Call) -> LinksMade:
    """Whoever did before is ended by the same step."""
    said: AssignSaid = call.body
    link = services.assign(
        call.by, level=said.level, child_id=said.child, holder_id=said.holder, from_date=said.from_date,
        until_date=said.until_date,
    )  # fmt: skip
    return LinksMade(_made(call.by, [link]))


@operation(
    "end_link", "POST", "v1/chain/links/<int:link_of_chain_id>/end", tag=TAG, summary="A link counts no more from a day on",
    answer=LinksMade, permission=rules.MANAGE, body=EndSaid,
)  # fmt: skip
def end_link(call: Call) -> LinksMade:
    """Nobody follows: the place becomes a gap."""
    link = services.end_link(call.by, link_id=call.path["link_of_chain_id"], until_date=call.body.until_date)
    return LinksMade(_made(call.by, [link]))


@operation(
    "hand_over_links", "POST", "v1/chain/holders/<int:holder_id>/hand-over", tag=TAG, summary="Somebody leaves: every link goes to a successor",
    answer=LinksMade, permission=rules.MANAGE, body=HandOverSaid,
)  # fmt: skip
def hand_over_links(call: Call) -> LinksMade:
    """In one step; none is orphaned."""
    said: HandOverSaid = call.body
    made = services.hand_over(
        call.by, holder_id=call.path["holder_id"], from_date=said.from_date,
        successors={one.link: one.holder for one in said.successors},
    )  # fmt: skip
    return LinksMade(_made(call.by, made))
