"""The short way for programs at /api/ and /open311/: what they need of Django's layers, in one (docs/adr/0010)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from baiying.config.middleware import PERMISSIONS, POLICY

# Parts of an address that have a handful of values each: such an address is kept like one without any.
_FEW = frozenset({"edition", "fmt"})


class ProgramsHandler(WSGIHandler):
    """Serves /api/ and /open311/ with the middleware that programs need: they have no session, no cookie and no form, and at
    2,000 requests a second the other layers cost more than the work itself.
    """

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        whole = settings.MIDDLEWARE
        settings.MIDDLEWARE = settings.MIDDLEWARE_FOR_PROGRAMS
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole

    def resolve_request(self, request: HttpRequest) -> Any:
        """The view of an address; those without a variable part are looked for once only."""
        match = self.known.get(request.path_info)
        if match is None:
            match = super().resolve_request(request)
            if _FEW.issuperset(match.kwargs):
                self.known[request.path_info] = match
        request.resolver_match = match
        return match

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """As Django's, without the signals of begin and end: of what listens to them only the look at the
        connection matters here, and it is done directly.
        """
        set_script_prefix(get_script_name(environ))
        connections["default"].close_if_unusable_or_obsolete()
        response = self.get_response(self.request_class(environ))
        status = f"{response.status_code} {response.reason_phrase}"
        cookies = (("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values())
        start_response(status, [*response.items(), *cookies])
        return [response.content] if isinstance(response, HttpResponse) else response


class ForPrograms:
    """Language and headers of every answer under /api/. A program says its language with `?lang=` or with
    Accept-Language; nothing is remembered.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.offered = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self._language(request)
        translation.activate(language)
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Content-Language", language)
        headers.setdefault("Vary", "Accept-Language")
        if not response.streaming:
            headers.setdefault("Content-Length", str(len(response.content)))
        return response

    def _language(self, request: HttpRequest) -> str:
        if request.META.get("QUERY_STRING"):
            wanted = request.GET.get("lang")
            if wanted in self.offered:
                return str(wanted)
        accepted = request.META.get("HTTP_ACCEPT_LANGUAGE")
        for code, _quality in parse_accept_lang_header(accepted) if accepted else ():
            try:
                return get_supported_language_variant(code)
            except LookupError:
                continue
        return str(settings.LANGUAGE_CODE)
