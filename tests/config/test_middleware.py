from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from baiying.config.middleware import BehindProxies


def seen_by_the_view(settings: Any, proxies: list[str], remote: str, **headers: str) -> dict[str, Any]:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(proxy) for proxy in proxies]
    seen: dict[str, Any] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(request.META)
        return HttpResponse()

    BehindProxies(view)(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))
    return seen


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        ([], "192.0.2.9", "203.0.113.5", "192.0.2.9"),
        (["10.0.0.0/8"], "192.0.2.9", "203.0.113.5", "192.0.2.9"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.5", "203.0.113.5"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["2001:db8::/32"], "2001:db8::1", "2001:db9::7", "2001:db9::7"),
    ],
)
def test_sender_is_who_our_own_proxy_saw(
    settings: Any, proxies: list[str], remote: str, forwarded: str, expected: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert seen_by_the_view(settings, proxies, remote, **headers)["REMOTE_ADDR"] == expected


def test_strangers_cannot_claim_https(settings: Any) -> None:
    told = {"X-Forwarded-Proto": "https"}
    assert "HTTP_X_FORWARDED_PROTO" not in seen_by_the_view(settings, ["10.0.0.0/8"], "192.0.2.9", **told)
    assert seen_by_the_view(settings, ["10.0.0.0/8"], "10.0.0.1", **told)["HTTP_X_FORWARDED_PROTO"] == "https"


def test_every_answer_carries_the_strict_policy_and_an_id(client: Client) -> None:
    answer = client.get("/healthz")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [("abcdef-123456", True), ("short", False), ("a" * 65, False), ("x y z q w e r", False)],
)
def test_request_id_is_kept_when_it_is_well_formed(client: Client, given: str, is_kept: bool) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    ) is is_kept


def test_language_by_address_is_remembered(client: Client) -> None:
    answer = client.get("/healthz?lang=en")
    assert answer.headers["Content-Language"] == "en"
    assert client.get("/healthz").headers["Content-Language"] == "en"
    assert client.get("/healthz?lang=xx").headers["Content-Language"] == "en"
    assert Client().get("/healthz").headers["Content-Language"] == "zh-hans"
