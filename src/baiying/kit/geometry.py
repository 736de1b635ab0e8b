"""Places: points and the coordinate systems they come in, outlines, and which area holds a point.

Everything inside is WGS-84, degrees, longitude first, as in GeoJSON (RFC 7946). Chinese devices and map
services speak GCJ-02 or BD-09, which are off by some 100-700 m; they are converted at the door.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

import shapely
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape

from baiying.kit.refusals import Invalid

Crs = Literal["wgs84", "gcj02", "bd09"]
CRS_NAMES: Final = ("wgs84", "gcj02", "bd09")
EARTH_RADIUS: Final = 6_371_008.8  # metres, mean radius of WGS-84 (IUGG)


class Point(NamedTuple):
    """Longitude and latitude in degrees, WGS-84."""

    lon: float
    lat: float


class BBox(NamedTuple):
    """A box of degrees; borders belong to it."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lon: float, lat: float) -> bool:
        """Whether the point lies within or on the border."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def grown(self, metres: float) -> BBox:
        """The box, wider by so many metres on each side."""
        up = math.degrees(metres / EARTH_RADIUS)
        aside = up / max(0.01, math.cos(math.radians((self.south + self.north) / 2)))
        return BBox(self.west - aside, self.south - up, self.east + aside, self.north + up)

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        return Point((self.west + self.east) / 2, (self.south + self.north) / 2)


def read_point(
    lon: float | None,
    lat: float | None,
    *,
    crs: str = "wgs84",
    expected: BBox | None = None,
    field: str | None = None,
) -> Point:
    """The point in WGS-84, or a refusal that names what is wrong with it.

    expected: where points are expected; a point outside it whose swapped form lies inside is refused with
    the swap on offer (`point_swapped`, extra {"swapped": {"lon", "lat"}} in the given crs). Any other point
    outside is kept: the caller says so. field: prefix of the input's path ("place" -> "place.lon"). Raises
    Invalid: `point_incomplete`, `point_not_a_number`, `point_zero`, `point_swapped`, `point_out_of_range`,
    `crs_unknown`.
    """
    prefix = f"{field}." if field else ""
    mark_again = _("请在地图上重新点选位置，或者用文字写明地点。")
    lon, lat = _number(lon, prefix + "lon"), _number(lat, prefix + "lat")
    if abs(lon) < 1e-3 and abs(lat) < 1e-3:
        raise Invalid(
            code="point_zero",
            field=prefix + "lon",
            problem=_("坐标是 (0, 0)，通常说明设备没有定位成功。"),
            remedy=mark_again,
        )
    if expected is not None and not expected.contains(lon, lat) and expected.contains(lat, lon):
        raise Invalid(
            code="point_swapped",
            field=prefix + "lon",
            problem=_("经度和纬度好像写反了。"),
            remedy=_("把两个数对调后再提交：经度在前，纬度在后。"),
            extra={"swapped": {"lon": lat, "lat": lon}},
        )
    if not -180 <= lon <= 180 or not -90 <= lat <= 90:
        raise Invalid(
            code="point_out_of_range",
            field=prefix + ("lat" if -180 <= lon <= 180 else "lon"),
            problem=_("坐标超出范围：经度在 -180 到 180 之间，纬度在 -90 到 90 之间。"),
            remedy=mark_again,
        )
    return to_wgs84(lon, lat, crs, field=prefix + "crs")


def _number(value: object, field: str) -> float:
    if value is None:
        raise Invalid(
            code="point_incomplete",
            field=field,
            problem=_("坐标缺了一半。"),
            remedy=_("经度和纬度要一起填，或者都不填，用文字写明地点。"),
        )
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Invalid(
            code="point_not_a_number",
            field=field,
            problem=_("坐标必须是数字。"),
            remedy=_("请用十进制的度表示，例如 118.31 和 36.82。"),
        )
    return number


def to_wgs84(lon: float, lat: float, crs: str, *, field: str = "crs") -> Point:
    """A point of one of the CRS_NAMES in WGS-84; within China exact to centimetres of the published formulas.

    Raises Invalid (`crs_unknown`).
    """
    if crs == "wgs84":
        return Point(lon, lat)
    if crs == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if crs == "bd09":
        return bd09_to_wgs84(lon, lat)
    raise Invalid(
        code="crs_unknown",
        field=field,
        problem=_("不认识这种坐标系。"),
        remedy=_("请用 wgs84、gcj02 或 bd09。"),
        extra={"allowed": list(CRS_NAMES)},
    )


# GCJ-02 was never published. The formulas below are those that circulate since 2010 and agree with the map
# services to about a metre (eviltransform, github.com/googollee/eviltransform, and the Wikipedia article
# "Restrictions on geographic data in China"); constants are the Krasovsky 1940 ellipsoid. Written anew from
# them.
_AXIS: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.006_693_421_622_965_943_23
_BD_TURN: Final = math.pi * 3000 / 180


def _in_china(lon: float, lat: float) -> bool:
    """The rectangle inside which the services shift coordinates; as rough as theirs."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _waves(value: float, *pairs: tuple[float, float]) -> float:
    return sum(height * math.sin(value * math.pi * turns) for height, turns in pairs) * 2 / 3


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """By how many degrees GCJ-02 moves a WGS-84 point."""
    x, y = lon - 105.0, lat - 35.0
    root, ripple = math.sqrt(abs(x)), _waves(x, (20, 6), (20, 2))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += _waves(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))
    phi = math.radians(lat)
    magic = 1 - _ECCENTRICITY * math.sin(phi) ** 2
    metres_north = _AXIS * (1 - _ECCENTRICITY) / (magic * math.sqrt(magic))
    metres_east = _AXIS / math.sqrt(magic) * math.cos(phi)
    return math.degrees(east / metres_east), math.degrees(north / metres_north)


def wgs84_to_gcj02(lon: float, lat: float) -> Point:
    """WGS-84 to GCJ-02 (Amap, Tencent, most Chinese devices); outside China unchanged."""
    if not _in_china(lon, lat):
        return Point(lon, lat)
    east, north = _shift(lon, lat)
    return Point(lon + east, lat + north)


def gcj02_to_wgs84(lon: float, lat: float) -> Point:
    """The inverse of wgs84_to_gcj02 by fixed-point iteration, to 1e-9 degrees (0.1 mm); outside China
    unchanged.
    """
    if not _in_china(lon, lat):
        return Point(lon, lat)
    found = Point(lon, lat)
    for _round in range(12):
        east, north = _shift(*found)
        better = Point(lon - east, lat - north)
        if abs(better.lon - found.lon) < 1e-9 and abs(better.lat - found.lat) < 1e-9:
            return better
        found = better
    return found


def gcj02_to_bd09(lon: float, lat: float) -> Point:
    """GCJ-02 to BD-09 (Baidu)."""
    radius = math.hypot(lon, lat) + 0.000_02 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000_003 * math.cos(lon * _BD_TURN)
    return Point(radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006)


def bd09_to_wgs84(lon: float, lat: float) -> Point:
    """BD-09 to WGS-84: Baidu's own shift undone by iteration, then GCJ-02's; outside China unchanged."""
    if not _in_china(lon, lat):
        return Point(lon, lat)
    found = Point(lon - 0.0065, lat - 0.006)
    for _round in range(12):
        there = gcj02_to_bd09(*found)
        found = Point(found.lon + lon - there.lon, found.lat + lat - there.lat)
        if abs(lon - there.lon) < 1e-9 and abs(lat - there.lat) < 1e-9:
            break
    return gcj02_to_wgs84(*found)


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two (lon, lat) points over the sphere in metres (haversine; within 0.5 % of the
    ellipsoid).
    """
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def bounds_of(outline: Mapping[str, Any]) -> BBox:
    """The box around a sound GeoJSON geometry."""
    return BBox(*map(float, shape(outline).bounds))


def check_outline(geometry: Mapping[str, Any], *, field: str = "geometry") -> dict[str, Any]:
    """An outline as kept: a valid GeoJSON Polygon or MultiPolygon in WGS-84 degrees.

    A self-crossing outline is repaired where its area stays the same within one in a thousand.
    Raises Invalid (`outline_unreadable`, `outline_out_of_range`, `outline_crossed`).
    """
    remedy = _("请导出为 GeoJSON 的 Polygon 或 MultiPolygon，坐标为 WGS-84 经纬度，经度在前。")
    try:
        outline = shape(geometry)
    except Exception as error:  # shapely raises whatever its parsing stumbles over
        problem = _("看不懂这个边界。")
        raise Invalid(code="outline_unreadable", field=field, problem=problem, remedy=remedy) from error
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty:
        problem = _("边界必须是面，不能是点或线，也不能为空。")
        raise Invalid(code="outline_unreadable", field=field, problem=problem, remedy=remedy)
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        problem = _("边界坐标不是经纬度。")
        raise Invalid(code="outline_out_of_range", field=field, problem=problem, remedy=remedy)
    if not outline.is_valid:
        mended = outline.buffer(0)
        crossed = mended.is_empty or abs(mended.area - outline.area) > outline.area / 1000
        if crossed:
            raise Invalid(
                code="outline_crossed",
                field=field,
                problem=_("边界自己交叉了。"),
                remedy=_("请在制图软件里修好边界再导入。"),
            )
        outline = mended
    kept: dict[str, Any] = shapely.geometry.mapping(shapely.force_2d(outline))
    return kept


K = TypeVar("K", bound=Hashable)


class AreaIndex(Generic[K]):
    """Which of many areas holds a point; made once, then only read, by any number of threads.

    areas: (key, GeoJSON Polygon or MultiPolygon in WGS-84), the geometry known to be sound (check_outline).
    A point on the border of several areas belongs to the one given first: same areas, same order, same
    answer. version: the caller's mark of what it was made from.
    """

    def __init__(self, areas: Iterable[tuple[K, Mapping[str, Any]]], *, version: int = 0) -> None:
        pairs = list(areas)
        self.version = version
        self._keys: list[K] = [key for key, _geometry in pairs]
        self._shapes = [shape(geometry) for _key, geometry in pairs]
        self._tree = shapely.STRtree(self._shapes)
        self._bounds = BBox(*map(float, shapely.total_bounds(self._shapes))) if pairs else None
        self._flat: tuple[float, Any] | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def at(self, lon: float, lat: float) -> K | None:
        """The area that holds the point, borders included, or None. Some 10 microseconds."""
        found = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        return self._keys[int(found.min())] if found.size else None

    def nearest(self, lon: float, lat: float, *, within: float = math.inf) -> tuple[K, float] | None:
        """The area nearest to the point and how far off it is in metres (0 inside), or None beyond
        `within`.
        """
        if not self._keys:
            return None
        stretch, tree = self._flattened()
        point = shapely.Point(lon * stretch, lat)
        found, distances = tree.query_nearest(point, return_distance=True)
        metres = math.radians(float(distances.min())) * EARTH_RADIUS
        return (self._keys[int(found.min())], metres) if metres <= within else None

    @property
    def bounds(self) -> BBox | None:
        """The box around all areas, or None when there is none."""
        return self._bounds

    def _flattened(self) -> tuple[float, Any]:
        """A tree in which a degree east is as long as a degree north, so that "nearest" means metres."""
        with self._lock:
            if self._flat is None:
                _west, south, _east, north = shapely.total_bounds(self._shapes)
                stretch = max(0.01, math.cos(math.radians((south + north) / 2)))
                squeezed = [shapely.transform(s, lambda xy: xy * [stretch, 1.0]) for s in self._shapes]
                self._flat = (stretch, shapely.STRtree(squeezed))
            return self._flat
