"""What takes long is done beside the rounds: again and again, whatever went wrong, until it is ended."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError

from baiying.command import beside, worker
from baiying.command.beside import Beside

PATIENCE = 30


def test_a_turn_that_failed_is_followed_by_the_next(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "GONE", 0.001)
    enough, turns = threading.Event(), []

    def turn() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise RuntimeError("broken")
        if len(turns) == 2:
            raise OperationalError("the connection is closed")
        enough.set()

    one = Beside("trial", turn, pause=0.001)
    one.start()
    assert enough.wait(PATIENCE)
    one.end()
    one.thread.join(PATIENCE)
    assert not one.thread.is_alive()
    assert [(r.message, r.job) for r in caplog.records] == [  # type: ignore[attr-defined]
        ("what is done beside stumbled", "trial")
    ]


def test_no_nightly_round_holds_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.signal, "signal", lambda sig, handler: None)
    loop = worker.Loop()
    nights = next(one.turn for one in loop.besides if one.name == "nights").__self__  # type: ignore[attr-defined]
    assert {row.name for row in nights.rounds} == {"compare_figures", "topics", "learn"}
    assert [row.name for row in loop.rounds.rounds if row.every is None] == []
