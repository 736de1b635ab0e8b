"""Reads of orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from baiying.dispatch.calls_steps import CANCELLED, EXCUSED
from baiying.dispatch.models import Clock, Escalation, Meeting, Order, Summons
from baiying.org.rules import Actor, Scope, seeing

RUNNING = (Order.State.HANDED_OUT, Order.State.ACKNOWLEDGED)


def orders_of(scope: Scope, subject_id: UUID) -> QuerySet[Order]:
    """The orders of one subject, leading and supporting, the latest first."""
    return Order.objects.within(scope).filter(subject_id=subject_id).order_by("-handed_out_at")


def lead_of(scope: Scope, subject_id: UUID) -> Order | None:
    """The lead order that runs, else None."""
    rows = Order.objects.within(scope).filter(subject_id=subject_id, part=Order.Part.LEAD)
    order: Order | None = rows.filter(state__in=RUNNING).first()
    return order


def leads_returned(scope: Scope, subject_id: UUID) -> list[Order]:
    """The lead orders that units have returned, the first one first."""
    rows = Order.objects.within(scope).filter(subject_id=subject_id, part=Order.Part.LEAD)
    return list(rows.filter(state=Order.State.RETURNED).select_related("unit").order_by("handed_out_at"))


def supports_running(scope: Scope, subject_id: UUID) -> list[Order]:
    """The supporting orders that have not ended, the first one first."""
    rows = Order.objects.within(scope).filter(subject_id=subject_id, part=Order.Part.SUPPORT)
    return list(rows.filter(state__in=RUNNING).select_related("unit").order_by("handed_out_at"))


def order_within(scope: Scope, order_id: UUID) -> Order | None:
    """An order of the scope's branch, else None."""
    order: Order | None = (
        Order.objects.within(scope).select_related("unit", "person").filter(id=order_id).first()
    )
    return order


def orders_held(scope: Scope, unit_ids: list[int], part: str = "") -> QuerySet[Order]:
    """The running orders that these units have."""
    rows = Order.objects.within(scope).filter(unit_id__in=unit_ids, state__in=RUNNING).select_related("unit")
    return rows.filter(part=part) if part else rows


def orders_due(scope: Scope, unit_id: int, *, most: int) -> QuerySet[Order]:
    """Orders that a unit has in hand and that have a limit, the one due first on top."""
    held = Order.objects.within(scope).filter(
        unit_id=unit_id, state__in=[Order.State.HANDED_OUT, Order.State.ACKNOWLEDGED], due_at__isnull=False
    )
    return held.order_by("due_at", "id")[:most]


def meetings_called_to(scope: Scope, unit_id: int, *, since: datetime) -> list[Meeting]:
    """Meetings not yet held to which a unit is called, or to which it calls; not those it need not come to."""
    called = Summons.objects.within(scope).filter(unit_id=unit_id).exclude(state__in=(EXCUSED, CANCELLED))
    own = Q(call__unit_id=unit_id) | Q(call__summons__in=called)
    rows = Meeting.objects.within(scope).filter(own, held_at=None, planned_at__gte=since, call__ended_at=None)
    return list(rows.select_related("call").order_by("planned_at", "id").distinct()[:100])


def escalations_for(by: Actor) -> QuerySet[Escalation]:
    """What this person was told and is not over yet, the latest first; wherever it lies."""
    rows = Escalation.objects.get_queryset().filter(tenant_id=by.scope.tenant, account_id=by.account_id)
    return rows.filter(ended_at__isnull=True).order_by("acknowledged_at", "-at", "-id")


def open_escalations(scope: Scope) -> QuerySet[Escalation]:
    """Every escalation of a branch that is not over."""
    return Escalation.objects.within(scope).filter(ended_at__isnull=True)


def due_dates(tenant_id: int, rows: Iterable[Escalation]) -> dict[UUID, datetime]:
    """By clock, when what these are about was due; whoever was told may know it, a deputy from another branch too."""
    with seeing(Scope(tenant_id, "street")):
        clocks = Clock.objects.filter(tenant_id=tenant_id, id__in=[row.clock_id for row in rows])
        return dict(clocks.values_list("id", "due_at"))


def unanswered_count(by: Actor) -> int:
    """How many of this person's reminders are not acknowledged."""
    return escalations_for(by).filter(acknowledged_at__isnull=True).count()


def clocks_at_top(scope: Scope) -> QuerySet[Clock]:
    """Overdue clocks about which nobody is left to be told, not even once."""
    return Clock.objects.within(scope).filter(stopped_at__isnull=True, is_at_top=True, level=0)
