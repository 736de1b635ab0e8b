"""Founding the demonstration streets from the committed files: tree, places, units, cast."""

from __future__ import annotations

import csv
import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from shapely.geometry import shape

from baiying.cases import rulebook
from baiying.org import importing, services
from baiying.org.models import Account, Post, Role, Tenant, Unit
from baiying.org.rules import Actor, Scope, acting
from baiying.registry.models import Building, LivingArea
from baiying.street.doors_and_yards import put_courtyards_and_homes

DATA = Path(__file__).parent / "data"
STREETS = {
    "370305002": ("雪宫街道", "Xuegong Subdistrict"),
    "370305003": ("辛店街道", "Xindian Subdistrict"),
    "370305001": ("闻韶街道", "Wenshao Subdistrict"),
}
HOME = "370305002"
DAYS_SINCE = 320  # how long the cast has been in office
_WORDS = [
    "lamp",
    "river",
    "stone",
    "maple",
    "cloud",
    "bridge",
    "garden",
    "lotus",
    "pine",
    "harbour",
    "swallow",
    "millet",
    "copper",
    "meadow",
]


def features(name: str) -> list[dict[str, Any]]:
    """The features of data/<name>.geojson."""
    found: list[dict[str, Any]] = json.loads((DATA / f"{name}.geojson").read_text(encoding="utf-8"))[
        "features"
    ]
    return found


def rows(name: str) -> list[dict[str, str]]:
    """The rows of data/<name>.csv."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found_streets() -> list[Tenant]:
    """Both streets with communities, grids, departments and partner units; the home street first."""
    codes = sorted(
        {f["properties"]["street_code"] for f in features("communities")}, key=lambda c: (c != HOME, c)
    )
    return [_found(code) for code in codes]


def _found(code: str) -> Tenant:
    name, name_en = STREETS[code]
    tenant = services.put_tenant(
        code=code,
        short_code=code[5:9],
        name=name,
        name_en=name_en,
        district=("370305", "临淄区"),
        city="淄博市",
        schematic=True,
    )
    importing.import_rows(tenant, _tree(code) + _units(code))
    with acting(Scope(tenant.id, "street")):
        _put_places(tenant)
        put_courtyards_and_homes(tenant)
    rulebook.found_first(tenant.id)
    return tenant


def _tree(code: str) -> list[dict[str, Any]]:
    return [
        {**f["properties"], "level": level, "geometry": f["geometry"]}
        for layer, level in (("communities", "community"), ("grids", "grid"))
        for f in features(layer)
        if f["properties"]["street_code"] == code
    ]


def _units(code: str) -> list[dict[str, Any]]:
    return [
        {**row, "parent_code": code, "geometry": None, "sort_key": f"{number:03d}"}
        for number, row in enumerate(rows("units"))
        if row["tenant_code"] == code
    ]


def _put_places(tenant: Tenant) -> None:
    units = {u.code: u.id for u in Unit.objects.filter(tenant=tenant)}
    if LivingArea.objects.filter(tenant_id=tenant.id).exists():
        return
    areas = [
        LivingArea(
            tenant_id=tenant.id,
            community_id=units[p["parent_code"]],
            sort_key=importing.sort_key(p["name"]),
            is_schematic=True,
            **_common(p, geometry),
        )
        for p, geometry in _of(tenant, "living_areas")
    ]
    LivingArea.objects.bulk_create(areas)
    by_code = {a.code: a.id for a in areas}
    Building.objects.bulk_create(
        [
            Building(
                tenant_id=tenant.id,
                living_area_id=by_code[p["parent_code"]],
                grid_id=units[p["grid_code"]],
                entrances=p["units"],
                floors=p["floors"],
                **_common(p, geometry),
            )
            for p, geometry in _of(tenant, "buildings")
        ],
        batch_size=500,
    )


def _of(tenant: Tenant, layer: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (f["properties"], f["geometry"])
        for f in features(layer)
        if f["properties"]["street_code"] == tenant.code
    ]


def _common(properties: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    inside = shape(geometry).representative_point()
    return {
        "code": properties["code"],
        "name": properties["name"],
        "name_en": properties["name_en"],
        "polygon": geometry,
        "lon": round(inside.x, 6),
        "lat": round(inside.y, 6),
        "households": properties["households"],
        "people": properties["people"],
    }


def _demonstration_password() -> tuple[str, str]:
    """One password for the whole cast, drawn anew for each installation; and its hash, made once."""
    password = f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}"
    return password, make_password(password)


def appoint_cast(tenants: list[Tenant]) -> list[dict[str, str]]:
    """Open the demonstration accounts; returns their rows with password and token in clear, for street.json only."""
    by_code = {t.code: t for t in tenants}
    password, hashed = _demonstration_password()
    since = timezone.localdate() - timedelta(days=DAYS_SINCE)  # they were there when the story's cases came
    told: dict[str, dict[str, str]] = {}
    for row in rows("cast"):
        tenant = by_code[row["tenant_code"]]
        founder = Actor(kind="system", name="建街", scope=Scope(tenant.id, "street"), permissions=frozenset())
        with acting(founder.scope):
            unit = Unit.objects.get(tenant=tenant, code=row["unit_code"])
            role = Role.objects.get(code=row["role_code"])
            account = Account.objects.filter(username=row["username"]).first()
            if account is None:
                account = services.open_account(
                    founder, tenant=tenant, username=row["username"], name=row["name"], name_en=row["name_en"],
                    password=password, hashed=hashed, must_change=False,
                )  # fmt: skip
                told[row["username"]] = {"password": password}
            post = Post.objects.filter(
                tenant=tenant, account=account, unit=unit, role=role, to_date=None
            ).first()
            if post is None:
                post = services.appoint(founder, account=account, unit=unit, role=role, since=since)
            entry = told.setdefault(row["username"], {})
            if "token" not in entry and role.admin_kind == 0:
                _token, clear = services.issue_token(founder, post=post, label="demonstration")
                entry["token"] = clear
            entry.setdefault("username", row["username"])
            entry.setdefault("name", row["name"])
            entry.setdefault("name_en", row["name_en"])
            entry.setdefault("role", role.code)
            entry.setdefault("role_name", role.name)
            entry.setdefault("unit", unit.name)
            entry.setdefault("unit_code", unit.code)
            entry.setdefault("tenant", tenant.code)
    return list(told.values())
