"""Places for everybody: outlines of a street, what lies at a point, the buildings of a living area. No personal data."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

import baiying
from baiying.doors.shared.names import Named, name_of
from baiying.doors.shared.streets import street_of
from baiying.kit import geometry
from baiying.kit.refusals import Invalid
from baiying.org.models import Tenant, Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Scope, acting
from baiying.registry import queries as registry
from baiying.registry.models import Building

# The demonstration's roads are a drawing, not data of any room: they are read from its file, and only for its streets.
ROADS: Final = Path(baiying.__file__).parent / "street" / "data" / "roads.geojson"
KEPT_FOR: Final = 60.0  # seconds; living areas and buildings may come without a new version of the map
MOST_KEPT: Final = 60
Feature = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    read_at: float
    version: int
    etag: str
    zipped: bytes


_kept: dict[tuple[int, str, tuple[str, ...]], _Kept] = {}


@require_safe
def outlines(request: HttpRequest) -> HttpResponseBase:
    """`?street=CODE&layer=communities,grids,living_areas,buildings,roads` as GeoJSON (WGS-84); all layers when none is named."""
    street = street_map(street_of(request).id)
    layers = _layers(request.GET.getlist("layer"))
    kept = _outlines(street, layers)
    response: HttpResponseBase
    if kept.etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(kept.zipped, content_type="application/geo+json")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(gzip.decompress(kept.zipped), content_type="application/geo+json")
    response["ETag"] = kept.etag
    response["Cache-Control"] = "public, max-age=60"
    response["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


@require_safe
def place_at(request: HttpRequest) -> HttpResponse:
    """`?lon=&lat=&street=`: {"grid": {code, name} | null, "community": {code, name} | null}."""
    street = street_map(street_of(request).id)
    point = geometry.read_point(_degrees(request, "lon"), _degrees(request, "lat"))
    grid, community = street.grid_at(*point), street.community_at(*point)
    return JsonResponse({"grid": _said(grid), "community": _said(community)})


@require_safe
def buildings(request: HttpRequest) -> HttpResponse:
    """`?living_area=ID&street=`: {"buildings": [{id, name}]} in the order of their numbers."""
    tenant = street_of(request)
    written = request.GET.get("living_area", "")
    if not (written.isascii() and written.isdecimal() and len(written) <= 18):
        raise Invalid(
            field="living_area", problem=_("没有写是哪个生活区。"), remedy=_("请从列表里选择生活区。")
        )
    with acting(Scope(tenant.id, "public")):
        rows = [
            {"id": b.id, "name": name_of(b)}
            for b in registry.buildings_of(tenant.id, int(written)).defer("polygon")
        ]
    return JsonResponse({"buildings": rows})


def _degrees(request: HttpRequest, name: str) -> float:
    try:
        return float(request.GET.get(name, ""))
    except ValueError:
        return float("nan")  # read_point says what is wrong with it


def _said(unit: Unit | None) -> dict[str, str] | None:
    return {"code": unit.code, "name": name_of(unit)} if unit else None


def _layers(written: list[str]) -> tuple[str, ...]:
    asked = {word for text in written for word in text.split(",") if word}
    unknown = asked - set(LAYERS)
    if unknown:
        raise Invalid(
            field="layer",
            problem=_("没有“%(layer)s”这个图层。") % {"layer": min(unknown)[:40]},
            remedy=_("可用：%(layers)s。") % {"layers": ", ".join(LAYERS)},
        )
    return tuple(name for name in LAYERS if not asked or name in asked)


def _outlines(street: StreetMap, layers: tuple[str, ...]) -> _Kept:
    key = (street.tenant.id, (get_language() or "")[:2], layers)
    kept, now = _kept.get(key), time.monotonic()
    if kept is not None and kept.version == street.tenant.map_version and now - kept.read_at < KEPT_FOR:
        return kept
    with acting(Scope(street.tenant.id, "public")):
        features = [feature for name in layers for feature in LAYERS[name](street)]
    body = json.dumps(
        {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    etag = f'"{street.tenant.map_version}-{hashlib.sha256(body).hexdigest()[:16]}"'
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = _Kept(now, street.tenant.map_version, etag, gzip.compress(body, mtime=0))
    return _kept[key]


def forget() -> None:
    """Draw the outlines anew at the next call (tests)."""
    _kept.clear()


def _feature(layer: str, thing: Named, code: str, geometry: Any, **more: Any) -> Feature:
    properties = {"layer": layer, "code": code, "name": name_of(thing)} | more
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _units(level: str) -> Callable[[StreetMap], Iterator[Feature]]:
    def draw(street: StreetMap) -> Iterator[Feature]:
        for unit in street.at_level(level):
            if unit.polygon:
                yield _feature(level, unit, unit.code, unit.polygon)

    return draw


def _living_areas(street: StreetMap) -> Iterator[Feature]:
    for area in registry.living_areas(street.tenant.id):
        if area.polygon:
            yield _feature("living_area", area, area.code, area.polygon)


def _buildings(street: StreetMap) -> Iterator[Feature]:
    for building in Building.objects.filter(tenant_id=street.tenant.id).order_by("code"):
        if building.polygon:
            yield _feature("building", building, building.code, building.polygon)


@dataclass(slots=True)
class _Road:
    name: str
    name_en: str


def _roads(street: StreetMap) -> Iterator[Feature]:
    for feature in _drawn_roads(street.tenant):
        said = feature["properties"]
        road = _Road(said["name"], said.get("name_en", ""))
        yield _feature("road", road, said["code"], feature["geometry"], rank=said.get("rank", ""))


def _drawn_roads(tenant: Tenant) -> list[Feature]:
    if not tenant.is_schematic or not ROADS.exists():
        return []
    drawn: list[Feature] = json.loads(ROADS.read_text(encoding="utf-8"))["features"]
    return [f for f in drawn if f["properties"].get("street_code") == tenant.code]


LAYERS: Final[dict[str, Callable[[StreetMap], Iterator[Feature]]]] = {
    "communities": _units("community"),
    "grids": _units("grid"),
    "living_areas": _living_areas,
    "buildings": _buildings,
    "roads": _roads,
}
