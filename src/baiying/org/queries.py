"""Reads of the tree: units by place, by name, by level; and the query set that keeps to a scope."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from baiying.kit.calendar import WorkingCalendar
from baiying.kit.geometry import AreaIndex
from baiying.kit.holidays import read_hours
from baiying.kit.rls import MANY
from baiying.org.models import Account, DayOverride, OfficeHours, Post, Role, Tenant, Unit, WorkYear
from baiying.org.rules import Actor, Scope, acting

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Any]):
    """A query set that is asked through `within(scope)`.

    The model names its columns in `scope_columns` ("seen_by[]" is an array that must contain the unit); a level
    it does not name sees nothing, unless the model has
    no `scope_columns` at all: then it belongs to the street as a whole and every level of that street may read it.
    """

    def within(self, scope: Scope) -> Self:
        """Only rows of the scope's branch; the explicit predicate that row-level security stands behind."""
        rows = self.filter(tenant_id=scope.tenant)
        columns: dict[str, str] | None = getattr(self.model, "scope_columns", None)
        if scope.level == "street":
            return rows
        if columns is None:
            return rows.none() if scope.level in ("none", "audit") else rows
        column = columns.get(scope.level)
        if column is None:
            return rows.none()
        wanted = scope.case if scope.level == "case" else scope.unit
        if column.endswith(MANY):
            return rows.filter(**{f"{column.removesuffix(MANY)}__contains": [wanted]})
        return rows.filter(**{column: wanted})


class ScopedManager(models.Manager[M]):
    """`objects` of a model with a tenant. Written out, because type checkers lose managers made from query sets."""

    def get_queryset(self) -> ScopedQuerySet:
        return ScopedQuerySet(self.model, using=self._db)

    def within(self, scope: Scope) -> ScopedQuerySet:
        """Only rows of the scope's branch."""
        return self.get_queryset().within(scope)


@dataclass(frozen=True)
class StreetMap:
    """A street's units and outlines as one process holds them, until an import raises the version."""

    tenant: Tenant
    units: dict[int, Unit]
    calendar: WorkingCalendar

    @cached_property
    def grids(self) -> AreaIndex[int]:
        """Point -> grid id."""
        return AreaIndex((u.id, u.polygon) for u in self._level(Unit.Level.GRID) if u.polygon)

    @cached_property
    def communities(self) -> AreaIndex[int]:
        """Point -> community id; for streets whose communities are drawn but not their grids."""
        return AreaIndex((u.id, u.polygon) for u in self._level(Unit.Level.COMMUNITY) if u.polygon)

    @cached_property
    def by_code(self) -> dict[str, Unit]:
        """Units by their code."""
        return {u.code: u for u in self.units.values()}

    @cached_property
    def root(self) -> Unit:
        """The subdistrict itself."""
        return next(u for u in self.units.values() if u.level == Unit.Level.SUBDISTRICT)

    def _level(self, *levels: str) -> list[Unit]:
        return sorted(
            (u for u in self.units.values() if u.level in levels), key=lambda u: (u.sort_key, u.code)
        )

    def at_level(self, *levels: str) -> list[Unit]:
        """Active units of these levels, by pinyin."""
        return [u for u in self._level(*levels) if u.is_active]

    def grid_at(self, lon: float, lat: float) -> Unit | None:
        """The grid that contains the point (WGS-84), else None."""
        found = self.grids.at(lon, lat)
        return self.units[found] if found is not None else None

    def community_at(self, lon: float, lat: float) -> Unit | None:
        """The community that contains the point (WGS-84), else None."""
        grid = self.grid_at(lon, lat)
        if grid is not None and grid.parent_id is not None:
            return self.units[grid.parent_id]
        found = self.communities.at(lon, lat)
        return self.units[found] if found is not None else None


_maps: dict[int, tuple[float, StreetMap]] = {}
_maps_lock = threading.Lock()
_LOOK_AGAIN_AFTER = 1.0  # seconds; an import is seen by every process within this time


def street_map(tenant_id: int) -> StreetMap:
    """The street's units and outlines, held in the process and read again after an import."""
    held = _maps.get(tenant_id)
    now = time.monotonic()
    if held is not None and now - held[0] < _LOOK_AGAIN_AFTER:
        return held[1]
    tenant = Tenant.objects.get(pk=tenant_id)
    if held is not None and held[1].tenant.map_version == tenant.map_version:
        _maps[tenant_id] = (now, held[1])
        return held[1]
    return _read_map(tenant)


def _read_map(tenant: Tenant) -> StreetMap:
    with _maps_lock, acting(Scope(tenant.id, "public")):
        units = {u.id: u for u in Unit.objects.filter(tenant_id=tenant.id)}
        fresh = StreetMap(tenant, units, _calendar(tenant))
        _maps[tenant.id] = (time.monotonic(), fresh)
        return fresh


def _calendar(tenant: Tenant) -> WorkingCalendar:
    days = DayOverride.objects.filter(tenant_id=tenant.id).values_list("day", "is_open")
    years = WorkYear.objects.filter(tenant_id=tenant.id).values_list("year", flat=True)
    hours = OfficeHours.objects.filter(tenant_id=tenant.id).order_by("valid_from")
    said = tuple((row.valid_from, read_hours(row.hours)) for row in hours)
    return WorkingCalendar(dict(days), frozenset(years), said)


def calendar_of(tenant_id: int) -> WorkingCalendar:
    """The street's working calendar: packaged holidays, its own table, its hours."""
    return street_map(tenant_id).calendar


def forget() -> None:
    """Read again at the next call: after a change that raised no version (tests, a street just founded)."""
    with _maps_lock:
        _maps.clear()


def tenants() -> list[Tenant]:
    """All streets of this installation, by code."""
    return list(Tenant.objects.order_by("code"))


def tenant_by_code(code: str) -> Tenant | None:
    """The street with this code, else None."""
    return Tenant.objects.filter(code=code).first()


def posts_of(account: Account) -> list[Post]:
    """The account's posts in force today, the oldest first."""
    today = timezone.localdate()
    posts = Post.objects.select_related("role", "unit").filter(tenant_id=account.tenant_id, account=account)
    with acting(Scope(account.tenant_id, "public")):
        return [
            p
            for p in posts.order_by("id")
            if p.from_date <= today and (p.to_date is None or today <= p.to_date)
        ]


def units_with(tenant_id: int, permission: str) -> set[int]:
    """The units at which somebody holds this permission today."""
    return set(_posts_with(tenant_id, permission).values_list("unit_id", flat=True))


def holders_of(tenant_id: int, permission: str) -> list[Account]:
    """Everybody who holds this permission today, each once."""
    accounts = _posts_with(tenant_id, permission).values("account_id")
    return list(Account.objects.filter(id__in=accounts).order_by("id"))


def _posts_with(tenant_id: int, permission: str) -> models.QuerySet[Post]:
    today = timezone.localdate()
    return Post.objects.filter(
        tenant_id=tenant_id,
        role__permissions__contains=[permission],
        from_date__lte=today,
        account__is_active=True,
    ).filter(models.Q(to_date__isnull=True) | models.Q(to_date__gte=today))


def have_same_post(account_id: int, other: Actor) -> bool:
    """Whether an account holds today, at the same unit, the role under which somebody else acts."""
    if other.unit_id is None:
        return False
    today = timezone.localdate()
    posts = Post.objects.filter(
        tenant_id=other.scope.tenant, account_id=account_id, unit_id=other.unit_id, role_id=other.role,
        from_date__lte=today,
    )  # fmt: skip
    return posts.filter(models.Q(to_date__isnull=True) | models.Q(to_date__gte=today)).exists()


def scope_of(post: Post) -> Scope:
    """The branch that a post sees: its role says street, none, audit, or the level of its own unit."""
    role: Role = post.role
    if role.scope_level in ("street", "none", "audit"):
        return Scope(post.tenant_id, role.scope_level, account=post.account_id)  # type: ignore[arg-type]
    level = {
        Unit.Level.SUBDISTRICT: "street",
        Unit.Level.COMMUNITY: "community",
        Unit.Level.GRID: "grid",
    }.get(Unit.Level(post.unit.level), "unit")
    unit = 0 if level == "street" else post.unit_id
    return Scope(post.tenant_id, level, unit, account=post.account_id)  # type: ignore[arg-type]


_BELOW = {
    Unit.Level.COMMUNITY: "community",
    Unit.Level.GRID: "grid",
    Unit.Level.DEPARTMENT: "unit",
    Unit.Level.PARTNER: "unit",
}


def narrowed(scope: Scope, unit: Unit) -> Scope | None:
    """The branch of a unit within a scope; None when it does not lie in it."""
    if unit.tenant_id != scope.tenant:
        return None
    if unit.id == scope.unit or (scope.level == "street" and unit.level == Unit.Level.SUBDISTRICT):
        return scope
    is_grid_of_it = (
        scope.level == "community" and unit.level == Unit.Level.GRID and unit.parent_id == scope.unit
    )
    if scope.level == "street" or is_grid_of_it:
        level = _BELOW[Unit.Level(unit.level)]
        return Scope(scope.tenant, level, unit.id, account=scope.account)  # type: ignore[arg-type]
    return None


def actor_for(post: Post, account: Account, *, only: Iterable[str] = (), within: Unit | None = None) -> Actor:
    """The actor of a post; `only` narrows its permissions and `within` its branch (API tokens)."""
    scope = scope_of(post)
    if within is not None:
        scope = narrowed(scope, within) or Scope(post.tenant_id, "none", account=post.account_id)
    permissions = frozenset(post.role.permissions)
    allowed = permissions & frozenset(only) if only else permissions
    return Actor(
        kind="staff",
        name=account.name,
        scope=scope,
        account_id=account.id,
        post_id=post.id,
        role=post.role_id,
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        unit_name_en=post.unit.name_en,
        permissions=allowed,
    )


def system_actor(tenant_id: int, name: str = "系统") -> Actor:
    """The clock's own hand, within one street."""
    return Actor(kind="system", name=name, scope=Scope(tenant_id, "street"))
