"""Loading a street's tree and outlines from a file: GeoJSON polygons, or a CSV tree. Harmless to repeat.

GeoJSON: a FeatureCollection in WGS-84. Properties read: level (community | grid), code, name, name_en, parent_code,
households, people, schematic. Without `level` each polygon is a community with one base grid of the same outline
(a community that nobody has divided is one grid).
CSV: columns level, code, name, parent_code; optional kind, name_en, households, people.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from pypinyin import lazy_pinyin
from shapely import make_valid
from shapely.geometry import mapping, shape

from baiying.kit.refusals import Invalid
from baiying.org import services
from baiying.org.models import Tenant, Unit
from baiying.org.rules import Scope, acting

CODE_FIELDS = ("code", "id", "boro_cd", "CODE", "adcode", "GEOID", "objectid")
NAME_FIELDS = ("name", "NAME", "title", "label", "geography_value")
LEVELS = {level.value for level in Unit.Level}


@dataclass
class Imported:
    """What an import did."""

    units: int = 0
    by_level: dict[str, int] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)

    def add(self, level: str) -> None:
        """Count one unit."""
        self.units += 1
        self.by_level[level] = self.by_level.get(level, 0) + 1


def sort_key(name: str) -> str:
    """Chinese names by pinyin, so that lists read as people expect on every server's collation."""
    return " ".join(lazy_pinyin(name)).lower()


def short_code_for(code: str) -> str:
    """Four digits that open the street's case references: the last four of its code, else the next free 9xxx."""
    digits = "".join(c for c in code if c.isdigit())
    taken = set(Tenant.objects.values_list("short_code", flat=True))
    if len(digits) >= 4 and digits[-4:] not in taken:
        return digits[-4:]
    return next(str(n) for n in range(9001, 10000) if str(n) not in taken)


def import_file(path: Path, *, code: str, name: str = "", name_en: str = "") -> Imported:
    """Load a file into the street with this code, founding it when it is new. Wrong files change nothing."""
    if not code or len(code) > 20 or not code.replace("-", "").isalnum() or not code.isascii():
        raise Invalid(
            field="tenant", problem=_("街道代码不对。"), remedy=_("用字母、数字和连字符，最多 20 个。")
        )
    try:
        words = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(field="file", problem=str(error), remedy=_("请给出一个 UTF-8 编码的文件。")) from None
    rows = _rows_of_csv(words) if path.suffix.lower() == ".csv" else _rows_of_geojson(words)
    existing = Tenant.objects.filter(code=code).first()
    tenant = existing or services.put_tenant(
        code=code, short_code=short_code_for(code), name=name or code, name_en=name_en
    )
    return import_rows(tenant, rows)


def import_rows(tenant: Tenant, rows: list[dict[str, Any]]) -> Imported:
    """Put rows (level, code, name, parent_code, polygon ...) into a street's tree, parents first, in one go."""
    done = Imported()
    with acting(Scope(tenant.id, "street")):
        root = services.put_unit(
            tenant=tenant, level=Unit.Level.SUBDISTRICT, code=tenant.code, name=tenant.name, parent=None,
            name_en=tenant.name_en, is_schematic=tenant.is_schematic, sort_key=sort_key(tenant.name),
        )  # fmt: skip
        order = {Unit.Level.COMMUNITY: 0, Unit.Level.GRID: 1}
        units = {tenant.code: root}
        for row in sorted(rows, key=lambda r: order.get(r["level"], 2)):
            parent = (
                units.get(row["parent_code"])
                or Unit.objects.filter(tenant=tenant, code=row["parent_code"]).first()
            )
            if parent is None and row["level"] == Unit.Level.GRID:
                raise Invalid(
                    field="parent_code",
                    problem=_("网格“%(code)s”没有所属社区。") % {"code": row["code"]},
                    remedy=_("每个网格都要写 parent_code，并且文件里有这个社区。"),
                )
            polygon, was_repaired = _polygon(row)
            if was_repaired:
                done.repaired.append(row["code"])
            units[row["code"]] = services.put_unit(
                tenant=tenant, level=row["level"], code=row["code"], name=row["name"], parent=parent or root,
                name_en=row.get("name_en", ""), kind=row.get("kind", ""), polygon=polygon,
                households=int(row.get("households") or 0), people=int(row.get("people") or 0),
                is_schematic=bool(row.get("schematic")), sort_key=row.get("sort_key") or sort_key(row["name"]),
            )  # fmt: skip
            done.add(row["level"])
        services.raise_map_version(tenant)
    return done


def _polygon(row: Mapping[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    if not row.get("geometry"):
        return None, False
    outline = shape(row["geometry"])
    if outline.is_valid:
        return dict(row["geometry"]), False
    return json.loads(json.dumps(mapping(make_valid(outline)))), True


def _rows_of_geojson(words: str) -> list[dict[str, Any]]:
    try:
        collection = json.loads(words)
        features = collection["features"]
        if not features:
            raise ValueError("no features")
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(
            field="file", problem=_("这不是 GeoJSON 的 FeatureCollection：%(error)s") % {"error": error},
            remedy=_("请给出带多边形的 GeoJSON 文件（WGS-84）。"),
        ) from None  # fmt: skip
    rows: list[dict[str, Any]] = []
    for number, feature in enumerate(features, 1):
        rows += _rows_of_feature(number, feature)
    return rows


def _rows_of_feature(number: int, feature: Mapping[str, Any]) -> list[dict[str, Any]]:
    properties = feature.get("properties") or {}
    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise Invalid(
            field="file", problem=_("第 %(number)d 个要素不是多边形。") % {"number": number},
            remedy=_("只放 Polygon 或 MultiPolygon。"),
        )  # fmt: skip
    code = str(_first(properties, CODE_FIELDS) or feature.get("id") or f"{number:03d}")
    row = {
        **properties, "code": code, "name": str(_first(properties, NAME_FIELDS) or code), "geometry": geometry,
        "level": properties.get("level") or "", "parent_code": str(properties.get("parent_code") or ""),
    }  # fmt: skip
    if row["level"]:
        _check_level(row["level"], number)
        return [row]
    return [
        row | {"level": Unit.Level.COMMUNITY.value},
        row | {"level": Unit.Level.GRID.value, "code": f"{code}001", "parent_code": code},
    ]


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((properties[n] for n in names if properties.get(n) not in (None, "")), None)


def _check_level(level: str, number: int) -> None:
    if level not in LEVELS:
        raise Invalid(
            field="level",
            problem=_("第 %(number)d 行的 level 是“%(level)s”。") % {"number": number, "level": level[:40]},
            remedy=_("可用：%(levels)s。") % {"levels": "、".join(sorted(LEVELS))},
        )


def _rows_of_csv(words: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(words.splitlines())
    missing = {"level", "code", "name", "parent_code"} - set(reader.fieldnames or ())
    if missing:
        raise Invalid(
            field="file", problem=_("CSV 少了这些列：%(missing)s。") % {"missing": "、".join(sorted(missing))},
            remedy=_("第一行要有 level,code,name,parent_code。"),
        )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for number, row in enumerate(reader, 2):
        _check_level(row["level"], number)
        if not row["code"] or not row["name"]:
            raise Invalid(
                field="code",
                problem=_("第 %(number)d 行没有代码或名称。") % {"number": number},
                remedy=_("请补上。"),
            )
        rows.append({**row, "geometry": None})
    return rows
