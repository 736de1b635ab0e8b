"""What somebody does on the page of a call: its steps, more units, meetings, tasks. A refused form comes back whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baiying.cases import calling
from baiying.dispatch import calls, calls_meetings, calls_reading, calls_steps, rules
from baiying.dispatch.models import Call, Meeting
from baiying.doors.desk.calls import Broken, called_choices, show_call
from baiying.doors.desk.calls_forms import CallStepForm, MeetingForm, MinutesForm, MoreForm, TaskForm
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import NotFound, Refusal


@require_POST
@staff_page(rules.READ_CALLS)
def take_call_step(request: StaffRequest, call_id: UUID, call_step: str) -> HttpResponse:
    """Send out, turn down, end, withdraw."""
    call = calls_reading.call_within(request.actor.scope, call_id)
    step = calls_steps.CALL.step(call_step)
    if step is None:
        raise NotFound(problem=_("没有这一步。"), remedy=_("请从呼叫页面上选一步。"))

    def do(said: dict[str, Any]) -> str:
        calling.take_call_step(
            request.actor,
            call_id=call.id,
            step=step.name,
            text=said.get("text") or "",
            version=said.get("version"),
        )
        return _("%(step)s：已经记下。") % {"step": step.label}

    return _tried(request, call, f"step-{step.name}", CallStepForm(step, call, request.POST), do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def add_parties(request: StaffRequest, call_id: UUID) -> HttpResponse:
    """Call further units."""
    call = calls_reading.call_within(request.actor.scope, call_id)
    form = MoreForm(request.actor, call, request.POST)

    def do(said: dict[str, Any]) -> str:
        added = calls.add_parties(request.actor, call_id=call.id, parties=form.parties())
        return _("已加呼 %(count)d 个。") % {"count": len(added)}

    return _tried(request, call, "more", form, do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def plan_meeting(request: StaffRequest, call_id: UUID) -> HttpResponse:
    """All called are asked to one place at one time."""
    call = calls_reading.call_within(request.actor.scope, call_id)

    def do(said: dict[str, Any]) -> str:
        calls_meetings.plan_meeting(
            request.actor, call_id=call.id, place=said["place"], planned_at=said["planned_at"]
        )
        return _("现场会已经约好，被呼叫的单位都看得到。")

    return _tried(request, call, "meeting", MeetingForm(call, request.POST), do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def record_meeting(request: StaffRequest, meeting_id: UUID) -> HttpResponse:
    """Who was there, minutes, decisions."""
    meeting: Meeting | None = Meeting.objects.within(request.actor.scope).filter(id=meeting_id).first()
    if meeting is None:
        raise NotFound(problem=_("没有这次现场会。"), remedy=_("请从呼叫页面上打开。"))
    call = calls_reading.call_within(request.actor.scope, meeting.call_id)
    form = MinutesForm(meeting, called_choices(call), request.POST)

    def do(said: dict[str, Any]) -> str:
        calls_meetings.record_meeting(request.actor, meeting_id=meeting.id, said=form.said())
        return _("现场会已经记下。")

    return _tried(request, call, f"minutes-{meeting.id.hex}", form, do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def give_task(request: StaffRequest, call_id: UUID) -> HttpResponse:
    """An order to one of the called units."""
    call = calls_reading.call_within(request.actor.scope, call_id)

    def do(said: dict[str, Any]) -> str:
        calls_meetings.give_task(
            request.actor,
            call_id=call.id,
            unit_id=int(said["unit"]),
            text=said["text"],
            due_at=said["due_at"],
        )
        return _("任务已经交办。")

    return _tried(request, call, "task", TaskForm(called_choices(call), request.POST), do)


@require_POST
@staff_page(rules.READ_CALLS)
def take_task_step(request: StaffRequest, task_id: UUID, task_step: str) -> HttpResponse:
    """The unit takes, finishes or returns a task; the caller takes it back."""
    task = calls_meetings.take_task_step(
        request.actor, task_id=task_id, step=task_step, text=request.POST.get("text", "")
    )
    messages.success(request, _("任务已经更新。"))
    return redirect("desk_call", call_id=task.call_id)


def _tried(
    request: StaffRequest, call: Call, key: str, form: forms.Form, do: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    if not form.is_valid():
        return show_call(request, call, Broken(key, form))
    try:
        said = do(form.cleaned_data)
    except Refusal as refused:
        left = show_refusal(form, refused)
        call = calls_reading.call_within(request.actor.scope, call.id)
        return show_call(request, call, Broken(key, form, left, refused.status))
    messages.success(request, said)
    return redirect("desk_call", call_id=call.id)
