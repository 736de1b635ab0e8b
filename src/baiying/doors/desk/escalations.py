"""Promises that were not kept: what I was told and have to answer, and everything of the branch for the office."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import rules
from baiying.cases.models import Case
from baiying.dispatch import calls_clocks, calls_reading, order_clocks, queries
from baiying.dispatch.clocks import acknowledge_escalation
from baiying.dispatch.limits import WHATS
from baiying.dispatch.models import Clock, Escalation, Order, Summons
from baiying.doors.desk.clock_box import say_answer, say_escalation
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import place_of
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.paging import page_of
from baiying.kit.refusals import Refusal
from baiying.org.queries import street_map
from baiying.org.rules import Actor

ROWS: Final = 30
MINE: Final = 200  # more open reminders than anybody reads are shown in the list of the branch


@require_safe
@staff_page(rules.READ)
def mine(request: StaffRequest) -> HttpResponse:
    """What I was told, the unanswered first."""
    return _show_mine(request)


def _show_mine(request: StaffRequest, refusal: Refusal | None = None) -> HttpResponse:
    rows = list(queries.escalations_for(request.actor)[:MINE])
    rows.sort(key=lambda row: row.acknowledged_at is not None)
    context = {
        "title": _("待我督办"),
        "rows": said_escalations(request.actor, rows),
        "refusal": refusal,
        "refused_title": _("没有办成"),
        "none_title": _("没有要您督办的事"),
        "none_text": _("超期以后会按责任链一级一级告知；告知到您，就列在这里。"),
        "tabs": _tabs(request, "mine"),
    }
    return desk_page(request, "desk/escalations.html", context, status=refusal.status if refusal else 200)


@require_safe
@staff_page(rules.READ, rules.HAND_OUT)
def everyone(request: StaffRequest) -> HttpResponse:
    """Every open escalation of the branch, the latest first; and what nobody could be told of."""
    found = queries.open_escalations(request.actor.scope)
    page = page_of(found, order=("-at", "-id"), size=ROWS, cursor=request.GET.get("cursor") or None)
    here = reverse("desk_escalations_all")
    context = {
        "title": _("超期上报"),
        "rows": said_escalations(request.actor, page.rows),
        "nobody": _nobody(request.actor, list(queries.clocks_at_top(request.actor.scope)[:ROWS])),
        "none_title": _("没有超期上报的事"),
        "none_text": _("超期的诉求会按责任链一级一级上报，列在这里。"),
        "newer_url": page.previous_cursor and f"{here}?cursor={page.previous_cursor}",
        "older_url": page.next_cursor and f"{here}?cursor={page.next_cursor}",
        "tabs": _tabs(request, "all"),
    }
    return desk_page(request, "desk/escalations.html", context)


def _tabs(request: StaffRequest, here: str) -> list[dict[str, Any]]:
    tabs = [{"label": _("待我督办"), "href": reverse("desk_escalations"), "is_current": here == "mine"}]
    if request.actor.has(rules.HAND_OUT):
        all_of_it = {"label": _("全部超期上报"), "href": reverse("desk_escalations_all")}
        tabs.append(all_of_it | {"is_current": here == "all"})
    return tabs


@require_POST
@staff_page(rules.READ)
def acknowledge(request: StaffRequest, escalation_id: UUID) -> HttpResponse:
    """Noted, or I take charge. A second press says kindly that the first one counted."""
    answer, note = request.POST.get("as", ""), request.POST.get("note", "")
    try:
        acknowledge_escalation(request.actor, escalation_id=escalation_id, as_what=answer, note=note)
    except Refusal as refused:
        if refused.status == 409:
            return _show_mine(request, refused)
        raise
    messages.success(
        request,
        _("已记下由您督办；给您留出时间，到时还没办结再往上报。")
        if answer == "take_charge"
        else _("已记下您已知悉。"),
    )
    return redirect("desk_escalations")


def said_escalations(actor: Actor, rows: Sequence[Escalation]) -> list[dict[str, Any]]:
    """Rows as the page shows them; a case that the reader may not see has no link and no words."""
    cases, street = _cases(actor, rows), street_map(actor.scope.tenant)
    due = queries.due_dates(actor.scope.tenant, rows)
    summonses = calls_reading.summonses_by_id(actor.scope, _ids_of(rows, calls_clocks.KIND))
    orders = (
        Order.objects.within(actor.scope).select_related("unit").in_bulk(_ids_of(rows, order_clocks.KIND))
    )
    found = []
    for row in rows:
        case, summons = cases.get(row.subject_id), summonses.get(row.subject_id)
        order = orders.get(row.subject_id)
        called = _said_summons(summons) if summons else _said_order(order) if order else {}
        found.append(
            {
                "id": row.id,
                "reference": case.reference if case else "",
                "href": reverse("desk_case", kwargs={"reference": case.reference}) if case else "",
                "words": text.first_words(case.text, 40) if case else "",
                "place": place_of(case, street) if case else "",
                "what": WHATS.get(row.what, row.what),
                "due_at": due[row.clock_id],
                "at": row.at,
                "text": say_escalation(row),
                "answer": say_answer(row),
                "may_answer": row.account_id == actor.account_id and row.acknowledged_at is None,
                "url": reverse("desk_escalation_acknowledge", kwargs={"escalation_id": row.id}),
            }
            | called
        )
    return found


def _ids_of(rows: Sequence[Escalation], kind: str) -> list[UUID]:
    return [row.subject_id for row in rows if row.subject_kind == kind]


def _said_summons(summons: Summons) -> dict[str, Any]:
    """A unit that did not answer a call in time: by the call's own words."""
    return {
        "reference": summons.call.number,
        "href": reverse("desk_summons_one", kwargs={"summons_id": summons.id}),
        "words": summons.call.title,
        "place": summons.person or name_of(summons.unit),
    }


def _said_order(order: Order) -> dict[str, Any]:
    """A unit that did not do its part in time: by what it was asked to do."""
    is_support = order.part == Order.Part.SUPPORT
    return {
        "reference": _("协办") if is_support else _("任务"),
        "href": reverse("desk_order", kwargs={"order_id": order.id}) if is_support else "",
        "words": text.first_words(order.instruction, 40),
        "place": name_of(order.unit),
    }


def _nobody(actor: Actor, rows: Sequence[Clock]) -> list[dict[str, Any]]:
    cases = _cases(actor, rows)
    return [
        {
            "reference": case.reference,
            "href": reverse("desk_case", kwargs={"reference": case.reference}),
            "words": text.first_words(case.text, 40),
            "what": WHATS.get(row.what, row.what),
        }
        for row in rows
        if (case := cases.get(row.subject_id)) is not None
    ]


def _cases(actor: Actor, rows: Iterable[Escalation | Clock]) -> dict[UUID, Case]:
    ids = [row.subject_id for row in rows if row.subject_kind == "case"]
    found: dict[UUID, Case] = Case.objects.within(actor.scope).defer("search").in_bulk(ids)
    return found
