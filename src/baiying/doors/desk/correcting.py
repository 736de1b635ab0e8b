"""Setting a case right: category, kind, urgency and place were wrong."""

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

from baiying.cases import queries, rules, services, urgency
from baiying.cases.models import Case
from baiying.cases.said import Correction
from baiying.cases.wording import urgency_name
from baiying.doors.desk.case_forms import Choices, category_choices, kind_choices, show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.lists import place_of
from baiying.doors.desk.place_fields import PlaceForm, outlines_url
from baiying.doors.desk.urgency_fields import CHOICES, reason_field, said_urgency, urgency_field
from baiying.doors.shared import timeline
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Conflict, Refusal
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map


class CorrectForm(PlaceForm):
    """What the case says now; only what is changed is sent on."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    category = forms.ChoiceField(label=later("类别"))
    kind = forms.ChoiceField(label=later("性质"))
    is_urgent = urgency_field(later("不改"))
    urgency_reason = reason_field()
    area = forms.ChoiceField(
        label=later("所属社区和网格"), required=False, help_text=later("点了地图或选了小区，会按位置自动定；也可以直接指定。")
    )  # fmt: skip
    field_order = (
        "category",
        "kind",
        "is_urgent",
        "urgency_reason",
        "place",
        "living_area",
        "building",
        "area",
    )

    def __init__(self, case: Case, *args: Any, seen: str = "", **kwargs: Any) -> None:
        initial = {
            "version": case.version,
            "seen": seen,
            "category": case.category.code,
            "kind": case.kind,
            "place": case.place,
            "living_area": str(case.living_area_id or ""),
            "building": str(case.building_id or ""),
            "lon": round(case.lon, 6) if case.lon is not None else None,
            "lat": round(case.lat, 6) if case.lat is not None else None,
        }
        super().__init__(*args, **kwargs)
        self.auto_id, self.case = "place-%s", case
        self.initial.update(initial)
        street = street_map(case.tenant_id)
        self.offer_places(case.tenant_id)
        self._choices("category").choices = self._with_present(category_choices())
        self._choices("kind").choices = kind_choices()
        self._choices("is_urgent").choices = _urgency_choices(case)
        if not case.is_urgent:
            del self.fields["urgency_reason"]
        here = place_of(case, street) or _("还不清楚")
        self._choices("area").choices = [("", _("不改（%(here)s）") % {"here": here}), *_area_choices(street)]

    def _with_present(self, choices: Choices) -> Choices:
        """A category that is no longer in force stays choosable for a case that has it."""
        code = self.case.category.code
        held = any(code == value for _group, members in choices for value, _name in members)
        return choices if held else [(code, name_of(self.case.category)), *choices]

    def changes(self) -> Correction:
        """Only what differs from the case."""
        told, place = self.cleaned_data, self.said_place()
        changed: dict[str, Any] = {
            name: told[name] for name in ("category", "kind") if name in self.changed_data
        }
        changed |= said_urgency(told)
        changed |= {"place": place["place"]} if "place" in self.changed_data else {}
        if {"lon", "lat"} & set(self.changed_data):
            changed |= {"lon": place["lon"], "lat": place["lat"]}
        if {"living_area", "building"} & set(self.changed_data):
            changed |= {n: place[n] for n in ("living_area_id", "building_id") if place[n]}
        level, _colon, number = str(told.get("area") or "").partition(":")
        if number:
            changed |= {f"{level}_id": int(number)}
        return Correction(**changed)


def _urgency_choices(case: Case) -> Choices:
    """Left alone, or said by a person: the same as now confirms it."""
    now = urgency_name(case.is_urgent)
    if urgency.is_confirmed(case):
        return [("", _("不改（现在：%(now)s，已经有人确认）") % {"now": now}), *CHOICES]
    return [("", _("不改（现在：%(now)s，按原话定的，还没有人确认）") % {"now": now}), *CHOICES]


def _area_choices(street: StreetMap) -> Choices:
    grids = street.at_level(Unit.Level.GRID)
    return [
        (
            name_of(community),
            [
                (f"community:{community.id}", _("%(name)s（网格还不清楚）") % {"name": name_of(community)}),
                *((f"grid:{g.id}", name_of(g)) for g in grids if g.parent_id == community.id),
            ],
        )
        for community in street.at_level(Unit.Level.COMMUNITY)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ, rules.CORRECT)
def correct(request: StaffRequest, reference: str) -> HttpResponse:
    """The form with what the case says now; saved, the timeline tells what was before."""
    case = queries.case_by_reference(request.actor.scope, reference)
    lines = queries.lines_of(case, public_only=False)
    if request.method != "POST" or "list_buildings" in request.POST:
        form = CorrectForm(case, seen=lines[-1].id.hex if lines else "")
        if request.method == "POST":
            form = CorrectForm(case, request.POST)
        return _show(request, case, form)
    form = CorrectForm(case, request.POST)
    if not form.is_valid():
        return _show(request, case, form, status=422)
    try:
        services.correct(
            request.actor, case_id=case.id, version=form.cleaned_data["version"], changes=form.changes()
        )
    except Conflict as refused:
        if refused.field != "version":
            return _show(request, case, form, refusal=show_refusal(form, refused), status=refused.status)
        data = request.POST.copy()
        data["version"] = str(case.version)
        meanwhile = queries.lines_since(lines, request.POST.get("seen", ""))
        more = {"meanwhile": timeline.entries(meanwhile, "staff")}
        return _show(request, case, CorrectForm(case, data), refusal=refused, status=409, more=more)
    except Refusal as refused:
        return _show(request, case, form, refusal=show_refusal(form, refused), status=refused.status)
    messages.success(request, _("已更正，办理经过里记下了原来是什么。"))
    return redirect("desk_case", reference=case.reference)


def _show(
    request: StaffRequest, case: Case, form: CorrectForm, *, refusal: Refusal | None = None, status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    here = reverse("desk_case", kwargs={"reference": case.reference})
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "back_url": here,
        "crumbs": [
            {"label": _("诉求列表"), "href": reverse("desk_cases")},
            {"label": case.reference, "href": here},
            {"label": _("更正")},
        ],
        "outlines_url": outlines_url(request.actor.scope.tenant),
        "lookup_url": reverse("desk_place_at"),
        "buildings_url": reverse("desk_buildings"),
    }
    return desk_page(request, "desk/case_correct.html", context | (more or {}), status=status)
