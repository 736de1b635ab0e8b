"""Numbers for our own networks, without people; alive and ready are two things."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import Client

from baiying.config import health, metrics
from tests.cast import Cast


def figures(text: str) -> dict[str, float]:
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_requests_and_cases_are_counted(cast: Cast) -> None:
    case = cast.case(name="王先生", phone="13805330000")
    client = Client()
    status = client.get(f"/t/{case.reference}").status_code
    counted = f'baiying_requests_total{{method="GET",route="t/<str:reference>",status="{status}"}}'
    before = figures(client.get("/metrics").content.decode())[counted]
    client.get(f"/t/{case.reference}")
    text = client.get("/metrics").content.decode()
    found = figures(text)
    assert found[counted] == before + 1
    assert found['baiying_request_seconds_count{route="t/<str:reference>"}'] >= 1
    assert found[f'baiying_cases{{state="received",street="{cast.tenant.code}"}}'] == 1
    assert found[f'baiying_journal_unheard{{street="{cast.tenant.code}"}}'] >= 1
    assert found["baiying_database_up"] == 1
    assert case.reference not in text and "13805330000" not in text and "王先生" not in text


@pytest.mark.django_db
def test_numbers_are_for_our_own_networks(settings: Any) -> None:
    settings.METRICS_FROM = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    for address in ("8.8.8.8", "10.0.0.1", "", "unix"):
        assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 404
    # What the sender writes about where it comes from is not believed.
    told = Client(REMOTE_ADDR="8.8.8.8", HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert told.get("/metrics").status_code == 404


def broken(*_whatever: object, **_more: object) -> object:
    raise DatabaseError("gone")


@pytest.mark.django_db
def test_a_database_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "tenants", broken)
    assert figures(Client().get("/metrics").content.decode())["baiying_database_up"] == 0
    monkeypatch.setattr(connections["default"], "cursor", broken)
    assert Client().get("/healthz").status_code == 200
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "unreachable"})


@pytest.mark.django_db
def test_not_ready_while_tables_are_older(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/readyz").json() == {"database": "ok", "tables": "ok"}
    monkeypatch.setattr(health, "_current", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_all: ["one"])
    assert Client().get("/readyz").status_code == 503
