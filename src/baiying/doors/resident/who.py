"""`/who`: who answers for a building or a grid - name, duty, office telephone, as the grid by-law wants it posted.

Levels 1 to 3 of the chain and the grid's worker, and nothing below; the public scope of the database knows no more.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from baiying.chain.queries import who_answers
from baiying.doors.resident.frame import show
from baiying.doors.shared.names import name_of
from baiying.doors.shared.streets import street_of
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Scope, acting
from baiying.registry import queries as places


class WhoForm(forms.Form):
    """A living area and a building in it, or a grid."""

    living_area = forms.ChoiceField(label=later("小区（生活区）"), required=False)
    building = forms.ChoiceField(label=later("楼栋"), required=False)
    grid = forms.ChoiceField(label=later("或者选网格"), required=False)

    def offer(self, street: StreetMap) -> None:
        """The street's own places."""
        tenant = street.tenant.id
        areas = [(str(a.id), name_of(a)) for a in places.living_areas(tenant).defer("polygon")]
        self._fill("living_area", areas)
        chosen = str(self["living_area"].value() or "")
        buildings: list[tuple[str, str]] = []
        if chosen in dict(areas):
            rows = places.buildings_of(tenant, int(chosen)).defer("polygon")
            buildings = [(str(b.id), name_of(b)) for b in rows]
        self._fill("building", buildings)
        self._fill("grid", [(u.code, name_of(u)) for u in street.at_level(Unit.Level.GRID)])

    def _fill(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *choices]


@require_safe
def who(request: HttpRequest) -> HttpResponse:
    """`?living_area=&building=` or `?grid=CODE`: who answers, nearest first."""
    tenant = street_of(request)
    street = street_map(tenant.id)
    form = WhoForm(request.GET)
    with acting(Scope(tenant.id, "public")):
        form.offer(street)
        context: dict[str, Any] = {"form": form, "supervision_phone": street.tenant.supervision_phone}
        if form.is_valid():
            context |= _answers(street, form.cleaned_data)
    return show(request, "who", tenant, context, status=200 if form.is_valid() else 422)


def _answers(street: StreetMap, told: dict[str, Any]) -> dict[str, Any]:
    tenant = street.tenant.id
    if told["building"]:
        building_id = int(told["building"])
        place = places.named_place(tenant, None, building_id, "", "")
        grid = street.units.get(place.grid_id or 0) if place else None
        answers = who_answers(tenant, building_id=building_id)
        name = dict(places.buildings_of(tenant, int(told["living_area"])).values_list("id", "name"))[
            building_id
        ]
    elif told["grid"]:
        grid = street.by_code[told["grid"]]
        answers, name = who_answers(tenant, grid_id=grid.id), name_of(grid)
    else:
        return {"needs_building": bool(told["living_area"])}
    return {"answers": answers, "place_name": name, "grid": grid}
