"""The short way for programs: as guarded as the long one, in the program's language, with nothing remembered."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from baiying.config.programs import ProgramsHandler
from tests.cast import Cast

Answer = tuple[str, dict[str, str], dict[str, Any]]


def ask(
    handler: ProgramsHandler, path: str, body: bytes | None = None, query: str = "", **headers: str
) -> Answer:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""), "wsgi.errors": sys.stderr,
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body or b"")),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }  # fmt: skip
    said: list[Any] = []
    pieces = handler(environ, lambda status, head: said.extend([status, dict(head)]))
    return said[0], said[1], json.loads(b"".join(pieces))


@pytest.fixture
def handler(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ProgramsHandler:
    # The test's transaction must survive: a real request looks whether its connection still stands.
    monkeypatch.setattr(
        "django.db.backends.base.base.BaseDatabaseWrapper.close_if_unusable_or_obsolete", lambda self: None
    )
    return ProgramsHandler()


def test_an_answer_carries_the_guards_and_its_length(handler: ProgramsHandler) -> None:
    status, headers, answer = ask(handler, "/api/v1/categories")
    assert status == "200 OK" and answer
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
    assert int(headers["Content-Length"]) > 1000 and len(headers["X-Request-ID"]) == 32
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("", "", "zh-hans"), ("", "en-GB,en;q=0.9", "en"), ("", "fr,en;q=0.5", "en"), ("", "fr", "zh-hans"),
     ("lang=en", "zh-CN", "en"), ("lang=zh-hans", "en", "zh-hans"), ("lang=xx", "en", "en")],
)  # fmt: skip
def test_a_refusal_speaks_the_programs_language(
    handler: ProgramsHandler, query: str, accepted: str, language: str
) -> None:
    headers_sent = {"accept_language": accepted} if accepted else {}
    status, headers, problem = ask(handler, "/api/v1/requests", b"{}", query, **headers_sent)
    assert status.startswith("422") and headers["Content-Language"] == language
    said = "Add this field" if language == "en" else "请补上这一项"
    assert said in problem["detail"]


def test_an_address_looked_up_once_is_the_same_the_second_time(handler: ProgramsHandler) -> None:
    assert [ask(handler, "/api/v1/nothing-here")[0] for _ in range(2)] == ["404 Not Found"] * 2
    first, second = (ask(handler, "/api/v1/categories")[2] for _ in range(2))
    assert first == second
    assert "/api/v1/nothing-here" not in handler.known
