"""The overview of a street or a community, and the same for the wall. Each figure opens the cases behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import catalogue
from baiying.cases.models import Category
from baiying.doors.screen import measures as m
from baiying.doors.screen.calls_band import band
from baiying.doors.screen.checked import checked
from baiying.doors.screen.periods import FREE, PRESETS, USUAL, Chosen, chosen, preset
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.insight import rules
from baiying.insight.queries import NONE, Figures, Overview, Period, overview
from baiying.insight.rates import Counting, counting_of
from baiying.kit import clock
from baiying.kit.refusals import NotFound
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map

NOWHERE: Final = "none"  # as the desk's list names what lies in no community or grid
TRENDS: Final = (m.RECEIVED, m.HANDLED, m.CLOSED)
Place = Mapping[str, str]


@require_safe
@staff_page(rules.READ)
def page(request: StaffRequest, code: str = "") -> HttpResponse:
    """The overview at the desk."""
    street, community = _branch(request, code)
    what = chosen(request.GET)
    seen = overview(request.actor.scope, what.period, community.id if community else None)
    place: Place = {"community": community.code} if community else {}
    counting = counting_of(request.actor.scope.tenant)
    return render(
        request,
        "screen/overview.html",
        _frame(request, street, community, "screen_overview")
        | {
            "figures": _tiles(seen, what.period, place, _owner(community), counting),
            "as_of": seen.as_of,
            "chosen": what,
            "free": what.code == FREE,
            "presets": _presets(request, what),
            "by_place": _by_place(street, seen, what, community, counting),
            "by_category": _by_category(seen, what.period, place, counting),
            "headings": m.MEASURES,
            "counting": said_counting(counting),
            "checked": checked(request.actor.scope, what.period, community, counting),
            "claim_url": reverse("screen_claim"),
            "wall_url": _address("screen_wall", community),
            "map_url": reverse("screen_map"),
        },
    )


@require_safe
def wall(request: HttpRequest, code: str = "") -> HttpResponseBase:
    """The overview for a screen on the wall; its figures are fetched anew every 15 seconds."""
    if request.headers.get("HX-Request") == "true" and not request.user.is_authenticated:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})  # the whole page goes to sign-in
    return _wall(request, code)


@staff_page(rules.READ)
def _wall(request: StaffRequest, code: str) -> HttpResponse:
    street, community = _branch(request, code)
    period = preset(USUAL)
    seen = overview(request.actor.scope, period, community.id if community else None)
    place: Place = {"community": community.code} if community else {}
    context = _frame(request, street, community, "screen_wall") | {
        "is_wall": True,
        "figures": _wall_tiles(seen, place, _owner(community), counting_of(request.actor.scope.tenant)),
        "calls": band(request, community),
        # Said as a time of day: a page that is no longer refreshed would go on saying "just now".
        "counted_at": seen.as_of,
        "wall_url": _address("screen_wall", community),
        "overview_url": _address("screen_overview", community),
        "cases_url": f"{reverse('screen_wall_points')}?open=yes"
        + (f"&community={community.code}" if community else ""),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "screen/wall_figures.html" if is_part else "screen/wall.html", context)


def _branch(request: StaffRequest, code: str) -> tuple[StreetMap, Unit | None]:
    """The community that the address names, or the actor's own; None for the whole street."""
    scope = request.actor.scope
    street = street_map(scope.tenant)
    if not code:
        return street, street.units[scope.unit] if scope.level == "community" else None
    unit = street.by_code.get(code)
    if unit is None or unit.level != Unit.Level.COMMUNITY:
        raise NotFound(
            field="community", problem=_("本街道没有这个社区。"), remedy=_("请从街道总览里选择社区。")
        )
    return street, unit


def _frame(
    request: StaffRequest, street: StreetMap, community: Unit | None, page_name: str
) -> dict[str, Any]:
    """What stands around the figures."""
    title = name_of(community) if community else _("街道总览")
    sees_street = request.actor.scope.level == "street"
    return {
        "street_name": name_of(street.tenant),
        "street_code": street.tenant.code,
        "level_name": title,
        "community": community,
        "street_url": reverse(page_name) if community and sees_street else "",
        "outlines_url": f"{reverse('places_outlines')}?street={street.tenant.code}"
        "&layer=communities,grids,living_areas,roads",
        "within": community.code if community else "",
        "is_schematic": street.tenant.is_schematic,
    }


def _owner(community: Unit | None) -> str:
    return name_of(community) if community else _("一呼百应办公室")


def _address(name: str, community: Unit | None) -> str:
    return reverse(f"{name}_of", args=[community.code]) if community else reverse(name)


def said_counting(counting: Counting) -> dict[str, Any]:
    """Which profile, and from how many answers on."""
    return {
        "profile": name_of(counting.profile),
        "weight": f"{counting.profile.basically_satisfied:g}",
        "least": counting.least,
    }


def _tiles(
    seen: Overview, period: Period, place: Place, owner: str, counting: Counting
) -> list[dict[str, Any]]:
    tiles = [measure.tile(seen.total, period, place, counting) for measure in m.MEASURES]
    trends = {measure.code: m.of_day(measure, seen.days) for measure in TRENDS}
    for tile in tiles:
        tile |= {"as_of": seen.as_of, "owner": owner}
        if tile["code"] in trends:
            tile["trend"] = trends[tile["code"]]
            tile["trend_label"] = _("近 30 天每天的“%(name)s”") % {"name": tile["name"]}
    return tiles


def _wall_tiles(seen: Overview, place: Place, owner: str, counting: Counting) -> list[dict[str, Any]]:
    """Nine tiles: the day, the stock, the month's rates."""
    today = clock.today()
    day = Period(today, today)
    of_today: Figures = seen.days.get(today, Figures())
    tiles = []
    for measure, name in ((m.RECEIVED, _("今日收到")), (m.HANDLED, _("今日办结")), (m.CLOSED, _("今日结案"))):
        tile = measure.tile(of_today, day, place, counting) | {
            "name": name,
            "trend": m.of_day(measure, seen.days),
        }
        tiles.append(tile | {"trend_label": _("近 30 天每天的“%(name)s”") % {"name": measure.name}})
    tiles += [measure.tile(seen.total, seen.period, place, counting) for measure in (m.OPEN, m.OVERDUE)]
    for measure in (m.CALLED_BACK, m.RESPONSE, m.SOLUTION, m.SATISFACTION):
        tile = measure.tile(seen.total, seen.period, place, counting)
        tiles.append(tile | {"name": _("本月%(name)s") % {"name": measure.name}})
    for tile in tiles:
        tile |= {"owner": owner, "definition": ""}
    return tiles


def _presets(request: StaffRequest, what: Chosen) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": f"{request.path}?period={code}", "is_current": what.code == code}
        for code, (label, _begin) in PRESETS.items()
    ]


def _by_place(
    street: StreetMap, seen: Overview, what: Chosen, community: Unit | None, counting: Counting
) -> list[dict[str, Any]]:
    """One line for each community, or for each grid of the one community; also for those without a case."""
    if community:
        level, split = Unit.Level.GRID, seen.grids
        # Grids are numbered in their codes; by pinyin the eighth would come before the second.
        units = sorted(
            (u for u in street.at_level(level) if u.parent_id == community.id), key=lambda u: u.code
        )
    else:
        level, split = Unit.Level.COMMUNITY, seen.communities
        units = street.at_level(level)
    known = {u.id for u in units}
    units += [street.units[key] for key in split if key not in known and key != NONE]  # no longer active
    rows = []
    for unit in units:
        figures = split.get(unit.id, Figures())
        href = "" if community else f"{reverse('screen_overview_of', args=[unit.code])}?{_query(what)}"
        place = {str(level): unit.code}
        rows.append(
            {"name": name_of(unit), "href": href, "cells": m.cells(figures, what.period, place, counting)}
        )
    if NONE in split:
        place = {str(level): NOWHERE} | ({"community": community.code} if community else {})
        rows.append(
            {"name": _("地点待定"), "href": "", "cells": m.cells(split[NONE], what.period, place, counting)}
        )
    return rows


def _by_category(seen: Overview, period: Period, place: Place, counting: Counting) -> list[dict[str, Any]]:
    """One line for each category that has something; versions of a category are one."""
    merged: dict[str, tuple[Category, Figures]] = {}
    for category_id in sorted(seen.categories):
        category = catalogue.category(category_id)
        if category is not None:
            before = merged.get(category.code, (category, Figures()))[1]
            merged[category.code] = (category, before + seen.categories[category_id])
    return [
        {"name": name_of(category), "cells": m.cells(figures, period, {"category": code, **place}, counting)}
        for code, (category, figures) in sorted(merged.items(), key=lambda item: item[1][0].position)
        if figures != Figures()
    ]


def _query(what: Chosen) -> str:
    if what.code == FREE:
        return f"from={what.period.first}&to={what.period.last}"
    return f"period={what.code}"
