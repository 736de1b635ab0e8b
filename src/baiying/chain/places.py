"""What can hang in the chain: a community, a grid, a courtyard, a person, a home - as one kind of thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from baiying.chain.models import Holder
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Scope
from baiying.registry.models import Courtyard, Home

LEVELS: Final = (1, 2, 3, 4, 5, 6)
POSTED: Final = (1, 2, 3)  # what the law wants posted; the others are for the community's own staff
COLUMN: Final = {1: "unit_id", 2: "unit_id", 3: "courtyard_id", 4: "person_id", 5: "person_id", 6: "home_id"}


@dataclass(slots=True)
class Child:
    """The lower end of a link. community_id, grid_id, unit_id: where it lies, as `org.rules.covers` asks."""

    level: int
    id: int
    code: str
    name: str
    tenant_id: int
    community_id: int | None  # of a link's child always set
    grid_id: int | None
    unit_id: int | None = None


def child_of(scope: Scope, level: int, child_id: int) -> Child | None:
    """The child of this level with this id within the scope, else None."""
    if level in (1, 2):
        return _unit(scope, level, street_map(scope.tenant).units.get(child_id))
    if level == 3:
        courtyard = Courtyard.objects.within(scope).filter(pk=child_id).first()
        return courtyard and of_courtyard(courtyard)
    if level in (4, 5):
        person = Holder.objects.within(scope).filter(pk=child_id).first()
        return of_person(level, person) if person is not None and person.community_id else None
    home = Home.objects.within(scope).filter(pk=child_id).select_related("building").first()
    return of_home(home) if level == 6 and home is not None else None


def _unit(scope: Scope, level: int, unit: Unit | None) -> Child | None:
    wanted = Unit.Level.COMMUNITY if level == 1 else Unit.Level.GRID
    if unit is None or unit.level != wanted:
        return None
    child = of_unit(unit)
    is_inside = (
        scope.level == "street"
        or (scope.level == "community" and child.community_id == scope.unit)
        or (scope.level == "grid" and child.grid_id == scope.unit)
    )
    return child if is_inside else None


def of_unit(unit: Unit) -> Child:
    """A community (level 1) or a grid (level 2)."""
    if unit.level == Unit.Level.COMMUNITY:
        return Child(1, unit.id, unit.code, unit.name, unit.tenant_id, unit.id, None)
    return Child(2, unit.id, unit.code, unit.name, unit.tenant_id, unit.parent_id, unit.id)


def of_courtyard(row: Courtyard) -> Child:
    """A courtyard (level 3)."""
    return Child(3, row.pk, row.code, row.name, row.tenant_id, row.community_id, row.grid_id)


def of_person(level: int, row: Holder) -> Child:
    """A person who is held by another (levels 4 and 5)."""
    return Child(level, row.pk, row.code, row.name, row.tenant_id, row.community_id, row.grid_id)


def of_home(row: Home) -> Child:
    """A home (level 6), called by its building and number."""
    name = f"{row.building.name} {row.entrance}-{row.number}"
    return Child(6, row.pk, row.code, name, row.tenant_id, row.community_id, row.grid_id)
