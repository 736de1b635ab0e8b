"""A case split into parts (拆分), several levels deep, each with its own place, category and unit; ended together.

A part is a case of its own on the channel `split`: it walks the same table, but it is no request of a resident. It has
no reporter, is not called back, and is not counted (see facts): figures and lists show the resident's one case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, guards, rules, searching, services, steps
from baiying.cases.effects import checked_words
from baiying.cases.facts import SPLIT
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case, Split
from baiying.cases.said import MOST_PLACE, StepData
from baiying.dispatch.order_numbers import SPLIT_DEPTH, order_number
from baiying.kit import clock, ids
from baiying.kit import text as kit_text
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, acting, demand

MOST_PARTS: Final = 20
FROM: Final = frozenset(
    {steps.ACCEPTED, steps.RETURNED, steps.HANDED_OUT, steps.ACKNOWLEDGED, steps.IN_PROGRESS, steps.PARKED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a part is about; place and category are those of the whole when they are left out."""

    text: str
    category: str = ""
    unit_id: int | None = None
    area_id: int | None = None  # a community or grid
    place: str = ""


def split(by: Actor, *, case_id: UUID, part: Part) -> Case:
    """Take a part out of a case; handed to its unit at once when one is named.

    Raises Conflict when the case is not being worked on, has too many parts or would go too deep; Invalid for words,
    category or place.
    """
    with acting(by.scope):
        parent = services._locked(by, case_id)
        demand(by, rules.SPLIT, parent)
        depth = _depth(parent) + 1
        _may_split(parent, depth)
        child = _child(by, parent, part)
        Split.objects.create(
            case=child,
            tenant_id=parent.tenant_id,
            parent=parent,
            depth=depth,
            at=clock.now(),
            by=by.account_id,
        )
        write_line(by, child, "receive", "", {"channel": SPLIT, "part_of": parent.reference}, is_public=True)
        tell(by, child, "cases.received", "", None)
        said = {"part": child.reference, "category": child.category.code}
        write_line(by, parent, "split", "", said, is_public=True)
        tell(by, parent, "cases.split", parent.state, None, {"part": str(child.id)})
        done = services.take_step(by, case_id=child.id, step="accept")
        if part.unit_id is not None:
            data = StepData(unit_id=part.unit_id, text=child.text)
            done = services.take_step(by, case_id=child.id, step="hand_out", data=data)
        return done


def _depth(case: Case) -> int:
    """0 for a resident's own case."""
    above = Split.objects.filter(tenant_id=case.tenant_id, case_id=case.id).values_list("depth", flat=True)
    return above.first() or 0


def _may_split(parent: Case, depth: int) -> None:
    if parent.merged_into_id is not None:
        raise guards.is_merged(parent)
    if parent.state not in FROM:
        raise Conflict(
            field="state", problem=_("现在不能拆分这件诉求。"), remedy=_("受理以后、办结以前可以拆分。")
        )
    most = order_number(parent.tenant_id, SPLIT_DEPTH)
    if depth > most:
        raise Conflict(
            field="depth",
            problem=_("最多拆分 %(most)d 层。") % {"most": most},
            remedy=_("请在上一层再拆一件。"),
        )
    if Split.objects.filter(tenant_id=parent.tenant_id, parent=parent).count() >= MOST_PARTS:
        raise Conflict(
            field="state", problem=_("这件诉求已经拆成了 %(most)d 件。") % {"most": MOST_PARTS},
            remedy=_("请合并相近的部分。"),
        )  # fmt: skip


def _child(by: Actor, parent: Case, part: Part) -> Case:
    text, now = checked_words(part.text, "text"), clock.now()
    category, matter_id = catalogue.category_for(
        part.category or parent.category.code, text, on=clock.today()
    )
    community_id, grid_id, same_place = _area(parent, part.area_id)
    place = kit_text.clean(part.place, most=MOST_PLACE, field="place") or (parent.place if same_place else "")
    child = Case(
        id=ids.uuid7(), tenant_id=parent.tenant_id, community_id=community_id, grid_id=grid_id,
        reference=_reference(parent.tenant_id), state=steps.RECEIVED, kind=parent.kind, category=category,
        matter_id=matter_id, channel=SPLIT, text=text, place=place, located_by="desk",
        lon=parent.lon if same_place else None, lat=parent.lat if same_place else None,
        living_area_id=parent.living_area_id if same_place else None,
        building_id=parent.building_id if same_place else None, is_urgent=parent.is_urgent, received_at=now,
        received_by=by.account_id, promised_by=parent.promised_by, due_at=parent.due_at, updated_at=now,
    )  # fmt: skip
    child.save(force_insert=True)
    searching.reindex(child)
    return child


def _area(parent: Case, area_id: int | None) -> tuple[int | None, int | None, bool]:
    if area_id is None or area_id in (parent.community_id, parent.grid_id):
        return parent.community_id, parent.grid_id, True
    area = street_map(parent.tenant_id).units.get(area_id)
    if area is None or area.level not in (Unit.Level.COMMUNITY, Unit.Level.GRID):
        raise Invalid(field="area", problem=_("没有这个社区或网格。"), remedy=_("请从列表里选。"))
    if area.level == Unit.Level.GRID:
        return area.parent_id, area.id, False
    return area.id, None, False


def _reference(tenant_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_reference_serial')")
        (serial,) = cursor.fetchone()
    return ids.make_reference(street_map(tenant_id).tenant.short_code, serial)
