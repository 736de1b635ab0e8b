"""Units to choose from: what the rules suggest, the case's own community and grid, then all others by kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from baiying.cases import rulebook
from baiying.cases.models import Case
from baiying.doors.shared.names import kind_of, name_of
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Actor, Scope, current_scope

Choices = list[tuple[str, Any]]


def suggested_units(case: Case) -> tuple[int | None, list[int]]:
    """(the unit that the rules name for the case as it stands, those that should support it)."""
    by_code = street_map(case.tenant_id).by_code
    scope = current_scope()
    by = Actor(kind="system", name="", scope=scope if scope is not None else Scope(case.tenant_id, "street"))
    _asked, answer, _book = rulebook.suggest(by, case)
    lead = by_code.get(answer.lead)
    return lead.id if lead else None, [by_code[code].id for code in answer.supports if code in by_code]


def unit_choices(case: Case | None, tenant_id: int = 0, suggested: int | None = None) -> Choices:
    """Units to hand a case to: the suggested one and the case's own community and grid first, the others by kind.

    Only where the rules were asked and answered does the first group say that it suggests.
    """
    street = street_map(case.tenant_id if case else tenant_id)
    near = [case.grid_id, case.community_id] if case else []
    wanted = dict.fromkeys((suggested, *near))
    first = [street.units[i] for i in wanted if i in street.units and street.units[i].is_active]
    title = _("建议") if suggested in street.units else _("所在的网格和社区")
    groups: dict[str, Choices] = {title: [unit_choice(u) for u in first]} if first else {}
    for unit in _by_kind(street):
        if unit not in first:
            groups.setdefault(kind_of(unit.kind) or _("其他单位"), []).append(unit_choice(unit))
    return list(groups.items())


def _by_kind(street: StreetMap) -> Iterable[Unit]:
    units = street.at_level(Unit.Level.DEPARTMENT, Unit.Level.PARTNER)
    return sorted(units, key=lambda u: (u.level, u.kind))


def unit_choice(unit: Unit) -> tuple[str, str]:
    """One unit by its id and name."""
    return str(unit.id), name_of(unit)
