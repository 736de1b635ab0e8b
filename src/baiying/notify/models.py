"""The ledger of letters: what was promised to be told to whom, on which way it went, and what came of it.

Rooms above are named as text and accounts by number, never by foreign key: this room knows neither.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Posted(models.Model):
    """One letter to one person: a line of the ledger, kept. Its words stand in Content and go after a while."""

    class State(models.TextChoices):
        WAITING = "waiting"  # something has still to go out
        SENT = "sent"  # a gateway has taken it, or it lies in the inbox and was never to go elsewhere
        FAILED = "failed"  # the last channel tried has refused it

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    key = models.TextField()  # the same news is posted once
    promise = models.TextField()  # letters to several people about one promise share it
    kind = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.TextField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)  # None: a resident
    name = models.TextField(default="")  # of staff; a resident's is not repeated here
    stands_in_for = models.TextField(
        default="", db_default=""
    )  # the name of a colleague on leave who was told as well
    is_urgent = models.BooleanField(default=False)
    must_be_read_by = models.DateTimeField(null=True)
    ends_in_call = models.BooleanField(default=False)
    channels = ArrayField(models.TextField(), default=list)  # in the order in which they are tried
    position = models.SmallIntegerField(default=0)  # how many of them have been begun
    state = models.TextField(choices=State.choices, default=State.WAITING)
    fell_back = models.BooleanField(default=False)
    posted_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # what it asked for is done; nothing more needs to go out
    next_at = models.DateTimeField(null=True)  # when the next channel, or the call, is due

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "key"], name="posted_once")]
        indexes = [
            models.Index(fields=["tenant_id", "account_id", "-posted_at", "-id"], name="posted_inbox"),
            models.Index(
                fields=["tenant_id", "account_id", "-posted_at"], name="posted_unread",
                condition=Q(read_at__isnull=True),
            ),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="posted_about"),
            models.Index(fields=["tenant_id", "promise"], name="posted_promise"),
            models.Index(fields=["tenant_id", "-posted_at", "-id"], name="posted_recent"),
            models.Index(fields=["tenant_id", "state", "-posted_at", "-id"], name="posted_in_state"),
            models.Index(
                fields=["tenant_id", "-posted_at", "-id"], name="posted_fell_back", condition=Q(fell_back=True)
            ),
            models.Index(
                fields=["tenant_id", "next_at"], name="posted_due", condition=Q(next_at__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_id}"


class Content(models.Model):
    """The words of a letter and, for a resident, where it goes. Its reader's alone; deleted when its days are over."""

    posted = models.OneToOneField(Posted, on_delete=models.PROTECT, primary_key=True, related_name="content")
    tenant_id = models.IntegerField()
    account_id = models.BigIntegerField(null=True)
    title = models.TextField()
    body = models.TextField(default="")
    link = models.TextField(default="")  # a path of ours
    addresses = models.JSONField(default=dict)
    posted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "posted_at"], name="content_age")]

    def __str__(self) -> str:
        return str(self.posted_id)


class Sending(models.Model):
    """A letter on its way through one channel: claimed by a carrier, tried again, taken or refused."""

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        SENT = "sent"
        GIVEN_UP = "given_up"
        DROPPED = "dropped"  # read or settled before it went out

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    posted = models.ForeignKey(Posted, on_delete=models.PROTECT, related_name="sendings", db_index=False)
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    channel = models.TextField()
    address_masked = models.TextField(default="")
    state = models.TextField(choices=State.choices, default=State.WAITING)
    in_digest = models.BooleanField(default=False)
    not_before = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")  # of the gateway, shortened, without addresses

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posted", "channel"], name="sending_once_per_channel"),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "channel", "not_before"], name="sending_to_carry",
                condition=Q(state__in=["waiting", "claimed"]),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.posted_id} {self.channel}"


class PhoneTask(models.Model):
    """Nothing written has arrived in time: somebody at the desk takes up the telephone."""

    class Result(models.TextChoices):
        REACHED = "reached"
        NOT_REACHED = "not_reached"
        WRONG_NUMBER = "wrong_number"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    promise = models.TextField()
    posted = models.ForeignKey(Posted, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.TextField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    account_ids = ArrayField(models.BigIntegerField(), default=list)  # empty: the resident of the subject
    names = ArrayField(models.TextField(), default=list)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.BigIntegerField(null=True)
    done_by_name = models.TextField(default="")
    result = models.TextField(choices=Result.choices, default="")
    note = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "promise"], name="phone_task_once")]
        indexes = [
            models.Index(
                fields=["tenant_id", "created_at", "id"], name="phone_task_open", condition=Q(done_at__isnull=True)
            ),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="phone_task_about"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Preference(models.Model):
    """How one member of staff wants to be told, and where. Nobody else's to see."""

    tenant_id = models.IntegerField()
    account_id = models.BigIntegerField()
    channels = ArrayField(models.TextField(), default=list)
    addresses = models.JSONField(default=dict)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    digest_at = models.TimeField(null=True)
    calendar_hash = models.TextField(default="")
    calendar_made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "account_id"], name="preference_once")]

    def __str__(self) -> str:
        return str(self.account_id)


class Device(models.Model):
    """A browser that its owner has let show "there is a message". Nobody else's to see; gone with signing out there."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    account_id = models.BigIntegerField()
    endpoint = models.TextField()  # the browser's address at its maker's push service
    public_key = models.TextField()
    secret = models.TextField()
    added_at = models.DateTimeField()
    told_at = models.DateTimeField()  # when something last went out to this person's devices

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "endpoint"], name="device_once"),
        ]
        indexes = [models.Index(fields=["tenant_id", "account_id"], name="device_of")]

    def __str__(self) -> str:
        return str(self.id)


class Missed(models.Model):
    """News for which no letter could be worded yet: a fault of ours, tried again, never in the way of others."""

    entry_id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    event = models.TextField()
    fault = models.TextField(default="")
    tries = models.SmallIntegerField(default=1)
    next_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "next_at"], name="missed_due")]

    def __str__(self) -> str:
        return f"{self.event} {self.entry_id}"
