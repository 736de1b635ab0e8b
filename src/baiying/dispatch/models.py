"""Orders (派单): to which unit, since when, how it ended. An order does not know what it is about."""

from __future__ import annotations

from django.db import models

from baiying.org.queries import ScopedManager


class Order(models.Model):
    """One piece of work handed to one unit."""

    class State(models.TextChoices):
        HANDED_OUT = "handed_out"
        ACKNOWLEDGED = "acknowledged"
        RETURNED = "returned"
        FINISHED = "finished"
        RECALLED = "recalled"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    state = models.TextField(choices=State.choices, default=State.HANDED_OUT)
    instruction = models.TextField(default="")
    reason = models.TextField(default="")
    due_at = models.DateTimeField(null=True)
    handed_out_at = models.DateTimeField()
    handed_out_by = models.BigIntegerField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id", "unit": "unit_id", "case": "subject_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject_kind", "subject_id"],
                condition=models.Q(state__in=["handed_out", "acknowledged"]),
                name="order_one_running_per_subject",
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "subject_id"], name="order_of_subject"),
            models.Index(fields=["tenant_id", "unit", "state"], name="order_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} -> {self.unit_id}"
