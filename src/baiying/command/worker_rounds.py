"""The worker's rounds: what is done, how often, street by street. One that fails does not stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from baiying.cases import call_backs, clocks, export_writing, learning, rulebook
from baiying.cases import jobs as cases
from baiying.config import wiring
from baiying.dispatch import outside, ringing
from baiying.doors.resident import staging
from baiying.doors.shared import limits
from baiying.insight import services as insight
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.notify import jobs as letters
from baiying.org import repeats
from baiying.org.queries import tenants
from baiying.org.rules import Scope, acting
from baiying.topics import effects
from baiying.topics import jobs as topics
from baiying.webhooks import jobs as webhooks

log = logging.getLogger("baiying.worker")

HALF_SECOND: Final = timedelta(seconds=0.5)
FEW_SECONDS: Final = timedelta(seconds=3)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
NIGHT: Final = 3  # the hour, local time, after which the nightly rounds are made
MOST_ENTRIES: Final = 2000


@dataclass(frozen=True, slots=True)
class Round:
    """Something to do again and again; nightly when there is no `every`.

    `in_street` is done in one transaction in each street's scope, `by_street` sets scope and transactions itself,
    `once` is done for the installation.
    """

    name: str
    every: timedelta | None
    in_street: Callable[[int], object] | None = None
    by_street: Callable[[int], object] | None = None
    once: Callable[[], object] | None = None


@dataclass(slots=True)
class Rounds:
    """Makes the rounds that are due. The first turn makes all but the nightly ones."""

    rounds: Sequence[Round]
    _next_at: dict[str, float] = field(default_factory=dict)
    _last_night: str = ""

    def make(self) -> None:
        """Every round that is due now. Raises only when the database cannot be reached."""
        night = self._night_that_begins()
        for row in self.rounds:
            if row.every is None:
                if night:
                    self._make(row)
            elif time.monotonic() >= self._next_at.get(row.name, 0.0):
                self._next_at[row.name] = time.monotonic() + row.every.total_seconds()
                self._make(row)

    def _night_that_begins(self) -> bool:
        now = timezone.localtime(clock.now())
        if not self._last_night:  # the worker has just started: the next night is the first
            self._last_night = str((now if now.hour >= NIGHT else now - timedelta(days=1)).date())
        if now.hour < NIGHT or self._last_night == str(now.date()):
            return False
        self._last_night = str(now.date())
        return True

    def _make(self, row: Round) -> None:
        if row.once is not None:
            _isolated(row.name, row.once)
            return
        do = row.by_street or _scoped(row)
        for tenant in tenants():
            _isolated(row.name, partial(do, tenant.id))


def _scoped(row: Round) -> Callable[[int], object]:
    def made(tenant_id: int) -> object:
        assert row.in_street is not None
        with acting(Scope(tenant_id, "street")):
            return row.in_street(tenant_id)

    return made


def _isolated(name: str, do: Callable[[], object]) -> None:
    try:
        done = do()
    except (OperationalError, InterfaceError):
        if not _is_reachable():
            raise
        log.exception("a round failed", extra={"job": name})
    except Exception:  # logged, and tried again at its next turn
        log.exception("a round failed", extra={"job": name})
    else:
        if isinstance(done, int) and done and name not in _QUIET:
            log.info("a round was made", extra={"job": name, "count": done})


def _is_reachable() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except (OperationalError, InterfaceError):
        return False


def hear(tenant_id: int) -> int:
    """What happened is told to all listeners until nothing is left; returns how many entries."""
    heard = 0
    while True:
        with acting(Scope(tenant_id, "street")):
            taken = drain(tenant_id, wiring.LISTENERS, most=MOST_ENTRIES)
        heard += taken
        if taken < MOST_ENTRIES:
            return heard


def compare_figures(tenant_id: int) -> int:
    """Figures are compared with the cases; each difference is logged, then the figures are made anew."""
    found = insight.differences(tenant_id)
    for difference in found:
        log.error("a figure differs from the cases", extra={"job": "compare", "event": str(difference)})
    if found:
        insight.rebuild(tenant_id)
    return len(found)


def forget_sessions() -> None:
    """Sessions that ended are deleted."""
    SessionStore.clear_expired()


_QUIET: Final = frozenset({"hear", "first_rules", "prune", "durations", "fall_back"})
ROUNDS: Final = (
    Round("hear", HALF_SECOND, by_street=hear),
    Round("fall_back", FEW_SECONDS, in_street=letters.fall_back),
    Round("close_calls", MINUTE, in_street=letters.close_calls),
    Round("post_missed", MINUTE, in_street=wiring.post_missed_letters),
    Round("forget_letters", HOUR, in_street=letters.forget_contents),
    Round("forget_devices", HOUR, in_street=letters.forget_devices),
    Round("forget_missed", HOUR, in_street=letters.forget_missed),
    Round("stop_waiting", MINUTE, by_street=cases.stop_waiting),
    Round("unpark", MINUTE, by_street=cases.unpark),
    Round("open_call_backs", MINUTE, by_street=call_backs.open_call_backs),
    Round("go_unrated", MINUTE, by_street=cases.go_unrated),
    Round("clocks_catch_up", HOUR, by_street=clocks.catch_up),
    Round("clocks", MINUTE, by_street=ringing.ring),
    Round("durations", HOUR, in_street=insight.measure_durations),
    Round("prune", HOUR, in_street=insight.prune),
    Round("chase_outside", MINUTE, by_street=outside.chase),
    Round("first_rules", HOUR, by_street=rulebook.found_first),
    Round("forget_keys", HOUR, in_street=cases.forget_keys),
    Round("forget_webhooks", HOUR, in_street=webhooks.forget),
    Round("forget_repeats", HOUR, in_street=repeats.forget),
    Round("forget_limits", HOUR, once=limits.forget_old),
    Round("clean_exports", MINUTE, in_street=export_writing.clean),
    Round("clean_staging", HOUR, once=staging.clean),
    Round("forget_sessions", HOUR, once=forget_sessions),
    Round("compare_figures", None, in_street=compare_figures),
    Round("topics", None, by_street=topics.look),
    Round("topic_effects", HOUR, by_street=effects.report),
    Round("learn", None, by_street=learning.learn),
)
