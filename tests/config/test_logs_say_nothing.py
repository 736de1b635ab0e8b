"""No telephone number, name or word of a resident gets into the logs: not when all goes well, not when it breaks."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from baiying.cases import intake
from baiying.config.logs import JsonFormatter
from tests.cast import Cast

WORDS, NAME, PHONE = "楼下烧烤油烟呛人独有的话", "欧阳独有名", "13805339999"


@pytest.fixture
def logged(settings: Any) -> Iterator[io.StringIO]:
    """Everything that any logger writes, formatted as the service does it, with every request logged."""
    settings.LOG_REQUESTS = True
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level, others = (
        root.level,
        [logging.getLogger(n) for n in ("django", "django.request", "baiying", "baiying.web")],
    )
    before = [logger.level for logger in others]
    root.setLevel(logging.INFO)
    for logger in others:
        logger.setLevel(logging.INFO)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for logger, old in zip(others, before, strict=True):
        logger.setLevel(old)


def send(cast: Cast, **more: Any) -> Any:
    body = {"text": WORDS, "street": cast.tenant.code, "contact": {"name": NAME, "phone": PHONE}} | more
    client = Client(raise_request_exception=False)
    return client.post("/api/v1/requests", json.dumps(body), content_type="application/json")


def clean(stream: io.StringIO) -> str:
    # Without the numbers of requests: chance writes any four digits.
    text = re.sub(r'"request": "[0-9a-f]{32}"', '"request": ""', stream.getvalue())
    for secret in (WORDS, WORDS[:6], NAME, PHONE, PHONE[-4:], "?k="):
        assert secret not in text and secret.encode("unicode_escape").decode() not in text
    return text


def test_success_and_refusal_leave_no_words(cast: Cast, logged: io.StringIO) -> None:
    answer = send(cast)
    assert answer.status_code == 201
    Client().get(answer.json()["tracking_url"].partition("testserver")[2], follow=True)
    assert send(cast, channel=WORDS).status_code == 422
    assert send(cast, **{WORDS: PHONE}).status_code == 422
    assert send(cast, text=WORDS * 2000).status_code in (413, 422)
    Client().post("/t/", {"reference": answer.json()["reference"], "phone": PHONE[-4:]})
    Client().get(f"/t/{WORDS}")
    Client().post("/report", {"text": WORDS, "name": NAME, "phone": PHONE})
    desk = cast.client("dispatch_clerk_zhang")
    desk.get("/desk/cases/", {"q": WORDS})
    desk.post("/desk/new/", {"text": WORDS, "name": NAME, "phone": PHONE})
    Client().post("/desk/login", {"username": NAME, "password": PHONE})
    assert '"route"' in clean(logged)


def test_a_crash_leaves_no_words(cast: Cast, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(parameters: list[Any]) -> None:
        raise RuntimeError(f"cannot write {parameters}")

    monkeypatch.setattr(intake, "_call", breaks)
    assert send(cast).status_code == 500
    text = clean(logged)
    assert "RuntimeError" in text and "intake.py" in text


def test_an_error_of_the_database_leaves_no_words(
    cast: Cast, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(parameters: list[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [f"{WORDS} {PHONE}"])

    monkeypatch.setattr(intake, "_call", breaks)
    assert send(cast).status_code == 500
    assert "22P02" in clean(logged)
