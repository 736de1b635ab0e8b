"""For a called unit: what it is called to, and one summons as a plain page for the phone; the caller confirms here too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import calling
from baiying.dispatch import calls_answers, calls_rating, calls_reading, calls_steps, rules
from baiying.dispatch.calls_answers import Answer
from baiying.dispatch.calls_writing import acts_for_called
from baiying.dispatch.models import Summons
from baiying.doors.desk.calls_forms import RateCallForm, RateResponseForm, SummonsStepForm
from baiying.doors.desk.calls_said import STEP_ICONS, entries, said_call, said_summons, said_task, unit_names
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.refusals import NotFound, Refusal


@require_safe
@staff_page(rules.READ_CALLS, rules.ANSWER_CALL)
def mine(request: StaffRequest) -> HttpResponse:
    """What the unit is called to, the one due first on top; below, what is done."""
    waiting = calls_reading.summonses_for(request.actor, is_open=True)
    done = calls_reading.summonses_for(request.actor, is_open=False, most=20)
    context = {"waiting": [_said(s) for s in waiting], "done": [_said(s) for s in done]}
    return desk_page(request, "desk/summonses.html", context)


def _said(summons: Summons) -> dict[str, Any]:
    return said_summons(summons.call, summons) | {"of": said_call(summons.call)}


@require_safe
@staff_page(rules.READ_CALLS)
def summons_page(request: StaffRequest, summons_id: UUID) -> HttpResponse:
    """One summons: who calls, what for, where, by when; and the few things that can be done."""
    return show_summons(request, calls_reading.summons_within(request.actor.scope, summons_id))


def show_summons(
    request: StaffRequest, summons: Summons, *, key: str = "", form: forms.Form | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page, with a form that has still to be mended when there is one."""
    actor, scope, call = request.actor, request.actor.scope, summons.call
    others = [unit_id for unit_id in call.called_ids if unit_id != summons.unit_id]
    meetings = [m for m in calls_reading.meetings_of(scope, call) if m.held_at is None]
    tasks = calls_reading.tasks_of(scope, call, summons.unit_id)
    context: dict[str, Any] = said_summons(call, summons) | {
        "of": said_call(call),
        "call": call,
        "others": unit_names(scope, others),
        "about": calling.cases_of(scope, call),
        "meetings": meetings,
        "steps": _steps(request, summons, key, form),
        "rating_forms": _rating_forms(request, summons, key, form),
        "tasks": [said_task(task, order) for task, order in tasks],
        "may_answer": actor.has(rules.ANSWER_CALL) and acts_for_called(actor, summons.unit_id),
        "entries": entries(calls_reading.lines_of(scope, call, summons)),
        "broken": form,
        "refusal": refusal,
        "crumbs": [
            {"label": _("呼叫"), "href": reverse("desk_calls")},
            {"label": call.number, "href": reverse("desk_call", kwargs={"call_id": call.id})},
            {"label": summons.person or str(said_summons(call, summons)["unit"])},
        ],
    }
    return desk_page(request, "desk/summons_page.html", context, status=status)


def _steps(
    request: StaffRequest, summons: Summons, key: str, broken: forms.Form | None
) -> list[dict[str, Any]]:
    found = []
    for number, step in enumerate(calls_answers.may_take(request.actor, summons.call, summons)):
        is_broken = broken is not None and key == step.name
        form = broken if is_broken else SummonsStepForm(step, summons.call, summons)
        url = reverse("desk_summons_step", kwargs={"summons_id": summons.id, "summons_step": step.name})
        is_likely = number == 0 and step.likely <= 2
        found.append(
            {"step": step, "form": form, "url": url, "icon": STEP_ICONS.get(step.name, "next"), "is_likely": is_likely,
             "is_open": is_broken or (broken is None and is_likely)}
        )  # fmt: skip
    return found


def _rating_forms(
    request: StaffRequest, summons: Summons, key: str, broken: forms.Form | None
) -> list[dict[str, Any]]:
    actor, call = request.actor, summons.call
    offered: list[tuple[str, bool, forms.Form, str]] = [
        ("rate-call", calls_rating.may_rate_call(actor, call, summons), RateCallForm(), "desk_summons_rate_call"),
        ("rate-response", calls_rating.may_rate_response(actor, call, summons), RateResponseForm(), "desk_summons_rate_response"),
    ]  # fmt: skip
    return [
        {
            "form": broken if broken is not None and key == name else form,
            "url": reverse(address, kwargs={"summons_id": summons.id}),
            "title": _("评价这次呼叫") if name == "rate-call" else _("评价这个单位的响应"),
        }
        for name, is_offered, form, address in offered
        if is_offered
    ]


@require_POST
@staff_page(rules.READ_CALLS)
def take_step(request: StaffRequest, summons_id: UUID, summons_step: str) -> HttpResponse:
    """One step; what is refused comes back with every word."""
    summons = calls_reading.summons_within(request.actor.scope, summons_id)
    step = calls_steps.SUMMONS.step(summons_step)
    if step is None:
        raise NotFound(problem=_("没有这一步。"), remedy=_("请从呼叫单上选一步。"))
    form = SummonsStepForm(step, summons.call, summons, request.POST)

    def do() -> str:
        calls_answers.take_step(
            request.actor, summons_id=summons.id, step=step.name, answer=form.said(), version=form.cleaned_data.get("version")
        )  # fmt: skip
        return _("%(step)s：已经记下。") % {"step": step.label}

    return _tried(request, summons, step.name, form, do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def confirm_here(request: StaffRequest, summons_id: UUID) -> HttpResponse:
    """The caller sees them standing there: now, at the place of the call, with one press."""
    summons = calls_reading.summons_within(request.actor.scope, summons_id)
    calls_answers.take_step(
        request.actor, summons_id=summons.id, step="arrive", answer=Answer(arrived_at=clock.now())
    )
    said = _("已确认“%(who)s”到场。") % {"who": summons.person or said_summons(summons.call, summons)["unit"]}
    messages.success(request, said)
    return redirect("desk_call", call_id=summons.call_id)


@require_POST
@staff_page(rules.READ_CALLS, rules.ANSWER_CALL)
def rate_call(request: StaffRequest, summons_id: UUID) -> HttpResponse:
    """The unit says how justified the call was."""
    summons = calls_reading.summons_within(request.actor.scope, summons_id)
    form = RateCallForm(request.POST)

    def do() -> str:
        said = form.cleaned_data
        calls_rating.rate_call(
            request.actor, summons_id=summons.id, justified=said["rating"], why=said["why"]
        )
        return _("评价已经记下。")

    return _tried(request, summons, "rate-call", form, do)


@require_POST
@staff_page(rules.READ_CALLS, rules.RAISE_CALL)
def rate_response(request: StaffRequest, summons_id: UUID) -> HttpResponse:
    """The caller says how the unit responded."""
    summons = calls_reading.summons_within(request.actor.scope, summons_id)
    form = RateResponseForm(request.POST)

    def do() -> str:
        said = form.cleaned_data
        calls_rating.rate_response(
            request.actor, summons_id=summons.id, response=said["rating"], why=said["why"]
        )
        return _("评价已经记下。")

    return _tried(request, summons, "rate-response", form, do)


def _tried(
    request: StaffRequest, summons: Summons, key: str, form: forms.Form, do: Callable[[], str]
) -> HttpResponse:
    if not form.is_valid():
        return show_summons(request, summons, key=key, form=form, status=422)
    try:
        said = do()
    except Refusal as refused:
        left = show_refusal(form, refused)
        summons = calls_reading.summons_within(request.actor.scope, summons.id)
        return show_summons(request, summons, key=key, form=form, refusal=left, status=refused.status)
    messages.success(request, said)
    return redirect("desk_summons_one", summons_id=summons.id)
