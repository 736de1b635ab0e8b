"""The self-test page: every rule asked of the server, each shown with what was found; a broken rule is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from baiying.doors.open311 import own_server
from baiying.doors.open311.checks import RULES
from baiying.doors.open311.keys import rehearsal_key
from baiying.doors.open311.own_server import Got, NotReached, OwnServer
from tests.cast import Cast
from tests.doors.program import Program, cast, ids, program, street

__all__ = ["cast", "program", "street"]

PAGE = "/desk/open311/"


def ask(
    self: OwnServer, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> Got:
    """As over HTTP, without the line in between."""
    said = {"Accept-Language": "zh-hans"} | (headers or {})
    kind = said.pop("Content-Type", "")
    answer = Client().generic(
        method, path, body, content_type=kind or "application/octet-stream", headers=said
    )
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return Got(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, content.decode())


@pytest.fixture
def tested(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    monkeypatch.setattr(OwnServer, "_ask", ask)

    def run() -> dict[str, Any]:
        answer = cast.client("system_administrator_tang").post(PAGE)
        assert answer.status_code == 200
        return {str(one.rule): one for one in answer.context["outcomes"]}

    return run


def test_every_rule_is_kept(cast: Cast, tested: Callable[[], dict[str, Any]]) -> None:
    cast.lead(cast.case(), "closed")
    cast.case(category="family-conflict", phone="13805330001")
    cast.case()
    outcomes = tested()
    assert len(outcomes) == len(RULES) == 32
    assert {rule: one.found for rule, one in outcomes.items() if not one.is_kept} == {}


def test_every_rule_is_kept_in_an_empty_street_too(
    program: Program, tested: Callable[[], dict[str, Any]]
) -> None:
    assert [one.found for one in tested().values() if not one.is_kept] == []
    assert ids(program.get("requests.json")) == []


def test_a_broken_rule_is_seen(
    cast: Cast, tested: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.case()
    monkeypatch.setattr(
        "baiying.doors.open311.discovery.TYPES", {"xml": "application/xml", "json": "text/json"}
    )
    monkeypatch.setattr("baiying.doors.open311.reading.said", lambda at: "2026-11-01T00:00:00")
    monkeypatch.setattr("baiying.doors.open311.answering.CORS", {})
    kept = [rule for rule, one in tested().items() if one.is_kept]
    assert not {"发现文档的 Content-Type 不带字符集", "任何网页都可以读（CORS）", "时间都带时区"} & set(kept)
    assert 0 < len(kept) < len(RULES)


def test_the_key_of_the_self_test_opens_nothing_but_the_test_endpoint(cast: Cast, program: Program) -> None:
    key = rehearsal_key(cast.tenant.id)
    assert program.post(key=key, at="/open311/test/v2", **program.good()).status_code == 200
    assert program.post(key=key, **program.good()).status_code == 403
    other = rehearsal_key(cast.other_tenant.id)
    assert program.post(key=other, at="/open311/test/v2", **program.good()).status_code == 403
    assert program.post(key=key + "x", at="/open311/test/v2", **program.good()).status_code == 403


def test_only_system_administrators_may_start_it(cast: Cast) -> None:
    assert cast.client("system_administrator_tang").get(PAGE).status_code == 200
    assert cast.client("dispatch_clerk_zhang").post(PAGE).status_code == 403
    assert Client().post(PAGE).status_code == 401


def test_a_server_that_cannot_be_reached_is_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_sent: Any, **_more: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(own_server.http.client.HTTPConnection, "request", nobody)
    with pytest.raises(NotReached):
        OwnServer("http://127.0.0.1:1", "x", "y").get("discovery.json")
    answer = cast.client("system_administrator_tang").post(PAGE)
    assert (answer.status_code, "连不上自己的服务" in answer.content.decode()) == (200, True)
