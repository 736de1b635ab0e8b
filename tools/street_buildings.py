"""Sets houses on the base grids: rows facing south, an open garden, shops in the gaps."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import shapely
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from street_frame import to_degrees, to_metres

MARGIN = 13.0  # metres from a grid's border to the nearest wall: half a street and the pavement


class Style(NamedTuple):
    """How houses of one kind of living area are built. Sizes in metres."""

    widths: tuple[float, ...]
    depth: float
    pitch: float  # from one row to the next: sunlight in winter
    gap: float
    floors: tuple[int, ...]
    homes_a_floor: int  # in one entrance
    entrance_width: float
    homes_a_grid: int
    family: float  # people in a home


STYLES = {
    "estate": Style((45.0, 45.0, 60.0), 11.5, 31.0, 13.0, (4, 5, 5), 2, 15.0, 180, 2.9),
    "court": Style((34.0, 51.0), 12.5, 35.0, 16.0, (5, 6, 6), 2, 17.0, 165, 3.1),
    "tower": Style((29.0,), 17.0, 52.0, 26.0, (9, 11, 15), 3, 29.0, 200, 3.0),
    "dorm": Style((30.0, 40.0), 10.5, 24.0, 11.0, (3, 3, 4), 2, 13.0, 140, 2.4),
    "market": Style((26.0, 39.0), 13.0, 33.0, 9.0, (3, 3, 4), 2, 13.0, 120, 2.8),
    "village": Style((44.0, 55.0, 66.0), 9.5, 19.5, 9.0, (1, 1, 1, 2), 1, 11.0, 105, 3.2),
}
SHOPS = ("沿街商铺", "Shops")
OFFICE = ("物业服务用房", "Property Office")
EXTRAS = {
    "estate": [OFFICE, ("老年活动室", "Senior Centre"), *[SHOPS] * 5],
    "court": [OFFICE, ("会所", "Club House"), ("幼儿园", "Kindergarten"), *[SHOPS] * 4],
    "tower": [OFFICE, ("幼儿园", "Kindergarten"), *[SHOPS] * 2],
    "dorm": [("传达室", "Gate Lodge"), SHOPS, ("自行车棚", "Bicycle Shed")],
    "market": [("农贸市场", "Produce Market"), *[SHOPS] * 7],
    "village": [("居民活动室", "Residents' Hall"), ("老年幸福食堂", "Senior Canteen"), SHOPS],
}
SERVICES = [("便民服务中心", "Community Service Centre"), ("卫生服务站", "Health Station")]
EXTRA_SIZES = ((30.0, 11.0), (24.0, 14.0), (18.0, 9.0))


class Area(Protocol):
    """The living area that the caller knows."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def community(self) -> str: ...


class Building(NamedTuple):
    code: str
    name: str
    name_en: str
    kind: str
    area: str
    grid: str
    polygon: BaseGeometry
    units: int
    floors: int
    homes: int  # that the house has room for; the counts of the street are shared out by it
    family: float


class Shell(NamedTuple):
    """Walls without a number yet."""

    grid: str
    walls: Polygon
    units: int
    floors: int
    homes: int


def rows_of_walls(inner: BaseGeometry, style: Style, rng: random.Random) -> Iterator[Polygon]:
    """Every place in a grid where a house of this style may stand, row by row from the north."""
    west, south, east, north = inner.bounds
    y = north - style.depth
    while y >= south:
        x = west + rng.uniform(0, 6)
        while x < east:
            width = rng.choice(style.widths)
            walls = box(x, y, x + width, y + style.depth)
            if inner.contains(walls):
                yield walls
                x += width + style.gap
            else:
                x += 5.0
        y -= style.pitch


def shells_of_grid(
    code: str, polygon: BaseGeometry, style: Style, rng: random.Random
) -> tuple[list[Shell], list[Polygon]]:
    """Houses for about as many homes as the style wants, around an open middle; and the places left free."""
    inner = polygon.buffer(-MARGIN, join_style="mitre")
    places = list(rows_of_walls(inner, style, rng))
    west, south, east, north = inner.bounds
    right, up = rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7)
    garden = Point(west + (east - west) * right, south + (north - south) * up)
    places.sort(key=lambda walls: -walls.centroid.distance(garden))
    wanted = style.homes_a_grid * rng.uniform(0.75, 1.2)
    shells: list[Shell] = []
    while places and sum(s.homes for s in shells) < wanted:
        walls = places.pop(0)
        low, _, high, _ = walls.bounds
        units = max(1, round((high - low) / style.entrance_width))
        floors = rng.choice(style.floors)
        shells.append(Shell(code, walls, units, floors, units * floors * style.homes_a_floor))
    return shells, places


def north_to_south(walls: BaseGeometry) -> tuple[int, float]:
    return round(-walls.centroid.y / 17), walls.centroid.x


def numbered(area: Area, shells: Sequence[Shell]) -> Iterator[Building]:
    style = STYLES[area.kind]
    ordered = sorted(shells, key=lambda s: north_to_south(s.walls))
    for number, s in enumerate(ordered, 1):
        word, word_en = ("排", "Row") if area.kind == "village" else ("号楼", "Building")
        yield Building(
            f"{area.code}B{number:03}",
            f"{area.name} {number}{word}",
            f"{area.name_en}, {word_en} {number}",
            "homes",
            area.code,
            s.grid,
            s.walls,
            s.units,
            s.floors,
            s.homes,
            style.family,
        )


def extras(
    area: Area, free: Sequence[tuple[str, Polygon]], first: int, serves: bool, rng: random.Random
) -> Iterator[Building]:
    """Shops and shared houses in places that no home took; the community's own offices in its first area."""
    wanted = (SERVICES if serves else []) + EXTRAS[area.kind]
    places = list(free)
    rng.shuffle(places)
    seen: dict[str, int] = {}
    for number, ((name, name_en), (grid, walls)) in enumerate(zip(wanted, places, strict=False), first):
        seen[name] = seen.get(name, 0) + 1
        tail = f" {seen[name]}号" if wanted.count((name, name_en)) > 1 else ""
        tail_en = f" {seen[name]}" if tail else ""
        low, bottom, high, top = walls.bounds
        width, depth = rng.choice(EXTRA_SIZES)
        smaller = box(low, bottom, min(high, low + width), min(top, bottom + depth))
        yield Building(
            f"{area.code}B{number:03}",
            f"{area.name} {name}{tail}",
            f"{area.name_en}, {name_en}{tail_en}",
            "shops" if (name, name_en) == SHOPS else "shared",
            area.code,
            grid,
            smaller,
            1,
            rng.choice((1, 2)),
            0,
            0.0,
        )


def draw_buildings(grids: Mapping[str, tuple[Area, BaseGeometry]], rng: random.Random) -> list[Building]:
    """All houses, each in one grid and so in one living area; outlines in degrees."""
    shells: dict[str, list[Shell]] = {}
    free: dict[str, list[tuple[str, Polygon]]] = {}
    areas: dict[str, Area] = {}
    for code, (area, polygon) in sorted(grids.items()):
        built, places = shells_of_grid(code, to_metres(polygon), STYLES[area.kind], rng)
        areas[area.code] = area
        shells.setdefault(area.code, []).extend(built)
        free.setdefault(area.code, []).extend((code, walls) for walls in places)
    served: set[str] = set()
    buildings: list[Building] = []
    for code, area in sorted(areas.items()):
        homes = list(numbered(area, shells[code]))
        serves = area.community not in served and len(free[code]) >= len(SERVICES)
        if serves:
            served.add(area.community)
        buildings += homes + list(extras(area, free[code], len(homes) + 1, serves, rng))
    return [b._replace(polygon=shapely.orient_polygons(to_degrees(b.polygon))) for b in buildings]


def share_out(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to the weights that sum exactly to the total (largest remainders)."""
    whole = sum(weights)
    exact = [weight * total / whole for weight in weights]
    shares = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares
