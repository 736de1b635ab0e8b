"""The unit's inbox: every order it has to do, leading or supporting, the one due first on top."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import rules, supporting
from baiying.cases.models import Case
from baiying.dispatch import calls_reading
from baiying.dispatch import queries as dispatch
from baiying.dispatch.calls_meetings import SUBJECT_KIND as TASK_OF_CALL
from baiying.dispatch.models import Order, Summons
from baiying.dispatch.rules import ANSWER_CALL, READ_CALLS
from baiying.doors.desk.calls_said import ORDER_LOOKS, said_call, said_summons
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import place_of
from baiying.doors.desk.said_orders import said_order
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.paging import page_of
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Actor

ROWS: Final = 30
MOST_SUMMONSES: Final = 20
PARTS: Final = ("", Order.Part.LEAD, Order.Part.SUPPORT)


@require_safe
@staff_page(rules.READ)
def inbox(request: StaffRequest) -> HttpResponse:
    """Orders in hand, by deadline, page by page by key."""
    actor, part = request.actor, request.GET.get("part", "")
    part = part if part in PARTS else ""
    rows = dispatch.orders_held(actor.scope, own_units(actor), part).select_related("person")
    page = page_of(rows, order=("due_at", "id"), size=ROWS, cursor=request.GET.get("cursor"))
    cases = supporting.cases_of(actor, page.rows)
    of_calls = [order.subject_id for order in page.rows if order.subject_kind == TASK_OF_CALL]
    tasks = calls_reading.summonses_of_tasks(actor.scope, of_calls)
    street = street_map(actor.scope.tenant)
    here = reverse("desk_inbox")
    labels = {"": _("全部"), Order.Part.LEAD: _("主办"), Order.Part.SUPPORT: _("协办")}
    context = {
        "summonses": open_summonses(request),
        "rows": [
            _said(order, cases[order.subject_id], street)
            if order.subject_id in cases
            else _said_task(order, tasks[order.subject_id])
            for order in page.rows
            if order.subject_id in cases or order.subject_id in tasks
        ],
        "tabs": [
            {"label": labels[one], "href": f"{here}?part={one}" if one else here, "is_current": one == part}
            for one in PARTS
        ],
        "older_url": _address(here, part, page.next_cursor),
        "newer_url": _address(here, part, page.previous_cursor),
    }
    return desk_page(request, "desk/inbox.html", context)


def open_summonses(request: StaffRequest) -> list[dict[str, Any]]:
    """What the actor's unit is called to and has not reported yet, due first; nothing for whoever answers no calls."""
    if not (request.actor.has(READ_CALLS) and request.actor.has(ANSWER_CALL)):
        return []
    waiting = calls_reading.summonses_for(request.actor, is_open=True, most=MOST_SUMMONSES)
    return [said_summons(one.call, one) | {"of": said_call(one.call)} for one in waiting]


def own_units(actor: Actor) -> list[int]:
    """The actor's unit, and for a community its grids: it works for them too."""
    if actor.unit_id is None:
        return []
    units = street_map(actor.scope.tenant).units
    below = [u.id for u in units.values() if u.parent_id == actor.unit_id and u.level == Unit.Level.GRID]
    return [actor.unit_id, *below]


def _address(here: str, part: str, cursor: str | None) -> str:
    return f"{here}?part={part}&cursor={cursor}" if cursor else ""


def _said(order: Order, case: Case, street: StreetMap) -> dict[str, Any]:
    said = said_order(order, case)
    return said | {
        "reference": case.reference,
        "href": said["href"] or reverse("desk_case", kwargs={"reference": case.reference}),
        "words": text.first_words(order.instruction, 40) if said["is_support"] else "",
        "text": text.first_words(case.text, 40),
        "place": place_of(case, street) or text.first_words(case.place, 16),
        "category": name_of(case.category),
        "is_urgent": case.is_urgent,
        "case": case,
        "clock": _Clocked(order, case),
    }


def _said_task(order: Order, summons: Summons) -> dict[str, Any]:
    """A task of a call: worked on at the page of the unit's summons."""
    icon, tone, label = ORDER_LOOKS[Order.State(order.state)]
    return {
        "part": _("呼叫任务"), "unit": name_of(order.unit), "person": "", "due_at": order.due_at,
        "icon": icon, "tone": tone, "label": label, "reference": summons.call.number, "category": summons.call.title,
        "href": reverse("desk_summons_one", kwargs={"summons_id": summons.id}),
        "words": text.first_words(order.instruction, 40), "text": "", "place": summons.call.place, "is_urgent": False,
        "clock": _Clocked(order, None),
    }  # fmt: skip


class _Clocked:
    """The order's own deadline, as the clock badge reads it."""

    def __init__(self, order: Order, case: Case | None) -> None:
        self.due_at = order.due_at
        self.paused_at = case.paused_at if case and order.part == Order.Part.LEAD else None
        self.handled_at = order.ended_at
        self.closed_at = None
        self.state = case.state if case else ""
