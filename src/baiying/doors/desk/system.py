"""The system administrator's pages: is the service well, and how the street is built. No business data."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from typing import Any

import django
from django.db import connection
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying import __version__
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.journal import queries as journal
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import MANAGE_STRUCTURE, Scope, acting


@require_safe
@staff_page(MANAGE_STRUCTURE)
def system(request: StaffRequest) -> HttpResponse:
    """Versions, database, worker, street map."""
    tenant = request.actor.scope.tenant
    # Two numbers about the journal, not a line of it: under the scope that may read it.
    with acting(Scope(tenant, "audit")):
        waiting, batch = journal.unheard_count(tenant), journal.last_batch(tenant)
    street = street_map(tenant)
    facts = [
        {"name": _("百应版本"), "value": __version__},
        {"name": _("数据库"), "value": _database()},
        {"name": "Python / Django", "value": f"{platform.python_version()} / {django.get_version()}"},
        {"name": _("后台上次处理"), "when": batch.at if batch else None, "value": ""},
        {"name": _("等待后台处理的事件"), "value": waiting},
        {"name": _("街道地图版本"), "value": street.tenant.map_version},
    ]
    counts = [{"name": title, "value": len(street.at_level(level))} for level, title in _levels()]
    return desk_page(
        request, "desk/system.html", {"facts": facts, "counts": counts, "waiting": waiting, "batch": batch}
    )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))"
        )
        version, size = cursor.fetchone()
    return f"PostgreSQL {version} · {size}"


def _levels() -> list[tuple[str, str]]:
    return [
        (Unit.Level.COMMUNITY, _("社区")),
        (Unit.Level.GRID, _("网格")),
        (Unit.Level.DEPARTMENT, _("部门")),
        (Unit.Level.PARTNER, _("成员单位")),
    ]


@dataclass
class Branch:
    """A unit with what hangs below it."""

    unit: Unit
    name: str
    children: list[Branch] = field(default_factory=list)


@require_safe
@staff_page(MANAGE_STRUCTURE)
def units(request: StaffRequest) -> HttpResponse:
    """The organisation as a tree, and departments and partner units beside it; read only."""
    street = street_map(request.actor.scope.tenant)
    beside: list[dict[str, Any]] = [
        {"title": title, "units": [Branch(u, name_of(u)) for u in street.at_level(level)]}
        for level, title in _levels()
        if level in (Unit.Level.DEPARTMENT, Unit.Level.PARTNER)
    ]
    return desk_page(request, "desk/units.html", {"tree": _tree(street), "beside": beside, "street": street})


def _tree(street: StreetMap) -> list[Branch]:
    communities = {u.id: Branch(u, name_of(u)) for u in street.at_level(Unit.Level.COMMUNITY)}
    for grid in street.at_level(Unit.Level.GRID):
        if grid.parent_id in communities:
            communities[grid.parent_id].children.append(Branch(grid, name_of(grid)))
    return list(communities.values())
