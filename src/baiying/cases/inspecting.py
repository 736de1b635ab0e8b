"""Checks on site (现场抽查): what an independent grid worker was drawn for, sees of the case, and finds.

The worker's own branch does not hold the case. What lets them at it is their draw, and nothing but that one case: its
rows are read and written in the scope of the case alone, as for its reporter. Name and telephone are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules, steps
from baiying.cases.models import Case, Draw, Line, Photo
from baiying.cases.said import StepData
from baiying.cases.services import add_result_line, take_step
from baiying.kit import clock, geometry
from baiying.kit import text as kit_text
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.kit.versions import not_overtaken
from baiying.org.rules import Actor, Scope, acting, demand

RESULTS: Final = ("solved", "still_there", "cannot_tell")
MOST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class Check:
    """A check on site with what the worker may see of its case. `is_open`: a result may still be written."""

    draw: Draw
    case: Case
    reply: str
    photos: Sequence[Photo]
    is_open: bool


def checks_to_do(by: Actor) -> list[Check]:
    """The open checks of the actor's grid, the first to run out first."""
    demand(by, rules.INSPECT)
    rows = Draw.objects.within(by.scope).filter(is_drawn=True, result="", open_until__gt=clock.now())
    found = [_check(draw) for draw in rows.order_by("open_until", "id")[:50]]
    return [check for check in found if check.is_open]


def checks_done(by: Actor, most: int = 10) -> list[Check]:
    """What the actor's grid has checked lately."""
    demand(by, rules.INSPECT)
    rows = Draw.objects.within(by.scope).exclude(result="").order_by("-result_at")[:most]
    return [_check(draw) for draw in rows]


def check_by_id(by: Actor, draw_id: UUID) -> Check:
    """One check of the actor's grid. Raises NotFound."""
    return _check(_drawn(by, draw_id))


def photo_of(by: Actor, draw_id: UUID, photo_id: UUID) -> Photo:
    """A picture of the case that is checked. Raises NotFound."""
    check = check_by_id(by, draw_id)
    found = next((p for p in check.photos if p.id == photo_id), None)
    if found is None:
        raise NotFound(problem=_("没有这张照片。"), remedy=_("请从抽查页面打开照片。"))
    return found


def record_check(
    by: Actor,
    *,
    draw_id: UUID,
    result: str,
    note: str,
    pictures: Sequence[ReadPhoto] = (),
    device: tuple[float, float] | None = None,
    version: int | None = None,
) -> Case:
    """What the worker found on the spot. "Still there" takes the case back, one level higher."""
    demand(by, rules.INSPECT)
    words = kit_text.clean(note, field="note")
    if result not in RESULTS:
        raise Invalid(field="result", problem=_("还没有选看到的结果。"), remedy=_("按现场看到的选一项。"))
    if result != "solved" and not words:
        raise Invalid(
            field="note",
            problem=_("没有写现场是什么情况。"),
            remedy=_("请写一句：看到什么，或者为什么看不出来。"),
        )
    if len(words) > MOST_NOTE:
        raise Invalid(field="note", problem=_("说明太长了。"), remedy=_("请写要点，五百字以内。"))
    with acting(by.scope):
        check = _check(_drawn(by, draw_id, lock=True))
        not_overtaken(check.draw, version, state=check.draw.result or "open")
        if not check.is_open:
            raise _over(check)
        inspector = _at_case(by, check.case.id)
        case = _tell(inspector, check, result, StepData(text=words, photos=pictures, device=device))
        draw, place = check.draw, (check.case.lon, check.case.lat)
        point = next((p.point for p in pictures if p.point), device)
        if point is not None and place[0] is not None and place[1] is not None:
            draw.metres = min(round(geometry.metres_between((place[0], place[1]), point)), 20_000_000)
        draw.result, draw.note, draw.result_at, draw.result_by = result, words, clock.now(), by.account_id
        draw.save(update_fields=["result", "note", "metres", "result_at", "result_by"])
        return case


def _tell(inspector: Actor, check: Check, result: str, data: StepData) -> Case:
    """Move the case where the result moves it; else only write down what was seen."""
    if result == "still_there":
        return take_step(inspector, case_id=check.case.id, step="find_unsolved", data=data)
    if result == "solved" and check.case.state == steps.HANDLED:
        inner = StepData(inner=data.text, photos=data.photos, device=data.device)
        return take_step(inspector, case_id=check.case.id, step="inspect", data=inner)
    return add_result_line(inspector, case_id=check.case.id, result=result, data=data)


def _drawn(by: Actor, draw_id: UUID, *, lock: bool = False) -> Draw:
    rows = Draw.objects.within(by.scope).filter(id=draw_id, is_drawn=True)
    draw: Draw | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if draw is None:
        raise NotFound(problem=_("没有这项抽查，或不是派给您的网格的。"), remedy=_("请从抽查列表里选一件。"))
    return draw


def _check(draw: Draw) -> Check:
    scope = Scope(draw.tenant_id, "case", case=draw.case_id)
    with acting(scope):
        case = Case.objects.within(scope).select_related("category").defer("search").get(id=draw.case_id)
        last = (
            Line.objects.filter(tenant_id=draw.tenant_id, case_id=case.id, step="handle")
            .order_by("-id")
            .first()
        )
        pictures = list(Photo.objects.filter(tenant_id=draw.tenant_id, case_id=case.id).order_by("id"))
    is_same = case.handled_at == draw.handled_at
    is_open = draw.result == "" and draw.open_until > clock.now() and is_same
    return Check(draw, case, last.text if last else "", pictures, is_open)


def _over(check: Check) -> Conflict:
    if check.draw.result:
        problem = _("这件抽查已经有结果了。")
    elif check.case.handled_at != check.draw.handled_at:
        problem = _("这件诉求已经在重新办理，不用再看了。")
    else:
        problem = _("这件抽查已经过期。")
    return Conflict(field="result", problem=problem, remedy=_("请从抽查列表里选下一件。"))


def _at_case(by: Actor, case_id: UUID) -> Actor:
    return replace(by, scope=Scope(by.scope.tenant, "case", case=case_id))
