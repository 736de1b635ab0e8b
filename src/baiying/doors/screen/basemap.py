"""The operator's own base map (PMTiles), handed out in the pieces that the map asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from baiying.kit.refusals import NotFound

MOST_AT_ONCE: Final = 4 * 2**20  # bytes of one answer
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{0,15})\Z")


@require_safe
def pmtiles(request: HttpRequest) -> HttpResponse:
    """A range of the file that BAIYING_BASEMAP names, inside the data folder."""
    path = _file()
    size = path.stat().st_size
    asked = _RANGE.match(request.headers.get("Range", "bytes=0-"))
    first = int(asked[1]) if asked else size
    if first >= size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    last = min(int(asked[2]) if asked and asked[2] else size - 1, size - 1, first + MOST_AT_ONCE - 1)
    with path.open("rb") as file:
        file.seek(first)
        body = file.read(max(0, last - first + 1))
    response = HttpResponse(body, status=206, content_type="application/octet-stream")
    response["Content-Range"] = f"bytes {first}-{first + len(body) - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{size}-{path.stat().st_mtime_ns}"'
    response["Cache-Control"] = "public, max-age=3600"
    return response


def _file() -> Path:
    root = Path(settings.DATA or "/nonexistent").resolve()
    path = (root / settings.BASEMAP).resolve()
    if not settings.BASEMAP or not path.is_relative_to(root) or not path.is_file():
        raise NotFound()
    return path
