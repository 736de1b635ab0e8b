"""What time does to letters: the next channel, the call, words that have been kept long enough."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from baiying.kit import clock
from baiying.notify.models import Content, Device, Missed, PhoneTask, Posted
from baiying.notify.services import step_on

MOST_AT_ONCE = 200


def fall_back(tenant_id: int) -> int:
    """Letters that were not read, or not taken, in time go on to the next channel or to the desk's telephone."""
    now = clock.now()
    with transaction.atomic():
        due = Posted.objects.filter(tenant_id=tenant_id, next_at__lte=now).order_by("next_at")
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:MOST_AT_ONCE])
        for posted in rows:
            step_on(posted, now)
    return len(rows)


def close_calls(tenant_id: int) -> int:
    """A call for which somebody has since read the letter need not be made."""
    told = Posted.objects.filter(tenant_id=tenant_id, promise=OuterRef("promise"))
    read = told.filter(Q(read_at__isnull=False) | Q(settled_at__isnull=False))
    open_tasks = PhoneTask.objects.filter(Exists(read), tenant_id=tenant_id, done_at=None)
    return open_tasks.update(done_at=clock.now())


def forget_contents(tenant_id: int) -> int:
    """Words and residents' addresses are deleted after the days that are set; the ledger's lines stay."""
    before = clock.now() - timedelta(days=settings.LETTERS_DAYS)
    old = Content.objects.filter(tenant_id=tenant_id, posted_at__lt=before).values("posted_id")[:2000]
    return Content.objects.filter(
        tenant_id=tenant_id, posted_id__in=list(old.values_list("posted_id", flat=True))
    ).delete()[0]


def forget_devices(tenant_id: int) -> int:
    """Browsers to which nothing has gone for a year are forgotten: of people who left, or look elsewhere."""
    before = clock.now() - timedelta(days=365)
    return Device.objects.filter(tenant_id=tenant_id, told_at__lt=before).delete()[0]


def forget_missed(tenant_id: int) -> int:
    """News that could not be worded for a month is given up; the log has told of it often enough."""
    before = clock.now() - timedelta(days=30)
    return Missed.objects.filter(tenant_id=tenant_id, next_at__lt=before).delete()[0]
