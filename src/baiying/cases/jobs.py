"""What time itself does to cases: nobody answered, a parking is over, nobody could be reached. And old keys go.

Steps go through `take_step` like everybody's, each in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from baiying.cases import following, steps
from baiying.cases.models import Case, IntakeKey
from baiying.cases.services import take_step
from baiying.dispatch.limits import days_of
from baiying.kit import clock
from baiying.kit.refusals import Refusal
from baiying.org.queries import calendar_of, system_actor
from baiying.org.rules import acting

log = logging.getLogger("baiying.cases")

KEYS_KEPT: Final = timedelta(days=30)
MOST_AT_ONCE: Final = 500


def stop_waiting(tenant_id: int) -> int:
    """A question that stayed unanswered for the days set (5 working days) no longer holds the case up."""
    days, calendar = days_of(tenant_id, "wait_for_reporter"), calendar_of(tenant_id)

    def is_over(case: Case, now: datetime) -> bool:
        return case.paused_at is not None and calendar.add_working_days(case.paused_at, days).at <= now

    asked_before = clock.now() - timedelta(days=days)
    return _take(tenant_id, "stop_waiting", Q(state=steps.WAITING, paused_at__lte=asked_before), is_over)


def unpark(tenant_id: int) -> int:
    """A parked case goes on when the day it was parked until has come."""
    return _take(tenant_id, "unpark", Q(state=steps.PARKED, parked_until__lte=clock.today()))


def go_unrated(tenant_id: int) -> int:
    """A checked case whose reporter said nothing for the days set (10) goes on without a rating."""
    checked_before = clock.now() - timedelta(days=days_of(tenant_id, "rate"))
    return _take(tenant_id, "go_unrated", Q(state=steps.CHECKED, checked_at__lte=checked_before))


def forget_keys(tenant_id: int) -> int:
    """Idempotency keys are kept for 30 days, numbers of followers 30 days after the end; returns how many went.

    The caller has set the street's scope.
    """
    following.forget_phones(tenant_id)
    old = IntakeKey.objects.filter(tenant_id=tenant_id, created_at__lt=clock.now() - KEYS_KEPT)
    return old.delete()[0]


def _take(
    tenant_id: int, step: str, which: Q, is_over: Callable[[Case, datetime], bool] | None = None
) -> int:
    """Take the step for all cases that it is due for; returns how many. One that is refused is left for the next time."""
    by, now, taken = system_actor(tenant_id), clock.now(), 0
    with acting(by.scope):
        rows: QuerySet[Case] = Case.objects.within(by.scope).filter(which)
        due = list(rows.order_by("received_at")[:MOST_AT_ONCE])
    for case in due:
        if is_over is not None and not is_over(case, now):
            continue
        try:
            take_step(by, case_id=case.id, step=step, version=case.version)
            taken += 1
        except Refusal as refusal:  # somebody else was quicker
            log.info("a timed step was refused", extra={"job": step, "event": refusal.code})
    return taken
