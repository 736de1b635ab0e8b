"""What happens to every request, whichever door it comes to."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from baiying.config import metrics
from baiying.kit.trace import request_id

NextStep = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("baiying.web")

_WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
SLOW_MILLISECONDS = 1000
# 'unsafe-inline' appears nowhere: scripts and styles are files of our own. blob: is MapLibre's worker and
# photo previews.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

PERMISSIONS = "camera=(self), geolocation=(self), microphone=(self), payment=()"


class BehindProxies:
    """Puts the resident's address into REMOTE_ADDR when, and only when, one of our own proxies is speaking.

    The chain in X-Forwarded-For is read from the right: the first address that is not ours is the one a
    proxy of ours saw; what stands left of it is whatever the sender liked to write.
    """

    def __init__(self, get_response: NextStep) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.TRUSTED_PROXIES:
            if self.is_ours(request.META.get("REMOTE_ADDR", "")):
                chain = [
                    part.strip()
                    for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
                    if part.strip()
                ]
                for address in reversed(chain):
                    if not is_address(address):
                        break
                    request.META["REMOTE_ADDR"] = address
                    if not self.is_ours(address):
                        break
            else:
                request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        request.META.pop("HTTP_X_FORWARDED_FOR", None)
        return self.get_response(request)

    def is_ours(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in settings.TRUSTED_PROXIES)


def address_of(request: HttpRequest) -> str:
    """The sender's address, after our own proxies have been seen through."""
    return str(request.META.get("REMOTE_ADDR", ""))


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class RequestIdentity:
    """Gives each request an id, returns it in X-Request-ID, and logs slow and failed requests by route,
    never by address line.
    """

    def __init__(self, get_response: NextStep) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")  # request.headers would read all of them first
        identifier = given if _WELL_FORMED_ID.match(given) else uuid.uuid4().hex
        token = request_id.set(identifier)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            metrics.observe(request, response.status_code, seconds)
            milliseconds = round(seconds * 1000, 1)
            if settings.LOG_REQUESTS or response.status_code >= 500 or milliseconds > SLOW_MILLISECONDS:
                match = request.resolver_match
                log.info(
                    "request",
                    extra={
                        "method": request.method,
                        "route": match.route if match else "",
                        "status": response.status_code,
                        "milliseconds": milliseconds,
                    },
                )
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = identifier
        return response


class ContentPolicy:
    """The strict content policy on every answer; a view that serves foreign files sets a stricter one of
    its own first.
    """

    def __init__(self, get_response: NextStep) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class LanguageByAddress:
    """`?lang=en` switches the language, and a cookie remembers it."""

    def __init__(self, get_response: NextStep) -> None:
        self.get_response = get_response
        self.offered = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("lang") if request.META.get("QUERY_STRING") else None
        if wanted not in self.offered:
            return self.get_response(request)
        translation.activate(wanted)
        request.LANGUAGE_CODE = wanted
        response = self.get_response(request)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86400,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        return response


class IdleSessions:
    """Lets a session live on while somebody works, with one write in five minutes instead of one for each
    click. What a page asks by itself is no work: an open page on an empty desk does not stay signed in.
    """

    REFRESH_SECONDS = 300

    def __init__(self, get_response: NextStep) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        by_itself = request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers
        if by_itself and request.method == "GET":
            return self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.session.is_empty():
            now = int(time.time())
            if now - int(request.session.get("seen", 0)) > self.REFRESH_SECONDS:
                request.session["seen"] = now
        return self.get_response(request)
