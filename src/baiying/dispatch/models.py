"""Orders (派单): to which unit, since when, how it ended. An order does not know what it is about."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from baiying.dispatch.clock_models import Clock as Clock
from baiying.dispatch.clock_models import ClockChange as ClockChange
from baiying.dispatch.clock_models import Escalation as Escalation
from baiying.dispatch.clock_models import LocalLimit as LocalLimit
from baiying.dispatch.clock_models import LocalNumber as LocalNumber
from baiying.dispatch.clock_models import ProfileChoice as ProfileChoice
from baiying.org.queries import ScopedManager


class Order(models.Model):
    """One piece of work handed to one unit: it leads (主办) or supports (协办)."""

    class Part(models.TextChoices):
        LEAD = "lead"
        SUPPORT = "support"

    class State(models.TextChoices):
        HANDED_OUT = "handed_out"
        ACKNOWLEDGED = "acknowledged"
        RETURNED = "returned"
        FINISHED = "finished"
        RECALLED = "recalled"

    class Result(models.TextChoices):
        SOLVED = "solved"
        NOT_SOLVED = "not_solved"
        NOTHING_FOUND = "nothing_found"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    part = models.TextField(choices=Part.choices, default=Part.LEAD, db_default=Part.LEAD)
    person = models.ForeignKey(  # a named account of the unit, where one was named
        "org.Account", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    state = models.TextField(choices=State.choices, default=State.HANDED_OUT)
    instruction = models.TextField(default="")
    reason = models.TextField(default="")
    reason_code = models.TextField(default="", db_default="")  # of a listed reason, when it was returned
    final_reason = models.TextField(
        default="", db_default=""
    )  # the office decided: why it cannot be returned
    result = models.TextField(choices=Result.choices, default="", db_default="")
    result_text = models.TextField(default="", db_default="")
    photo_ids = ArrayField(models.UUIDField(), default=list, db_default=[])  # the proof
    no_photo_reason = models.TextField(default="", db_default="")  # or why there is none
    rule_version = models.IntegerField(null=True)  # why here: rule set and row, and what was asked of them
    rule_row = models.BigIntegerField(null=True)
    rule = models.JSONField(default=dict, db_default={})
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
                condition=Q(state__in=["handed_out", "acknowledged"], part="lead"),
                name="order_one_lead_per_subject",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "subject_kind", "subject_id", "unit"],
                condition=Q(state__in=["handed_out", "acknowledged"], part="support"),
                name="order_one_support_per_unit",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "subject_id"], name="order_of_subject"),
            models.Index(fields=["tenant_id", "unit", "state"], name="order_of_unit"),
            models.Index(
                fields=["tenant_id", "due_at", "id"], name="order_running_due",
                condition=Q(state__in=["handed_out", "acknowledged"]),
            ),
            models.Index(
                fields=["tenant_id", "rule_row"], name="order_of_rule", condition=Q(rule_row__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} -> {self.unit_id}"

    @property
    def is_running(self) -> bool:
        """Whether somebody still has it to do."""
        return self.state in (self.State.HANDED_OUT, self.State.ACKNOWLEDGED)


class RuleSet(models.Model):
    """One version of a street's rules of dispatch; what is live is never changed, a new version takes its place."""

    class State(models.TextChoices):
        DRAFT = "draft"
        TESTED = "tested"
        LIVE = "live"
        RETIRED = "retired"

    tenant_id = models.IntegerField()
    version = models.IntegerField()
    state = models.TextField(choices=State.choices, default=State.DRAFT)
    note = models.TextField(default="")
    made_by = models.BigIntegerField(null=True)
    made_by_name = models.TextField(default="")
    made_at = models.DateTimeField()
    edited_by = models.BigIntegerField(null=True)  # the last hand on its rows
    tested_at = models.DateTimeField(null=True)
    tested_by = models.BigIntegerField(null=True)
    test = models.JSONField(default=dict)  # what the replay of past cases found
    live_at = models.DateTimeField(null=True)
    live_by = models.BigIntegerField(null=True)
    live_by_name = models.TextField(default="")
    retired_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "version"], name="rule_set_version_once"),
            models.UniqueConstraint(
                fields=["tenant_id"], condition=Q(state="live"), name="rule_set_one_live_per_street"
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.version} ({self.state})"


class RuleRow(models.Model):
    """One row of a rule set: what it fits, and to whom that goes. An empty column fits everything."""

    tenant_id = models.IntegerField()
    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rows")
    position = models.IntegerField()
    category = models.TextField(default="")  # code
    area = models.TextField(default="")  # code of a community or grid
    what = models.TextField(default="")  # component | matter
    kind = models.TextField(default="")
    hours = models.TextField(default="")  # working | off
    lead = models.TextField()  # code of a unit, or @territory, @receiver (see matching)
    supports = ArrayField(models.TextField(), default=list)
    limit_days = models.IntegerField(null=True)  # working days, where the category's own shall not hold
    note = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "position"], name="rule_row_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.category or '*'} -> {self.lead}"


class OutsideLink(models.Model):
    """An order that somebody without an account answers by a signed link; only the token's hash is kept."""

    class State(models.TextChoices):
        READY = "ready"
        SENT = "sent"
        OPENED = "opened"
        ANSWERED = "answered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="links")
    subject_id = models.UUIDField()  # of the order, so that one case's branch finds it
    community_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField()
    token_hash = models.TextField(unique=True)
    epoch = models.SmallIntegerField(default=0)
    to_name = models.TextField()
    to_address = models.TextField(default="")  # a telephone number or e-mail address of an office, as typed
    state = models.TextField(choices=State.choices, default=State.READY)
    tries = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(default="")  # hand, or the channel that carried it
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")  # done | not_ours
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")
    expires_at = models.DateTimeField()

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "unit": "unit_id", "case": "subject_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=["ready", "sent", "opened"]),
                name="outside_link_one_running_per_order",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["tenant_id", "state", "-made_at"], name="outside_link_in_state")]

    def __str__(self) -> str:
        return f"{self.to_name}: {self.state}"


# The nouns of a call stand in a file of their own; Django looks for models here.
from baiying.dispatch.calls_models import (  # noqa: E402
    Call,
    CallLine,
    CallSubject,
    CallTask,
    Meeting,
    Summons,
)

__all__ = [
    "Call",
    "CallLine",
    "CallSubject",
    "CallTask",
    "Meeting",
    "Order",
    "OutsideLink",
    "RuleRow",
    "RuleSet",
    "Summons",
]
