"""My work, and the list of cases: filtered, searched, page by page by key, with true counts."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from baiying.cases import catalogue, rules
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Case
from baiying.dispatch.rules import RAISE_CALL
from baiying.doors.desk import queues, saved
from baiying.doors.desk.finding import RECENT, count_exactly, find
from baiying.doors.desk.frame import desk_page, is_swap, landing
from baiying.doors.shared import case_counts
from baiying.doors.shared.case_filters import Asked, address, asked
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import ids, text
from baiying.kit.refusals import Refusal
from baiying.kit.sheet_writing import FORMS
from baiying.org.queries import StreetMap, street_map

FIRST_WORDS: Final = 60
PLACE_WORDS: Final = 16


@require_safe
@staff_page()
def home(request: StaffRequest) -> HttpResponse:
    """My work: every queue with its number and what is most urgent; administrators go to their own page."""
    if not request.actor.has(rules.READ):
        return redirect(landing(request.actor))
    groups = queues.groups_of(request.actor)
    most_urgent = _most_urgent(request)
    return desk_page(request, "desk/home.html", {"groups": groups, "urgent": most_urgent})


def _most_urgent(request: StaffRequest) -> list[dict[str, Any]]:
    """The cases whose limit has passed or passes first: of the branch; in a grid, those that its worker has."""
    unit = request.actor.unit_id if request.actor.scope.level == "grid" else None
    late = case_counts.rows_of(request.actor.scope, CaseFilter(due="running", unit=unit))
    return [
        said(case, street_map(case.tenant_id)) for case in late.order_by("due_at", "id").defer("search")[:10]
    ]


@require_safe
@staff_page(rules.READ)
def rail(request: StaffRequest) -> HttpResponse:
    """Fresh counts for the queues, asked by the page in the background."""
    here = request.headers.get("HX-Current-URL", "")
    context = {"rail": queues.rail(request.actor, here), "rail_url": reverse("desk_rail")}
    return render(request, "shared/parts/rail.html", context)


@require_safe
@staff_page(rules.READ)
def cases(request: StaffRequest) -> HttpResponse:
    """The list."""
    what = asked(request.GET, request.actor)
    here = reverse("desk_cases")
    clean = address(here, what.query)
    if not is_swap(request) and any(not v for n in request.GET for v in request.GET.getlist(n)):
        return redirect(clean)
    if not what.is_valid:
        return _show(request, what, {"rows": [], "is_wrong": True}, status=422)
    jump = _jump(request, what)
    if jump is not None:
        return jump
    try:
        found = find(request, what)
    except Refusal as refusal:
        return _show(request, what, {"rows": [], "refusal": refusal}, status=refusal.status)
    street = street_map(request.actor.scope.tenant)
    context: dict[str, Any] = {
        "rows": [
            said(case, street)
            | ({"metres": metres_said(found.metres[case.id])} if case.id in found.metres else {})
            for case in found.page.rows
        ],
        "total": found.total,
        "count_url": address(reverse("desk_count"), what.query),
        "hint": found.hint,
        "by_phone": found.by_phone,
        "order": found.order,
        "match_url": address(here, without_sort(what)),
        "recent_url": address(here, what.query, sort=RECENT),
        "rest_url": found.rest_url,
        "newer_url": found.page.previous_cursor
        and address(here, what.query, cursor=found.page.previous_cursor),
        "older_url": found.page.next_cursor and address(here, what.query, cursor=found.page.next_cursor),
    }
    response = _show(request, what, context)
    if is_swap(request):
        cursor = request.GET.get("cursor")
        response["HX-Push-Url"] = address(here, what.query, cursor=cursor) if cursor else clean
    return response


def _show(request: StaffRequest, what: Asked, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    here = reverse("desk_cases")
    whole = {
        "form": what.form,
        "filter_url": address(reverse("desk_filter"), what.query),
        "around_url": reverse("desk_around"),
        "exports": _exports(request, what),
        "title": queues.title_of(request.actor, what.query),
        "filters": what.chips(here),
        "clear_url": here,
        "query": what.query.get("q", ""),
        "query_string": what.query.urlencode(),
        "bulk_url": reverse("desk_bulk"),
        "bulk_actions": _bulk_actions(request),
        "first_url": address(here, what.query),
        "back_url": request.get_full_path(),
        "text_url": address(here, what.query, **{"in": "text"}),
        "saved": saved.saved_filters(request),
    } | context
    if is_swap(request):
        return render(request, "desk/parts/list.html", whole, status=status)
    return desk_page(request, "desk/cases.html", whole, status=status)


@require_safe
@staff_page(rules.READ)
def filter_box(request: StaffRequest) -> HttpResponse:
    """Everything that can be filtered by, filled in as the address says."""
    what = asked(request.GET, request.actor)
    context = {
        "form": what.form,
        "clear_url": reverse("desk_cases"),
        "query_string": what.query.urlencode(),
        "is_wrong": not what.is_valid,
    }
    if is_swap(request):
        return render(request, "desk/parts/filter_box.html", context)
    return desk_page(request, "desk/filter.html", context)


def _exports(request: StaffRequest, what: Asked) -> list[tuple[str, str]]:
    """(name, address) of each kind of file, for whoever may take the list away."""
    if not request.actor.has(rules.EXPORT) or not what.is_valid:
        return []
    here = reverse("desk_export")
    return [(form.upper(), address(here, without_sort(what), format=form)) for form in FORMS]


def _bulk_actions(request: StaffRequest) -> list[dict[str, str]]:
    found = []
    if request.actor.has(rules.HAND_OUT):
        found.append({"value": "hand_out", "label": _("派给单位"), "icon": "send"})
    if request.actor.has(rules.NOTE):
        found.append({"value": "note", "label": _("写内部记录"), "icon": "note"})
    if request.actor.has(rules.MERGE):
        found.append({"value": "merge", "label": _("合并到一件"), "icon": "tray"})
    if request.actor.has(RAISE_CALL):
        found.append({"value": "call", "label": _("发起呼叫"), "icon": "voice"})
    return found


def _jump(request: StaffRequest, what: Asked) -> HttpResponseRedirect | None:
    """A reference typed into the search box opens its case."""
    if not what.words or request.GET.get("in") == "text":
        return None
    reference = ids.parse_reference(what.words)
    if reference is None:
        return None
    case = Case.objects.within(request.actor.scope).filter(reference=reference).only("reference").first()
    if case is not None:
        return redirect("desk_case", reference=case.reference)
    if not is_swap(request) and not text.looks_like_phone(what.words):
        messages.warning(
            request, _("没有编号为 %(reference)s 的诉求，或它不在您的范围内。") % {"reference": reference}
        )
    return None


@require_GET
@staff_page(rules.READ)
def count(request: StaffRequest) -> HttpResponse:
    """The exact number of a long list; a piece of the page for htmx, the whole list with it for everybody else."""
    what = asked(request.GET, request.actor)
    if not is_swap(request):
        return redirect(address(reverse("desk_cases"), what.query, exact="yes"))
    total = count_exactly(request, what) if what.is_valid else None
    return render(request, "desk/parts/total.html", {"total": total})


def without_sort(what: Asked) -> QueryDict:
    """What is asked for, in the order of the best match."""
    query = what.query.copy()
    query.pop("sort", None)
    return query


def metres_said(metres: float) -> int:
    """A distance as it is told: to five metres, for no telephone knows better."""
    return 5 * round(metres / 5)


def said(case: Case, street: StreetMap) -> dict[str, Any]:
    """A row of the list as shared/parts/case_row.html shows it."""
    units = street.units
    category = catalogue.category(case.category_id)
    return {
        "id": str(case.id),
        "reference": case.reference,
        "href": reverse("desk_case", kwargs={"reference": case.reference}),
        "text": text.first_words(case.text, FIRST_WORDS),
        "place": place_of(case, street),
        "place_words": text.first_words(case.place, PLACE_WORDS),
        "category": name_of(category) if category else "",
        "unit": name_of(units[case.unit_id]) if case.unit_id in units else "",
        "state": case.state,
        "outcome": case.outcome,
        "metres": None,
        "case": case,
        "photo_count": case.photo_count,
        "is_urgent": case.is_urgent,
    }


def place_of(case: Case, street: StreetMap) -> str:
    """Community and grid in few characters: a grid's name mostly repeats its community's."""
    names = [name_of(street.units[i]) for i in (case.community_id, case.grid_id) if i in street.units]
    if len(names) == 2 and names[1].startswith(names[0]):
        names[1] = names[1].removeprefix(names[0]).strip()
    return " · ".join(name for name in names if name)
