"""Guards of the public forms that ask nothing of a person: no puzzle, no refusal for being quick or forgetful."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from baiying.doors.resident.drafts import Draft
from baiying.kit import clock

HONEYPOT: Final = "website"
PATIENCE: Final = 3.0  # seconds between the first page and the sending


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


_check: Final = _Check(lambda request: HttpResponse())


def is_own_form(request: HttpRequest) -> bool:
    """Whether a form of ours was sent: Django's double-submitted cookie, or a browser that names us as its origin.

    The views are exempt from Django's own check because its refusal would cost the words. The second way is for
    browsers that keep no cookies and for pages left open until the cookie was gone.
    """
    if _check.process_view(request, _any_view, (), {}) is None:
        return True
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return request.headers.get("Origin", "").lower() == f"{request.scheme}://{request.get_host()}".lower()


def _any_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def looks_hasty(request: HttpRequest, draft: Draft) -> bool:
    """Whether a machine may have filled this in: the field that nobody sees is filled, or it took under 3 seconds."""
    is_filled = bool(request.POST.get(HONEYPOT, "").strip())
    return is_filled or clock.now().timestamp() - draft.started < PATIENCE
