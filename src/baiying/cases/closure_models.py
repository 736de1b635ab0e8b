"""What a closure has to be earned with: the draw of checks on site, reused photos, call-backs, reviews, raisings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baiying.org.queries import ScopedManager


class Draw(models.Model):
    """One handling, and whether chance sends an independent grid worker to look. Kept for every handling: a share of
    solved cases can be weighted only when the chances of those not drawn are known too.

    `number` follows from `seed`, case and moment (sampling.number_of), and is_drawn from number < probability.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="draws", db_index=False)
    community_id = models.BigIntegerField(null=True)
    inspector_id = models.BigIntegerField(null=True)  # the grid whose worker goes; never the handler's unit
    handler_unit_id = models.BigIntegerField(null=True)
    handled_at = models.DateTimeField()
    reasons = models.JSONField(default=list)  # [[key of data/closure.csv, percent], ...]
    probability = models.FloatField()  # 0 .. 1
    seed = models.TextField()
    number = models.FloatField()  # 0 .. 1
    is_drawn = models.BooleanField()
    open_until = models.DateTimeField()
    result = models.TextField(default="")  # solved | still_there | cannot_tell
    note = models.TextField(default="")
    metres = models.IntegerField(null=True)  # from the case, when the result was written
    result_at = models.DateTimeField(null=True)
    result_by = models.BigIntegerField(null=True)

    objects = ScopedManager()
    scope_columns = {"grid": "inspector_id"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "handled_at"], name="draw_once_a_handling")]
        indexes = [
            models.Index(fields=["tenant_id", "handled_at"], name="draw_by_day"),
            models.Index(
                fields=["tenant_id", "inspector_id", "open_until"], name="draw_to_do",
                condition=Q(is_drawn=True, result=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.case_id} {self.probability:.2f}"


class Reuse(models.Model):
    """A proof that looks like a picture kept before, and how the checker explains it."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reuses", db_index=False)
    photo = models.ForeignKey("cases.Photo", on_delete=models.PROTECT, related_name="+", db_index=False)
    other_photo_id = models.UUIDField()
    other_case_id = models.UUIDField()
    bits = models.SmallIntegerField()  # in which the two differ
    found_at = models.DateTimeField()
    explanation = models.TextField(default="")
    explained_by = models.BigIntegerField(null=True)
    explained_name = models.TextField(default="")
    explained_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "case"], name="reuse_of_case")]

    def __str__(self) -> str:
        return f"{self.photo_id} ~ {self.other_photo_id}"


class Raising(models.Model):
    """A case that came back one level higher: why, and to whom on the chain."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="raisings", db_index=False)
    at = models.DateTimeField()
    why = models.TextField()  # inspection | dissatisfied
    level = models.SmallIntegerField()
    label = models.TextField()
    duty = models.TextField(default="")
    name = models.TextField(default="")
    account_id = models.BigIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "case"], name="raising_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} -> {self.label}"


class CallBack(models.Model):
    """Somebody at the desk calls a reporter who has not answered online."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="call_backs", db_index=False
    )
    community_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    taken_by = models.BigIntegerField(null=True)
    taken_name = models.TextField(default="")
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.TextField(default="")  # answered | online | no_response | over

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "case": "case_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "case"], condition=Q(ended_at__isnull=True), name="call_back_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "next_try_at"], name="call_back_open", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} ({self.tries})"


class Exclusion(models.Model):
    """Explained, not counted (解释不计入): proposed by one, decided by another at the street, open to appeal."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        AGREED = "agreed"
        REFUSED = "refused"
        APPEALED = "appealed"  # counts again until two others have looked
        UPHELD = "upheld"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="exclusions", db_index=False
    )
    community_id = models.BigIntegerField(null=True)
    class_code = models.TextField()  # of data/uncounted.csv
    text = models.TextField()
    state = models.TextField(choices=State.choices, default=State.PROPOSED)
    proposed_by = models.BigIntegerField()
    proposed_name = models.TextField()
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_name = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(default="")
    appealed_at = models.DateTimeField(null=True)
    appeal = models.TextField(default="")
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_name = models.TextField(default="")
    reviewed_at = models.DateTimeField(null=True)
    review = models.TextField(default="")

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "case": "case_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "case"], condition=~Q(state="refused"), name="exclusion_one_in_force"
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "state", "proposed_at"], name="exclusion_to_decide")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.state}"


class ClosureRule(models.Model):
    """A street's own numbers in place of those of data/closure.csv; the latest row counts, none is changed."""

    tenant_id = models.IntegerField()
    values = models.JSONField()
    profile = models.TextField(default="shandong")
    reason = models.TextField()
    set_by = models.BigIntegerField(null=True)
    set_name = models.TextField(default="")
    at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="closure_rule_latest")]

    def __str__(self) -> str:
        return f"{self.profile} {self.at:%F}"
