"""Numbers grids the way the standard asks: from west to east, from north to south."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from shapely.geometry.base import BaseGeometry

SIDE_BY_SIDE = 0.5  # two outlines stand side by side when they share more than half of the lower one's height


def shared_height(a: BaseGeometry, b: BaseGeometry) -> float:
    """How much of the lower outline's north-south reach the two have in common, 0 to 1."""
    _, south_a, _, north_a = a.bounds
    _, south_b, _, north_b = b.bounds
    common = max(0.0, min(north_a, north_b) - max(south_a, south_b))
    return float(common / min(north_a - south_a, north_b - south_b))


def comes_before(a: BaseGeometry, b: BaseGeometry) -> bool:
    """Side by side the western one comes first; else the northern one."""
    if shared_height(a, b) > SIDE_BY_SIDE:
        return bool(a.centroid.x < b.centroid.x)
    return bool(a.centroid.y > b.centroid.y)


def number_grids(polygons: Sequence[BaseGeometry]) -> list[int] | None:
    """Indexes in the order of their numbers; None where a staircase of outlines asks for a circle."""
    rest, ordered = list(range(len(polygons))), list[int]()
    while rest:
        first = partial(nobody_before, polygons=polygons, rest=tuple(rest))
        free = [index for index in rest if first(index)]
        if len(free) != 1:
            return None
        ordered += free
        rest.remove(free[0])
    return ordered


def nobody_before(index: int, polygons: Sequence[BaseGeometry], rest: Sequence[int]) -> bool:
    return not any(comes_before(polygons[other], polygons[index]) for other in rest if other != index)


def reading_order(polygons: Sequence[BaseGeometry]) -> list[int]:
    """As people read a map: rougher than the rule for grids, and never stuck."""
    middles = [polygon.centroid for polygon in polygons]
    return sorted(range(len(polygons)), key=lambda i: (round(-middles[i].y / 260), middles[i].x))
