"""Points are converted, checked and found in their area."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.kit.geometry import (
    AreaIndex,
    BBox,
    bd09_to_wgs84,
    check_outline,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    metres_between,
    read_point,
    to_wgs84,
    wgs84_to_gcj02,
)
from baiying.kit.refusals import Invalid

STREET = BBox(118.28, 36.80, 118.34, 36.84)
in_china = st.tuples(st.floats(73.5, 134.5), st.floats(18.2, 53.5))


def square(west: float, south: float, size: float = 1.0) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def test_known_points_agree_with_the_published_ones() -> None:
    # Tiananmen, values of eviltransform's own tests.
    assert metres_between(wgs84_to_gcj02(121.4767528, 31.1774276), (121.48123, 31.1753)) < 30
    assert 300 < metres_between(wgs84_to_gcj02(118.31, 36.82), (118.31, 36.82)) < 800


@given(in_china)
def test_gcj02_comes_back_to_the_centimetre(point: tuple[float, float]) -> None:
    assert metres_between(gcj02_to_wgs84(*wgs84_to_gcj02(*point)), point) < 0.01


@given(in_china)
def test_bd09_comes_back_within_a_metre(point: tuple[float, float]) -> None:
    assert metres_between(bd09_to_wgs84(*gcj02_to_bd09(*wgs84_to_gcj02(*point))), point) < 0.1


def test_points_outside_china_are_left_alone() -> None:
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, bd09_to_wgs84):
        assert convert(-73.9857, 40.7484) == (-73.9857, 40.7484)


def test_unknown_coordinate_system_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        to_wgs84(118.3, 36.8, "cgcs2000", field="place.crs")
    assert (refused.value.code, refused.value.field) == ("crs_unknown", "place.crs")


@pytest.mark.parametrize(
    ("lon", "lat", "code", "field"),
    [
        (math.nan, 36.8, "point_not_a_number", "place.lon"),
        (118.3, math.inf, "point_not_a_number", "place.lat"),
        (10**400, 36.8, "point_not_a_number", "place.lon"),
        (True, 36.8, "point_not_a_number", "place.lon"),
        ("118", 36.8, "point_not_a_number", "place.lon"),
        (None, 36.8, "point_incomplete", "place.lon"),
        (118.3, None, "point_incomplete", "place.lat"),
        (0, 0.0, "point_zero", "place.lon"),
        (36.82, 118.31, "point_swapped", "place.lon"),
        (118.31, 91.0, "point_out_of_range", "place.lat"),
        (181.0, 36.8, "point_out_of_range", "place.lon"),
    ],
)
def test_bad_point_is_refused_by_name(lon: float | None, lat: float | None, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_point(lon, lat, expected=STREET, field="place")
    assert (refused.value.code, refused.value.field) == (code, field)


def test_swapped_point_comes_with_the_swap() -> None:
    with pytest.raises(Invalid) as refused:
        read_point(36.82, 118.31, expected=STREET)
    assert refused.value.extra == {"swapped": {"lon": 118.31, "lat": 36.82}}


def test_far_point_is_kept() -> None:
    assert read_point(-73.98, 40.74, expected=STREET) == (-73.98, 40.74)
    assert read_point(118.31, 36.82, expected=STREET) == (118.31, 36.82)


def test_device_point_is_converted() -> None:
    shifted = wgs84_to_gcj02(118.31, 36.82)
    assert metres_between(read_point(*shifted, expected=STREET, crs="gcj02"), (118.31, 36.82)) < 0.01


def test_distance_is_in_metres() -> None:
    assert metres_between((118.31, 36.82), (118.31, 36.83)) == pytest.approx(1112, abs=1)
    assert metres_between((118.31, 36.82), (118.32, 36.82)) == pytest.approx(890, abs=1)


def test_box_grows_by_metres() -> None:
    grown = STREET.grown(1000)
    assert metres_between((STREET.west, 36.82), (grown.west, 36.82)) == pytest.approx(1000, abs=1)
    assert metres_between((118.3, STREET.north), (118.3, grown.north)) == pytest.approx(1000, abs=1)


def test_point_is_found_in_its_area() -> None:
    index = AreaIndex([("a", square(0, 0)), ("b", square(1, 0)), ("c", square(0, 1))], version=4)
    assert (index.at(0.5, 0.5), index.at(1.5, 0.5), index.at(0.5, 1.5)) == ("a", "b", "c")
    assert index.at(5, 5) is None
    assert (len(index), index.version, index.bounds) == (3, 4, BBox(0, 0, 2, 2))


def test_point_on_a_border_belongs_to_the_area_given_first() -> None:
    areas = [("a", square(0, 0)), ("b", square(1, 0)), ("c", square(0, 1))]
    for order in (areas, areas[::-1]):
        index = AreaIndex(order)
        assert index.at(1, 0.5) == next(key for key, _ in order if key in "ab")
        assert index.at(1, 1) == order[0][0]


@given(st.floats(-0.5, 10.5), st.floats(-0.5, 10.5))
def test_index_agrees_with_looking_at_every_area(lon: float, lat: float) -> None:
    index = AreaIndex(((x, y), square(x, y)) for x in range(10) for y in range(10))
    inside = [(x, y) for x in range(10) for y in range(10) if x <= lon <= x + 1 and y <= lat <= y + 1]
    assert index.at(lon, lat) == (inside[0] if inside else None)


def test_nearest_area_is_nearest_in_metres() -> None:
    index = AreaIndex([("east", square(118.4, 36.8, 0.01)), ("north", square(118.3, 36.889, 0.01))])
    # 0.089 degrees north (9.9 km) against 0.095 east, which are only 8.5 km here.
    found = index.nearest(118.305, 36.8)
    assert found is not None and found[0] == "east"
    assert found[1] == pytest.approx(8460, abs=20)
    assert index.nearest(118.305, 36.8, within=1000) is None
    assert index.nearest(118.405, 36.805) == ("east", 0.0)


def test_empty_index_finds_nothing() -> None:
    index: AreaIndex[int] = AreaIndex([])
    assert index.at(1, 1) is None and index.nearest(1, 1) is None and index.bounds is None


def test_index_is_read_by_many_threads() -> None:
    index = AreaIndex(((x, y), square(x, y)) for x in range(30) for y in range(30))

    def ask(number: int) -> bool:
        x, y = number % 30, number // 30 % 30
        return index.at(x + 0.5, y + 0.5) == (x, y) and index.nearest(x + 0.5, y + 0.5) == ((x, y), 0.0)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(3000)))


def test_outline_is_kept_as_geojson() -> None:
    kept = check_outline({"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]]})
    assert kept["type"] == "Polygon"
    assert all(len(position) == 2 for position in kept["coordinates"][0])


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({}, "outline_unreadable"),
        ({"type": "Polygon", "coordinates": "x"}, "outline_unreadable"),
        ({"type": "Polygon", "coordinates": []}, "outline_unreadable"),
        ({"type": "Point", "coordinates": [1, 1]}, "outline_unreadable"),
        (square(500000, 4000000, 100), "outline_out_of_range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "outline_crossed"),
    ],
)
def test_bad_outline_is_refused_by_name(geometry: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_outline(geometry)
    assert refused.value.code == code
