"""Reads of the journal."""

from __future__ import annotations

from django.db.models import QuerySet

from baiying.journal.models import Batch, Entry


def entries_of(tenant_id: int) -> QuerySet[Entry]:
    """The street's events, the latest first (keyset: at, id)."""
    return Entry.objects.filter(tenant_id=tenant_id).order_by("-at", "-id")


def entries_about(tenant_id: int, subject_kind: str, subject_id: str) -> QuerySet[Entry]:
    """The events of one subject, in order."""
    rows = Entry.objects.filter(tenant_id=tenant_id, subject_kind=subject_kind, subject_id=subject_id)
    return rows.order_by("at", "id")


def unheard_count(tenant_id: int) -> int:
    """How many events still wait for the worker."""
    return Entry.objects.filter(tenant_id=tenant_id, batch_id__isnull=True).count()


def last_batch(tenant_id: int) -> Batch | None:
    """The latest seal, else None."""
    return Batch.objects.filter(tenant_id=tenant_id).order_by("-id").first()
