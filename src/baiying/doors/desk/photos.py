"""Photos at the desk: what was uploaded, read file by file; and a picture shown to whoever may see its case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from baiying.cases import photos as kept
from baiying.cases import queries, rules
from baiying.doors.shared.pictures import picture
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.photos import MOST_BYTES, Photo, read_photo
from baiying.kit.refusals import Gathered, Invalid, NotFound, Refusal, worded

MOST: Final = 6


def read_uploads(files: Sequence[UploadedFile[Any]], *, field: str = "photos") -> list[Photo]:
    """The uploaded photos in the form in which they are kept; every refusal names its file."""
    chosen = [file for file in files if file.name]
    if len(chosen) > MOST:
        raise Invalid(
            field=field,
            problem=worded(
                _("一次最多 %(most)s 张照片，您选了 %(count)s 张。"), most=MOST, count=len(chosen)
            ),
            remedy=_("请留下最能说明问题的几张。"),
        )
    gathered, read = Gathered(), []
    for file in chosen:
        with gathered.one():
            read.append(_read(file, field))
    gathered.settle()
    return read


def _read(file: UploadedFile[Any], field: str) -> Photo:
    try:
        # Not read at all when it is too large: read_photo says so by its length.
        data = file.read() if (file.size or 0) <= MOST_BYTES else b"\0" * (MOST_BYTES + 1)
        return read_photo(data, field=field)
    except Refusal as refusal:
        name = (file.name or "")[:60]
        raise Invalid(
            code=refusal.code,
            field=field,
            problem=worded(_("“%(name)s”：%(problem)s"), name=name, problem=refusal.problem),
            remedy=refusal.remedy,
        ) from refusal


@require_safe
@staff_page(rules.READ)
def photo(request: StaffRequest, photo_id: UUID) -> HttpResponse:
    """A picture, large or (`?size=thumb`) small, to whoever sees its case. It never changes, so it may be kept."""
    found = queries.photo_within(request.actor.scope, photo_id)
    try:
        content = kept.path_of(found, thumb=request.GET.get("size") == "thumb").read_bytes()
    except FileNotFoundError as error:
        raise NotFound(
            problem=_("这张照片的文件不在了。"), remedy=_("请告诉系统管理员，从备份里恢复。")
        ) from error
    response = picture(content, name=found.id.hex, keep_seconds=365 * 86400)
    response["Cache-Control"] += ", immutable"
    return response
