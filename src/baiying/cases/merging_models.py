"""What similar cases have: how near in place, time and words counts as similar."""

from __future__ import annotations

from django.db import models

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
