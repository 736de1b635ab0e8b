"""Ringing that really commits: a worker killed in between, two workers at once."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from baiying.cases import steps
from baiying.command.environment import Database
from baiying.dispatch import ringing
from baiying.dispatch.models import Escalation
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast
from tests.dispatch.test_ringing import told


def _ring_and_die(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        assert ringing.ring_batch(cast.tenant.id) == 1
        raise RuntimeError("killed")


def test_a_worker_that_is_killed_has_done_nothing(committed_database: Database) -> None:
    cast = found_cast()
    with clock.telling(clock.now() - timedelta(days=30)):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
    with pytest.raises(RuntimeError):
        _ring_and_die(cast)
    assert told(cast, case) == []
    assert [ringing.ring(cast.tenant.id) for _ in range(2)] == [1, 0]
    assert [row["event"] for row in told(cast, case)] == ["dispatch.overdue", "dispatch.escalated"]


def test_two_workers_never_ring_the_same_clock(committed_database: Database) -> None:
    cast = found_cast()
    with clock.telling(clock.now() - timedelta(days=30)):
        cases = [cast.lead(cast.case(), steps.IN_PROGRESS) for _ in range(3)]
    scope = Scope(cast.tenant.id, "street")
    with psycopg.connect(committed_database.owner) as other:
        held = "SELECT id FROM dispatch_clock WHERE subject_id = %s AND what = 'handle' FOR UPDATE"
        assert other.execute(held, [cases[0].id]).fetchone() is not None
        assert ringing.ring(cast.tenant.id) == 2
        other.rollback()
    assert ringing.ring(cast.tenant.id) == 1
    with acting(scope):
        assert Escalation.objects.get_queryset().count() == 3
