"""Saying where something is, at the desk: living area and building, own words, or a point on the map."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from baiying.cases import rules
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import geometry
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.registry import queries as places


class PlaceForm(forms.Form):
    """The fields of a place. `buildings` come with the living area; the point is written by the map."""

    living_area = forms.ChoiceField(label=later("小区（生活区）"), required=False)
    building = forms.ChoiceField(label=later("楼栋"), required=False)
    place = forms.CharField(
        label=later("地点描述"), required=False, max_length=300, help_text=later("门牌、单元、附近有什么，怎么找得到。")
    )  # fmt: skip
    lon = forms.FloatField(widget=forms.HiddenInput, required=False)
    lat = forms.FloatField(widget=forms.HiddenInput, required=False)

    def offer_places(self, tenant_id: int) -> None:
        """Fill the lists of living areas and buildings."""
        areas = [(str(a.id), name_of(a)) for a in places.living_areas(tenant_id).defer("polygon")]
        self._choices("living_area").choices = [("", later("不知道或不在小区里")), *areas]
        self._choices("building").choices = building_choices(
            tenant_id, str(self["living_area"].value() or "")
        )

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def said_place(self) -> dict[str, Any]:
        """Place, ids and point as the services take them."""
        told = self.cleaned_data
        return {
            "place": told.get("place") or "",
            "living_area_id": _number(told.get("living_area")),
            "building_id": _number(told.get("building")),
            "lon": told.get("lon"),
            "lat": told.get("lat"),
        }


def building_choices(tenant_id: int, living_area: str) -> list[tuple[str, Any]]:
    """The buildings of a living area, by its id as text."""
    first = ("", later("不清楚"))
    if not living_area.isdecimal() or len(living_area) > 18:
        return [("", later("先选小区"))]
    rows = places.buildings_of(tenant_id, int(living_area)).defer("polygon")
    return [first, *((str(b.id), name_of(b)) for b in rows)]


def _number(value: str | None) -> int | None:
    return int(value) if value else None


@require_safe
@staff_page(rules.READ)
def buildings(request: StaffRequest) -> HttpResponse:
    """The options of a living area's buildings, for a form that is being filled in."""
    form = PlaceForm(initial={"living_area": request.GET.get("living_area", "")})
    form.offer_places(request.actor.scope.tenant)
    form.auto_id = "place-%s"
    return render(request, "desk/case_building.html", {"form": form})


def outlines_url(tenant_id: int) -> str:
    """Where the outlines of the street come from, for the maps of the desk."""
    return f"{reverse('places_outlines')}?street={street_map(tenant_id).tenant.code}"


@require_safe
@staff_page(rules.READ)
def place_at(request: StaffRequest) -> HttpResponse:
    """Community and grid of a point, for the map: {"grid": {...} | null, "community": {...} | null}."""
    street = street_map(request.actor.scope.tenant)
    point = geometry.read_point(_float(request.GET.get("lon")), _float(request.GET.get("lat")))
    grid, community = street.grid_at(*point), street.community_at(*point)
    said = {"grid": _said(grid), "community": _said(community)}
    if grid is not None and said["grid"] and said["community"]:
        said["grid"]["name"] = _short(said["grid"]["name"], said["community"]["name"])
    return JsonResponse(said)


def area_words(street: StreetMap, community_id: int | None, grid_id: int | None) -> str:
    """Community and grid in few words: a grid's name mostly repeats its community's."""
    names = [name_of(street.units[i]) for i in (community_id, grid_id) if i in street.units]
    return " · ".join([*names[:1], *(_short(name, names[0]) for name in names[1:])])


def _short(name: str, before: str) -> str:
    return name.removeprefix(before).strip() or name


def _float(written: str | None) -> float | None:
    try:
        return float(written or "nan")
    except ValueError:
        return float("nan")  # read_point says what is wrong with it


def _said(unit: Unit | None) -> dict[str, str] | None:
    return {"code": unit.code, "name": name_of(unit)} if unit else None
