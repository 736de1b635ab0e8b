"""Reads of orders."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from baiying.dispatch.models import Order
from baiying.org.rules import Scope


def orders_of(scope: Scope, subject_id: UUID) -> QuerySet[Order]:
    """The orders of one subject, the latest first."""
    return Order.objects.within(scope).filter(subject_id=subject_id).order_by("-handed_out_at")
