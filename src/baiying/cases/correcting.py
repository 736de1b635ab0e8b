"""Setting a case right: category, kind, urgency and place were wrong; what was before is said."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, clocks, steps, urgency
from baiying.cases.locating import Located, locate, may_hold
from baiying.cases.models import CallBack, Case, Exclusion
from baiying.cases.said import MOST_PLACE, Correction, Words
from baiying.kit import clock, text
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor


def change_category(case: Case, category: str | None, kind: str | None) -> dict[str, Any]:
    """The category and the kind that staff say; returns {what: [before, after]}."""
    said: dict[str, Any] = {}
    if category and category != case.category.code:
        chosen, matter_id = catalogue.category_for(category, case.text, on=clock.today())
        said["category"] = [case.category.code, chosen.code]
        due = clocks.due_after_correction(case, chosen)
        if due != case.due_at:
            said["due"] = [case.due_at.isoformat(), due.isoformat()]
            case.due_at = due
        case.category, case.matter_id = chosen, matter_id
        said |= clocks.said_estimated(case) if "due" in said else {}
    if kind and kind != case.kind:
        said["kind"] = [case.kind, catalogue.kind_for(kind, case.category)]
        case.kind = kind
    return said


def apply_correction(case: Case, by: Actor, changes: Correction) -> dict[str, Any]:
    """Set the case right; returns {what: [before, after]}."""
    said = change_category(case, changes.category, changes.kind)
    said |= urgency.settle(case, changes.is_urgent, changes.urgency_reason)
    place = case.place if changes.place is None else text.clean(changes.place, most=MOST_PLACE, field="place")
    if place != case.place:
        said["place"] = [case.place, place]
        case.place = place
    located = _relocated(case, by, changes)
    if located is not None and (located.community_id, located.grid_id) != (case.community_id, case.grid_id):
        units = street_map(case.tenant_id).units
        said["area"] = [
            _area_name(units, case.community_id, case.grid_id),
            _area_name(units, located.community_id, located.grid_id),
        ]
    if located is not None:
        _holder_stays(case, located)
        if located.lon is not None and (located.lon, located.lat) != (case.lon, case.lat):
            said["point"] = [_said_point(case.lon, case.lat), _said_point(located.lon, located.lat)]
        case.community_id, case.grid_id, case.located_by = located.community_id, located.grid_id, located.by
        case.living_area_id, case.building_id = located.living_area_id, located.building_id
        if located.lon is not None:
            case.lon, case.lat = located.lon, located.lat
    return said


def move_along(case: Case) -> None:
    """Call-backs and proposals to leave a case out of the rates are seen by its community: they go where it goes."""
    for kept in (CallBack, Exclusion):
        kept.objects.filter(tenant_id=case.tenant_id, case_id=case.id).update(community_id=case.community_id)


def _holder_stays(case: Case, located: Located) -> None:
    """A community or grid that has the case in hand would lose sight of it: the order is taken back first."""
    unit = street_map(case.tenant_id).units.get(case.unit_id or 0)
    if unit is None or case.state in (steps.RETURNED, *steps.ENDED):
        return
    if not may_hold(unit, located.community_id, located.grid_id):
        raise Conflict(
            field="place",
            problem=_("“%(unit)s”正在办这件诉求，新地点不在它的辖区。") % {"unit": unit.name},
            remedy=_("请先撤回派单，再更正地点。"),
        )


def _relocated(case: Case, by: Actor, changes: Correction) -> Located | None:
    units = street_map(case.tenant_id).units
    if changes.grid_id is not None:
        grid = units.get(changes.grid_id)
        if grid is None or grid.level != Unit.Level.GRID:
            raise Invalid(field="grid", problem=_("没有这个网格。"), remedy=_("请从列表里选。"))
        return Located(grid.parent_id, grid.id, "desk")
    if changes.community_id is not None:
        community = units.get(changes.community_id)
        if community is None or community.level != Unit.Level.COMMUNITY:
            raise Invalid(field="community", problem=_("没有这个社区。"), remedy=_("请从列表里选。"))
        return Located(community.id, None, "desk")
    if changes.lon is None and changes.living_area_id is None and changes.building_id is None:
        return None
    words = Words(
        text="", lon=changes.lon, lat=changes.lat,
        living_area_id=changes.living_area_id, building_id=changes.building_id,
    )  # fmt: skip
    return locate(by, street_map(case.tenant_id), words, changes.place or "", "")


def _said_point(lon: float | None, lat: float | None) -> str:
    return f"{lon:.5f}, {lat:.5f}" if lon is not None and lat is not None else ""


def _area_name(units: dict[int, Unit], community_id: int | None, grid_id: int | None) -> str:
    return " ".join(units[i].name for i in (community_id, grid_id) if i is not None) or "—"
