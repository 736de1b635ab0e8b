"""Where is it? By point in polygon, else by a named place, else the desk finds out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from baiying.cases.said import Words
from baiying.kit import geometry
from baiying.kit.refusals import Invalid
from baiying.org.models import Unit
from baiying.org.queries import StreetMap
from baiying.org.rules import Actor
from baiying.registry import queries as places


@dataclass(frozen=True, slots=True)
class Located:
    """A place in the tree. `by`: point | place | desk | outside | unknown. lon/lat in WGS-84 degrees."""

    community_id: int | None
    grid_id: int | None
    by: str
    lon: float | None = None
    lat: float | None = None
    living_area_id: int | None = None
    building_id: int | None = None


def may_hold(unit: Unit, community_id: int | None, grid_id: int | None) -> bool:
    """Whether a unit may have in hand what lies there: communities and grids see their own place alone."""
    place = {Unit.Level.COMMUNITY: community_id, Unit.Level.GRID: grid_id}
    return unit.level not in place or place[Unit.Level(unit.level)] == unit.id


def locate(by: Actor, street: StreetMap, words: Words, place: str, text: str) -> Located:
    """Find community and grid. A point outside every grid is kept and said to be outside."""
    if words.lon is not None or words.lat is not None:
        return _by_point(street, words)
    named = places.named_place(street.tenant.id, words.living_area_id, words.building_id, place, text)
    if named is not None:
        return Located(
            named.community_id,
            named.grid_id,
            "place",
            named.lon,
            named.lat,
            named.living_area_id,
            named.building_id,
        )
    if words.living_area_id or words.building_id:
        raise Invalid(
            field="place", problem=_("没有找到这个小区或楼栋。"), remedy=_("请重新选，或用自己的话写地点。")
        )
    return _by_desk(by, street)


def _by_point(street: StreetMap, words: Words) -> Located:
    bounds = street.grids.bounds or street.communities.bounds
    lon, lat = geometry.read_point(words.lon, words.lat, crs=words.crs, expected=bounds)
    grid = street.grid_at(lon, lat)
    community = street.units[grid.parent_id] if grid and grid.parent_id else street.community_at(lon, lat)
    if community is None:
        return Located(None, None, "outside", lon, lat, words.living_area_id, words.building_id)
    return Located(
        community.id, grid.id if grid else None, "point", lon, lat, words.living_area_id, words.building_id
    )


def _by_desk(by: Actor, street: StreetMap) -> Located:
    """A community's own clerk takes it in for that community; else the street's office looks."""
    unit = street.units.get(by.unit_id) if by.kind == "staff" and by.unit_id else None
    if unit is not None and unit.level == Unit.Level.GRID:
        return Located(unit.parent_id, unit.id, "desk")
    if unit is not None and unit.level == Unit.Level.COMMUNITY:
        return Located(unit.id, None, "desk")
    return Located(None, None, "unknown")
