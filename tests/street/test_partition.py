"""The demonstration street's outlines: a true partition, numbered by the rule, whole in its sums."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "baiying" / "street" / "data"
STREET, NEIGHBOUR = "370305002", "370305003"
SQUARE_METRES = 111_320.0 * math.cos(math.radians(36.82)) * 110_960.0  # in a square degree at the street
LAYERS = ("communities", "living_areas", "grids", "buildings")


@cache
def rows(layer: str) -> list[dict[str, Any]]:
    collection = json.loads((DATA / f"{layer}.geojson").read_text(encoding="utf-8"))
    return [f["properties"] | {"shape": shape(f["geometry"])} for f in collection["features"]]


def of(layer: str, street: str = STREET) -> list[dict[str, Any]]:
    return [row for row in rows(layer) if row["street_code"] == street]


@cache
def land() -> BaseGeometry:
    return shapely.union_all([row["shape"] for row in rows("grids")])


def test_counts_are_those_of_the_street() -> None:
    assert [len(of(layer)) for layer in LAYERS[:3]] == [14, 67, 113]
    assert [len(of(layer, NEIGHBOUR)) for layer in LAYERS[:3]] == [4, 8, 12]
    assert 800 <= len(of("buildings")) <= 1500
    area = sum(row["shape"].area for row in of("grids")) * SQUARE_METRES
    assert area == pytest.approx(5_200_000, rel=0.002)


def test_codes_are_unique_and_name_their_parents() -> None:
    for layer in LAYERS:
        codes = [row["code"] for row in rows(layer)]
        assert len(set(codes)) == len(codes)
    communities = {row["code"] for row in rows("communities")}
    areas = {row["code"] for row in rows("living_areas")}
    grids = {row["code"]: row for row in rows("grids")}
    assert {row["parent_code"] for row in grids.values()} == communities
    assert {row["parent_code"] for row in rows("living_areas")} == communities
    assert all(len(code) == 15 and code.isdigit() and code[:12] in communities for code in grids)
    assert {row["living_area_code"] for row in grids.values()} == areas
    assert {row["parent_code"] for row in rows("buildings")} == areas
    for row in rows("buildings"):
        assert grids[row["grid_code"]]["living_area_code"] == row["parent_code"]


def test_communities_are_the_real_ones() -> None:
    divisions = (DATA / "places" / "linzi-divisions.csv").read_text(encoding="utf-8").splitlines()
    real = {line.split(",")[1]: line.split(",")[2] for line in divisions if line.startswith("village,")}
    assert {row["code"] for row in of("communities")} == {code for code in real if code.startswith(STREET)}
    assert all(real[row["code"]] == row["official_name"] for row in rows("communities"))


def test_everything_drawn_is_marked_schematic_and_named_in_both_languages() -> None:
    for layer in (*LAYERS, "roads"):
        for row in rows(layer):
            assert row["schematic"] is True
            assert row["name"]
            assert row["name_en"].isascii()


@pytest.mark.parametrize("layer", ["communities", "living_areas", "grids"])
def test_layer_covers_the_land_without_gap_or_overlap(layer: str) -> None:
    shapes = [row["shape"] for row in rows(layer)]
    assert all(s.is_valid and s.geom_type == "Polygon" and not s.interiors for s in shapes)
    assert shapely.union_all(shapes).symmetric_difference(land()).area == 0
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    overlaps = [shapes[i].intersection(shapes[j]).area for i, j in zip(left, right, strict=True) if i < j]
    assert max(overlaps) * SQUARE_METRES < 0.01
    assert land().geom_type == "Polygon" and not land().interiors


def test_neighbours_share_the_vertices_of_their_border() -> None:
    """A vertex lying on another grid's edge is a vertex of that grid too: no sliver can open between them."""
    shapes = [row["shape"] for row in rows("grids")]
    corners = [set(map(tuple, shapely.get_coordinates(s).tolist())) for s in shapes]
    tree = shapely.STRtree(shapes)
    for i, mine in enumerate(corners):
        for j in tree.query(shapes[i].buffer(1e-7)):
            loose = [c for c in mine - corners[j] if shapely.Point(c).distance(shapes[j].exterior) < 5e-7]
            assert loose == []


def test_layers_lie_inside_one_another() -> None:
    outlines = {row["code"]: row["shape"] for layer in LAYERS[:3] for row in rows(layer)}
    for row in rows("grids"):
        assert row["shape"].difference(outlines[row["living_area_code"]]).area == 0
    for row in rows("living_areas"):
        assert row["shape"].difference(outlines[row["parent_code"]]).area == 0
    for row in rows("buildings"):
        assert outlines[row["grid_code"]].contains_properly(row["shape"])


def test_buildings_stand_clear_of_one_another() -> None:
    shapes = [row["shape"] for row in rows("buildings")]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert [(i, j) for i, j in zip(left, right, strict=True) if i < j] == []


def test_street_lies_inside_linzi() -> None:
    collection = json.loads((DATA / "places" / "linzi-district.geojson").read_text(encoding="utf-8"))
    boundary = shapely.make_valid(shape(collection["features"][0]["geometry"]))
    assert boundary.buffer(0).contains(land())
    assert land().contains(shapely.Point(118.31, 36.82))


def test_grids_are_numbered_west_to_east_and_north_to_south() -> None:
    by_community = defaultdict(list)
    for row in rows("grids"):
        by_community[row["parent_code"]].append(row)
    for community, grids in by_community.items():
        grids.sort(key=lambda row: row["code"])
        assert [row["code"] for row in grids] == [f"{community}{n:03}" for n in range(1, len(grids) + 1)]
        for earlier, later in combinations([row["shape"] for row in grids], 2):
            _, south, _, north = earlier.bounds
            _, other_south, _, other_north = later.bounds
            common = min(north, other_north) - max(south, other_south)
            if common > 0.5 * min(north - south, other_north - other_south):  # side by side
                assert earlier.centroid.x < later.centroid.x
            else:
                assert earlier.centroid.y > later.centroid.y


def test_grids_are_blocks_rather_than_shards() -> None:
    for row in rows("grids"):
        box = row["shape"].minimum_rotated_rectangle
        assert row["shape"].area / box.area > 0.6
        assert 12_000 < row["shape"].area * SQUARE_METRES < 130_000


@pytest.mark.parametrize("measure", ["households", "people"])
def test_sums_agree_at_every_level(measure: str) -> None:
    for layer, column in (("grids", "grid_code"), ("living_areas", "parent_code")):
        inside: dict[str, int] = defaultdict(int)
        for row in rows("buildings"):
            inside[row[column]] += row[measure]
        assert {row["code"]: row[measure] for row in rows(layer)} == dict(inside)
    totals = {layer: sum(row[measure] for row in of(layer)) for layer in LAYERS}
    assert set(totals.values()) == {{"households": 14_210, "people": 41_019}[measure]}


def test_nobody_lives_in_a_shop_and_somebody_in_every_home() -> None:
    for row in rows("buildings"):
        assert (row["households"] > 0) == (row["kind"] == "homes")
        assert row["people"] >= row["households"]


def test_files_are_small_and_rounded() -> None:
    paths = [DATA / f"{layer}.geojson" for layer in (*LAYERS, "roads")]
    assert sum(path.stat().st_size for path in paths) < 3_000_000
    for layer in LAYERS:
        for row in rows(layer):
            assert all(round(v, 6) == v for c in shapely.get_coordinates(row["shape"]).tolist() for v in c)


@pytest.mark.slow
def test_script_draws_the_committed_files(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_street.py"), "--out", str(tmp_path)], check=True
    )
    for layer in (*LAYERS, "roads"):
        assert (tmp_path / f"{layer}.geojson").read_bytes() == (DATA / f"{layer}.geojson").read_bytes()
