"""The office gives a case more time: how many working days, why, and what the resident reads about it."""

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

from baiying.cases import catalogue, queries, rules
from baiying.cases import extending as cases
from baiying.cases.models import Case
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_when
from baiying.kit.refusals import Refusal


class ExtendForm(forms.Form):
    """How much more, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    days = forms.IntegerField(label=later("延长几个工作日"), min_value=1, max_value=60)
    reason = forms.ChoiceField(label=later("理由"))
    text = forms.CharField(
        label=later("给居民的说明"), max_length=cases.MOST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=later("居民查进度时看得到：为什么要延、延到什么时候能办好。"),
    )  # fmt: skip

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = case.version
        self.auto_id = "extend-%s"
        reasons = catalogue.reasons_for(cases.STEP)
        field: Any = self.fields["reason"]
        field.choices = [("", _("请选择")), *((r.code, name_of(r)) for r in reasons)]
        left = cases.days_left(case)
        self.fields["days"].help_text = _("现在的时限是 %(due)s；按时限规则最多还能延 %(left)d 个工作日。") % {
            "due": say_when(case.due_at), "left": left,
        }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ, rules.EXTEND)
def extend(request: StaffRequest, reference: str) -> HttpResponse:
    """The form; done, the case's page shows old and new limit with the reason."""
    case = queries.case_by_reference(request.actor.scope, reference)
    if request.method != "POST":
        return _show(request, case, ExtendForm(case))
    form = ExtendForm(case, request.POST)
    if not form.is_valid():
        return _show(request, case, form, status=422)
    told = form.cleaned_data
    try:
        done = cases.extend(
            request.actor, case_id=case.id, version=told["version"], days=told["days"], reason=told["reason"],
            text=told["text"],
        )  # fmt: skip
    except Refusal as refused:
        return _show(request, case, form, refusal=show_refusal(form, refused), status=refused.status)
    messages.success(request, _("时限已延长到 %(due)s。") % {"due": say_when(done.due_at)})
    return redirect("desk_case", reference=case.reference)


def _show(
    request: StaffRequest, case: Case, form: ExtendForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    here = reverse("desk_case", kwargs={"reference": case.reference})
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "back_url": here,
        "crumbs": [
            {"label": _("诉求列表"), "href": reverse("desk_cases")},
            {"label": case.reference, "href": here},
            {"label": _("延长时限")},
        ],
    }
    return desk_page(request, "desk/case_extend.html", context, status=status)
