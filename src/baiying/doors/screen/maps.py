"""The map at the desk: cases as points over our own outlines, beside the same cases as a plain list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import catalogue, public
from baiying.cases import rules as cases
from baiying.cases.models import Case
from baiying.doors.shared.case_counts import rows_of
from baiying.doors.shared.case_filters import Asked, address, asked
from baiying.doors.shared.clock import Clocked, clock_badge
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_number, state_badge
from baiying.insight import rules
from baiying.kit import clock, text
from baiying.kit.refusals import Invalid
from baiying.org.queries import StreetMap, street_map

MOST: Final = 2_000  # points on one map
LISTED: Final = 100
FIRST_WORDS: Final = 40
_COLUMNS: Final = (
    "reference", "tenant_id", "community_id", "grid_id", "unit_id", "state", "outcome", "category_id", "text",
    "lon", "lat", "place", "received_at", "due_at", "paused_at", "handled_at", "closed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest cases of a filter; `is_cut`: there are more."""

    rows: list[Case]
    is_cut: bool

    @property
    def placed(self) -> list[Case]:
        """Those with a point."""
        return [case for case in self.rows if case.lon is not None and case.lat is not None]


@require_safe
@staff_page(rules.READ, cases.READ)
def page(request: StaffRequest) -> HttpResponse:
    """The map and its list; without any filter, what is open."""
    what = asked(request.GET, request.actor)
    here = reverse("screen_map")
    if not what.query:
        what = asked(QueryDict("open=yes"), request.actor)
    street = street_map(request.actor.scope.tenant)
    found = _shown(request, what)
    own = request.actor.scope.unit if request.actor.scope.level == "community" else None
    return render(
        request,
        "screen/map.html",
        {
            "street_name": name_of(street.tenant),
            "level_name": _("诉求地图"),
            "is_schematic": street.tenant.is_schematic,
            "tabs": _tabs(what, here),
            "filters": what.chips(here),
            "clear_url": f"{here}?open=yes",
            "list_url": address(reverse("desk_cases"), what.query),
            "cases_url": address(reverse("screen_map_cases"), what.query),
            "outlines_url": f"{reverse('places_outlines')}?street={street.tenant.code}",
            "within": street.units[own].code if own else what.query.get("community", ""),
            "rows": [_line(case, street) for case in found.rows[:LISTED]],
            "shown_count": len(found.placed),
            "unplaced_count": len(found.rows) - len(found.placed),
            "cut_text": _cut_text() if found.is_cut else "",
            "is_list_cut": len(found.rows) > LISTED,
            "as_of": clock.now(),
            "form": what.form,
        },
    )


@require_safe
@staff_page(rules.READ, cases.READ)
def points(request: StaffRequest) -> HttpResponse:
    """The cases of a filter as GeoJSON, the newest 2,000; `cut_off` says that there are more."""
    street = street_map(request.actor.scope.tenant)
    found = _shown(request, asked(request.GET, request.actor))
    return _geojson(found, [_feature(case, street) for case in found.placed])


@require_safe
@staff_page(rules.READ, cases.READ)
def wall_points(request: StaffRequest) -> HttpResponse:
    """The same for the wall, before which others stand: rounded, no words, sensitive categories without a point."""
    street = street_map(request.actor.scope.tenant)
    found = _shown(request, asked(request.GET, request.actor))
    features = []
    for case in found.placed:
        category = catalogue.category(case.category_id)
        point = public.public_point(case, is_sensitive=category is None or category.is_sensitive)
        if point is None:
            continue
        feature = _feature(case, street)
        feature["geometry"]["coordinates"] = list(point)
        feature["properties"] |= {"title": feature["properties"]["category"]}
        features.append(feature)
    return _geojson(found, features)


def _geojson(found: Shown, features: list[dict[str, Any]]) -> HttpResponse:
    body = {
        "type": "FeatureCollection",
        "features": features,
        "shown": len(features),
        "without_point": len(found.rows) - len(features),
        "cut_off": found.is_cut,
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
    response["Content-Type"] = "application/geo+json"
    response["Cache-Control"] = "private, no-store"
    return response


def _shown(request: StaffRequest, what: Asked) -> Shown:
    if not what.is_valid:
        field, faults = next(iter(what.form.errors.items()))
        raise Invalid(field=str(field), problem=str(faults[0]), remedy=_("请改正这个条件，或去掉它。"))
    rows = list(
        rows_of(request.actor.scope, what.filter())
        .only(*_COLUMNS)
        .order_by("-received_at", "-id")[: MOST + 1]
    )
    return Shown(rows[:MOST], len(rows) > MOST)


def _feature(case: Case, street: StreetMap) -> dict[str, Any]:
    clocked, state = clock_badge(cast(Clocked, case)), state_badge(case.state, case.outcome)
    tone = clocked.tone if clocked and clocked.tone in ("late", "soon") else state.tone
    category = catalogue.category(case.category_id)
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [case.lon, case.lat]},
        "properties": {
            "reference": case.reference,
            "href": reverse("desk_case", args=[case.reference]),
            "title": text.first_words(case.text, FIRST_WORDS),
            "category": name_of(category) if category else "",
            "state": str(state.word),
            "tone": tone,
            "due": str(clocked.word) if clocked else "",
            "place": _place(case, street),
        },
    }


def _line(case: Case, street: StreetMap) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "href": reverse("desk_case", args=[case.reference]),
        "text": text.first_words(case.text, FIRST_WORDS),
        "place": _place(case, street),
        "place_words": text.first_words(case.place, FIRST_WORDS),
        "case": case,
        "is_placed": case.lon is not None,
    }


def _place(case: Case, street: StreetMap) -> str:
    unit = street.units.get(case.grid_id or case.community_id or 0)
    return name_of(unit) if unit else ""


def _cut_text() -> str:
    return _("诉求太多，地图只显示最新的 %(most)s 件。请加上社区、类别或时间条件。") % {
        "most": say_number(MOST)
    }


def _tabs(what: Asked, here: str) -> list[dict[str, Any]]:
    """The usual questions; place and category that were asked stay."""
    kept = {name: str(what.query[name]) for name in ("community", "category") if name in what.query}
    today = str(clock.today())
    choices = (
        (_("未结案"), {"open": "yes"}),
        (_("已超期"), {"overdue": "yes"}),
        (_("即将超期"), {"due": "soon"}),
        (_("今天收到"), {"received_from": today, "received_to": today}),
    )
    tabs = []
    for label, more in choices:
        query = QueryDict(mutable=True)
        query.update(kept | more)
        tabs.append({"label": label, "href": address(here, query), "is_current": query == what.query})
    return tabs
