"""Reads of the chain: who answers for a place, what has nobody, who has too much, what was before."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.chain.escalating import EscalationMap, Seat, escalation_map, escalation_path
from baiying.chain.models import Holder, Link
from baiying.chain.places import COLUMN, POSTED
from baiying.chain.rules import READ_NEIGHBOURS
from baiying.kit import clock
from baiying.org.absences import accounts_in_post
from baiying.org.models import Post
from baiying.org.queries import street_map
from baiying.org.rules import Actor, Scope
from baiying.registry.models import Building, Courtyard, Home

__all__ = ["EscalationMap", "Seat", "escalation_map", "escalation_path"]

# What the two ends of each level are called: who holds, what is held.
LEVEL_NAMES: dict[int, tuple[str | Promise, str | Promise]] = {
    1: (_("街道机关干部"), _("社区")),
    2: (_("社区班子成员"), _("网格")),
    3: (_("网格支部委员"), _("楼院")),
    4: (_("楼院小组长"), _("中心户")),
    5: (_("中心户"), _("联户员")),
    6: (_("联户员"), _("户")),
}
GRID_WORKER = "grid_worker"


@dataclass(frozen=True, slots=True)
class Answering:
    """Somebody who answers for a place: level 0 is the grid's worker, who is employed for it; then the chain.

    holder is None where nobody is: a gap. link is None for the grid worker.
    """

    level: int
    holder: Holder | None
    link: Link | None = None

    @property
    def label(self) -> str | Promise:
        """In which capacity."""
        return LEVEL_NAMES[self.level][0] if self.level else _("网格员")


def active(day: date, prefix: str = "") -> Q:
    """Links that count on a day."""
    begins = Q(**{f"{prefix}from_date__lte": day})
    return begins & (Q(**{f"{prefix}until_date": None}) | Q(**{f"{prefix}until_date__gt": day}))


def may_see_neighbours(actor: Actor) -> bool:
    """Whether levels 4 to 6 are shown: to the community's own staff only."""
    return actor.kind == "system" or (
        actor.has(READ_NEIGHBOURS) and actor.scope.level in ("community", "grid")
    )


def links_within(actor: Actor) -> QuerySet[Link]:
    """All links that the actor may see, ended ones too."""
    rows: QuerySet[Link] = Link.objects.within(actor.scope)
    return rows if may_see_neighbours(actor) else rows.filter(level__in=POSTED)


def who_answers(
    tenant_id: int, *, grid_id: int | None = None, building_id: int | None = None, home_id: int | None = None,
    on: date | None = None,
) -> list[Answering]:  # fmt: skip
    """Who answers for a home, a building or a grid: nearest first, gaps included. The caller has set the scope.

    Under the public scope a home is not found, and of a building the courtyard and what is above is told.
    """
    day = on or clock.today()
    courtyard_id: int | None = None
    if home_id is not None:
        home = Home.objects.filter(tenant_id=tenant_id, pk=home_id).first()
        if home is None:
            return []
        building_id = home.building_id
    if building_id is not None:
        building = Building.objects.filter(tenant_id=tenant_id, pk=building_id).defer("polygon").first()
        if building is None:
            return []
        courtyard_id, grid_id = building.courtyard_id, building.grid_id
    grid = street_map(tenant_id).units.get(grid_id or 0)
    if grid is None:
        return []
    above = [_held(tenant_id, 2, grid.id, day)]
    if courtyard_id is not None:
        above.insert(0, _held(tenant_id, 3, courtyard_id, day))
    if grid.parent_id is not None:
        above.append(_held(tenant_id, 1, grid.parent_id, day))
    below = _up_from_home(tenant_id, home_id, day) if home_id is not None else []
    workers = [Answering(0, worker) for worker in grid_workers(tenant_id, grid.id, day)]
    return [*below, *(workers or [Answering(0, None)]), *above]


def _up_from_home(tenant_id: int, home_id: int, day: date) -> list[Answering]:
    """Contact, centre, courtyard lead: each found by the one before."""
    found: list[Answering] = []
    child = home_id
    for level in (6, 5, 4):
        step = _held(tenant_id, level, child, day)
        found.append(step)
        if step.holder is None:
            break
        child = step.holder.pk
    return found


def _held(tenant_id: int, level: int, child_id: int, day: date) -> Answering:
    rows = Link.objects.filter(active(day), tenant_id=tenant_id, level=level, **{COLUMN[level]: child_id})
    link = rows.select_related("holder__unit").defer("holder__unit__polygon").first()
    return Answering(level, link.holder if link else None, link)


def grid_workers(tenant_id: int, grid_id: int, day: date) -> list[Holder]:
    """The grid's workers as they are posted: by their posts, with the telephone that the chain knows."""
    posts = Post.objects.filter(tenant_id=tenant_id, unit_id=grid_id, role_id=GRID_WORKER, from_date__lte=day)
    accounts = set(posts.exclude(to_date__lt=day).values_list("account_id", flat=True))
    there = accounts_in_post(tenant_id, day, accounts)
    return list(
        Holder.objects.filter(tenant_id=tenant_id, account_id__in=there, left_on=None).order_by("code")
    )


def history(actor: Actor, level: int, child_id: int) -> QuerySet[Link]:
    """Everything that was and will be arranged for one child, the latest first."""
    rows = links_within(actor).filter(level=level, **{COLUMN[level]: child_id})
    return rows.select_related("holder").order_by("-from_date", "-id")


def holders_within(actor: Actor, *, words: str = "", left: bool = False) -> QuerySet[Holder]:
    """Persons of the chain whom the actor may see, by code."""
    rows: QuerySet[Holder] = Holder.objects.within(actor.scope).filter(left_on__isnull=not left)
    if not may_see_neighbours(actor):
        rows = rows.filter(Q(is_public=True) | Q(community=None))
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(duty__icontains=words) | Q(code__startswith=words))
    return rows.select_related("unit").defer("unit__polygon").order_by("code")


def links_of(actor: Actor, holder: Holder, day: date) -> list[Link]:
    """What a person answers for on a day or will later; places loaded."""
    rows = links_within(actor).filter(holder=holder).filter(Q(until_date=None) | Q(until_date__gt=day))
    rows = rows.select_related("unit", "courtyard", "person", "home__building")
    rows = rows.defer("unit__polygon", "home__building__polygon").order_by("level", "home__code", "id")
    return [link for link in rows if link.until_date != link.from_date]


# -- gaps and loads ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Share:
    """How much of a grid has nobody: courtyards, homes, and whether the grid itself has."""

    grid_id: int
    has_holder: bool = False
    courtyards: int = 0
    courtyards_without: int = 0
    homes: int = 0
    homes_without: int = 0

    @property
    def things(self) -> int:
        """The grid, its courtyards and its homes."""
        return 1 + self.courtyards + self.homes

    @property
    def gaps(self) -> int:
        """How many of them have nobody."""
        return (0 if self.has_holder else 1) + self.courtyards_without + self.homes_without


def shares(scope: Scope, day: date) -> dict[int, Share]:
    """grid -> its gaps on a day, for every grid of the scope. Numbers only; five statements."""
    street = street_map(scope.tenant)
    found = {
        u.id: Share(u.id)
        for u in street.at_level("grid")
        if scope.level == "street" or scope.unit in (u.id, u.parent_id)
    }
    for grid_id in _active(scope, 2, day).values_list("unit_id", flat=True):
        if grid_id in found:
            found[grid_id].has_holder = True
    for name, model, level in (("courtyards", Courtyard, 3), ("homes", Home, 6)):
        everything = model.objects.within(scope).values_list("grid_id").annotate(n=Count("id"))
        held = _active(scope, level, day).values_list("grid_id").annotate(n=Count("id"))
        for grid_id, count in everything:
            if grid_id in found:
                setattr(found[grid_id], name, count)
                setattr(found[grid_id], f"{name}_without", count)
        for grid_id, count in held:
            if grid_id in found:
                setattr(found[grid_id], f"{name}_without", getattr(found[grid_id], name) - count)
    return found


def _active(scope: Scope, level: int, day: date) -> QuerySet[Link]:
    rows: QuerySet[Link] = Link.objects.within(scope)
    return rows.filter(active(day), level=level)


def communities_without(scope: Scope, day: date) -> list[int]:
    """Communities that nobody of the street looks after."""
    held = set(_active(scope, 1, day).values_list("unit_id", flat=True))
    units = street_map(scope.tenant).at_level("community")
    return [u.id for u in units if u.id not in held and (scope.level == "street" or scope.unit == u.id)]


def courtyards_without(scope: Scope, day: date) -> QuerySet[Courtyard]:
    """Courtyards that nobody answers for, by code."""
    held = Link.objects.filter(active(day), level=3, courtyard_id=OuterRef("pk"))
    rows: QuerySet[Courtyard] = Courtyard.objects.within(scope)
    return rows.filter(~Exists(held)).order_by("code")


def homes_without(scope: Scope, day: date) -> QuerySet[Home]:
    """Homes that nobody answers for, by code; the building loaded."""
    held = Link.objects.filter(active(day), level=6, home_id=OuterRef("pk"))
    rows: QuerySet[Home] = Home.objects.within(scope)
    return rows.filter(~Exists(held)).select_related("building").defer("building__polygon").order_by("code")


def people_without(scope: Scope, level: int, day: date) -> QuerySet[Holder]:
    """Levels 4 and 5: persons who look after somebody themselves, and whom nobody looks after; by code."""
    below = Link.objects.filter(active(day), level=level + 1, holder_id=OuterRef("pk"))
    above = Link.objects.filter(active(day), level=level, person_id=OuterRef("pk"))
    rows: QuerySet[Holder] = Holder.objects.within(scope)
    return rows.filter(Exists(below), ~Exists(above), left_on=None).order_by("code")


@dataclass(frozen=True, slots=True)
class Load:
    """A person who holds more on a level than is wise."""

    holder: Holder
    level: int
    count: int
    most: int


@cache
def most_of() -> dict[int, int]:
    """level -> how many one person can look after (data/loads.csv)."""
    path = Path(__file__).parent / "data" / "loads.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {int(row["level"]): int(row["most"]) for row in csv.DictReader(file)}


def overloads(actor: Actor, day: date, most: int | None = None) -> list[Load]:
    """Who holds more than `most` (else the table's number of each level), the heaviest first."""
    counts = links_within(actor).filter(active(day)).values_list("holder_id", "level").annotate(n=Count("id"))
    limits = {level: most or usual for level, usual in most_of().items()}
    heavy = [(holder, level, n) for holder, level, n in counts if n > limits[level]]
    people = Holder.objects.within(actor.scope).select_related("unit").defer("unit__polygon")
    known = people.in_bulk([holder for holder, _level, _n in heavy])
    found = [Load(known[h], level, n, limits[level]) for h, level, n in heavy if h in known]
    return sorted(found, key=lambda load: (-load.count / load.most, load.holder.code))


def holders_of(scope: Scope, level: int, children: Iterable[int], day: date) -> dict[int, Link]:
    """child -> the link that counts on a day, with its holder."""
    rows = _active(scope, level, day).filter(**{f"{COLUMN[level]}__in": list(children)})
    return {link.child_id: link for link in rows.select_related("holder")}
