"""Supporting orders (协办) beside the lead one: their own steps, which never move the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, photos, returning, rules, steps
from baiying.cases.lines import tell, write_line
from baiying.cases.locating import may_hold
from baiying.cases.models import Case
from baiying.cases.said import MOST_REASON, MOST_WORDS, StepData, check_due
from baiying.dispatch import queries as held
from baiying.dispatch import services as dispatch
from baiying.dispatch.models import Order
from baiying.kit import text as kit_text
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.kit.versions import not_overtaken
from baiying.org.models import Account, Unit
from baiying.org.queries import posts_of, street_map
from baiying.org.rules import Actor, Scope, acting, demand, seeing

RESULT_OF: Final[Mapping[str, str]] = {
    "solved": Order.Result.SOLVED,
    "unsolved": Order.Result.NOT_SOLVED,
    "explained": Order.Result.NOTHING_FOUND,
}
REPORTED: Final = (Order.Result.SOLVED, Order.Result.NOT_SOLVED, Order.Result.NOTHING_FOUND)


def on_case(by: Actor, case_id: UUID) -> Actor:
    """The same hand, in the branch of this one case: orders of several units meet there."""
    return replace(by, scope=Scope(by.scope.tenant, "case", case=case_id))


def hand_out_support(
    by: Actor, *, case_id: UUID, unit_id: int, text: str, due_at: datetime | None = None, person: str = ""
) -> Order:  # fmt: skip
    """The office, or the unit in charge, asks another unit to support.

    Raises Conflict when no unit is in charge or this one supports already, Invalid for an unknown unit.
    """
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.SUPPORT, case)
        if not may_have_supports(case):
            raise Conflict(
                field="unit",
                problem=_("现在没有主办单位，不能请单位协办。"),
                remedy=_("请先派给主办单位，再请别的单位协办。"),
            )
        if by.has(rules.HAND_OUT) is False and not acts_for(by, case.unit_id):
            raise Conflict(
                field="unit",
                problem=_("这件诉求不在您单位手上。"),
                remedy=_("请主办单位或派单员来请单位协办。"),
            )
        if not text.strip():
            raise Invalid(
                field="text",
                problem=_("还没有写请它做什么。"),
                remedy=_("请写清要协办的事，让看的人不用再问。"),
            )
        check_due(due_at)
        unit = unit_for(case, unit_id)
        return give(by, case, unit, due_at=due_at, text=text, person=person_of(by, unit, person))


def give(
    by: Actor, case: Case, unit: Unit, *, due_at: datetime | None, text: str, person: int | None = None
) -> Order:
    """The supporting order itself, for a case whose row the caller has locked."""
    if unit.id == case.unit_id:
        raise Conflict(field="unit", problem=_("这个单位就是主办单位。"), remedy=_("请选别的单位协办。"))
    returning.check_not_pushed_down(by, case, unit)
    hand = on_case(by, case.id)
    with acting(hand.scope):
        order = dispatch.hand_out(
            hand, subject_kind="case", subject_id=case.id, unit_id=unit.id, due_at=due_at or case.due_at,
            instruction=kit_text.clean(text, most=MOST_WORDS), community_id=case.community_id,
            grid_id=case.grid_id, part=Order.Part.SUPPORT, person=person,
        )  # fmt: skip
        said = {"unit": unit.code, "unit_name": unit.name}
        if order.due_at:
            said["due_at"] = order.due_at.isoformat()
        _told(hand, case, order, "support_out", said, inner=text, is_public=True)
    return order


def take_order_step(
    by: Actor, *, order_id: UUID, step: str, data: StepData, version: int | None = None
) -> Order:
    """A unit acknowledges, returns or reports the supporting order it has, or the office cancels it.

    `version`: that of the order which the actor was looking at (kit.versions).

    step: acknowledge | return | report | cancel. Raises NotFound, Denied, Conflict, Invalid.
    """
    if step not in _STEPS:
        raise Invalid(field="step", problem=_("没有这一步。"), remedy=_("刷新页面再试。"))
    with acting(by.scope):
        order = held.order_within(by.scope, order_id)
        if order is None or order.part != Order.Part.SUPPORT or order.subject_kind != "case":
            raise NotFound(
                field="order",
                problem=_("没有这张协办单，或它不在您的范围内。"),
                remedy=_("请从本单位的收件箱打开。"),
            )
        _ask_leave(by, order, step)
        hand = on_case(by, order.subject_id)
        with acting(hand.scope):
            case = _locked(hand, order.subject_id)
            order = held.order_within(hand.scope, order_id) or order  # as it is now that nobody else moves it
            not_overtaken(order, version, state=order.state)
            return _STEPS[step](hand, case, order, data)


def may_take(by: Actor, order: Order) -> list[str]:
    """The steps that this actor may take on a supporting order now, the likeliest first."""
    if not order.is_running or order.part != Order.Part.SUPPORT:
        return []
    found = []
    if acts_for(by, order.unit_id):
        if order.state == Order.State.HANDED_OUT and by.has(rules.ACKNOWLEDGE):
            found.append("acknowledge")
        if by.has(rules.HANDLE):
            found.append("report")
        if by.has(rules.ACKNOWLEDGE) and returning.refusal_of(order) is None:
            found.append("return")
    if by.has(rules.SUPPORT) and _gave(by, order):
        found.append("cancel")
    return found


def acts_for(by: Actor, unit_id: int | None) -> bool:
    """Whether the actor's unit is this one, or the community of this grid."""
    if unit_id is None or by.unit_id is None:
        return False
    unit = street_map(by.scope.tenant).units.get(unit_id)
    parent = unit.parent_id if unit is not None and unit.level == Unit.Level.GRID else None
    return by.unit_id in (unit_id, parent)


def may_have_supports(case: Case) -> bool:
    """Whether a unit is in charge now."""
    state = case.resume_state or case.state
    return state in steps.WITH_UNIT and case.unit_id is not None and case.merged_into_id is None


def settle(by: Actor, case: Case, without: str) -> dict[str, Any]:
    """Before the lead finishes: supports have ended, or are ended now because somebody said why; what the line says."""
    hand = on_case(by, case.id)
    with acting(hand.scope):
        running = held.supports_running(hand.scope, case.id)
    if not running:
        return {}
    without = kit_text.clean(without, most=MOST_REASON, field="without_supports")
    if not without:
        units = "、".join(order.unit.name for order in running)
        raise Conflict(
            field="without_supports",
            problem=_("还有协办没有结束：%(units)s。") % {"units": units},
            remedy=_("请等协办单位报结果；不等的，请写明为什么。"),
        )
    cancel_all(by, case, without)
    return {"without_supports": without}


def cancel_all(by: Actor, case: Case, reason: str) -> None:
    """Supporting orders that still run end with the case they were for."""
    hand = on_case(by, case.id)
    with acting(hand.scope):
        for order in held.supports_running(hand.scope, case.id):
            _cancelled(hand, case, order, reason)


def unit_for(case: Case, unit_id: int) -> Unit:
    """The unit that shall have an order of this case. Raises Invalid when there is none, Conflict out of its place."""
    unit = street_map(case.tenant_id).units.get(unit_id)
    if unit is None or not unit.is_active or unit.level == Unit.Level.SUBDISTRICT:
        raise Invalid(field="unit", problem=_("没有这个承办单位。"), remedy=_("请从列表里选一个单位。"))
    check_territory(case, unit)
    return unit


def check_territory(case: Case, unit: Unit) -> None:
    """A community or grid is given only what lies in it: it would not see anything else."""
    if not may_hold(unit, case.community_id, case.grid_id):
        raise Conflict(
            field="unit",
            problem=_("这件诉求的地点不在“%(unit)s”。") % {"unit": unit.name},
            remedy=_("先更正地点，或派给别的单位。"),
        )


def person_of(by: Actor, unit: Unit, name: str) -> int | None:
    """The account of somebody named (name or user name), who has a post at the unit today. Raises Invalid."""
    name = name.strip()[:60]
    if not name:
        return None
    named = Account.objects.filter(Q(name=name) | Q(username=name), tenant_id=by.scope.tenant, is_active=True)
    able = [a for a in named[:10] if unit.id in {post.unit_id for post in posts_of(a)}]
    if len(able) != 1:
        raise Invalid(
            field="person",
            problem=_("“%(unit)s”没有找到“%(name)s”这个人。") % {"unit": unit.name, "name": name},
            remedy=_("请写全姓名或用户名，或不指定。"),
        )
    return able[0].pk


def cases_of(by: Actor, orders: Iterable[Order]) -> dict[UUID, Case]:
    """The cases behind orders that the actor's own branch holds; a supporting unit sees its case in no other way."""
    wanted = [order.subject_id for order in orders if order.subject_kind == "case"]
    with seeing(Scope(by.scope.tenant, "street")):
        rows = Case.objects.filter(tenant_id=by.scope.tenant, id__in=wanted).select_related("category")
        return {case.id: case for case in rows.defer("search")}


def running_units(case: Case) -> list[str]:
    """The names of the units that still support."""
    branch = Scope(case.tenant_id, "case", case=case.id)
    with seeing(branch):
        return [order.unit.name for order in held.supports_running(branch, case.id)]


def _acknowledge(by: Actor, case: Case, order: Order, data: StepData) -> Order:
    done = dispatch.acknowledge_order(by, order_id=order.id)
    _told(by, case, done, "support_ack", _unit_said(order))
    return done


def _return(by: Actor, case: Case, order: Order, data: StepData) -> Order:
    dispatch.running_order(by, order.id)
    refused = returning.refusal_of(order)
    if refused is not None:
        raise refused
    if data.reason not in {reason.code for reason in catalogue.reasons_for("return")}:
        raise Invalid(
            field="reason",
            problem=_("请从列出的理由里选一个。"),
            remedy=_("选最接近的一个，再写一句具体说明。"),
        )
    words = _words(data.text)
    done = dispatch.return_order(by, order_id=order.id, reason=words, code=data.reason)
    _told(by, case, done, "support_return", _unit_said(order) | {"reason": data.reason}, inner=words)
    return done


def _report(by: Actor, case: Case, order: Order, data: StepData) -> Order:
    dispatch.running_order(by, order.id)
    if data.result not in REPORTED:
        raise Invalid(field="result", problem=_("请选办理结果。"), remedy=_("按实际情况选。"))
    words = _words(data.text)
    no_photo = kit_text.clean(data.no_photo_reason, most=MOST_REASON, field="no_photo_reason")
    if not data.photos and not no_photo:
        raise Invalid(
            field="photos",
            problem=_("办结要有现场照片。"),
            remedy=_("请上传照片；实在没有，请写明为什么没有。"),
        )
    kept = photos.keep(by, case=case, purpose="proof", pictures=data.photos) if data.photos else []
    report = dispatch.Report(
        result=data.result, text=words, photo_ids=[photo.id for photo in kept],
        no_photo_reason="" if kept else no_photo,
    )  # fmt: skip
    done = dispatch.report_order(by, order_id=order.id, report=report)
    said = _unit_said(order) | {"result": data.result}
    _told(by, case, done, "support_result", said, inner=words, is_public=True)
    return done


def _cancel(by: Actor, case: Case, order: Order, data: StepData) -> Order:
    return _cancelled(by, case, order, _words(data.text))


def _cancelled(by: Actor, case: Case, order: Order, reason: str) -> Order:
    done = dispatch.cancel_order(by, order_id=order.id, reason=reason)
    _told(by, case, done, "support_cancel", _unit_said(order), inner=reason)
    return done


_STEPS: Final = {"acknowledge": _acknowledge, "return": _return, "report": _report, "cancel": _cancel}
EVENTS: Final = {
    "support_out": "dispatch.support_handed_out",
    "support_ack": "dispatch.support_acknowledged",
    "support_return": "dispatch.support_returned",
    "support_result": "dispatch.support_reported",
    "support_cancel": "dispatch.support_cancelled",
}


def _told(
    by: Actor, case: Case, order: Order, step: str, said: dict[str, Any], *, inner: str = "", is_public: bool = False
) -> None:  # fmt: skip
    inner = kit_text.clean(inner).strip()
    data = said | ({"inner": inner} if inner else {})
    write_line(by, case, step, "", data, is_public=is_public)
    known: dict[str, Any] = {"order": str(order.id), "unit": order.unit_id, "part": order.part}
    tell(
        by, case, EVENTS[step], case.state, None, known | {"result": order.result, "person": order.person_id}
    )


def _unit_said(order: Order) -> dict[str, Any]:
    unit = street_map(order.tenant_id).units[order.unit_id]
    return {"unit": unit.code, "unit_name": unit.name}


def _ask_leave(by: Actor, order: Order, step: str) -> None:
    if by.kind == "system":
        return
    permission = {"report": rules.HANDLE, "cancel": rules.SUPPORT}.get(step, rules.ACKNOWLEDGE)
    demand(by, permission)  # the order was found within the actor's own scope
    if step == "cancel" and not _gave(by, order):
        raise Denied(
            permission=_("请单位协办"), sentence=_("由派单员或请它协办的单位来撤回。"), unit=by.unit_said
        )
    if step != "cancel" and not acts_for(by, order.unit_id):
        raise Conflict(
            field="unit", problem=_("这张协办单不在您单位手上。"), remedy=_("由协办单位自己来办这一步。")
        )


def _gave(by: Actor, order: Order) -> bool:
    return by.has(rules.HAND_OUT) or (by.account_id is not None and by.account_id == order.handed_out_by)


def _words(text: str) -> str:
    words = kit_text.clean(text, most=MOST_WORDS)
    if not words:
        raise Invalid(
            field="text", problem=_("这一步要写一句说明。"), remedy=_("请写清楚，让看的人不用再问。")
        )
    return words


def _locked(by: Actor, case_id: UUID) -> Case:
    rows = Case.objects.within(by.scope).select_related("category").select_for_update(of=("self",))
    case: Case | None = rows.filter(id=case_id).first()
    if case is None:
        raise NotFound(
            field="case",
            problem=_("没有这件诉求，或它不在您的辖区和单位范围内。"),
            remedy=_("请核对编号；需要时请派单员查看。"),
        )
    return case
