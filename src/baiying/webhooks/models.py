"""A subscription of a post, what is to be delivered for it, and every attempt."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from baiying.org.queries import ScopedManager

_PLACED = {"community": "community_id", "grid": "grid_id", "unit": "unit_id"}


class Subscription(models.Model):
    """Which events go to which address. The secret is derived from `salt` and the installation's key, and not kept."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)  # the branch of its owner's post
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    post = models.ForeignKey("org.Post", on_delete=models.PROTECT, related_name="+")
    owner_name = models.TextField(default="")
    label = models.TextField()
    url = models.TextField()
    events = ArrayField(models.TextField())
    salt = models.TextField()
    state = models.TextField(choices=State.choices, default=State.ACTIVE)
    why_paused = models.TextField(default="")
    failures = models.SmallIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(null=True)  # not before, while the receiver is away
    made_at = models.DateTimeField()
    last_taken_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = _PLACED

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "state"], name="webhook_in_state")]

    def __str__(self) -> str:
        return self.label


class Delivery(models.Model):
    """One event for one subscription; of one subject they go out in the order of their ids."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TAKEN = "taken"
        GIVEN_UP = "given_up"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    event_id = models.UUIDField()  # of the journal's row: the same for every attempt and every subscription
    event = models.TextField()
    subject_id = models.TextField()
    payload = models.JSONField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    tries = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = _PLACED

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_id"], name="webhook_event_once")
        ]
        indexes = [
            models.Index(fields=["subscription", "-id"], name="webhook_delivery_recent"),
            models.Index(
                fields=["subscription", "subject_id", "id"], name="webhook_waiting", condition=Q(state="waiting")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.event} {self.event_id}"


class Attempt(models.Model):
    """What the receiver answered, once. `status` null: it was not reached, `said` says why."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    milliseconds = models.IntegerField()
    said = models.TextField(default="")

    objects = ScopedManager()
    scope_columns = _PLACED

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.status}"
