"""The board of the 一呼百应 office: open calls live, who is missing and late, late cases, what waits for us.

Every figure opens its list. The live part is fetched anew by the page; its links carry ids, so that the keyboard stays
where it was. The number of statements does not depend on how much there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import rules as case_rules
from baiying.cases.answered import answered as answered_cases
from baiying.cases.filters import CaseFilter
from baiying.dispatch import calls_reading, calls_steps, rules
from baiying.dispatch import queries as dispatch
from baiying.dispatch.calls_reading import Standing
from baiying.doors.desk import queues
from baiying.doors.desk.calls_said import said_standing, said_summons
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import said
from baiying.doors.shared.case_counts import count_all, rows_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.org.queries import street_map

ROWS: Final = 8
SHOWN: Final = ("to_accept", "to_hand_out", "returned", "overdue", "soon")


@require_safe
@staff_page(case_rules.READ, rules.READ_CALLS)
def board(request: StaffRequest) -> HttpResponse:
    """The whole page."""
    return desk_page(request, "desk/office.html", _live(request))


@require_safe
@staff_page(case_rules.READ, rules.READ_CALLS)
def live(request: StaffRequest) -> HttpResponse:
    """The part that is fetched anew."""
    return render(request, "desk/parts/office_live.html", _live(request))


@require_safe
@staff_page(case_rules.READ, rules.READ_CALLS)
def answered(request: StaffRequest) -> HttpResponse:
    """The list behind the figure: cases whose reporter has answered the office."""
    street = street_map(request.actor.scope.tenant)
    rows = answered_cases(request.actor.scope)[:200]
    context = {
        "rows": [said(case, street) for case in rows],
        "crumbs": [{"label": _("办公室看板"), "href": reverse("desk_office")}, {"label": _("居民已答复")}],
    }
    return desk_page(request, "desk/office_answered.html", context)


def _live(request: StaffRequest) -> dict[str, Any]:
    actor, scope = request.actor, request.actor.scope
    standings = calls_reading.open_calls(scope, most=200)
    known = {queue.code: queue for queue in (*queues.QUEUES, *queues.CLOCKS)}
    shown = [known[code] for code in SHOWN]
    counts = dict(zip(SHOWN, count_all(scope, [queue.filter(actor) for queue in shown]), strict=True))
    late = rows_of(scope, CaseFilter(due="overdue")).order_by("due_at", "id").defer("search")[:ROWS]
    street = street_map(scope.tenant)
    return {
        "counted_at": clock.now(),
        "calls": [said_standing(s) for s in standings],
        "call_tiles": _call_tiles(standings),
        "waiting": [_tile(known[code].label, counts[code], queues.href(known[code], actor), known[code].icon)
                    for code in ("to_accept", "to_hand_out", "returned")]
        + [_tile(_("居民已答复"), answered_cases(scope).order_by().count(), reverse("desk_office_answered"), "note")],
        "clocks": [_tile(known[code].label, counts[code], queues.href(known[code], actor), known[code].icon, known[code].tone)
                   for code in ("overdue", "soon")] + [_escalated(request)],
        "late_cases": [said(case, street) for case in late],
        "decisions": _decisions(standings),
        "asked": [said_standing(s) for s in standings if s.call.state == calls_steps.ASKED],
    }  # fmt: skip


def _escalated(request: StaffRequest) -> dict[str, Any]:
    """What went up the chain: all of the branch for whoever hands out, else what this person was told."""
    if request.actor.has(case_rules.HAND_OUT):
        count = dispatch.open_escalations(request.actor.scope).order_by().count()
        return _tile(_("超期上报"), count, reverse("desk_escalations_all"), "late", "late")
    return _tile(
        _("待我督办"),
        dispatch.escalations_for(request.actor).order_by().count(),
        reverse("desk_escalations"),
        "late",
        "late",
    )


def _call_tiles(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    here = reverse("desk_calls")
    going = [s for s in standings if s.call.state == calls_steps.OPEN]
    missing, late = (len([s for s in going if s.missing]), len([s for s in going if s.late]))
    return [
        _tile(_("进行中的呼叫"), len(standings), f"{here}?show=open", "voice"),
        _tile(_("有人没到"), missing, f"{here}?show=missing", "people", "soon"),
        _tile(_("有人超时"), late, f"{here}?show=late", "late", "late"),
    ]


def _tile(label: Any, count: int, href: str, icon: str, tone: str = "") -> dict[str, Any]:
    return {"label": label, "count": count, "href": href, "icon": icon, "tone": tone}


def _decisions(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """Objections and refusals that somebody has to decide."""
    states = (calls_steps.OBJECTED, calls_steps.REFUSED)
    return [
        said_summons(s.call, one) | {"number": s.call.number, "title": s.call.title}
        for s in standings
        for one in s.summonses
        if one.state in states
    ]
