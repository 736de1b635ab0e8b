"""Hot topics at the desk: what was proposed and why, who owns it, what was done, whether it became rarer."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.cases.queries import case_by_reference
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.topic_forms import CasesForm, TopicStepForm
from baiying.doors.desk.topic_words import entries, facts, said_effect, said_row, why
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import NotFound, Refusal
from baiying.topics import queries, rules, services, steps
from baiying.topics.models import Topic

SHOWN: Final = ("proposed", "open", "mine", "ended")
STEP_ICONS: Final = {
    "open": "accept", "dismiss": "decline", "hand_over": "person", "take_measure": "work", "close": "done",
    "reopen": "reopen",
}  # fmt: skip
AROUND_METRES: Final = 200


@require_safe
@staff_page(rules.READ)
def topics_list(request: StaffRequest) -> HttpResponse:
    """What was proposed, what is at work, what is one's own unit's, what has ended."""
    shown = request.GET.get("show", SHOWN[0])
    shown = shown if shown in SHOWN else SHOWN[0]
    labels = {"proposed": _("待立项"), "open": _("在治理"), "mine": _("本单位负责"), "ended": _("已结束")}
    here = reverse("desk_topics")
    context = {
        "rows": [said_row(topic) for topic in queries.topics(request.actor, shown)],
        "tabs": [
            {"label": labels[one], "href": f"{here}?show={one}", "is_current": one == shown} for one in SHOWN
        ],
    }
    return desk_page(request, "desk/topics.html", context)


@require_safe
@staff_page(rules.READ)
def topic_page(request: StaffRequest, topic_id: UUID) -> HttpResponse:
    """One topic: the numbers in plain words, the cases behind it, owner, steps, effect, history."""
    return _show(request, queries.topic_within(request.actor.scope, topic_id))


@require_POST
@staff_page(rules.READ)
def take_topic_step(request: StaffRequest, topic_id: UUID, topic_step: str) -> HttpResponse:
    """Take a step; what is missing is asked for where the form stood."""
    topic = queries.topic_within(request.actor.scope, topic_id)
    step = next((s for s in steps.TOPIC.steps if s.name == topic_step and "staff" in s.by), None)
    if step is None:
        raise NotFound(problem=_("没有这个步骤。"), remedy=_("请从话题页面操作。"))
    form = TopicStepForm(step, topic, request.POST)
    if not form.is_valid():
        return _show(request, topic, form, status=422)
    try:
        services.take_step(
            request.actor, topic_id=topic.id, step=step.name, data=form.said(), version=form.version
        )
    except Refusal as refused:
        left = show_refusal(form, refused)
        return _show(request, topic, form, refusal=left, status=refused.status)
    messages.success(request, _("已办：%(step)s。") % {"step": step.label})
    return redirect("desk_topic", topic_id=topic.id)


@require_POST
@staff_page(rules.MANAGE)
def change_cases(request: StaffRequest, topic_id: UUID) -> HttpResponse:
    """Put a case in, or take one out, by its reference."""
    topic = queries.topic_within(request.actor.scope, topic_id)
    form, refusal, status = CasesForm(request.POST), None, 422
    if form.is_valid():
        try:
            case = case_by_reference(request.actor.scope, form.cleaned_data["reference"])
            if form.cleaned_data["change"] == "out":
                services.untie_case(request.actor, topic_id=topic.id, case=case)
                messages.success(request, _("已移出，不会再自动放回来。"))
            else:
                services.tie_case(request.actor, topic_id=topic.id, case=case)
                messages.success(request, _("已放进这个话题。"))
            return redirect("desk_topic", topic_id=topic.id)
        except Refusal as refused:
            refusal, status = show_refusal(form, refused), refused.status
    return _show(request, topic, cases_form=form, refusal=refusal, status=status)


def _show(
    request: StaffRequest,
    topic: Topic,
    broken: TopicStepForm | None = None,
    *,
    cases_form: forms.Form | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    cases_url = f"{reverse('desk_cases')}?topic={topic.id}"
    around_url = ""
    if topic.lon is not None and topic.lat is not None:
        around_url = f"{reverse('desk_cases')}?lon={topic.lon:.5f}&lat={topic.lat:.5f}&within={AROUND_METRES}"
    may_tie = actor.has(rules.MANAGE) and topic.state not in steps.ENDED
    context: dict[str, Any] = {
        "topic": topic,
        "row": said_row(topic),
        "why": why(topic),
        "facts": facts(topic),
        "effect": said_effect(topic),
        "cases_url": cases_url,
        "around_url": around_url,
        "steps": [_step(topic, step, broken) for step in queries.may_take(actor, topic)],
        "cases_form": (cases_form or CasesForm()) if may_tie else None,
        "entries": entries(queries.lines_of(topic)),
        "refusal": refusal,
        "form": broken or cases_form,
    }
    return desk_page(request, "desk/topic_page.html", context, status=status)


def _step(topic: Topic, step: Any, broken: TopicStepForm | None) -> dict[str, Any]:
    is_broken = broken is not None and broken.step == step
    return {
        "step": step,
        "form": broken if is_broken else TopicStepForm(step, topic),
        "url": reverse("desk_topic_step", kwargs={"topic_id": topic.id, "topic_step": step.name}),
        "icon": STEP_ICONS.get(step.name, "next"),
        "is_open": is_broken,
        "is_likely": step.likely == 1,
    }
