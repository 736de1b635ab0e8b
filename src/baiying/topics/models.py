"""A topic (热点话题), the cases tied to it, and its history. The evidence stays as it was."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from baiying.cases.models import Case, Category
from baiying.org.queries import ScopedManager


class Topic(models.Model):
    """Demand that recurs. `seen_by`: its community or grid when all its cases lie there, and the unit that owns it."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    seen_by = ArrayField(models.BigIntegerField(), default=list)
    state = models.TextField()
    kind = models.TextField()  # point | estate | burst | matter, see kit.recurring
    level = models.TextField(
        default=""
    )  # of the place: point | building | living_area | grid | community | ""
    place_key = models.TextField(default="")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True)
    title = models.TextField()  # masked
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    living_area_id = models.BigIntegerField(null=True)
    building_id = models.BigIntegerField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    evidence = models.JSONField(default=dict)  # when it was proposed (again); never changed afterwards
    latest = models.JSONField(default=dict)  # of the last look that still found it
    proposed_at = models.DateTimeField()
    unit_id = models.BigIntegerField(null=True)  # who owns it
    owner = models.ForeignKey("org.Account", on_delete=models.PROTECT, null=True, related_name="+")
    owner_name = models.TextField(default="")
    measure_on = models.DateField(null=True)
    measure = models.TextField(default="")
    effect = models.JSONField(default=dict)  # as it was when the topic was closed
    ended_at = models.DateTimeField(null=True)
    ended_count = models.IntegerField(default=0)  # persons at the last look before it was closed or dismissed
    result = models.TextField(default="")
    version = models.IntegerField(default=0)

    objects = ScopedManager()
    scope_columns = dict.fromkeys(("community", "grid", "unit"), "seen_by[]")

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "state", "-proposed_at", "-id"], name="topic_in_state"),
            GinIndex(fields=["seen_by"], name="topic_seen_by"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def evidence_began(self) -> date:
        """The day of the first case behind the proposal."""
        return timezone.localdate(datetime.fromisoformat(self.evidence["first_at"]))


class Tie(models.Model):
    """That a case belongs to a topic; taken out again it stays as a row, so that the job does not put it back."""

    tenant_id = models.IntegerField()
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="ties", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField()
    added_by = models.BigIntegerField(null=True)
    added_name = models.TextField(default="")
    removed_at = models.DateTimeField(null=True)
    removed_by = models.BigIntegerField(null=True)
    removed_name = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "case"], name="tie_once")]
        indexes = [models.Index(fields=["tenant_id", "case"], name="tie_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.topic_id}"


class TopicLine(models.Model):
    """One line of a topic's history."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="lines", db_index=False)
    at = models.DateTimeField()
    step = models.TextField()  # a step's name, or propose | tie | untie
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(default="")
    text = models.TextField(default="")
    data = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "topic", "id"], name="topic_line_of")]

    def __str__(self) -> str:
        return f"{self.step} {self.at:%F %R}"
