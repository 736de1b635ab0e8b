"""Cuts a piece of town into blocks of given shares by road-like lines."""

from __future__ import annotations

import random
from collections.abc import Sequence

import shapely
from shapely.geometry import LineString, Polygon
from shapely.ops import split

LEAN = 0.035  # how far a lane may lean from the axes (tangent)


def halves(polygon: Polygon, line: LineString) -> tuple[Polygon, Polygon]:
    """The two sides of a line: north and south of a lying one, west and east of an upright one."""
    pieces = sorted(split(polygon, line).geoms, key=lambda part: -part.area)
    if len(pieces) < 2:
        raise ValueError("the line does not cross the piece")
    first, second = pieces[:2]
    west, south, east, north = line.bounds
    if east - west > north - south:
        pair = sorted((first, second), key=lambda part: -part.centroid.y)
    else:
        pair = sorted((first, second), key=lambda part: part.centroid.x)
    return pair[0], pair[1]


def compactness(polygon: Polygon) -> float:
    """1 for a square block, towards 0 for a strip or a shard."""
    box = polygon.minimum_rotated_rectangle
    sides = sorted(shapely.get_coordinates(box)[i : i + 2].tolist() for i in (0, 1))
    short, long = sorted(LineString(side).length for side in sides)
    return float((short / long) * (polygon.area / box.area))


def cut_at_share(
    polygon: Polygon, share: float, upright: bool, lean: float
) -> tuple[Polygon, Polygon] | None:
    """Cut so that the first side (west, north) has its share of the area; None where the shape forbids it."""
    west, south, east, north = polygon.bounds
    low, high = (west, east) if upright else (-north, -south)
    middle = (south + north) / 2 if upright else (west + east) / 2
    reach = 3000.0
    for _ in range(24):
        at = (low + high) / 2
        if upright:
            line = LineString([(at - lean * reach, middle - reach), (at + lean * reach, middle + reach)])
        else:
            line = LineString([(middle - reach, -at - lean * reach), (middle + reach, -at + lean * reach)])
        pieces = split(polygon, line).geoms
        if len(pieces) > 2:
            return None
        if len(pieces) < 2:
            low, high = (at, high) if at < (low + high) / 2 else (low, at)
            break
        pair = halves(polygon, line)
        if pair[0].area / polygon.area < share:
            low = at
        else:
            high = at
    return halves(polygon, line) if len(pieces) == 2 else None


def split_by_weights(polygon: Polygon, weights: Sequence[float], rng: random.Random) -> list[Polygon]:
    """Blocks in the order of the weights; each cut is the one that leaves the squarest blocks."""
    if len(weights) == 1:
        return [polygon]
    lean = rng.uniform(-LEAN, LEAN)
    best: tuple[float, int, Polygon, Polygon] | None = None
    for count in range(1, len(weights)):
        share = sum(weights[:count]) / sum(weights)
        for upright in (True, False):
            pair = cut_at_share(polygon, share, upright, lean)
            if pair is None:
                continue
            worst = min(compactness(pair[0]) * fit(count), compactness(pair[1]) * fit(len(weights) - count))
            if best is None or worst > best[0]:
                best = (worst, count, *pair)
    if best is None:
        raise ValueError("no straight lane divides this piece in two")
    _, count, first, second = best
    return split_by_weights(first, weights[:count], rng) + split_by_weights(second, weights[count:], rng)


def fit(blocks: int) -> float:
    """A last block must be square; a piece of two to be cut again may well be long."""
    return 1.0 if blocks == 1 else 1.35
