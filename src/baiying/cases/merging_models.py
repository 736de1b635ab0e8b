"""Cases about the same thing: what counts as similar, and which were merged into which."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baiying.org.queries import ScopedManager


class SimilarRule(models.Model):
    """One setting of a street: for one category, or for all that have none of their own. The latest row counts."""

    tenant_id = models.IntegerField()
    category = models.TextField(default="")  # code; empty: every category without a row of its own
    metres = models.IntegerField()
    days = models.SmallIntegerField()
    percent = models.SmallIntegerField()  # from this score on
    reason = models.TextField()
    set_by = models.BigIntegerField(null=True)
    set_name = models.TextField(default="")
    at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "category", "-id"], name="similar_rule_latest")]

    def __str__(self) -> str:
        return f"{self.category or '*'}: {self.metres} m, {self.days} d, {self.percent} %"


class Merge(models.Model):
    """That a case (the part) is handled together with another (the lead), from `since` until somebody undoes it.

    A row in force that outlives the closing of both is what un-merging goes back by. `kept`: orders and clocks as they
    were set aside; `before`: the part as it was when the lead's answer reached it, {} until then.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    part = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="merged", db_index=False)
    lead = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="merges", db_index=False)
    since = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    by_name = models.TextField(default="")
    reason = models.TextField(default="")
    metres = models.IntegerField(null=True)  # between the two; null: one has no point
    kept = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    resumed_at = models.DateTimeField(null=True)  # the part waited or was parked, and went on while merged
    until = models.DateTimeField(null=True)
    until_by = models.BigIntegerField(null=True)
    until_name = models.TextField(default="")
    until_reason = models.TextField(default="")
    ended_as = models.TextField(
        default=""
    )  # unmerged: as it was before; alone: taken up again after the answer

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "part"], condition=Q(until__isnull=True), name="merge_one_in_force"
            ),
            models.CheckConstraint(condition=~Q(part=F("lead")), name="merge_not_into_itself"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "lead"], name="merge_of_lead"),
            models.Index(fields=["tenant_id", "part"], name="merge_of_part"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} into {self.lead_id}"


class Follower(models.Model):
    """Somebody whom the same thing troubles and who did not report it again. No account: a reference and a secret.

    Purpose of the number: one letter when it is done. It goes when they leave, when they ask, and 30 days after the end.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="followers", db_index=False)
    reference = models.TextField(unique=True)
    key_hash = models.TextField(
        default=""
    )  # of the form that was sent: sent again it makes no second follower
    phone = models.TextField(default="")
    phone_hash = models.TextField(default="")
    is_repeat = models.BooleanField(
        default=False
    )  # the same number follows already: not counted, not told twice
    at = models.DateTimeField()
    unfollowed_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "case", "key_hash"],
                condition=~Q(key_hash=""),
                name="follower_once_a_form",
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "case"], name="follower_of_case"),
            models.Index(fields=["tenant_id", "at"], name="follower_with_phone", condition=~Q(phone="")),
        ]

    def __str__(self) -> str:
        return self.reference
