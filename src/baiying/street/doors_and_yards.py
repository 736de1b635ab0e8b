"""Courtyards and homes of the demonstration streets, from the buildings' counts; the same rows at each founding.

Rows go in by the set: the street has some 14,000 homes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from django.db import connection

from baiying.org.models import Tenant
from baiying.registry.models import Building, Courtyard, Home

BUILDINGS_OF_A_COURTYARD = 4
DIGITS = "一二三四五六七八九十"


def put_courtyards_and_homes(tenant: Tenant) -> None:
    """Once: groups of neighbouring buildings, and a door for each household."""
    if Courtyard.objects.filter(tenant_id=tenant.id).exists():
        return
    rows = Building.objects.filter(tenant_id=tenant.id, households__gt=0).select_related(
        "grid", "living_area"
    )
    buildings = list(
        rows.order_by("grid__code", "code").defer("polygon", "grid__polygon", "living_area__polygon")
    )
    yards: list[Courtyard] = []
    for _grid, group in groupby(buildings, key=lambda b: b.grid_id):
        yards += _courtyards(list(group))
    Courtyard.objects.bulk_create(yards)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_building b SET courtyard_id = y.yard"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS y (building, yard) WHERE b.id = y.building",
            [[b.pk for b in buildings], [b.courtyard.pk for b in buildings if b.courtyard]],
        )
        doors = [door for building in buildings for door in _doors(building)]
        cursor.execute(
            "INSERT INTO registry_home"
            " (tenant_id, community_id, grid_id, building_id, entrance, floor, number, code)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[],"
            " %s::text[], %s::text[])",
            [tenant.id, *map(list, zip(*doors, strict=True))],
        )
    assert Home.objects.filter(tenant_id=tenant.id).count() == sum(b.households for b in buildings)


def _courtyards(buildings: Sequence[Building]) -> list[Courtyard]:
    """The buildings of one grid in near-equal groups; each building learns its courtyard."""
    count = max(1, round(len(buildings) / BUILDINGS_OF_A_COURTYARD))
    made = []
    for number in range(count):
        group = buildings[len(buildings) * number // count : len(buildings) * (number + 1) // count]
        first = group[0]
        yard = Courtyard(
            tenant_id=first.tenant_id, community_id=first.living_area.community_id, grid_id=first.grid_id,
            code=f"{first.grid.code}Y{number + 1:02d}",
            name=f"{first.grid.name}{DIGITS[number]}号楼院", name_en=f"{first.grid.name_en} Courtyard {number + 1}",
        )  # fmt: skip
        for building in group:
            building.courtyard = yard
        made.append(yard)
    return made


def _doors(building: Building) -> Iterator[tuple[int, int, int, int, int, str, str]]:
    """(community, grid, building, entrance, floor, number, code) of each household, spread over the entrances."""
    entrances, floors = max(1, building.entrances), max(1, building.floors)
    for entrance in range(1, entrances + 1):
        begin = building.households * (entrance - 1) // entrances
        count = building.households * entrance // entrances - begin
        a_floor = -(-count // floors)
        for n in range(count):
            floor, door = n // a_floor + 1, n % a_floor + 1
            number = f"{floor}{door:02d}"
            yield (
                building.living_area.community_id, building.grid_id, building.pk, entrance, floor, number,
                f"{building.code}-{entrance}-{number}",
            )  # fmt: skip
