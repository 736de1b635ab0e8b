"""Orders and clocks of a subject set aside, and brought back exactly as they were: for cases that are merged.

What is set aside has ended for everybody who looks: units no longer have it, clocks do not ring. What it was before is
handed to the room above, which keeps it and brings it with it when the subject goes on alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baiying.dispatch import clocks, order_clocks
from baiying.dispatch.models import Clock, ClockChange, Escalation, Order
from baiying.dispatch.services import RUNNING
from baiying.kit import clock
from baiying.org.rules import Actor

_ORDER = ("state", "result", "reason", "reason_code")
_MOMENTS = ("next_at", "paused_at", "pause_until")


def set_aside(by: Actor, *, subject: clocks.Subject, reason: str) -> dict[str, Any]:
    """Every running order and clock of the subject ends now; returns what they were, as JSON. Needs the street's scope."""
    orders, kept = [], clocks_set_aside(subject)
    rows = Order.objects.get_queryset().filter(
        tenant_id=subject.tenant_id, subject_id=subject.id, subject_kind=subject.kind, state__in=RUNNING
    )
    for order in rows.select_for_update(of=("self",)).order_by("id"):
        orders.append({"id": str(order.id)} | {name: getattr(order, name) for name in _ORDER})
        if order_clocks.has_own(order):
            kept += clocks_set_aside(order_clocks.subject_of(order))
        order.state, order.result = Order.State.RECALLED, Order.Result.CANCELLED
        order.reason, order.ended_at, order.ended_by = reason, clock.now(), by.account_id
        order.save(update_fields=[*_ORDER, "ended_at", "ended_by"])
    return {"orders": orders, "clocks": kept}


def clocks_set_aside(subject: clocks.Subject) -> list[dict[str, Any]]:
    """The clocks of a subject stop; returns what they were."""
    rows = clocks.running(subject)
    kept = [_clock(row) for row in sorted(rows.values(), key=lambda row: str(row.id))]
    if rows:
        clocks.stop(subject, whats=list(rows))
    return kept


def _clock(row: Clock) -> dict[str, Any]:
    mine = {"tenant_id": row.tenant_id, "subject_id": row.subject_id, "clock_id": row.id, "ended_at": None}
    changes = ClockChange.objects.get_queryset().filter(kind="pause", **mine)
    told = Escalation.objects.get_queryset().filter(**mine)
    moments = {name: getattr(row, name) for name in _MOMENTS}
    return {
        "id": str(row.id),
        "state": row.state,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
        "changes": list(changes.values_list("id", flat=True)),
        "escalations": [str(i) for i in told.values_list("id", flat=True)],
    }


def bring_back(tenant_id: int, kept: Mapping[str, Any]) -> None:
    """The orders and clocks run again as they did. Needs the street's scope."""
    for said in kept.get("orders", ()):
        rows = Order.objects.get_queryset().filter(tenant_id=tenant_id, id=UUID(said["id"]))
        rows.update(**{name: said[name] for name in _ORDER}, ended_at=None, ended_by=None)
    for said in kept.get("clocks", ()):
        _run_again(tenant_id, said)


def _run_again(tenant_id: int, said: Mapping[str, Any]) -> None:
    moments = {name: datetime.fromisoformat(said[name]) if said[name] else None for name in _MOMENTS}
    rows = Clock.objects.get_queryset().filter(tenant_id=tenant_id, id=UUID(said["id"]))
    rows.update(state=said["state"], stopped_at=None, **moments)
    changes: Sequence[int] = said["changes"]
    ClockChange.objects.get_queryset().filter(tenant_id=tenant_id, id__in=changes).update(ended_at=None)
    told = [UUID(one) for one in said["escalations"]]
    Escalation.objects.get_queryset().filter(tenant_id=tenant_id, id__in=told).update(ended_at=None)


def go_on_since(subject: clocks.Subject, moment: datetime) -> None:
    """Standing clocks of a subject go on as if they had done so at that moment."""
    for row in clocks.running(subject).values():
        if row.paused_at is not None:
            clocks.resume_at(row, moment)
