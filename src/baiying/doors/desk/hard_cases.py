"""The office finds that a case is hard: why, and what the resident reads about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from baiying.cases import catalogue, hard_cases, queries, rules
from baiying.cases.models import Case
from baiying.dispatch.limits import say_limit
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of, source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_when
from baiying.kit.refusals import Refusal


class HardForm(forms.Form):
    """Why it is hard."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=later("理由"))
    text = forms.CharField(
        label=later("给居民的说明"), max_length=hard_cases.MOST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=later("居民查进度时看得到：难在哪里，准备怎么办。"),
    )  # fmt: skip

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = case.version
        self.auto_id = "hard-%s"
        field: Any = self.fields["reason"]
        reasons = catalogue.reasons_for(hard_cases.STEP)
        field.choices = [("", _("请选择")), *((r.code, name_of(r)) for r in reasons)]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ, rules.MARK_HARD)
def mark(request: StaffRequest, reference: str) -> HttpResponse:
    """The form says which limit would hold; done, the case's page shows old and new limit with the reason."""
    case = queries.case_by_reference(request.actor.scope, reference)
    if request.method != "POST":
        return _show(request, case, HardForm(case))
    form = HardForm(case, request.POST)
    if not form.is_valid():
        return _show(request, case, form, status=422)
    told = form.cleaned_data
    try:
        done = hard_cases.mark(
            request.actor, case_id=case.id, version=told["version"], reason=told["reason"], text=told["text"]
        )
    except Refusal as refused:
        return _show(request, case, form, refusal=show_refusal(form, refused), status=refused.status)
    messages.success(request, _("已认定为疑难，时限改为 %(due)s。") % {"due": say_when(done.due_at)})
    return redirect("desk_case", reference=case.reference)


def _show(
    request: StaffRequest, case: Case, form: HardForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    here = reverse("desk_case", kwargs={"reference": case.reference})
    rule = hard_cases.limit_for(case)
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "limit": say_limit(rule.value, rule.unit) if rule is not None else "",
        "source": source_of(rule.source) if rule is not None else "",
        "grade": rule.grade if rule is not None else "",
        "due_now": case.due_at,
        "due_then": hard_cases.new_due(case, rule) if rule is not None else None,
        "back_url": here,
        "crumbs": [
            {"label": _("诉求列表"), "href": reverse("desk_cases")},
            {"label": case.reference, "href": here},
            {"label": _("认定疑难")},
        ],
    }
    return desk_page(request, "desk/case_hard.html", context, status=status)
