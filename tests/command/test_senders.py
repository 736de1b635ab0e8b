"""Senders and carriers go on, whatever went wrong and for however long."""

from __future__ import annotations

import threading

import pytest

from baiying.command import carriers, senders

PATIENCE = 30


def test_senders_that_stumbled_look_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, looks = threading.Event(), []

    def tenants() -> list[object]:
        looks.append(len(looks))
        if len(looks) == 1:
            raise RuntimeError("broken")
        again.set()
        return []

    monkeypatch.setattr(senders, "PAUSE", 0.001)
    monkeypatch.setattr(senders, "tenants", tenants)
    here = senders.Senders()
    here.start()
    assert again.wait(PATIENCE)
    here.end(PATIENCE)
    assert not here.thread.is_alive()
    assert [(r.message, r.job) for r in caplog.records] == [  # type: ignore[attr-defined]
        ("the senders stumbled", "webhooks")
    ]


def test_a_gateway_that_is_away_for_days_is_asked_once_a_minute() -> None:
    assert [carriers.pause_after(failures) for failures in (0, 1, 6, 7, 100_000)] == [
        0.5,
        1.0,
        32.0,
        60.0,
        60.0,
    ]
