"""The named way up from a matter: who sits where on a day, who stands in, which seats are empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from baiying.chain.models import Link
from baiying.org.absences import Standing, standing
from baiying.org.models import Post, Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Scope, acting

BESIDE_THE_TREE = (Unit.Level.DEPARTMENT, Unit.Level.PARTNER)
# Which posts answer for a department or partner, the nearest first; then those of the street.
OF_UNIT = ("department_handler", "partner_handler")
OFFICE, LEADER = "dispatch_clerk", "street_leader"


@dataclass(frozen=True, slots=True)
class Seat:
    """One step of the way up. `name`, `account_id`: who is there on the day; empty says that nobody is.

    level: 1 is the nearest. label: which seat it is; duty: in which duty the person sits there. deputy_for: whom
    the person stands in for, else "". phone: of the office. unit_id: where the seat is.
    """

    level: int
    label: str
    duty: str
    name: str
    account_id: int | None
    deputy_for: str
    is_empty: bool
    phone: str = ""
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Sitter:
    account_id: int | None
    name: str
    duty: str
    phone: str = ""


@dataclass
class EscalationMap:
    """Everything that paths of one street need on one day, read in five statements; ask it as often as needed."""

    street: StreetMap
    on: date
    holders: dict[int, _Sitter] = field(default_factory=dict)  # unit -> who holds it
    posts: dict[tuple[str, int], list[_Sitter]] = field(default_factory=dict)  # (role, unit) -> who
    names: dict[int, str] = field(default_factory=dict)  # accounts in post
    away: Standing = field(default_factory=lambda: Standing({}))

    def path(self, *, community_id: int | None, grid_id: int | None, unit_id: int | None) -> list[Seat]:
        """From nearest upwards; empty seats are in it, so that the caller can say so and go on."""
        unit = self.street.units.get(unit_id or 0)
        seats: list[tuple[str, int, list[_Sitter]]] = []
        if unit is not None and unit.level in BESIDE_THE_TREE:
            sitters = [s for role in OF_UNIT for s in self.posts.get((role, unit.id), [])]
            seats.append((_("承办单位"), unit.id, sitters))
        else:
            seats += self._held(community_id, grid_id, unit)
        root = self.street.root.id
        seats.append((_("一呼百应办公室"), root, self.posts.get((OFFICE, root), [])))
        seats.append((_("街道领导"), root, self.posts.get((LEADER, root), [])))
        return [self._seat(number, *seat) for number, seat in enumerate(seats, 1)]

    def _held(
        self, community_id: int | None, grid_id: int | None, unit: Unit | None
    ) -> list[tuple[str, int, list[_Sitter]]]:
        """The chain's own seats: the grid's holder, then the community's."""
        if unit is not None and unit.level == Unit.Level.GRID:
            grid_id = unit.id
        elif unit is not None and unit.level == Unit.Level.COMMUNITY:
            community_id = unit.id
        grid = self.street.units.get(grid_id or 0)
        if grid is not None:
            community_id = grid.parent_id or community_id
        return [
            (label, place, [self.holders[place]] if place in self.holders else [])
            for label, place in ((_("网格挂包人"), grid_id), (_("社区挂包人"), community_id))
            if place is not None
        ]

    def _seat(self, number: int, label: str, unit_id: int, sitters: Sequence[_Sitter]) -> Seat:
        """The first who is there, else the first's deputy, else empty."""
        for sitter in sitters:
            if self._is_there(sitter):
                return Seat(
                    number,
                    label,
                    sitter.duty,
                    sitter.name,
                    sitter.account_id,
                    "",
                    False,
                    sitter.phone,
                    unit_id,
                )
        for sitter in sitters:
            deputy = self.away.present(sitter.account_id) if sitter.account_id else None
            if deputy is not None and deputy != sitter.account_id and deputy in self.names:
                return Seat(
                    number, label, sitter.duty, self.names[deputy], deputy, sitter.name, False, "", unit_id
                )
        first = sitters[0] if sitters else _Sitter(None, "", "")
        return Seat(number, label, first.duty, first.name, None, "", True, "", unit_id)

    def _is_there(self, sitter: _Sitter) -> bool:
        if sitter.account_id is None:  # a person without an account: reached by telephone
            return True
        return sitter.account_id in self.names and sitter.account_id not in self.away.deputies


def escalation_map(tenant_id: int, on: date) -> EscalationMap:
    """Who sits where in a street on a day; for many paths at once."""
    street = street_map(tenant_id)
    found = EscalationMap(street, on)
    with acting(Scope(tenant_id, "street")):
        found.away = standing(tenant_id, on)
        _read_posts(found)
        links = Link.objects.filter(tenant_id=tenant_id, level__in=(1, 2), from_date__lte=on)
        links = links.filter(Q(until_date=None) | Q(until_date__gt=on)).select_related("holder")
        for link in links:
            if link.unit_id is not None and not (link.holder.left_on and link.holder.left_on <= on):
                h = link.holder
                found.holders[link.unit_id] = _Sitter(h.account_id, h.name, h.duty, h.phone)
    return found


def _read_posts(found: EscalationMap) -> None:
    tenant_id, on = found.street.tenant.id, found.on
    posts = Post.objects.filter(tenant_id=tenant_id, from_date__lte=on, account__is_active=True)
    posts = posts.exclude(to_date__lt=on).select_related("account", "role")
    wanted = (*OF_UNIT, OFFICE, LEADER)
    for post in posts.order_by("id"):
        found.names[post.account_id] = post.account.name
        if post.role_id in wanted:
            sitter = _Sitter(post.account_id, post.account.name, post.role.name)
            found.posts.setdefault((post.role_id, post.unit_id), []).append(sitter)


def escalation_path(
    tenant_id: int, *, community_id: int | None, grid_id: int | None, unit_id: int | None, on: date
) -> list[Seat]:
    """The way up for one matter: the grid's holder, the community's, the office, the street's leader.

    For a department or partner (`unit_id`): its handlers, the office, the leader. Leave and deputies are applied.
    """
    return escalation_map(tenant_id, on).path(community_id=community_id, grid_id=grid_id, unit_id=unit_id)
