"""What time does: old messages go, with their attempts; what waited too long is given up first."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from baiying.kit import clock
from baiying.webhooks.models import Attempt, Delivery

DAYS: Final = 30
AT_ONCE: Final = 5_000


def forget(tenant_id: int) -> int:
    """Delete messages older than DAYS, an hour's share at a time; in the street's scope. Returns how many."""
    old = Delivery.objects.get_queryset().filter(
        tenant_id=tenant_id, at__lt=clock.now() - timedelta(days=DAYS)
    )
    ids = list(old.order_by("id").values_list("id", flat=True)[:AT_ONCE])
    Attempt.objects.get_queryset().filter(delivery_id__in=ids).delete()
    Delivery.objects.get_queryset().filter(id__in=ids).delete()
    return len(ids)
