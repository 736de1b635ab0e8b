"""What every answer carries, what changes with HTTPS, and that no form of the desk goes without its token."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from baiying.cases.secrets import tracking_secret
from tests.cast import Cast, a_photo


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";") if part.strip())}


@pytest.mark.parametrize(
    "path", ["/", "/report", "/t/", "/desk/login", "/nowhere", "/api/v1/categories", "/healthz"]
)
def test_every_answer_is_guarded(cast: Cast, path: str) -> None:
    answer = Client().get(path)
    policy = directives(answer["Content-Security-Policy"])
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in answer["Content-Security-Policy"] and "*" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["/", "/report", "/t/", "/desk/", "/desk/cases/", "/desk/new/", "/desk/me", "/desk/overview/"]
)
def test_pages_hold_no_inline_script_or_style(cast: Cast, path: str) -> None:
    cast.case()
    answer = cast.client("dispatch_clerk_zhang").get(path, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")[^>]*>", page)
    assert inline == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []


def test_pictures_of_strangers_are_sandboxed(cast: Cast) -> None:
    case = cast.case(photos=(a_photo(),))
    client = cast.client("dispatch_clerk_zhang")
    page = client.get(f"/desk/cases/{case.reference}/").content.decode()
    address = re.search(r"/desk/photos/[0-9a-f-]+\.jpg", page)
    assert address is not None
    answer = client.get(address[0])
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]


def posts_of_desk() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def walk(patterns: list[Any], prefix: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif isinstance(pattern, URLPattern) and not prefix.startswith(("api/", "open311/")):
                found.append((prefix + str(pattern.pattern), pattern.callback))

    walk(get_resolver().url_patterns, "")
    return found


# Residents' forms check for themselves (doors/resident/guards.py): Django's refusal would cost the words.
OWN_CHECK = {
    "report",
    "t/",
    r"^t/(?P<reference>[^/]+)/(?P<step>answer|photos|rate|reopen|appeal)$",
    "o/<str:token>",
    "f/new/<str:token>",
    "report/near",  # changes nothing
    r"^f/(?P<reference>[^/]+)/(?P<what>unfollow|forget)$",  # asks for the follower's secret
}


def test_no_page_of_the_desk_is_exempt_from_the_token() -> None:
    assert {route for route, view in posts_of_desk() if getattr(view, "csrf_exempt", False)} == OWN_CHECK


def test_a_foreign_page_cannot_act_for_a_reporter(cast: Cast) -> None:
    case = cast.lead(cast.case(), "waiting")
    reporter = Client(enforce_csrf_checks=True)
    reporter.get(f"/t/{case.reference}?k={tracking_secret(case.id, case.tracking_epoch)}")
    before = cast.read(case.id).version
    answer = reporter.post(
        f"/t/{case.reference}/answer", {"text": "别的网站写的"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403 and "别的网站写的" in answer.content.decode()
    assert cast.read(case.id).version == before


@pytest.mark.parametrize("path", ["/desk/login", "/desk/logout", "/desk/new/", "/desk/cases/bulk", "/report"])
def test_a_form_without_its_token_is_refused_and_words_come_back(cast: Cast, path: str) -> None:
    client = cast.client("dispatch_clerk_zhang", enforce_csrf_checks=True)
    answer = client.post(path, {"text": "我写的话", "password": "geheim-42"})
    assert answer.status_code == 403
    assert "我写的话" in answer.content.decode() and "geheim-42" not in answer.content.decode()


def test_cookies_of_a_session_are_kept_from_scripts(cast: Cast) -> None:
    client = Client()
    client.get("/desk/login")
    answer = client.post(
        "/desk/login", {"username": "dispatch_clerk_zhang", "password": "yi-hu-bai-ying-2026"}
    )
    assert answer.status_code == 302
    for name in ("baiying_session", "baiying_csrf"):
        cookie = client.cookies[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["secure"], name


def settings_with(**variables: str) -> dict[str, Any]:
    """The settings of a process that starts with these variables."""
    names = [
        "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER", "DEBUG",
    ]  # fmt: skip
    code = f"import json; from baiying.config import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_https_and_hsts_are_switches() -> None:
    plain = settings_with()
    assert (
        not plain["SESSION_COOKIE_SECURE"]
        and not plain["SECURE_SSL_REDIRECT"]
        and plain["SECURE_HSTS_SECONDS"] == 0
    )
    safe = settings_with(
        BAIYING_HTTPS="yes", BAIYING_HSTS_SECONDS="31536000", BAIYING_TRUSTED_PROXIES="10.0.0.0/8"
    )
    assert safe["SESSION_COOKIE_SECURE"] and safe["CSRF_COOKIE_SECURE"] and safe["SECURE_SSL_REDIRECT"]
    assert (safe["SESSION_COOKIE_NAME"], safe["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert safe["SECURE_HSTS_SECONDS"] == 31536000
    assert safe["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert not plain["DEBUG"] and not safe["DEBUG"]
