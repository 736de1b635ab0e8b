"""A case is split at the desk: one part at a time, each with its own words, category, place and unit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from baiying.cases import parts, queries, rules, splitting, steps
from baiying.cases.models import Case
from baiying.cases.said import MOST_WORDS
from baiying.doors.desk.case_forms import REQUIRED, category_choices, show_refusal
from baiying.doors.desk.unit_choices import unit_choices
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit import text
from baiying.kit.refusals import Refusal
from baiying.org.models import Unit
from baiying.org.queries import street_map

FORM: Final = "split_form"  # in the session: what was typed for a part that was refused


class SplitForm(forms.Form):
    """One part."""

    text = forms.CharField(
        label=later("这一件要办什么（居民看不到）"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": REQUIRED["text"]},
    )  # fmt: skip
    category = forms.ChoiceField(label=later("类别"), required=False)
    area = forms.ChoiceField(label=later("地区"), required=False)
    place = forms.CharField(label=later("具体地点（不填就是原件的）"), required=False, max_length=300)
    unit = forms.ChoiceField(label=later("派给（可以以后再派）"), required=False)

    def __init__(self, case: Case, *args: Any) -> None:
        super().__init__(*args)
        self.auto_id = "split-%s"
        street = street_map(case.tenant_id)
        grids = [(str(u.id), name_of(u)) for u in street.at_level(Unit.Level.COMMUNITY, Unit.Level.GRID)]
        self._choices("category", category_choices(later("和原件一样")))
        self._choices("area", [("", later("和原件一样")), *grids])
        self._choices("unit", [("", later("以后再派")), *unit_choices(case)])

    def _choices(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def part(self) -> splitting.Part:
        """The part as the service takes it."""
        told = self.cleaned_data
        return splitting.Part(
            text=told["text"], category=told["category"], place=told["place"],
            unit_id=int(told["unit"]) if told["unit"] else None, area_id=int(told["area"]) if told["area"] else None,
        )  # fmt: skip


@require_POST
@staff_page(rules.READ, rules.SPLIT)
def split(request: StaffRequest, reference: str) -> HttpResponse:
    """One part is taken out; what was refused comes back with every word."""
    case = queries.case_by_reference(request.actor.scope, reference)
    form, refusal = SplitForm(case, request.POST), None
    if form.is_valid():
        try:
            part = splitting.split(request.actor, case_id=case.id, part=form.part())
        except Refusal as refused:
            refusal = show_refusal(form, refused)
            if refusal is not None:
                messages.error(request, say_refusal(refusal))
        else:
            messages.success(request, _("已拆出 %(reference)s。") % {"reference": part.reference})
            return redirect(reverse("desk_case", kwargs={"reference": case.reference}) + "#parts")
    for name, errors in form.errors.items():
        label = f"{form.fields[name].label} " if name in form.fields else ""
        messages.error(request, f"{label}{errors[0]}")
    request.session[FORM] = {"case": str(case.id), "said": {n: form.data.get(n, "") for n in form.fields}}
    return redirect(reverse("desk_case", kwargs={"reference": case.reference}) + "#parts")


def parts_context(request: StaffRequest, case: Case, told: Collection[str]) -> dict[str, Any]:
    """The whole above, the parts below, and the form for another one once it is opened; `told`: the steps in the timeline."""
    kept = request.session.pop(FORM, None)
    said = kept["said"] if kept and kept["case"] == str(case.id) else None
    is_opened = request.GET.get("open") == "split"
    may_split = request.actor.has(rules.SPLIT) and case.state in splitting.FROM
    whole = parts.whole_of(request.actor.scope, case)
    return {
        "whole": said_case(whole) if whole is not None else None,
        "parts": [said_case(part) for part in parts.parts_of(case)] if parts.LINE in told else [],
        "may_split": may_split,
        "split_form": SplitForm(case, *([said] if said else []))
        if may_split and (said or is_opened)
        else None,
    }


def said_case(case: Case) -> dict[str, Any]:
    """A whole or a part in one line."""
    unit = street_map(case.tenant_id).units.get(case.unit_id or 0)
    return {
        "href": reverse("desk_case", kwargs={"reference": case.reference}),
        "reference": case.reference,
        "words": text.first_words(case.text, 30),
        "unit": name_of(unit) if unit else "",
        "state": case.state,
        "outcome": case.outcome,
        "word": steps.LIFECYCLE.state(case.state).label,
    }
