"""Draws the demonstration street: a seamless, schematic partition with codes, names, buildings and counts.

Communities and their codes are real (data/places); every line inside them is invented, because no outlines of
grids and living areas are public. Deterministic: the same seed writes the same bytes.

    python tools/make_street.py [--out src/baiying/street/data]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from shapely.geometry import LineString, Polygon, mapping
from shapely.geometry.base import BaseGeometry
from street_buildings import Building, draw_buildings, share_out
from street_frame import GRID, boundary_of_linzi, to_degrees
from street_numbering import number_grids, reading_order
from street_split import compactness, halves, split_by_weights

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "tools" / "street_plan"
DATA = ROOT / "src" / "baiying" / "street" / "data"
SEED = 370305002
DRAWINGS = 16  # tries a community; the squarest wins
STREET, NEIGHBOUR = "370305002", "370305003"
AREA_M2 = 5_200_000.0
# 雪宫街道: figures of an older yearbook, an order of magnitude only. The neighbour's are invented.
HOMES = {STREET: 14_210, NEIGHBOUR: 1_486}
PEOPLE = {STREET: 41_019, NEIGHBOUR: 4_207}
DIGITS = "零一二三四五六七八九十"

LINES: dict[str, Any] = json.loads((PLAN / "lines.json").read_text(encoding="utf-8"))
ROADS = {road["key"]: LineString(road["points"]) for road in LINES["roads"]}
BANDS = {name: Polygon(points) for name, points in LINES["bands"].items()}


class LivingArea(NamedTuple):
    code: str
    name: str
    name_en: str
    kind: str
    community: str


class Leaf(NamedTuple):
    """A base grid before it has its number."""

    area: LivingArea
    polygon: Polygon


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def community_polygons() -> dict[str, Polygon]:
    """The places of the plan (N1 ... T4) as polygons in metres."""
    north = halves(BANDS["north"], ROADS["huangong"])[0]
    middle = halves(halves(BANDS["middle"], ROADS["huangong"])[1], ROADS["yanying"])[0]
    south = halves(BANDS["south"], ROADS["yanying"])[1]
    places: dict[str, Polygon] = {}
    for letter, band in (("N", north), ("S", south)):
        west, rest = halves(band, ROADS["guanzhong"])
        inner, rest = halves(rest, ROADS["xuegong"])
        outer, east = halves(rest, ROADS["tianqi"])
        places |= {f"{letter}{i}": p for i, p in enumerate((west, inner, outer, east), 1)}
    west, rest = halves(middle, ROADS["guanzhong"])
    places["C1"], places["C2"] = halves(west, ROADS["shengxin"])
    places["C3"], rest = halves(rest, ROADS["xuegong"])
    places["C4"], rest = halves(rest, ROADS["tianqi"])
    places["C5"], places["C6"] = halves(rest, ROADS["donggao"])
    below = BANDS["neighbour"].difference(shapely.union_all(list(places.values()), grid_size=1e-6))
    below = max(getattr(below, "geoms", [below]), key=lambda part: part.area)
    upper, lower = halves(below, LineString(LINES["neighbour_lanes"]["across"]))
    places["T1"], places["T2"] = halves(upper, ROADS["guanzhong"])
    places["T3"], places["T4"] = halves(lower, LineString(LINES["neighbour_lanes"]["upright"]))
    return places


def draw_leaves(rng: random.Random) -> list[Leaf]:
    """Communities cut into living areas, living areas into base grids."""
    places = community_polygons()
    plan = read(PLAN / "living_areas.csv")
    leaves: list[Leaf] = []
    for row in read(PLAN / "communities.csv"):
        own = [r for r in plan if r["community_code"] == row["code"]]
        leaves += draw_community(row["code"], places[row["band"]], own, rng)
    return leaves


def draw_community(code: str, polygon: Polygon, own: list[dict[str, str]], rng: random.Random) -> list[Leaf]:
    """The squarest of several drawings whose grids can be numbered from west to east and north to south."""
    best: tuple[float, list[Leaf]] | None = None
    for _ in range(DRAWINGS):
        rng.shuffle(own)
        pieces = split_by_weights(polygon, [area_weight(r) for r in own], rng)
        leaves: list[Leaf] = []
        for serial, index in enumerate(reading_order(pieces), 1):
            r = own[index]
            area = LivingArea(f"{code}L{serial:02}", r["name"], r["name_en"], r["kind"], code)
            parts = split_by_weights(pieces[index], [1.0] * int(r["grids"]), rng)
            leaves += [Leaf(area, part) for part in parts]
        if number_grids([to_degrees(leaf.polygon) for leaf in leaves]) is None:
            continue
        worst = min(compactness(leaf.polygon) for leaf in leaves)
        if best is None or worst > best[0]:
            best = (worst, leaves)
    if best is None:
        raise SystemExit(f"{code}: no drawing can be numbered; give its living areas other sizes")
    return best[1]


def area_weight(row: dict[str, str]) -> float:
    room = {"tower": 1.15, "estate": 1.0, "court": 1.05, "dorm": 0.8, "market": 0.85, "village": 1.35}
    return int(row["grids"]) * room[row["kind"]]


def scaled(leaves: Sequence[Leaf]) -> tuple[list[Leaf], float]:
    """The same drawing, sized so that the main street has exactly its area; and the factor."""
    drawn = sum(leaf.polygon.area for leaf in leaves if leaf.area.community.startswith(STREET))
    factor = float((AREA_M2 / drawn) ** 0.5)
    larger = [Leaf(area, shapely.transform(polygon, lambda xy: xy * factor)) for area, polygon in leaves]
    return larger, factor


def snapped(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The leaves in degrees, rounded together so that neighbours share every vertex of their border."""
    degrees = [to_degrees(leaf.polygon) for leaf in leaves]
    noded = shapely.union_all([p.boundary for p in degrees], grid_size=GRID)
    faces = [p for p in shapely.polygonize([noded]).geoms if p.area > 0]
    if len(faces) != len(leaves):
        raise SystemExit(f"{len(faces)} faces for {len(leaves)} grids: the lines leave slivers")
    tree = shapely.STRtree(faces)
    found = [int(tree.query(p.representative_point(), predicate="within")[0]) for p in degrees]
    if len(set(found)) != len(leaves):
        raise SystemExit("two grids fell on one face")
    return [Leaf(leaf.area, faces[i]) for leaf, i in zip(leaves, found, strict=True)]


def feature(geometry: BaseGeometry, **properties: object) -> dict[str, Any]:
    rounded = json.loads(json.dumps(mapping(geometry)), parse_float=lambda text: round(float(text), 6))
    return {"type": "Feature", "properties": {**properties, "schematic": True}, "geometry": rounded}


def write(path: Path, features: Sequence[dict[str, Any]]) -> None:
    """One feature a line: compact, and a difference between two versions can be read."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    path.write_text('{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n", encoding="utf-8")


def merged(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """Union of faces that already share their vertices; simplified of nothing, so borders stay exact."""
    return shapely.orient_polygons(shapely.union_all(list(parts), grid_size=GRID))


def numeral(value: int) -> str:
    return DIGITS[value] if value <= 10 else "十" + DIGITS[value - 10]


def totals(inside: Sequence[Building], homes: dict[str, int], people: dict[str, int]) -> dict[str, int]:
    return {"households": sum(homes[b.code] for b in inside), "people": sum(people[b.code] for b in inside)}


def counts(buildings: Sequence[Building]) -> tuple[dict[str, int], dict[str, int]]:
    """Households and people a building, summing exactly to the street's totals."""
    homes: dict[str, int] = {}
    people: dict[str, int] = {}
    for street in (STREET, NEIGHBOUR):
        own = [b for b in buildings if b.code.startswith(street)]
        share = share_out([b.homes for b in own], HOMES[street])
        homes |= {b.code: n for b, n in zip(own, share, strict=True)}
        heads = share_out([n * b.family for b, n in zip(own, share, strict=True)], PEOPLE[street])
        people |= {b.code: n for b, n in zip(own, heads, strict=True)}
    return homes, people


class Census(NamedTuple):
    """What every layer of the street says about a piece of it."""

    buildings: Sequence[Building]
    homes: dict[str, int]
    people: dict[str, int]

    def of(self, code: str, inside: Sequence[Building]) -> dict[str, object]:
        return {"street_code": code[:9], **totals(inside, self.homes, self.people)}


def write_areas(out: Path, grids: dict[str, Leaf], census: Census) -> None:
    """Communities, living areas and base grids."""
    official = {r["code"]: r["name"] for r in read(DATA / "places" / "linzi-divisions.csv")}
    short = {code: name.removesuffix("居委会") for code, name in official.items()}
    english = {r["code"]: r["name_en"] for r in read(PLAN / "communities.csv")}
    communities, living, base = [], [], []
    for code in sorted(english):
        outline = merged([g.polygon for c, g in grids.items() if c.startswith(code)])
        inside = [b for b in census.buildings if b.code.startswith(code)]
        names = {"name": short[code], "name_en": english[code], "official_name": official[code]}
        communities.append(
            feature(outline, code=code, **names, parent_code=code[:9], **census.of(code, inside))
        )
    for a in sorted({g.area for g in grids.values()}):
        outline = merged([g.polygon for g in grids.values() if g.area == a])
        inside = [b for b in census.buildings if b.area == a.code]
        names = {"name": a.name, "name_en": a.name_en, "kind": a.kind}
        living.append(
            feature(outline, code=a.code, **names, parent_code=a.community, **census.of(a.code, inside))
        )
    for code, g in sorted(grids.items()):
        home, serial = code[:12], int(code[12:])
        inside = [b for b in census.buildings if b.grid == code]
        names = {
            "name": f"{short[home]}第{numeral(serial)}网格",
            "name_en": f"{english[home].removesuffix(' Community')} Grid {serial}",
        }
        outline = shapely.orient_polygons(g.polygon)
        base.append(
            feature(
                outline,
                code=code,
                **names,
                parent_code=home,
                living_area_code=g.area.code,
                **census.of(code, inside),
            )
        )
    write(out / "communities.geojson", communities)
    write(out / "living_areas.geojson", living)
    write(out / "grids.geojson", base)


def write_buildings(out: Path, census: Census) -> None:
    houses = []
    for b in census.buildings:
        size = {"units": b.units, "floors": b.floors}
        houses.append(
            feature(
                b.polygon,
                code=b.code,
                name=b.name,
                name_en=b.name_en,
                parent_code=b.area,
                grid_code=b.grid,
                kind=b.kind,
                **size,
                **census.of(b.code, [b]),
            )
        )
    write(out / "buildings.geojson", houses)


def write_roads(out: Path, factor: float, land: BaseGeometry) -> None:
    """Named lines for orientation, a little longer than the street so that they run out of the picture."""
    near = land.buffer(0.0022)
    roads = []
    for number, road in enumerate(LINES["roads"], 1):
        drawn = to_degrees(shapely.transform(ROADS[road["key"]], lambda xy: xy * factor)).intersection(near)
        longest = max(getattr(drawn, "geoms", [drawn]), key=lambda part: part.length)
        names = {"name": road["name"], "name_en": road["name_en"], "rank": road["rank"]}
        roads.append(feature(longest, code=f"R{number:02}", **names, street_code=STREET))
    write(out / "roads.geojson", roads)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=DATA)
    out = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)  # noqa: S311 - a drawing, no secret
    drawn, factor = scaled(draw_leaves(rng))
    leaves = snapped(drawn)
    land = shapely.union_all([leaf.polygon for leaf in leaves], grid_size=GRID)
    boundary = boundary_of_linzi(json.loads((DATA / "places" / "linzi-district.geojson").read_text("utf-8")))
    if not boundary.contains(land):
        raise SystemExit("the street runs over the district's boundary")
    grids: dict[str, Leaf] = {}
    for community in sorted({leaf.area.community for leaf in leaves}):
        own = [leaf for leaf in leaves if leaf.area.community == community]
        order = number_grids([leaf.polygon for leaf in own])
        if order is None:
            raise SystemExit(f"{community}: rounding changed the order of the grids")
        for serial, index in enumerate(order, 1):
            grids[f"{community}{serial:03}"] = own[index]
    buildings = draw_buildings({code: (leaf.area, leaf.polygon) for code, leaf in grids.items()}, rng)
    census = Census(buildings, *counts(buildings))
    write_areas(out, grids, census)
    write_buildings(out, census)
    write_roads(out, factor, land)
    print(f"{len(grids)} grids, {len(buildings)} buildings in {out}")


if __name__ == "__main__":
    main()
