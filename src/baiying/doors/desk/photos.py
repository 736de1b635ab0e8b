"""A picture shown at the desk to whoever may see its case."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from baiying.cases import photos as kept
from baiying.cases import queries, rules
from baiying.doors.shared.pictures import picture
from baiying.doors.shared.staff import StaffRequest, staff_page


@require_safe
@staff_page(rules.READ)
def photo(request: StaffRequest, photo_id: UUID) -> HttpResponse:
    """A picture, large or (`?size=thumb`) small, to whoever sees its case. It never changes, so it may be kept."""
    found = queries.photo_within(request.actor.scope, photo_id)
    content = kept.content_of(found, is_small=request.GET.get("size") == "thumb")
    response = picture(content, name=found.id.hex, keep_seconds=365 * 86400)
    response["Cache-Control"] += ", immutable"
    return response
