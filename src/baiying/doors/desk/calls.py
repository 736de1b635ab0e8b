"""Calls at the desk: the list, raising one from one or several cases, the page of one call, both assessments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from baiying.cases import calling, queries
from baiying.cases.models import Case
from baiying.dispatch import calls, calls_rating, calls_reading, calls_steps, rules
from baiying.dispatch.calls_rating import Assessed
from baiying.dispatch.models import Call, Meeting
from baiying.doors.desk.calls_forms import (
    CallStepForm,
    MeetingForm,
    MinutesForm,
    MoreForm,
    RaiseForm,
    TaskForm,
)
from baiying.doors.desk.calls_said import (
    JUSTIFIED,
    RESPONSES,
    STEP_ICONS,
    entries,
    said_call,
    said_standing,
    said_summons,
    said_task,
    unit_names,
)
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.case_pages import said_place
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import said as said_row
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.paging import page_of
from baiying.kit.refusals import Invalid, Refusal
from baiying.org.queries import street_map

ROWS: Final = 30
SHOWN: Final = ("open", "missing", "late", "all")
ASSESSED_DAYS: Final = 365


@require_safe
@staff_page(rules.READ_CALLS)
def calls_list(request: StaffRequest) -> HttpResponse:
    """Open calls, those with somebody missing or late, and all of them page by page."""
    shown = request.GET.get("show", "open")
    shown = shown if shown in SHOWN else "open"
    scope = request.actor.scope
    older = ""
    if shown == "all":
        page = page_of(
            calls_reading.calls_of(scope),
            order=("-raised_at", "-id"),
            size=ROWS,
            cursor=request.GET.get("cursor"),
        )
        standings = calls_reading.standings(
            scope, calls_reading.calls_of(scope).filter(id__in=[c.id for c in page.rows])
        )
        older = f"{reverse('desk_calls')}?show=all&cursor={page.next_cursor}" if page.next_cursor else ""
    else:
        standings = calls_reading.open_calls(scope, most=200)
        if shown != "open":
            standings = [s for s in standings if (s.late if shown == "late" else s.missing)]
    labels = {"open": _("进行中"), "missing": _("有人没到"), "late": _("有人超时"), "all": _("全部")}
    context = {
        "rows": [said_standing(standing) for standing in standings],
        "older_url": older,
        "tabs": [
            {"label": labels[one], "href": f"{reverse('desk_calls')}?show={one}", "is_current": one == shown}
            for one in SHOWN
        ],
    }
    return desk_page(request, "desk/calls.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def new_call(request: StaffRequest) -> HttpResponse:
    """The form for one or more cases; `case` names each by its reference."""
    about = _cases(request)
    near = tuple(sorted({case.grid_id for case in about if case.grid_id}))
    if request.method != "POST":
        place = said_place(about[0]) if about else ""
        return _show_new(request, about, RaiseForm(request.actor, near=near, initial={"place": place}))
    form = RaiseForm(request.actor, request.POST, near=near)
    if not form.is_valid():
        return _show_new(request, about, form, status=422)
    try:
        call = calling.raise_call(request.actor, case_ids=[case.id for case in about], said=form.said())
    except Refusal as refused:
        left = show_refusal(form, refused)
        return _show_new(request, about, form, refusal=left, status=refused.status)
    if call.state == calls_steps.OPEN:
        messages.success(request, _("呼叫 %(number)s 已发出。") % {"number": call.number})
    else:
        said = _("呼叫 %(number)s 已报街道一呼百应办公室，由街道发出。")
        messages.success(request, said % {"number": call.number})
    return redirect("desk_call", call_id=call.id)


def _cases(request: StaffRequest) -> list[Case]:
    asked = (request.POST if request.method == "POST" else request.GET).getlist("case")[
        : calls.MOST_SUBJECTS + 1
    ]
    if not asked:
        raise Invalid(
            field="case",
            problem=_("还没有说为哪件诉求呼叫。"),
            remedy=_("请从诉求页面上，或在列表里勾选后发起。"),
        )
    return [queries.case_by_reference(request.actor.scope, reference) for reference in dict.fromkeys(asked)]


def _show_new(
    request: StaffRequest, about: Sequence[Case], form: RaiseForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    street = street_map(request.actor.scope.tenant)
    context = {
        "form": form,
        "refusal": refusal,
        "about": [said_row(case, street) for case in about],
        "is_community": request.actor.scope.level == "community",
        "crumbs": [{"label": _("呼叫"), "href": reverse("desk_calls")}, {"label": _("发起呼叫")}],
    }
    return desk_page(request, "desk/call_new.html", context, status=status)


@dataclass(frozen=True)
class Broken:
    """A form of the page that could not be done: shown again where it stood, with its words."""

    key: str
    form: forms.Form
    refusal: Refusal | None = None
    status: int = 422


@require_safe
@staff_page(rules.READ_CALLS)
def call_page(request: StaffRequest, call_id: UUID) -> HttpResponse:
    """One call: who is called, state, times, meetings, tasks, what happened."""
    return show_call(request, calls_reading.call_within(request.actor.scope, call_id))


def show_call(request: StaffRequest, call: Call, broken: Broken | None = None) -> HttpResponse:
    """The page, with a form that has still to be mended when there is one."""
    actor, scope = request.actor, request.actor.scope
    summonses = calls_reading.summonses_of(scope, call)
    is_callers = actor.has(rules.RAISE_CALL) and actor.unit_id == call.unit_id
    is_open = call.state == calls_steps.OPEN
    called = called_choices(call)
    meetings = calls_reading.meetings_of(scope, call)
    context: dict[str, Any] = said_call(call) | {
        "summonses": [
            said_summons(call, s)
            | {"may_confirm": is_callers and is_open and s.state in ("called", "acknowledged")}
            for s in summonses
        ],
        "called": unit_names(scope, call.called_ids),
        "facts": _facts(call),
        "about": calling.cases_of(scope, call),
        "steps": _steps(request, call, broken),
        "forms": _forms(request, call, called, broken) if is_callers and is_open else {},
        "meetings": [_said_meeting(m, called, broken, may_record=is_callers and is_open) for m in meetings],
        "tasks": [said_task(task, order) for task, order in calls_reading.tasks_of(scope, call)],
        "entries": entries(calls_reading.lines_of(scope, call)),
        "broken": broken,
        "refusal": broken.refusal if broken else None,
        "is_callers": is_callers,
        "crumbs": [{"label": _("呼叫"), "href": reverse("desk_calls")}, {"label": call.number}],
    }
    return desk_page(request, "desk/call_page.html", context, status=broken.status if broken else 200)


def called_choices(call: Call) -> list[tuple[str, str]]:
    units = street_map(call.tenant_id).units
    return [(str(unit_id), name_of(units[unit_id])) for unit_id in call.called_ids if unit_id in units]


def _steps(request: StaffRequest, call: Call, broken: Broken | None) -> list[dict[str, Any]]:
    found = []
    for step in calls.may_take(request.actor, call):
        key = f"step-{step.name}"
        is_broken = broken is not None and broken.key == key
        form = broken.form if broken is not None and is_broken else CallStepForm(step, call)
        url = reverse("desk_call_step", kwargs={"call_id": call.id, "call_step": step.name})
        found.append(
            {"step": step, "form": form, "url": url, "icon": STEP_ICONS.get(step.name, "next"), "is_open": is_broken,
             "is_likely": step.likely == 1}
        )  # fmt: skip
    return found


def _forms(
    request: StaffRequest, call: Call, called: list[tuple[str, str]], broken: Broken | None
) -> dict[str, forms.Form]:  # fmt: skip
    found: dict[str, forms.Form] = {
        "more": MoreForm(request.actor, call),
        "meeting": MeetingForm(call),
        "task": TaskForm(called),
    }
    if broken is not None and broken.key in found:
        found[broken.key] = broken.form
    return found


def _said_meeting(
    meeting: Meeting, called: list[tuple[str, str]], broken: Broken | None, *, may_record: bool
) -> dict[str, Any]:
    units = street_map(meeting.tenant_id).units
    key = f"minutes-{meeting.id.hex}"
    form: forms.Form | None = None
    if meeting.held_at is None and may_record:
        form = broken.form if broken is not None and broken.key == key else MinutesForm(meeting, called)
    return {
        "meeting": meeting,
        "present": [name_of(units[u]) for u in meeting.present_ids if u in units],
        "form": form,
        "is_open": broken is not None and broken.key == key,
        "url": reverse("desk_meeting_minutes", kwargs={"meeting_id": meeting.id}),
    }


def _facts(call: Call) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {
            "name": _("发起"),
            "value": " ".join(part for part in (name_of(call.unit), call.raised_by_name) if part),
        },
        {"name": _("发起时间"), "when": call.raised_at},
        {"name": _("到哪里"), "value": call.place},
        {"name": _("到场时限") if call.counts == "arrive" else _("应答时限"), "when": call.respond_by},
        {"name": _("时限依据"), "value": _limit_source(call)},
        {"name": _("结束时间"), "when": call.ended_at},
        {"name": _("结果"), "value": call.result},
    ]
    return [fact for fact in facts if fact.get("value") or fact.get("when")]


def _limit_source(call: Call) -> str:
    if call.is_by_date:
        return _("由呼叫方约定")
    said = _("本地设定，等级 %(grade)s，自 %(day)s 起")
    return said % {"grade": call.limit.get("grade", ""), "day": call.limit.get("valid_from", "")}


@require_safe
@staff_page(rules.READ_CALLS)
def assessed(request: StaffRequest) -> HttpResponse:
    """Both assessments of the last year: units only, with the number of ratings, in the order of the units."""
    scope, since = request.actor.scope, clock.now() - timedelta(days=ASSESSED_DAYS)
    justified = calls_rating.calls_assessed(scope, since=since)
    responses = calls_rating.responses_assessed(scope, since=since)
    context = {
        "callers": _said_assessed(scope.tenant, justified, list(JUSTIFIED)),
        "responders": _said_assessed(scope.tenant, responses, list(RESPONSES)),
        "justified_words": list(JUSTIFIED.values()),
        "response_words": list(RESPONSES.values()),
        "least": calls_rating.LEAST,
        "crumbs": [{"label": _("呼叫"), "href": reverse("desk_calls")}, {"label": _("双向评价")}],
    }
    return desk_page(request, "desk/calls_assessed.html", context)


def _said_assessed(tenant_id: int, rows: Sequence[Assessed], order: list[str]) -> list[dict[str, Any]]:
    units = street_map(tenant_id).units
    known = sorted((row for row in rows if row.unit_id in units), key=lambda row: units[row.unit_id].sort_key)
    return [
        {
            "unit": name_of(units[row.unit_id]),
            "counts": [row.counts.get(code, 0) for code in order],
            "total": row.total,
            "best": row.counts.get(order[0], 0),
            "is_enough": row.is_enough,
        }
        for row in known
    ]
