"""What happened, written once and never changed: audit trail and outbox in one table.

Rooms above are named as text, never by foreign key, so that the journal outlives what it speaks of.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One event. `before` and `after` are the facts under which the subject was and is counted."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    at = models.DateTimeField()
    event = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(default="")
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    from_state = models.TextField(default="")
    to_state = models.TextField(default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    data = models.JSONField(default=dict)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant_id", "id"], name="journal_unheard", condition=Q(batch_id__isnull=True)
            ),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="journal_subject"),
            models.Index(fields=["tenant_id", "-at", "-id"], name="journal_recent"),
            models.Index(
                fields=["batch_id"], name="journal_batch_members", condition=Q(batch_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_kind} {self.subject_id}"


class Batch(models.Model):
    """A sealed handful of entries: their hash together with the seal before makes later tampering visible."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.IntegerField()
    at = models.DateTimeField()
    entry_count = models.IntegerField()
    previous_root = models.TextField()
    root = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="journal_batch_latest")]

    def __str__(self) -> str:
        return f"batch {self.pk}: {self.entry_count} entries"
