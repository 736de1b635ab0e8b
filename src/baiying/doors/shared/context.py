"""What every page needs to know about its reader: large text or not."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

TEXT_COOKIE = "baiying_text"
TEXT_SIZES = ("normal", "large")


def look(request: HttpRequest) -> dict[str, object]:
    """Context processor: `large_text`, from the address (?text=large) or the cookie it left."""
    return {"large_text": text_size(request) == "large"}


def text_size(request: HttpRequest) -> str:
    """The text size this reader chose; a form being filled may carry it as look=text-large."""
    for wanted in (request.GET.get("text"), request.POST.get("look", "").removeprefix("text-")):
        if wanted in TEXT_SIZES:
            return wanted
    return "large" if request.COOKIES.get(TEXT_COOKIE) == "large" else "normal"


class TextSizeByAddress:
    """`?text=large` makes the text larger, and a cookie remembers it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked = request.GET.get("text") if request.META.get("QUERY_STRING") else None
        if request.method == "POST" and "look" in request.POST:
            asked = request.POST["look"].removeprefix("text-")
        if asked in TEXT_SIZES:
            response.set_cookie(
                TEXT_COOKIE, asked, max_age=365 * 86400, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
        return response
