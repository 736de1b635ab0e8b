"""Where to look around: where I stand, a point on the map, or a building. Leads to the list, the nearest first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from baiying.cases import rules
from baiying.cases.around import RADII
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.place_fields import PlaceForm, outlines_url
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.registry.queries import named_place

USUAL = 500  # metres


class AroundForm(PlaceForm):
    """A point, told in one of three ways, and how far."""

    place = None  # type: ignore[assignment]  # how Django drops a field of the form above
    within = forms.ChoiceField(
        label=later("多远以内"),
        # Asked anew by every form: a word that is filled in would stay in the language of whoever came first.
        choices=lambda: [(str(metres), _("%(metres)s 米") % {"metres": metres}) for metres in RADII],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": later("请从列表里选。"), "required": later("请选多远以内。")},
    )

    def __init__(self, tenant_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant_id = tenant_id
        self.offer_places(tenant_id)

    def clean(self) -> dict[str, Any]:
        told = self.said_place()
        if told["lon"] is None or told["lat"] is None:
            found = named_place(self.tenant_id, told["living_area_id"], told["building_id"], "", "")
            if found is None and not self.errors:
                self.add_error("living_area", _("请点“我现在的位置”、在地图上点一下，或者选一个小区。"))
            elif found is not None:
                self.cleaned_data |= {"lon": found.lon, "lat": found.lat}
        return self.cleaned_data


@require_safe
@staff_page(rules.READ)
def around(request: StaffRequest) -> HttpResponse:
    """The form; when it is filled in, on to the list. Nothing is kept."""
    tenant_id = request.actor.scope.tenant
    if "within" not in request.GET or "list_buildings" in request.GET:
        known = request.GET.dict() or {}
        form = AroundForm(tenant_id, initial={"within": str(USUAL)} | known)
        return _show(request, form)
    form = AroundForm(tenant_id, request.GET)
    if not form.is_valid():
        return _show(request, form, status=422)
    told = form.cleaned_data
    where = {"lon": round(told["lon"], 6), "lat": round(told["lat"], 6), "within": told["within"]}
    return redirect(f"{reverse('desk_cases')}?{urlencode(where)}")


def _show(request: StaffRequest, form: AroundForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "crumbs": [{"label": _("诉求列表"), "href": reverse("desk_cases")}],
        "buildings_url": reverse("desk_buildings"),
        "outlines_url": outlines_url(request.actor.scope.tenant),
        "lookup_url": reverse("desk_place_at"),
    }
    return desk_page(request, "desk/around.html", context, status=status)
