"""Looking through the chain: street, community, grid, courtyard, building; gaps and loads; who answers for a home."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.chain import places, queries
from baiying.chain.models import Link
from baiying.chain.queries import LEVEL_NAMES, Share
from baiying.chain.rules import MANAGE, READ
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.refusals import NotFound
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, covers
from baiying.registry.models import Building, Courtyard, Home

MOST: Final = 200  # rows of a list of gaps; the count is told in full
Crumbs = list[dict[str, str]]


@dataclass
class Row:
    """One place of a page, who answers for it, and how much below it has nobody."""

    name: str
    href: str
    change: str
    link: Link | None
    things: int = 0
    gaps: int = 0
    notes: list[str] = field(default_factory=list)


@require_safe
@staff_page(READ)
def overview(request: StaffRequest) -> HttpResponseBase:
    """All communities with their sponsors and gaps; whoever has one branch only goes straight there."""
    actor = request.actor
    if actor.scope.level != "street":
        return redirect("desk_chain_unit", code=_own_unit(actor).code)
    street, day = street_map(actor.scope.tenant), clock.today()
    shares = queries.shares(actor.scope, day)
    communities = street.at_level(Unit.Level.COMMUNITY)
    links = queries.holders_of(actor.scope, 1, [u.id for u in communities], day)
    rows = [_unit_row(unit, 1, links.get(unit.id), _below(shares, unit)) for unit in communities]
    total = _sum(list(shares.values()))
    context = _place(actor, [], _("六级挂包"), 1, rows) | {
        "total": total, "map_url": reverse("desk_chain_outlines"), "is_overview": True,
    }  # fmt: skip
    return desk_page(request, "desk/chain_place.html", context)


@require_safe
@staff_page(READ)
def unit(request: StaffRequest, code: str) -> HttpResponseBase:
    """A community with its grids, or a grid with its courtyards."""
    actor, day = request.actor, clock.today()
    found = street_map(actor.scope.tenant).by_code.get(code)
    if found is not None and found.level == Unit.Level.SUBDISTRICT and actor.scope.level == "street":
        return redirect("desk_chain")
    if found is None or found.level not in (Unit.Level.COMMUNITY, Unit.Level.GRID):
        raise NotFound()
    child = places.of_unit(found)
    demand_inside(actor, child)
    if child.level == 1:
        context = _community(actor, found)
    else:
        yards = list(Courtyard.objects.within(actor.scope).filter(grid_id=found.id).order_by("code"))
        links = queries.holders_of(actor.scope, 3, [y.pk for y in yards], day)
        rows = [
            Row(name_of(y), reverse("desk_chain_courtyard", kwargs={"courtyard_id": y.pk}),
                change_url(3, y.pk), links.get(y.pk))
            for y in yards
        ]  # fmt: skip
        context = _place(actor, crumbs_to(actor, found.parent_id, None), name_of(found), 3, rows)
        context["answers"] = queries.who_answers(actor.scope.tenant, grid_id=found.id)
        context["own_change"] = change_url(2, found.id)
    return desk_page(request, "desk/chain_place.html", context)


def _community(actor: Actor, found: Unit) -> dict[str, Any]:
    day = clock.today()
    shares = queries.shares(actor.scope, day)
    grids = [u for u in street_map(actor.scope.tenant).at_level(Unit.Level.GRID) if u.parent_id == found.id]
    links = queries.holders_of(actor.scope, 2, [u.id for u in grids], day)
    rows = [_unit_row(u, 2, links.get(u.id), shares.get(u.id)) for u in grids]
    context = _place(actor, crumbs_to(actor, None, None), name_of(found), 2, rows)
    sponsor = queries.holders_of(actor.scope, 1, [found.id], day).get(found.id)
    context["answers"] = [queries.Answering(1, sponsor.holder if sponsor else None, sponsor)]
    context["own_change"] = change_url(1, found.id) if actor.scope.level == "street" else ""
    context["total"] = _sum([shares[u.id] for u in grids if u.id in shares])
    if actor.scope.level == "community":
        context["map_url"], context["within"] = reverse("desk_chain_outlines"), found.code
    return context


@require_safe
@staff_page(READ)
def courtyard(request: StaffRequest, courtyard_id: int) -> HttpResponse:
    """A courtyard: its buildings, and - for the community's own staff - leads, centres and contacts."""
    actor, day = request.actor, clock.today()
    found = Courtyard.objects.within(actor.scope).filter(pk=courtyard_id).first()
    if found is None:
        raise NotFound()
    buildings = Building.objects.filter(tenant_id=found.tenant_id, courtyard=found).defer("polygon")
    rows = [
        Row(
            name_of(b),
            reverse("desk_chain_building", kwargs={"building_id": b.pk}),
            "",
            None,
            things=b.households,
        )
        for b in buildings.order_by("code")
    ]
    crumbs = crumbs_to(actor, found.community_id, found.grid_id)
    context = _place(actor, crumbs, name_of(found), 0, rows)
    held = queries.holders_of(actor.scope, 3, [found.pk], day).get(found.pk)
    context["answers"] = [queries.Answering(3, held.holder if held else None, held)]
    context["own_change"] = change_url(3, found.pk)
    if queries.may_see_neighbours(actor):
        context["contacts"] = _contacts(actor, found)
    return desk_page(request, "desk/chain_place.html", context)


def _contacts(actor: Actor, yard: Courtyard) -> list[dict[str, Any]]:
    """Each contact of a courtyard with the number of homes, centre and lead."""
    day = clock.today()
    homes: dict[int, int] = {}
    links = queries.links_within(actor).filter(queries.active(day), level=6, home__building__courtyard=yard)
    for holder_id in links.values_list("holder_id", flat=True):
        homes[holder_id] = homes.get(holder_id, 0) + 1
    centres = queries.holders_of(actor.scope, 5, homes, day)
    leads = queries.holders_of(actor.scope, 4, [x.holder_id for x in centres.values()], day)
    people = queries.holders_within(actor).in_bulk(homes)
    return [
        {
            "contact": people[contact], "homes": count, "centre": centres.get(contact),
            "lead": leads.get(centres[contact].holder_id) if contact in centres else None,
            "change": change_url(5, contact),
        }
        for contact, count in sorted(homes.items(), key=lambda one: people[one[0]].code)
        if contact in people
    ]  # fmt: skip


@require_safe
@staff_page(READ)
def building(request: StaffRequest, building_id: int) -> HttpResponse:
    """A building: who answers, and - for the community's own staff - home by home."""
    actor, day = request.actor, clock.today()
    found = (
        Building.objects.filter(tenant_id=actor.scope.tenant, pk=building_id).select_related("grid").first()
    )
    if found is None:
        raise NotFound()
    demand_inside(actor, places.of_unit(found.grid))
    rows: list[Row] = []
    if queries.may_see_neighbours(actor):
        homes = list(
            Home.objects.within(actor.scope).filter(building=found).order_by("entrance", "floor", "number")
        )
        links = queries.holders_of(actor.scope, 6, [h.pk for h in homes], day)
        rows = [Row(f"{h.entrance}-{h.number}", "", change_url(6, h.pk), links.get(h.pk)) for h in homes]
    crumbs = crumbs_to(actor, found.grid.parent_id, found.grid_id)
    context = _place(actor, crumbs, name_of(found), 6, rows)
    context["answers"] = queries.who_answers(actor.scope.tenant, building_id=found.pk)
    return desk_page(request, "desk/chain_place.html", context)


# -- gaps and loads ----------------------------------------------------------------------------------------


@require_safe
@staff_page(READ)
def gaps(request: StaffRequest) -> HttpResponse:
    """What has nobody, and who has too much; `most` asks with another limit."""
    actor, day = request.actor, clock.today()
    street = street_map(actor.scope.tenant)
    written = request.GET.get("most", "")
    most = int(written) if written.isascii() and written.isdecimal() and 0 < int(written[:6]) < 1000 else None
    grids = [s.grid_id for s in queries.shares(actor.scope, day).values() if not s.has_holder]
    yards, homes = queries.courtyards_without(actor.scope, day), queries.homes_without(actor.scope, day)
    is_inside = queries.may_see_neighbours(actor)
    lists: list[dict[str, Any]] = [
        _gap_list(1, [(name_of(street.units[i]), change_url(1, i)) for i in queries.communities_without(actor.scope, day)]),
        _gap_list(2, [(name_of(street.units[i]), change_url(2, i)) for i in grids]),
        _gap_list(3, [(name_of(y), change_url(3, y.pk)) for y in yards[:MOST]], yards.count()),
        *(_people_list(actor, level, day) for level in (4, 5)),
        _gap_list(6, [(places.of_home(h).name, change_url(6, h.pk)) for h in homes[:MOST]] if is_inside else [],
                  homes.count()),
    ]  # fmt: skip
    loads = [
        {"load": load, "what": LEVEL_NAMES[load.level][1],
         "href": reverse("desk_chain_holder", kwargs={"holder_id": load.holder.pk})}
        for load in queries.overloads(actor, day, most)[:MOST]
    ]  # fmt: skip
    usual = [
        {"who": LEVEL_NAMES[level][0], "what": LEVEL_NAMES[level][1], "most": limit}
        for level, limit in queries.most_of().items()
    ]
    context = {"lists": lists, "loads": loads, "most": most or "", "usual": usual, "map_url": reverse("desk_chain_outlines"),
               "may_manage": actor.has(MANAGE)}  # fmt: skip
    return desk_page(request, "desk/chain_gaps.html", context)


def _people_list(actor: Actor, level: int, day: date) -> dict[str, Any]:
    """Level 4: centres without a lead; level 5: contacts without a centre. Names to their own community only."""
    people = queries.people_without(actor.scope, level, day)
    is_inside = queries.may_see_neighbours(actor)
    rows = [(name_of(p), change_url(level, p.pk)) for p in people[:MOST]] if is_inside else []
    return _gap_list(level, rows, people.count())


def _gap_list(level: int, rows: list[tuple[str, str]], count: int | None = None) -> dict[str, Any]:
    return {"title": LEVEL_NAMES[level][1], "rows": rows, "count": len(rows) if count is None else count}


@require_safe
@staff_page(READ)
def outlines(request: StaffRequest) -> HttpResponse:
    """Outlines of communities and grids; each grid with `gap`, the part of it that has nobody (0 to 1)."""
    actor = request.actor
    street, shares = street_map(actor.scope.tenant), queries.shares(actor.scope, clock.today())
    features = []
    for layer in (Unit.Level.COMMUNITY, Unit.Level.GRID):
        for u in street.at_level(layer):
            if not u.polygon or not covers(actor.scope, places.of_unit(u)):
                continue
            properties: dict[str, Any] = {"layer": str(layer.value), "code": u.code, "name": name_of(u)}
            if u.id in shares:
                properties["gap"] = round(shares[u.id].gaps / shares[u.id].things, 3)
            features.append({"type": "Feature", "properties": properties, "geometry": u.polygon})
    response = JsonResponse(
        {"type": "FeatureCollection", "features": features},
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )
    response["Content-Type"], response["Cache-Control"] = "application/geo+json", "private, no-store"
    return response


# -- who answers for this home? ----------------------------------------------------------------------------


@require_safe
@staff_page(READ)
def home(request: StaffRequest) -> HttpResponse:
    """`?q=`: building and number as people say them; the one home found, or those that fit."""
    actor, words = request.actor, request.GET.get("q", "").strip()[:60]
    chosen = request.GET.get("home", "")
    rows = Home.objects.within(actor.scope).select_related("building").defer("building__polygon")
    found: list[Home] = []
    if chosen.isascii() and chosen.isdecimal() and len(chosen) <= 18:
        found = list(rows.filter(pk=int(chosen)))
    elif words:
        *building_words, last = words.rsplit(maxsplit=1)
        wanted = rows.filter(building__name__icontains=" ".join(building_words)) if building_words else rows
        door, _dash, number = last.rpartition("-")
        wanted = wanted.filter(number=number)
        wanted = wanted.filter(entrance=int(door)) if door.isdecimal() and len(door) < 4 else wanted
        found = list(wanted.order_by("code")[:20])
    answers = []
    if len(found) == 1:
        shown = queries.who_answers(actor.scope.tenant, home_id=found[0].pk)
        answers = [a for a in shown if a.level in (0, 1, 2, 3) or queries.may_see_neighbours(actor)]
    here = reverse("desk_chain_home")
    choices = [(places.of_home(h).name, f"{here}?{urlencode({'home': h.pk})}") for h in found]
    context = {"words": words, "choices": choices, "answers": answers, "asked": bool(words or chosen)}
    return desk_page(request, "desk/chain_home.html", context)


# -- pieces ------------------------------------------------------------------------------------------------


def demand_inside(actor: Actor, child: places.Child) -> None:
    """A place outside the actor's branch is not found, like one that does not exist."""
    if not covers(actor.scope, child):
        raise NotFound()


def change_url(level: int, child_id: int) -> str:
    """The page on which a child's holder is changed, with everything that was."""
    return reverse("desk_chain_child", kwargs={"level": level, "child_id": child_id})


def crumbs_to(actor: Actor, community_id: int | None, grid_id: int | None) -> Crumbs:
    """The way down to a place, as far as the actor's branch reaches."""
    units = street_map(actor.scope.tenant).units
    found: Crumbs = []
    if actor.scope.level == "street":
        found.append({"label": _("六级挂包"), "href": reverse("desk_chain")})
    for unit_id in (community_id, grid_id):
        if unit_id is not None and covers(actor.scope, places.of_unit(units[unit_id])):
            u = units[unit_id]
            found.append({"label": name_of(u), "href": reverse("desk_chain_unit", kwargs={"code": u.code})})
    return found


def _own_unit(actor: Actor) -> Unit:
    found = street_map(actor.scope.tenant).units.get(actor.scope.unit)
    if found is None or found.level not in (Unit.Level.COMMUNITY, Unit.Level.GRID):
        raise NotFound()
    return found


def _place(actor: Actor, crumbs: Crumbs, title: str, level: int, rows: list[Row]) -> dict[str, Any]:
    return {
        "crumbs": [*crumbs, {"label": title, "href": ""}], "heading": title, "rows": rows,
        "above": LEVEL_NAMES[level][0] if level else "", "below": LEVEL_NAMES[level][1] if level else _("楼栋"),
        "has_counts": level in (1, 2), "may_manage": actor.has(MANAGE),
    }  # fmt: skip


def _unit_row(u: Unit, level: int, link: Link | None, share: Share | None) -> Row:
    href = reverse("desk_chain_unit", kwargs={"code": u.code})
    return Row(
        name_of(u),
        href,
        change_url(level, u.id),
        link,
        share.things if share else 0,
        share.gaps if share else 0,
    )


def _sum(shares: list[Share]) -> Total:
    total = Total(0)
    for share in shares:
        total.add(share)
    return total


def _below(shares: dict[int, Share], community: Unit) -> Total:
    units = street_map(community.tenant_id).units
    return _sum([s for s in shares.values() if units[s.grid_id].parent_id == community.id])


@dataclass(slots=True)
class Total(Share):
    """Several grids as one."""

    grids: int = 0
    grids_without: int = 0

    def add(self, share: Share) -> None:
        """One grid more."""
        self.grids += 1
        self.grids_without += 0 if share.has_holder else 1
        self.courtyards += share.courtyards
        self.courtyards_without += share.courtyards_without
        self.homes += share.homes
        self.homes_without += share.homes_without

    @property
    def things(self) -> int:
        return self.grids + self.courtyards + self.homes

    @property
    def gaps(self) -> int:
        return self.grids_without + self.courtyards_without + self.homes_without
