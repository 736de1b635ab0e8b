"""What is counted, at the grain in which pages ask for it; written only by this room."""

from __future__ import annotations

from django.db import models


class Figure(models.Model):
    """So many cases under one measure, bucket and place. Sums of journal facts; see sql/spread.sql for the grains.

    `bucket` is a state's number, a day, an hour (due) or a month, as cases.facts defines it; 0 in a place
    column is "none", and in a grain that does not split by it, "all".
    """

    tenant_id = models.IntegerField()
    grain = models.TextField()
    community_id = models.BigIntegerField()
    measure = models.TextField()
    bucket = models.IntegerField()
    grid_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    n = models.IntegerField()
    pk = models.CompositePrimaryKey(
        "tenant_id", "grain", "community_id", "measure", "bucket", "grid_id", "category_id", "unit_id"
    )

    def __str__(self) -> str:
        return f"{self.measure} {self.bucket}: {self.n}"


class Duration(models.Model):
    """How long handling took here lately, in calendar hours from the first words to "done"; community 0: the street."""

    tenant_id = models.IntegerField()
    community_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    n = models.IntegerField()
    median_hours = models.FloatField()
    nine_in_ten_hours = models.FloatField()
    since = models.DateField()
    computed_at = models.DateTimeField()
    pk = models.CompositePrimaryKey("tenant_id", "community_id", "category_id")

    def __str__(self) -> str:
        return f"category {self.category_id}: {self.median_hours:.0f} h"
