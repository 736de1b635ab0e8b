"""Return and negotiate (退单、会商): once, in time, with a reason; after too many returns the office decides, and it sticks."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules
from baiying.cases.models import Case
from baiying.dispatch import queries as dispatch
from baiying.dispatch.models import Order
from baiying.dispatch.order_numbers import RETURN_WITHIN, RETURNS_BEFORE_DECISION, order_number
from baiying.dispatch.reference import is_community_task
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Invalid, Refusal, Words, worded
from baiying.org.models import Unit
from baiying.org.queries import calendar_of, street_map
from baiying.org.rules import Actor, acting, demand

# Why an order cannot be returned (Order.final_reason).
RETURNED_ONCE, DECIDED = "returned_once", "decided"
SENTENCES: Final[dict[str, Words]] = {
    RETURNED_ONCE: _("本单位已经退过一次，再派来就要办理"),
    DECIDED: _("多次退单以后，派单员研判决定由本单位办理"),
}
LOCAL: Final = (Unit.Level.COMMUNITY, Unit.Level.GRID)


def returns_of(by: Actor, case: Case) -> list[Order]:
    """The lead orders of a case that came back, since it was last reopened."""
    returned = dispatch.leads_returned(by.scope, case.id)
    since = case.reopened_at
    return [order for order in returned if since is None or order.handed_out_at >= since]


def refusal(case: Case, by: Actor) -> Refusal | None:
    """Why the running lead order cannot be returned now, or None."""
    with acting(by.scope):
        order = dispatch.lead_of(by.scope, case.id)
    return None if order is None else refusal_of(order)


def refusal_of(order: Order) -> Refusal | None:
    """Why this order, which runs, cannot be returned now, or None."""
    if order.final_reason:
        return Conflict(
            field="unit",
            problem=worded(
                _("这张派单不能再退：%(why)s。"), why=SENTENCES.get(order.final_reason, order.final_reason)
            ),
            remedy=_("请先办理；确有困难的，写内部记录请派单员召集会商。"),
        )
    days = order_number(order.tenant_id, RETURN_WITHIN, order.handed_out_at)
    until = calendar_of(order.tenant_id).add_working_days(order.handed_out_at, days).at
    if clock.now() <= until:
        return None
    return Conflict(
        field="unit",
        problem=worded(
            _("退单要在派单后 %(days)s 个工作日内提出，%(until)s 已经过了。"),
            days=days,
            until=f"{until.astimezone(ZONE):%m-%d %H:%M}",
        ),
        remedy=_("请先办理；确实不归本单位的，写内部记录请派单员撤回重派。"),
    )


def final_reason(by: Actor, case: Case, unit: Unit, text: str) -> str:
    """Whether this hand-out is the office's last word (a code of SENTENCES, else "").

    After the number of returns set, only whoever may decide hands out, and says why. Raises Denied, Invalid.
    """
    returned = returns_of(by, case)
    if len(returned) >= order_number(case.tenant_id, RETURNS_BEFORE_DECISION):
        demand(by, rules.DECIDE, case)
        if not text.strip():
            raise Invalid(
                field="text",
                problem=_("已经退单 %(count)d 次，这次派单是最后决定，要写明为什么由这个单位办。")
                % {"count": len(returned)},
                remedy=_("请写会商的结果和依据；被派的单位不能再退。"),
            )
        return DECIDED
    return RETURNED_ONCE if any(order.unit_id == unit.id for order in returned) else ""


def check_not_pushed_down(by: Actor, case: Case, unit: Unit) -> None:
    """What a department has returned, or asks for, goes to a community only when the published list names it.

    Raises Conflict, which names the list and its basis.
    """
    if unit.level not in LOCAL or is_community_task(case.category.code, clock.today()):
        return
    units = street_map(case.tenant_id).units
    giver = units.get(by.unit_id or 0)
    from_department = giver is not None and giver.level in (Unit.Level.DEPARTMENT, Unit.Level.PARTNER)
    returned = any(
        units[o.unit_id].level in (Unit.Level.DEPARTMENT, Unit.Level.PARTNER) for o in returns_of(by, case)
    )
    if from_department or returned:
        raise Conflict(
            field="unit",
            problem=_("“%(category)s”不在社区事项清单里，部门的职责不能转给社区。")
            % {"category": case.category.name},
            remedy=_("请派给有职责的部门或单位（依据：社区事项清单；潍坊市12345条例第24条）。"),
        )
