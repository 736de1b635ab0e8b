"""The desk of call-backs: who did not answer online, what to ask, and what they said."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import call_back_results, call_backs, closure, queries, rules, services, wording
from baiying.cases.call_backs import Task
from baiying.cases.said import MOST_WORDS, RATINGS, StepData
from baiying.doors.desk.case_forms import YES_NO, listed_reasons, show_refusal
from baiying.doors.desk.case_pages import said_place
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit import text
from baiying.kit.refusals import Conflict, Invalid, Refusal
from baiying.org.queries import street_map

ERRORS: Final = {"required": later("还没有选。按居民说的选一项。")}


class AnswerForm(forms.Form):
    """What the resident said on the telephone."""

    contacted = forms.ChoiceField(
        label=later("办理中有没有工作人员联系过您？"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages=ERRORS,
    )
    solved = forms.ChoiceField(
        label=later("事情解决了吗？"), choices=YES_NO, widget=forms.RadioSelect, error_messages=ERRORS
    )
    rating = forms.ChoiceField(
        label=later("您满意吗？"), choices=[(r, wording.RATINGS[r]) for r in RATINGS], widget=forms.RadioSelect,
        error_messages=ERRORS,
    )  # fmt: skip
    text = forms.CharField(
        label=later("居民怎么说"), required=False, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=later("如实记录；居民会看到这段话。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=later("不满意的，是因为什么"),
            required=False,
            choices=[("", later("没有说")), *listed_reasons("rate")],
        )
        self.order_fields(["contacted", "solved", "rating", "reason", "text"])

    def said(self) -> StepData:
        """The form as the service takes it; a reason belongs to "dissatisfied" only."""
        told = self.cleaned_data
        return StepData(
            contacted=told["contacted"] == "yes", solved=told["solved"] == "yes", rating=told["rating"],
            reason=told["reason"] if told["rating"] == "dissatisfied" else "", text=told["text"],
        )  # fmt: skip


@require_safe
@staff_page(rules.CALL_BACK)
def tasks(request: StaffRequest) -> HttpResponse:
    """Everybody who is to be called: those whose turn it is first."""
    found = call_backs.tasks(request.actor.scope, request.actor)
    numbers = closure.rules_of(request.actor.scope.tenant)
    context = {
        "now": [_row(task) for task in found if task.is_due],
        "later": [_row(task) for task in found if not task.is_due],
        "numbers": {k: numbers[k] for k in ("call_back_after", "call_back_again", "call_back_tries")},
    }
    return desk_page(request, "desk/call_backs.html", context)


@require_safe
@staff_page(rules.CALL_BACK)
def task(request: StaffRequest, call_back_id: UUID) -> HttpResponse:
    """One call: the number once it is taken, what to ask, and what was said."""
    try:
        found = call_backs.task_by_id(request.actor, call_back_id)
    except Conflict as refused:
        return _to_list(request, refused)
    return _page(request, found, AnswerForm())


@require_POST
@staff_page(rules.CALL_BACK)
def take(request: StaffRequest, call_back_id: UUID) -> HttpResponse:
    """Take it in hand; the number is shown from now on, and that is recorded."""
    try:
        found = call_backs.take(request.actor, call_back_id=call_back_id)
        if request.actor.has(rules.READ_CONTACT):
            services.reveal_contact(request.actor, case_id=found.case.id)
    except Conflict as refused:
        return _to_list(request, refused)
    return redirect("desk_call_back", call_back_id=call_back_id)


@require_POST
@staff_page(rules.CALL_BACK)
def answered(request: StaffRequest, call_back_id: UUID) -> HttpResponse:
    """What was said on the telephone."""
    form = AnswerForm(request.POST)
    try:
        found = call_backs.task_by_id(request.actor, call_back_id)
        if not form.is_valid():
            return _page(request, found, form, status=422)
        case = call_back_results.record_answer(request.actor, call_back_id=call_back_id, data=form.said())
    except Invalid as refused:
        return _page(request, found, form, refusal=show_refusal(form, refused), status=refused.status)
    except Conflict as refused:
        return _to_list(request, refused)
    words = _("%(reference)s 已登记。") % {"reference": case.reference}
    if case.raised_at is not None and case.state == "reopened":
        words = _("%(reference)s 已登记；按规则自动提级重办。") % {"reference": case.reference}
    messages.success(request, words)
    return redirect("desk_call_backs")


@require_POST
@staff_page(rules.CALL_BACK)
def not_reached(request: StaffRequest, call_back_id: UUID) -> HttpResponse:
    """Nobody answered the telephone."""
    try:
        row = call_back_results.record_no_answer(request.actor, call_back_id=call_back_id)
    except Conflict as refused:
        return _to_list(request, refused)
    if row.ended_at is not None:
        messages.success(request, _("打了 %(tries)d 次都没有联系上，记为未回应。") % {"tries": row.tries})
    else:
        again = wording.say_moment(row.next_try_at)
        messages.success(
            request,
            _("已记下第 %(tries)d 次没联系上，%(again)s 后再打。") % {"tries": row.tries, "again": again},
        )
    return redirect("desk_call_backs")


def _to_list(request: StaffRequest, refused: Refusal) -> HttpResponse:
    messages.warning(request, say_refusal(refused))
    return redirect("desk_call_backs")


def _page(
    request: StaffRequest, found: Task, form: AnswerForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    case = found.case
    in_clear = found.is_mine and request.actor.has(rules.READ_CONTACT)
    lines = [line for line in queries.lines_of(case, public_only=True) if line.step == "handle"]
    unit = street_map(case.tenant_id).units.get(case.unit_id or 0)
    context = {
        "task": found,
        "form": form,
        "refusal": refusal,
        "card": queries.contact_card(case, in_clear=in_clear),
        "in_clear": in_clear,
        "reply": lines[-1].text if lines else "",
        "unit": name_of(unit) if unit else "",
        "street": name_of(street_map(case.tenant_id).tenant),
        "category": name_of(case.category),
        "case_url": reverse("desk_case", kwargs={"reference": case.reference}),
    }
    return desk_page(request, "desk/call_back.html", context, status=status)


def _row(task: Task) -> dict[str, Any]:
    case = task.case
    return {
        "href": reverse("desk_call_back", kwargs={"call_back_id": task.call_back.id}),
        "reference": case.reference,
        "words": text.first_words(case.text, 32),
        "place": said_place(case),
        "category": name_of(case.category),
        "checked_at": case.checked_at,
        "next_try_at": task.call_back.next_try_at,
        "tries": task.call_back.tries,
        "held_by": task.held_by,
        "is_mine": task.is_mine,
    }
