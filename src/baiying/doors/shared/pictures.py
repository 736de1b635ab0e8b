"""Pictures that strangers sent: read file by file, and shown so that one which fooled every check could not run anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from baiying.kit.photos import MOST_BYTES, Photo, read_photo
from baiying.kit.refusals import Gathered, Invalid, Refusal, worded

POLICY: Final = "default-src 'none'; sandbox"
MOST: Final = 6


def picture(content: bytes, *, name: str, keep_seconds: int) -> HttpResponse:
    """A JPEG of ours for this reader only; `name` without ending, for whoever saves it."""
    response = HttpResponse(content, content_type="image/jpeg")
    for header, value in (
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Content-Disposition", f'inline; filename="{name}.jpg"'),
        ("Cache-Control", f"private, max-age={keep_seconds}"),
    ):
        response.headers[header] = value
    return response


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
