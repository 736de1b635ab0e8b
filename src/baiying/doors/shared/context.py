"""How the reader wants the page: large text or not, and in which language."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

TEXT_COOKIE = "baiying_text"
TEXT_SIZES = ("normal", "large")
YEAR = 365 * 86400


def look(request: HttpRequest) -> dict[str, object]:
    """Context processor: `large_text`, and `basemap_url` where the operator has a base map."""
    basemap = "/places/basemap.pmtiles" if settings.BASEMAP else ""
    return {"large_text": text_size(request) == "large", "basemap_url": basemap}


def text_size(request: HttpRequest) -> str:
    """The size chosen just now (on a form or by ?text=large), else the one remembered."""
    for wanted in (getattr(request, "wanted_text", ""), request.GET.get("text")):
        if wanted in TEXT_SIZES:
            return str(wanted)
    return "large" if request.COOKIES.get(TEXT_COOKIE) == "large" else "normal"


def choose_look(request: HttpRequest) -> bool:
    """Whether a form was sent only to change the look (`look=text-large`, `look=lang-en`); applies the change.

    The view then keeps the words and shows the same page again, without complaining about what is still empty.
    """
    kind, _, wanted = request.POST.get("look", "").partition("-")
    if kind == "text" and wanted in TEXT_SIZES:
        request.wanted_text = wanted  # type: ignore[attr-defined]
    elif kind == "lang" and wanted in dict(settings.LANGUAGES):
        translation.activate(wanted)
        request.LANGUAGE_CODE = wanted
        request.wanted_language = wanted  # type: ignore[attr-defined]
    else:
        return False
    return True


class RememberLook:
    """Keeps what was chosen in cookies: `?text=large` here, and what choose_look found in a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        size = getattr(request, "wanted_text", "")
        if not size and request.META.get("QUERY_STRING"):
            size = request.GET.get("text", "")
        language = getattr(request, "wanted_language", "")
        if size in TEXT_SIZES:
            _remember(response, TEXT_COOKIE, size)
        if language:
            _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
