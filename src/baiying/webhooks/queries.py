"""Reads of subscriptions."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from baiying.kit.refusals import NotFound
from baiying.org.rules import Scope
from baiying.webhooks.models import Delivery, Subscription


def subscriptions(scope: Scope) -> QuerySet[Subscription]:
    """Those of a branch, the latest first, each with how much waits."""
    rows: QuerySet[Subscription] = Subscription.objects.within(scope)
    waiting = Count("deliveries", filter=Q(deliveries__state=Delivery.State.WAITING))
    return rows.annotate(waiting=waiting).order_by("-made_at", "-id")


def subscription_within(scope: Scope, subscription_id: UUID) -> Subscription:
    """One of a branch. Raises NotFound."""
    row = subscriptions(scope).filter(id=subscription_id).first()
    if row is None:
        raise NotFound(field="subscription")
    return row


def deliveries_of(scope: Scope, subscription: Subscription) -> QuerySet[Delivery]:
    """What was to be delivered, the latest first, with every attempt."""
    rows: QuerySet[Delivery] = Delivery.objects.within(scope).filter(subscription=subscription)
    return rows.prefetch_related("attempts").order_by("-id")


def due(tenant_id: int, now: object) -> list[UUID]:
    """The active subscriptions that have something to send now; the caller has set the street's scope."""
    rows = Subscription.objects.get_queryset().filter(tenant_id=tenant_id, state=Subscription.State.ACTIVE)
    rows = rows.filter(Q(next_at=None) | Q(next_at__lte=now), deliveries__state=Delivery.State.WAITING)
    return list(rows.filter(deliveries__next_at__lte=now).values_list("id", flat=True).distinct())
