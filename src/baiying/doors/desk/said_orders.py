"""An order in one line, as the page of a case, the inbox and the order's own page show it."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from baiying.cases import returning, rulebook, wording
from baiying.cases.models import Case
from baiying.dispatch.models import Order
from baiying.doors.shared.names import name_of

STATES: Final = {
    Order.State.HANDED_OUT: ("send", "open"),
    Order.State.ACKNOWLEDGED: ("sign", "open"),
    Order.State.RETURNED: ("return", "plain"),
    Order.State.FINISHED: ("handled", "plain"),
    Order.State.RECALLED: ("undo", "plain"),
}


def said_order(order: Order, case: Case) -> dict[str, Any]:
    """Its part, unit, state, times and result."""
    icon, tone = STATES[Order.State(order.state)]
    labels = {
        Order.State.HANDED_OUT: _("待签收"),
        Order.State.ACKNOWLEDGED: _("已签收"),
        Order.State.RETURNED: _("已退回"),
        Order.State.FINISHED: _("已办结"),
        Order.State.RECALLED: _("已撤回"),
    }
    is_support = order.part == Order.Part.SUPPORT
    return {
        "id": order.id,
        "icon": icon,
        "tone": tone,
        "label": labels[Order.State(order.state)],
        "part": _("协办") if is_support else _("主办"),
        "is_support": is_support,
        "unit": name_of(order.unit),
        "person": name_of(order.person) if order.person else "",
        "at": order.handed_out_at,
        "due_at": order.due_at,
        "ended_at": order.ended_at,
        "is_running": order.is_running,
        "result": wording.RESULTS.get(order.result, "") if is_support else "",
        "reason": wording.reason_name(order.reason_code) if order.reason_code else "",
        "final": returning.SENTENCES.get(order.final_reason, ""),
        "why": [] if is_support else rulebook.explain(order),
        "href": reverse("desk_order", kwargs={"order_id": order.id}) if is_support else "",
    }
