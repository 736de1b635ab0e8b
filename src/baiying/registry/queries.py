"""Reads of places: by what people call them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db.models import QuerySet

from baiying.org.rules import Scope, acting
from baiying.registry.models import Building, LivingArea


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that somebody named: a living area, or a building in it. lon/lat in WGS-84 degrees."""

    community_id: int
    grid_id: int | None
    living_area_id: int
    building_id: int | None
    lon: float
    lat: float


@dataclass(frozen=True)
class _Names:
    read_at: float
    areas: dict[int, tuple[str, NamedPlace]]
    buildings: dict[int, tuple[str, NamedPlace]]
    by_area: dict[int, list[tuple[str, NamedPlace]]]


_held: dict[int, _Names] = {}
_KEPT_FOR = 60.0  # seconds


def _names(tenant_id: int) -> _Names:
    held = _held.get(tenant_id)
    if held is not None and time.monotonic() - held.read_at < _KEPT_FOR:
        return held
    with acting(Scope(tenant_id, "public")):
        areas = {
            a.id: (a.name, NamedPlace(a.community_id, None, a.id, None, a.lon, a.lat))
            for a in LivingArea.objects.filter(tenant_id=tenant_id).defer("polygon")
        }
        buildings = {
            b.id: (
                b.name.removeprefix(areas[b.living_area_id][0]).strip(),
                NamedPlace(
                    areas[b.living_area_id][1].community_id, b.grid_id, b.living_area_id, b.id, b.lon, b.lat
                ),
            )
            for b in Building.objects.filter(tenant_id=tenant_id).defer("polygon")
        }
    by_area: dict[int, list[tuple[str, NamedPlace]]] = {}
    for name, place in buildings.values():
        by_area.setdefault(place.living_area_id, []).append((name, place))
    _held[tenant_id] = _Names(time.monotonic(), areas, buildings, by_area)
    return _held[tenant_id]


def forget() -> None:
    """Read the names again at the next call; after places were loaded."""
    _held.clear()


def named_place(
    tenant_id: int, living_area_id: int | None, building_id: int | None, place: str, text: str
) -> NamedPlace | None:
    """The place chosen by id, else the living area (and building) named in `place`, else the one named in `text`.

    Longer names win, so that “雪宫东小区” is not taken for “雪宫”; names under three characters are not looked for.
    """
    names = _names(tenant_id)
    if building_id is not None:
        found = names.buildings.get(building_id)
        return found[1] if found else None
    if living_area_id is not None:
        found = names.areas.get(living_area_id)
        return found[1] if found else None
    for words in (place, text):
        squeezed = words.replace(" ", "")
        hits = [(n, p) for n, p in names.areas.values() if len(n) >= 3 and n in squeezed]
        if hits:
            name, area = max(hits, key=lambda hit: (len(hit[0]), -hit[1].living_area_id))
            return _building_in(names, squeezed, name, area) or area
    return None


def _building_in(names: _Names, words: str, area_name: str, area: NamedPlace) -> NamedPlace | None:
    after = words.split(area_name, 1)[1]
    hits = [(n, p) for n, p in names.by_area.get(area.living_area_id, []) if n and after.startswith(n)]
    return max(hits, key=lambda hit: len(hit[0]))[1] if hits else None


def place_name(tenant_id: int, living_area_id: int | None, building_id: int | None) -> str:
    """The living area's name, with the building's behind it when it is known; "" for neither."""
    if living_area_id is None and building_id is None:
        return ""
    names = _names(tenant_id)
    building = names.buildings.get(building_id or 0)
    area = names.areas.get(building[1].living_area_id if building else living_area_id or 0)
    return (area[0] if area else "") + (building[0] if building else "")


def area_names(tenant_id: int) -> list[str]:
    """The names of all living areas of the street."""
    return [name for name, _place in _names(tenant_id).areas.values()]


def place_with_code(tenant_id: int, code: str) -> tuple[int, int | None] | None:
    """(living area, building) of the code that the street's own list of places uses, else None."""
    with acting(Scope(tenant_id, "public")):
        building = (
            Building.objects.filter(tenant_id=tenant_id, code=code)
            .values_list("living_area_id", "id")
            .first()
        )
        if building is not None:
            return building[0], building[1]
        area = LivingArea.objects.filter(tenant_id=tenant_id, code=code).values_list("id", flat=True).first()
    return None if area is None else (area, None)


def living_areas(tenant_id: int) -> QuerySet[LivingArea]:
    """The street's living areas by pinyin."""
    return LivingArea.objects.filter(tenant_id=tenant_id).order_by("sort_key", "id")


def buildings_of(tenant_id: int, living_area_id: int) -> QuerySet[Building]:
    """The buildings of one living area, in the order of their numbers."""
    return Building.objects.filter(tenant_id=tenant_id, living_area_id=living_area_id).order_by("code")
