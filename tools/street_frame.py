"""The ground under the drawing: metres on turned axes to degrees (WGS-84), and the district's boundary."""

from __future__ import annotations

import math
from typing import Any

import numpy
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

MIDDLE_LON, MIDDLE_LAT = 118.31, 36.82
GRID = 1e-6  # degrees: about a tenth of a metre, six decimals in the files
TURN = math.radians(-3.5)  # the roads lean a little, as roads do
METRES_LAT = 110_960.0
METRES_LON = 111_320.0 * math.cos(math.radians(MIDDLE_LAT))


def to_degrees(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry in turned metres as longitude and latitude."""

    def turn(xy: Any) -> Any:
        east = xy[:, 0] * math.cos(TURN) - xy[:, 1] * math.sin(TURN)
        north = xy[:, 0] * math.sin(TURN) + xy[:, 1] * math.cos(TURN)
        return numpy.column_stack([MIDDLE_LON + east / METRES_LON, MIDDLE_LAT + north / METRES_LAT])

    return shapely.transform(geometry, turn)


def to_metres(geometry: BaseGeometry) -> BaseGeometry:
    """The way back of to_degrees."""

    def turn(lonlat: Any) -> Any:
        east = (lonlat[:, 0] - MIDDLE_LON) * METRES_LON
        north = (lonlat[:, 1] - MIDDLE_LAT) * METRES_LAT
        return numpy.column_stack(
            [east * math.cos(TURN) + north * math.sin(TURN), -east * math.sin(TURN) + north * math.cos(TURN)]
        )

    return shapely.transform(geometry, turn)


def boundary_of_linzi(collection: dict[str, Any]) -> BaseGeometry:
    """The published ring touches itself; mended, only its areas count, not the threads between them."""
    mended = shapely.make_valid(shape(collection["features"][0]["geometry"]))
    areas = [part for part in getattr(mended, "geoms", [mended]) if part.area > 0]
    return shapely.union_all(areas)
