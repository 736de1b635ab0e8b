"""A case on paper: the browser prints it, or saves it as PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from baiying.cases import queries, rules
from baiying.doors.desk.case_pages import facts_context
from baiying.doors.shared import timeline
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.org.queries import street_map


@require_safe
@staff_page(rules.READ)
def print_page(request: StaffRequest, reference: str) -> HttpResponse:
    """The case as one document on A4; internal words only when asked for, the telephone number as on the screen."""
    case = queries.case_by_reference(request.actor.scope, reference)
    with_inside = "inside" in request.GET
    photos = queries.photos_of(case)
    entries = timeline.entries(queries.lines_of(case, public_only=not with_inside), "staff", photos=photos)
    context = facts_context(request, case, photos, queries.contact_of(case)) | {
        "street_name": name_of(street_map(case.tenant_id).tenant),
        "entries": entries if with_inside else [e for e in entries if not e["is_inside"]],
        "with_inside": with_inside,
        "printed_by": f"{name_of(request.post.unit)} {name_of(request.post.account)}",
        "printed_at": clock.now(),
    }
    return render(request, "desk/case_print.html", context)
