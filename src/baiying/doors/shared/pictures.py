"""Pictures that strangers sent, shown so that a file which fooled every check still could not run anything."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

POLICY: Final = "default-src 'none'; sandbox"


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
