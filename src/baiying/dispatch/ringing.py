"""What time itself does to clocks: warn (yellow), say that a limit has passed (red), climb the chain level by level.

One index gives what is due next; a batch is one transaction, so that whoever is killed in between has done nothing,
and the next worker does it. Two workers never take the same clock (SKIP LOCKED).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection

from baiying.chain.queries import EscalationMap, Seat, escalation_map
from baiying.dispatch.limits import rule_for
from baiying.dispatch.models import Clock, Escalation
from baiying.journal.services import News, record_all
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.org.queries import calendar_of, street_map
from baiying.org.rules import Scope, acting

BATCH: Final = 500
# Promises of the office itself: their way up begins at the office, wherever the matter lies.
OF_THE_OFFICE: Final = frozenset({"accept", "hand_out", "check", "call_back"})
ACTOR: Final = "系统"

_WRITE: Final = """
UPDATE dispatch_clock c SET next_at = v.next_at, warned_at = v.warned_at, overdue_at = v.overdue_at,
       level = v.level, is_at_top = v.is_at_top
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::smallint[], %s::boolean[])
     AS v (id, next_at, warned_at, overdue_at, level, is_at_top)
WHERE c.id = v.id AND c.tenant_id = %s
"""


@dataclass(slots=True)
class _Batch:
    tenant_id: int
    now: datetime
    chain: EscalationMap
    next_level_at: datetime
    news: list[News] = field(default_factory=list)
    told: list[Escalation] = field(default_factory=list)
    left: list[Clock] = field(default_factory=list)  # clocks whose level before was left behind


def ring(tenant_id: int) -> int:
    """Everything that is due now in one street; returns how many clocks were rung."""
    rung = 0
    while True:
        with acting(Scope(tenant_id, "street")):
            taken = ring_batch(tenant_id)
        rung += taken
        if taken < BATCH:
            return rung


def ring_batch(tenant_id: int, most: int = BATCH) -> int:
    """One batch in the caller's transaction and scope; returns how many clocks were taken."""
    now = clock.now()
    rows = Clock.objects.get_queryset().filter(tenant_id=tenant_id, next_at__lte=now).order_by("next_at")
    due: list[Clock] = list(rows.select_for_update(of=("self",), skip_locked=True)[:most])
    if not due:
        return 0
    rule = rule_for(tenant_id, "escalate")
    assert rule is not None
    later = calendar_of(tenant_id).due(now, rule.limit).at
    batch = _Batch(tenant_id, now, escalation_map(tenant_id, clock.today()), later)
    for row in due:
        _ring(batch, row)
    _write(batch, due)
    return len(due)


def _ring(batch: _Batch, row: Clock) -> None:
    if batch.now < row.due_at:
        row.warned_at, row.next_at = batch.now, row.due_at
        batch.news.append(_news(row, "dispatch.warned", {}))
        return
    if row.overdue_at is None:
        row.overdue_at = batch.now
        batch.news.append(_news(row, "dispatch.overdue", {}))
    _climb(batch, row)


def _climb(batch: _Batch, row: Clock) -> None:
    """The next level that is not empty is told; which were passed over is said. At the top nothing follows."""
    root = street_map(batch.tenant_id).root.id
    if row.what in OF_THE_OFFICE:
        path = batch.chain.path(community_id=None, grid_id=None, unit_id=root)
    else:
        path = batch.chain.path(community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id)
    above = [seat for seat in path if seat.level > row.level]
    skipped: list[dict[str, str]] = []
    for number, seat in enumerate(above):
        if not _can_be_told(seat):
            why = "empty" if seat.is_empty else "no_account"
            skipped.append({"label": seat.label, "duty": seat.duty, "name": seat.name, "why": why})
            continue
        is_top = not any(_can_be_told(higher) for higher in above[number + 1 :])
        if row.level:
            batch.left.append(row)
        row.level, row.is_at_top = seat.level, is_top
        row.next_at = None if is_top else batch.next_level_at
        batch.told.append(_told(batch, row, seat, skipped, is_top))
        batch.news.append(_news(row, "dispatch.escalated", _said(seat, skipped, is_top)))
        return
    row.is_at_top, row.next_at = True, None
    data = {
        "level": row.level,
        "to_account": None,
        "to_name": "",
        "to_duty": "",
        "skipped": skipped,
        "at_top": True,
    }
    batch.news.append(_news(row, "dispatch.escalated", data))


def _can_be_told(seat: Seat) -> bool:
    """Somebody is there and reads here; whoever has no account is named as passed over."""
    return not seat.is_empty and seat.account_id is not None


def _told(batch: _Batch, row: Clock, seat: Seat, skipped: list[dict[str, str]], is_top: bool) -> Escalation:
    return Escalation(
        id=uuid7(), tenant_id=row.tenant_id, community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
        subject_kind=row.subject_kind, subject_id=row.subject_id, clock_id=row.id, what=row.what, at=batch.now,
        level=seat.level, label=seat.label, duty=seat.duty, name=seat.name, account_id=seat.account_id,
        deputy_for=seat.deputy_for, skipped=skipped, is_top=is_top,
    )  # fmt: skip


def _said(seat: Seat, skipped: Sequence[dict[str, str]], is_top: bool) -> dict[str, Any]:
    return {
        "level": seat.level,
        "label": seat.label,
        "to_account": seat.account_id,
        "to_name": seat.name,
        "to_duty": seat.duty,
        "deputy_for": seat.deputy_for,
        "skipped": list(skipped),
        "at_top": is_top,
    }


def _news(row: Clock, event: str, data: dict[str, Any]) -> News:
    told = {"what": row.what, "clock": str(row.id), "due_at": row.due_at.isoformat()}
    return News(
        tenant_id=row.tenant_id, event=event, subject_kind=row.subject_kind, subject_id=str(row.subject_id),
        actor_kind="system", actor_name=ACTOR, community_id=row.community_id, grid_id=row.grid_id,
        unit_id=row.unit_id, data=told | data,
    )  # fmt: skip


def _write(batch: _Batch, due: Sequence[Clock]) -> None:
    if batch.left:
        Escalation.objects.get_queryset().filter(
            tenant_id=batch.tenant_id, clock_id__in=[row.id for row in batch.left], ended_at__isnull=True
        ).update(ended_at=batch.now)
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                [row.id for row in due], [row.next_at for row in due], [row.warned_at for row in due],
                [row.overdue_at for row in due], [row.level for row in due], [row.is_at_top for row in due],
                batch.tenant_id,
            ],
        )  # fmt: skip
    Escalation.objects.get_queryset().bulk_create(batch.told)
    record_all(batch.news, at=batch.now)
