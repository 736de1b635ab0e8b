"""Lets a client made with `requests` speak with the short way for programs, without a network in between."""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

from baiying.config.programs import ProgramsHandler
from tests.cast import Cast

ADDRESS = "http://127.0.0.1:8000/open311/v2"


@pytest.fixture
def wired(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ProgramsHandler:
    """From here on whatever `requests` sends arrives at the handler."""
    # The test's transaction must survive: a real request looks whether its connection still stands.
    monkeypatch.setattr(
        "django.db.backends.base.base.BaseDatabaseWrapper.close_if_unusable_or_obsolete", lambda self: None
    )
    handler = ProgramsHandler()
    monkeypatch.setattr(HTTPAdapter, "send", lambda self, sent, **_how: answered(handler, sent))
    return handler


def answered(handler: ProgramsHandler, sent: PreparedRequest) -> Response:
    """What the handler says to a prepared request."""
    place = urlsplit(str(sent.url))
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    headers = {name.upper().replace("-", "_"): value for name, value in sent.headers.items()}
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method, "PATH_INFO": place.path, "QUERY_STRING": place.query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("CONTENT_TYPE", ""), **{f"HTTP_{name}": value for name, value in headers.items()},
    }  # fmt: skip
    said: list[Any] = []
    pieces = b"".join(handler(environ, lambda status, head: said.extend([status, dict(head)])))
    response = Response()
    response.status_code = int(said[0].split()[0])
    response.headers = CaseInsensitiveDict(said[1])
    response.url, response.request = str(sent.url), sent
    response._content = pieces
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return response
