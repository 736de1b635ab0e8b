"""Explained, not counted: proposing on the page of a case, deciding by a second person, and the published list."""

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
from django.views.decorators.http import require_http_methods, require_safe

from baiying.cases import exclusions, queries, rules, wording
from baiying.cases.exclusions import MOST_WORDS, Waiting
from baiying.cases.models import Exclusion
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.refusals import Refusal

STATES: Final = {
    Exclusion.State.PROPOSED: later("等另一位同志审定"),
    Exclusion.State.AGREED: later("不计入"),
    Exclusion.State.REFUSED: later("照常计入"),
    Exclusion.State.APPEALED: later("居民申请复核，等没有参与过的同志审定"),
    Exclusion.State.UPHELD: later("复核后仍不计入"),
}
REASON: Final = {"required": later("没有写理由。请写清楚，居民和上级都会看到。")}


class ProposeForm(forms.Form):
    """Which published class, and why."""

    class_code = forms.ChoiceField(
        label=later("类别"), error_messages={"required": later("请从公布的类别里选一个。")}
    )
    text = forms.CharField(
        label=later("理由"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 4}), error_messages=REASON,
        help_text=later("写明向居民解释了什么、依据是什么。要由街道另一位同志审定。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [("", _("请选择")), *exclusions.classes()]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """Yes or no, and why."""

    agrees = forms.ChoiceField(
        label=later("审定"), choices=[("yes", later("同意不计入")), ("no", later("照常计入"))], widget=forms.RadioSelect,
        error_messages={"required": later("还没有选。")},
    )  # fmt: skip
    text = forms.CharField(
        label=later("理由"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}), error_messages=REASON,
        help_text=later("同意不计入的，这段话居民会看到。"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.EXCLUDE)
def propose(request: StaffRequest, reference: str) -> HttpResponse:
    """Propose it for one case."""
    case = queries.case_by_reference(request.actor.scope, reference)
    form, refusal, status = ProposeForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                exclusions.propose(request.actor, case_id=case.id, **form.cleaned_data)
                messages.success(request, _("已提请，等街道另一位同志审定。"))
                return redirect("desk_case", reference=case.reference)
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    context = {"case": case, "form": form, "refusal": refusal, "title": text.first_words(case.text, 28)}
    return desk_page(request, "desk/exclusion_propose.html", context, status=status)


@require_safe
@staff_page(rules.READ)
def listed(request: StaffRequest) -> HttpResponse:
    """What waits for a second person, and what was decided."""
    context = {
        "waiting": [_row(w) for w in exclusions.waiting(request.actor)],
        "decided": [_row(w) for w in exclusions.decided(request.actor)],
        "may_decide": request.actor.has(rules.DECIDE_EXCLUSION) and request.actor.scope.level == "street",
    }
    return desk_page(request, "desk/exclusions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.DECIDE_EXCLUSION)
def decide(request: StaffRequest, exclusion_id: UUID) -> HttpResponse:
    """The second person's page."""
    found = exclusions.waiting_by_id(request.actor, exclusion_id)
    form, refusal, status = DecideForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                exclusions.decide(
                    request.actor,
                    exclusion_id=exclusion_id,
                    agrees=said["agrees"] == "yes",
                    text=said["text"],
                )
                messages.success(request, _("已审定，写进了办理经过。"))
                return redirect("desk_exclusions")
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    is_open = found.exclusion.state in exclusions.OPEN
    context = {
        "row": _row(found), "case": found.case, "exclusion": found.exclusion, "form": form, "refusal": refusal,
        "is_open": is_open, "is_own": found.is_own,
    }  # fmt: skip
    return desk_page(request, "desk/exclusion.html", context, status=status)


def _row(found: Waiting) -> dict[str, Any]:
    row = found.exclusion
    return {
        "href": reverse("desk_exclusion", kwargs={"exclusion_id": row.id}),
        "case_url": reverse("desk_case", kwargs={"reference": found.case.reference}),
        "reference": found.case.reference,
        "words": text.first_words(found.case.text, 30),
        "class": wording.uncounted_name(row.class_code),
        "state": STATES[Exclusion.State(row.state)],
        "proposed_name": row.proposed_name,
        "proposed_at": row.proposed_at,
        "decided_name": row.reviewed_name or row.decided_name,
        "is_own": found.is_own,
    }
