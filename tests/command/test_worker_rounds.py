"""The worker's rounds: due in time, alone in trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError

from baiying.command import worker_rounds
from baiying.command.worker_rounds import ROUNDS, Round, Rounds
from baiying.insight import queries, services
from baiying.insight.models import Flow
from baiying.journal.queries import unheard_count
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast

LATE = datetime(2026, 11, 23, 23, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_one_turn_of_all_rounds_leaves_nothing_unheard(cast: Cast) -> None:
    cast.lead(cast.case(), "closed")
    Rounds(ROUNDS).make()
    street = Scope(cast.tenant.id, "street")
    with acting(street):
        assert unheard_count(cast.tenant.id) == 0
        assert services.differences(cast.tenant.id) == []
        assert queries.stock(street)["closed"] == 1


def test_a_round_that_fails_is_logged_and_the_others_are_made(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[str] = []

    def fail() -> None:
        raise RuntimeError("broken")

    def trouble() -> None:
        raise OperationalError("canceling statement due to lock timeout")

    rounds = Rounds(
        (
            Round("first", timedelta(0), once=fail),
            Round("second", timedelta(0), once=trouble),
            Round("third", timedelta(0), once=lambda: made.append("third")),
        )
    )
    rounds.make()
    assert made == ["third"]
    assert [(r.message, r.job) for r in caplog.records] == [  # type: ignore[attr-defined]
        ("a round failed", "first"),
        ("a round failed", "second"),
    ]


def test_a_database_that_is_gone_ends_the_turn(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(worker_rounds, "_is_reachable", lambda: False)
    with pytest.raises(OperationalError):
        Rounds((Round("first", timedelta(0), once=gone),)).make()


def test_rounds_are_made_again_only_when_their_time_has_come(db: None) -> None:
    made: list[str] = []
    rounds = Rounds(
        (
            Round("often", timedelta(0), once=lambda: made.append("often")),
            Round("seldom", timedelta(hours=1), once=lambda: made.append("seldom")),
        )
    )
    rounds.make()
    rounds.make()
    assert made == ["often", "seldom", "often"]


def test_nightly_rounds_are_made_once_a_night(db: None) -> None:
    nights: list[datetime] = []
    rounds = Rounds((Round("nightly", None, once=lambda: nights.append(clock.now())),))
    for hours in (0, 3, 4.5, 5, 20, 28.5, 29):
        with clock.telling(LATE + timedelta(hours=hours)):
            rounds.make()
    assert nights == [LATE + timedelta(hours=4.5), LATE + timedelta(hours=28.5)]


def test_the_night_finds_a_wrong_figure_and_mends_it(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    cast.case()
    Rounds(ROUNDS).make()
    with acting(Scope(cast.tenant.id, "street")):
        Flow.objects.filter(tenant_id=cast.tenant.id, grain="community", span="day").update(received=7)
        assert worker_rounds.compare_figures(cast.tenant.id) == 1
        assert worker_rounds.compare_figures(cast.tenant.id) == 0
    assert [r.message for r in caplog.records] == ["a figure differs from the cases"]
