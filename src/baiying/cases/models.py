"""A case (诉求) and what belongs to it: its words and place, its reporter, its photos, its timeline."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Substr

from baiying.cases.closure_models import CallBack, ClosureRule, Draw, Exclusion, Raising, Reuse
from baiying.cases.export_models import Export
from baiying.cases.learning_models import LearningLook, LearntVersion
from baiying.cases.merging_models import Follower, Merge, SimilarRule
from baiying.cases.public_models import Correction, PublicPhoto
from baiying.org.queries import ScopedManager

__all__ = [
    "CallBack", "Case", "Category", "ClosureRule", "Contact", "Correction", "Draw", "Exclusion", "Export", "Follower", "IntakeKey",
    "LearningLook", "LearntVersion", "Line", "Matter", "Merge", "Photo", "PublicPhoto", "Raising", "Reason", "Reuse", "SavedFilter", "SimilarRule",
    "StandardText",
]  # fmt: skip


class Matter(models.Model):
    """An entry of a standard's catalogue (GB/T 47678.5): a component or a matter, by code and edition."""

    standard_ref = models.TextField()
    kind = models.TextField()  # component | matter
    code = models.TextField()
    class_code = models.TextField()
    class_name = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    predecessor_ref = models.TextField(default="")
    predecessor_code = models.TextField(default="")
    source = models.TextField()
    grade = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["standard_ref", "kind", "code"], name="matter_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Category(models.Model):
    """What residents call it: the short everyday list on top of the standard's catalogue."""

    code = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField()
    group_code = models.TextField()
    group = models.TextField()
    group_en = models.TextField()
    icon = models.TextField(default="")
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, null=True)
    default_kind = models.TextField()
    anonymous_allowed = models.BooleanField(default=True)
    is_danger = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(default=False)
    limit_days = models.IntegerField()
    suggested_unit_code = models.TextField(default="")
    keywords = models.TextField(default="")
    position = models.IntegerField(default=0)
    source = models.TextField()
    grade = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One request. Place, unit and state stand on the row itself, so that lists and scope need no join."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)  # who has it, or had it last
    reference = models.TextField()
    state = models.TextField()
    resume_state = models.TextField(default="")  # where a waiting or parked case goes on
    kind = models.TextField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, db_index=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, null=True, db_index=False)
    channel = models.TextField()
    text = models.TextField()
    place = models.TextField(default="")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    located_by = models.TextField()  # point | place | desk | outside | unknown
    living_area_id = models.BigIntegerField(null=True)
    building_id = models.BigIntegerField(null=True)
    is_anonymous = models.BooleanField(default=False)
    is_urgent = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField(null=True)
    promised_by = models.DateTimeField()  # what the reporter was told first; never moved
    due_at = models.DateTimeField()  # the running limit; moved only by a step that says so
    paused_at = models.DateTimeField(null=True)
    parked_until = models.DateField(null=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(null=True)
    rated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="")  # solved | explained | unsolved
    rating = models.TextField(default="")  # satisfied | basically_satisfied | dissatisfied | no_answer
    is_contacted = models.BooleanField(null=True)
    is_solved = models.BooleanField(null=True)
    # Defaults stand in the database, because receipts are written by cases_receive.
    rate_method = models.TextField(
        default="", db_default=""
    )  # online | phone | on_site; "" before it was asked
    is_not_counted = models.BooleanField(
        default=False, db_default=False
    )  # explained, not counted: by two persons
    is_hard = models.BooleanField(default=False, db_default=False)  # 疑难: found by the office (hard_cases)
    raised_at = models.DateTimeField(null=True)  # when it last came back one level higher
    raise_count = models.SmallIntegerField(default=0, db_default=0)  # by itself, after "dissatisfied"
    reopen_count = models.SmallIntegerField(default=0)  # by the reporter
    photo_count = models.SmallIntegerField(default=0)
    tracking_epoch = models.SmallIntegerField(default=0)
    # Whose work it is part of now: set while it is merged and not ended (see together.py); Merge keeps the history.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    version = models.IntegerField(default=0)
    updated_at = models.DateTimeField()
    search = SearchVectorField(null=True)

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id", "unit": "unit_id", "case": "id"}

    class Meta:
        # Every index is written by every receipt: none that another one covers, no second one for LIKE.
        constraints = [models.UniqueConstraint(fields=["reference"], name="case_reference_once")]
        indexes = [
            models.Index(fields=["tenant_id", "-received_at", "-id"], name="case_recent"),
            models.Index(fields=["tenant_id", "community_id", "-received_at", "-id"], name="case_of_community"),
            models.Index(fields=["tenant_id", "grid_id", "-received_at", "-id"], name="case_of_grid"),
            models.Index(
                fields=["tenant_id", "unit_id", "-received_at", "-id"], name="case_of_unit",
                condition=Q(unit_id__isnull=False),
            ),
            models.Index(fields=["tenant_id", "state", "-received_at", "-id"], name="case_in_state"),
            models.Index(fields=["tenant_id", "category", "-received_at", "-id"], name="case_of_category"),
            models.Index(
                fields=["tenant_id", "due_at", "id"], name="case_running_due",
                condition=Q(handled_at__isnull=True, paused_at__isnull=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["tenant_id", "lat", "lon"], name="case_open_near_by",
                condition=Q(closed_at__isnull=True, lat__isnull=False),
            ),
            GinIndex(fields=["search"], name="case_search"),
            *(
                models.Index(fields=["tenant_id", f"{what}_at"], name=f"case_{what}_on",
                             condition=Q(**{f"{what}_at__isnull": False}))
                for what in ("handled", "closed", "reopened", "rated", "raised")
            ),
            models.Index(fields=["tenant_id", "-received_at", "-id"], name="case_part", condition=Q(channel="split")),
            models.Index(fields=["tenant_id", "merged_into"], name="case_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["tenant_id", "is_contacted", "is_solved", "rating"], name="case_answered",
                         condition=Q(rated_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference


class Contact(models.Model):
    """How the reporter may be reached. Purpose: to answer; basis: the reporter's own request (PIPL art. 13)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    tenant_id = models.IntegerField()
    name = models.TextField(default="")
    phone = models.TextField(default="")
    phone_hash = models.TextField(default="")  # keyed; equality only

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "phone_hash"], name="contact_by_phone")]

    def __str__(self) -> str:
        return str(self.case_id)


class Photo(models.Model):
    """A re-encoded picture; `stored_as` is a random name below the data folder."""

    class Purpose(models.TextChoices):
        REPORT = "report"
        BEFORE = "before"
        PROOF = "proof"
        INSPECTION = "inspection"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="photos", db_index=False)
    purpose = models.TextField(choices=Purpose.choices)
    stored_as = models.TextField()
    sha256 = models.TextField()
    perceptual_hash = models.TextField()
    # Quarters of the hash: pictures that look alike share one of them, or nearly (see photo_reuse).
    band_1 = models.GeneratedField(
        expression=Substr("perceptual_hash", 1, 4), output_field=models.TextField(), db_persist=True
    )
    band_2 = models.GeneratedField(
        expression=Substr("perceptual_hash", 5, 4), output_field=models.TextField(), db_persist=True
    )
    band_3 = models.GeneratedField(
        expression=Substr("perceptual_hash", 9, 4), output_field=models.TextField(), db_persist=True
    )
    band_4 = models.GeneratedField(
        expression=Substr("perceptual_hash", 13, 4), output_field=models.TextField(), db_persist=True
    )
    metres = models.IntegerField(
        null=True
    )  # from the case, when it was taken; the position itself is not kept
    placed_by = models.TextField(default="")  # device | photo; "" = unknown
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    added_at = models.DateTimeField()
    added_by = models.BigIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "case"], name="photo_of_case"),
            *(models.Index(fields=["tenant_id", f"band_{n}"], name=f"photo_band_{n}") for n in (1, 2, 3, 4)),
        ]

    def __str__(self) -> str:
        return self.stored_as


class Line(models.Model):
    """One line of the timeline. Public lines are what the reporter reads; they are never changed afterwards."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lines", db_index=False)
    at = models.DateTimeField()
    step = models.TextField()  # a step's name, or note | correct | photo
    is_public = models.BooleanField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.TextField(default="")
    unit_id = models.BigIntegerField(null=True)
    unit_name = models.TextField(default="")
    text = models.TextField(default="")
    data = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "case", "id"], name="line_of_case"),
            # Lines are added in the order of time and never moved: what happened in a span is found by a few ranges.
            BrinIndex(fields=["at"], name="line_in_time", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.at:%F %R}"


class Split(models.Model):
    """That a case is a part of another one. No case of a resident: it is not counted as one (see facts)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="split")
    tenant_id = models.IntegerField()
    parent = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts", db_index=False)
    depth = models.SmallIntegerField()  # 1 = a part of the resident's own case
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(case=F("parent")), name="split_not_of_itself")]
        indexes = [models.Index(fields=["tenant_id", "parent"], name="split_of_parent")]

    def __str__(self) -> str:
        return f"{self.case_id} of {self.parent_id}"


class IntakeKey(models.Model):
    """An idempotency key that was used, and what for; kept for 30 days."""

    tenant_id = models.IntegerField()
    key_hash = models.TextField()
    body_hash = models.TextField()
    case_id = models.UUIDField()
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    pk = models.CompositePrimaryKey("tenant_id", "key_hash")

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="intake_key_age")]

    def __str__(self) -> str:
        return self.key_hash


class StandardText(models.Model):
    """A ready-made sentence for a step (常用语)."""

    code = models.TextField(unique=True)
    step = models.TextField()
    name = models.TextField()
    text = models.TextField()
    text_en = models.TextField(default="")

    def __str__(self) -> str:
        return self.code


class Reason(models.Model):
    """A listed reason for a step that needs one, with who can help instead."""

    code = models.TextField(unique=True)
    step = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    who_can_help = models.TextField(default="")
    who_can_help_en = models.TextField(default="")
    source = models.TextField()
    grade = models.TextField()

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """A desk filter somebody wants to come back to."""

    tenant_id = models.IntegerField()
    account = models.ForeignKey("org.Account", on_delete=models.CASCADE, related_name="+")
    name = models.TextField()
    query = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "account", "name"], name="saved_filter_once")
        ]

    def __str__(self) -> str:
        return self.name
