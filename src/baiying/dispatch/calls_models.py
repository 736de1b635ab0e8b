"""A call (呼叫): several units and people summoned at once to one matter; what each answered; where they met.

Like an order, a call does not know what it is about: it carries the caller's own words, never a resident's, and names its
subjects by kind, id and label. `seen_by` lists the units, beside the street, that may see a row: the policy of the
database reads it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from baiying.org.queries import ScopedManager

SEEN_BY = dict.fromkeys(("community", "grid", "unit"), "seen_by[]")


class Call(models.Model):
    """One call: who calls, what for, where, and by when the called have to respond."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    number = models.TextField()
    kind = models.TextField()
    state = models.TextField()
    title = models.TextField()
    text = models.TextField()
    place = models.TextField(default="")
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")  # who calls
    community_id = models.BigIntegerField(null=True)  # the calling community; none: the street's office calls
    called_ids = ArrayField(models.BigIntegerField(), default=list)  # the units called: whom one meets there
    raised_by = models.BigIntegerField(null=True)
    raised_by_name = models.TextField(default="")
    raised_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)  # set when the call goes out
    is_by_date = models.BooleanField(default=False)  # respond_by was named by the caller
    counts = models.TextField()  # acknowledge | arrive: what stops the time
    limit = models.JSONField(
        default=dict
    )  # the row of the limits that was used: value, unit, source, grade, valid_from
    ended_at = models.DateTimeField(null=True)
    result = models.TextField(default="")  # how it ended, or why it was withdrawn or not sent out
    version = models.IntegerField(default=0)

    objects = ScopedManager()
    scope_columns = SEEN_BY

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "number"], name="call_number_once")]
        indexes = [
            models.Index(fields=["tenant_id", "-raised_at", "-id"], name="call_recent"),
            models.Index(fields=["tenant_id", "respond_by"], name="call_open", condition=models.Q(ended_at__isnull=True)),
            GinIndex(fields=["seen_by"], name="call_seen_by"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class CallSubject(models.Model):
    """What a call is about, by a label that may be told to everybody who is called (a case's reference)."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="subjects")
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    label = models.TextField()

    objects = ScopedManager()
    scope_columns = SEEN_BY

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "subject_kind", "subject_id"], name="call_subject_once")
        ]
        indexes = [models.Index(fields=["tenant_id", "subject_id"], name="call_of_subject")]

    def __str__(self) -> str:
        return self.label


class Summons(models.Model):
    """One called unit, or one person of it: what it answered, when it was there, what it reported."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="summons")
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("org.Account", on_delete=models.PROTECT, related_name="+", null=True)
    person = models.TextField(default="")  # the name of a person called, with or without an account
    state = models.TextField()
    called_at = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    expected_at = models.DateTimeField(null=True)  # when it says it comes
    arrived_at = models.DateTimeField(null=True)  # as the caller confirmed
    arrived_place = models.TextField(default="")
    reported_at = models.DateTimeField(null=True)
    report = models.TextField(default="")
    has_objected = models.BooleanField(default=False)
    reason = models.TextField(default="")  # of the last objection, refusal, absence or release
    justified = models.TextField(default="")  # yes | partly | no: what the unit says of the call
    justified_why = models.TextField(default="")
    justified_at = models.DateTimeField(null=True)
    response = models.TextField(default="")  # good | fair | poor: what the caller says of the response
    response_why = models.TextField(default="")
    response_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=0)

    objects = ScopedManager()
    scope_columns = SEEN_BY

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "unit", "account", "person"], nulls_distinct=False, name="summons_once"
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "unit", "state"], name="summons_of_unit"),
            GinIndex(fields=["seen_by"], name="summons_seen_by"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.call_id} -> {self.unit_id}"


class CallLine(models.Model):
    """What happened to a call, line by line; a line about one summons is read by the caller and that unit alone."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="lines")
    summons = models.ForeignKey(Summons, on_delete=models.PROTECT, related_name="lines", null=True)
    at = models.DateTimeField()
    step = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(default="")
    unit_id = models.BigIntegerField(null=True)
    text = models.TextField(default="")
    data = models.JSONField(default=dict)

    objects = ScopedManager()
    scope_columns = SEEN_BY

    def __str__(self) -> str:
        return f"{self.step} {self.at:%F %R}"


class Meeting(models.Model):
    """A joint meeting on site: planned for a time and place; afterwards who was there, minutes and decisions."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="meetings")
    place = models.TextField()
    planned_at = models.DateTimeField()
    planned_by_name = models.TextField(default="")
    held_at = models.DateTimeField(null=True)
    present_ids = ArrayField(models.BigIntegerField(), default=list)  # units that were there
    others_present = models.TextField(default="")
    minutes = models.TextField(default="")
    decisions = models.TextField(default="")
    recorded_by_name = models.TextField(default="")

    objects = ScopedManager()
    scope_columns = SEEN_BY

    def __str__(self) -> str:
        return f"{self.place} {self.planned_at:%F %R}"


class CallTask(models.Model):
    """A task that a call or its meeting gave to one unit; the order itself is found by (kind "call", this id)."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="tasks")
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="tasks", null=True)
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    due_at = models.DateTimeField()
    result = models.TextField(default="")
    created_at = models.DateTimeField()

    objects = ScopedManager()
    scope_columns = SEEN_BY

    def __str__(self) -> str:
        return self.text[:20]
