"""Clocks: one promise that runs, what moved it, and who was told when it was not kept."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baiying.org.queries import ScopedManager

PLACED = {"community": "community_id", "grid": "grid_id", "unit": "unit_id", "case": "subject_id"}


class Clock(models.Model):
    """A promise with a limit. Its place and unit repeat the subject's, so that scope needs no join.

    The limit and its source are those in force when it started; a rule that changes later does not move it.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    what = models.TextField()  # see limits.WHATS
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    limit_value = models.SmallIntegerField()
    limit_unit = models.TextField()
    source = models.TextField(default="")
    grade = models.TextField(default="")
    due_at = models.DateTimeField()
    is_estimated = models.BooleanField(default=False)  # a day on the way lies in a year not yet announced
    warn_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when time itself has something to do; null: never
    warned_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    level = models.SmallIntegerField(default=0)  # the last level of the chain that was told
    is_at_top = models.BooleanField(default=False)  # nobody is left above
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(default="")
    pause_until = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = PLACED

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject_id", "subject_kind", "what"],
                condition=Q(stopped_at__isnull=True),
                name="clock_one_running",
            )
        ]
        indexes = [
            # The one index that finds what is due next; what stands still or is over is not in it.
            models.Index(
                fields=["tenant_id", "next_at"], name="clock_next", condition=Q(next_at__isnull=False)
            ),
            models.Index(fields=["tenant_id", "subject_id"], name="clock_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.due_at:%F %R}"


class ClockChange(models.Model):
    """What moved a clock's limit, or let it stand still: never without a row here, and the row says who and why."""

    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    subject_id = models.UUIDField()
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="changes")
    kind = models.TextField()  # pause | extend | change | hard
    at = models.DateTimeField()
    by_kind = models.TextField()
    by_account = models.BigIntegerField(null=True)
    by_name = models.TextField(default="")
    reason = models.TextField(default="")  # a listed reason's code, or the step that did it
    text = models.TextField(default="")
    until = models.DateTimeField(null=True)  # pause: when it ends at the latest
    ended_at = models.DateTimeField(null=True)  # pause: when it ended
    due_before = models.DateTimeField()
    due_after = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = PLACED

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "subject_id"], name="clock_change_of_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F %R}"


class Escalation(models.Model):
    """Somebody up the chain was told that a promise was not kept; open until the clock stops or goes one level on."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="escalations", db_index=False)
    what = models.TextField()
    at = models.DateTimeField()
    level = models.SmallIntegerField()
    label = models.TextField(default="")
    duty = models.TextField(default="")
    name = models.TextField(default="")
    account_id = models.BigIntegerField(null=True)
    deputy_for = models.TextField(default="")
    skipped = models.JSONField(default=list)  # seats passed over: [{"label": …, "duty": …, "why": …}]
    is_top = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.BigIntegerField(null=True)
    acknowledged_as = models.TextField(default="")  # take_charge | noted
    note = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = PLACED

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock", "level"], name="escalation_once_per_level",
                                               condition=Q(ended_at__isnull=True))]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant_id", "account_id", "-at"], name="escalation_of_account",
                         condition=Q(ended_at__isnull=True)),
            models.Index(fields=["tenant_id", "subject_id"], name="escalation_of_subject"),
            models.Index(fields=["tenant_id", "-at", "-id"], name="escalation_open", condition=Q(ended_at__isnull=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.level} {self.name}"


class ProfileChoice(models.Model):
    """Which rule profile the street follows, from a day on."""

    tenant_id = models.IntegerField()
    profile = models.TextField()
    valid_from = models.DateField()
    reason = models.TextField(default="")
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "valid_from"], name="profile_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.profile}"


class LocalLimit(models.Model):
    """A limit that the street sets for itself, for a step and perhaps one category, from a day on."""

    tenant_id = models.IntegerField()
    step = models.TextField()  # see limits.SETTABLE
    category = models.TextField(default="")  # code; empty: every category
    value = models.SmallIntegerField(null=True)  # null: from then on the profile counts again
    unit = models.TextField(default="working_day")
    valid_from = models.DateField()
    reason = models.TextField()
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "step", "category", "valid_from"], name="local_limit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.category} {self.value} {self.unit}"


class LocalNumber(models.Model):
    """A number of the protocol around orders that the street sets for itself, from a day on. Rows are added, never changed."""

    tenant_id = models.IntegerField()
    rule = models.TextField()  # see order_numbers.KINDS
    value = models.SmallIntegerField(null=True)  # null: from then on the profile counts again
    valid_from = models.DateField()
    reason = models.TextField()
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "rule", "valid_from"], name="local_number_from")]

    def __str__(self) -> str:
        return f"{self.rule} {self.value} {self.valid_from}"
