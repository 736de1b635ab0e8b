"""A photo that staff made public, for everybody: programs of others may show it on their pages."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import guarding
from baiying.cases import photos as kept
from baiying.doors.shared.pictures import picture

KEEP: Final = 300  # seconds: what was taken back is soon gone everywhere


@require_safe
def photo(request: HttpRequest, reference: str, public_photo_id: UUID) -> HttpResponse:
    """The blurred copy, large or (`?size=thumb`) small; 404 for whatever is not public now."""
    found = guarding.shown_to_all(reference, public_photo_id)
    content = kept.content_of(
        found, is_small=request.GET.get("size") == "thumb", remedy=_("请打电话告诉社区。")
    )
    response = picture(content, name=found.id.hex, keep_seconds=KEEP)
    response.headers["Cache-Control"] = f"public, max-age={KEEP}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
