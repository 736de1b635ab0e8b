"""What is counted, at the grain in which pages ask for it; written only by this room."""

from __future__ import annotations

from django.db import models


class Figure(models.Model):
    """So many cases under one measure, bucket and place. Sums of journal facts; see sql/spread.sql for the grains.

    `bucket` is a state's number, or an hour (due), as cases.facts defines it; 0 in a place column is "none", and in a grain that does not split by it, "all".
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


class Flow(models.Model):
    """What happened in a place on a day, or in a month (`span`): one column for each of flows.FLOWS.

    Grains and 0 as in Figure, which keeps the stocks (state, held, due).
    """

    tenant_id = models.IntegerField()
    grain = models.TextField()
    community_id = models.BigIntegerField()
    span = models.TextField()
    bucket = models.IntegerField()
    grid_id = models.BigIntegerField()
    category_id = models.BigIntegerField()
    received = models.IntegerField(default=0)
    handled = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    declined = models.IntegerField(default=0)
    called_back = models.IntegerField(default=0)
    contacted = models.IntegerField(default=0)
    solved = models.IntegerField(default=0)
    satisfied = models.IntegerField(default=0)
    basically_satisfied = models.IntegerField(default=0)
    dissatisfied = models.IntegerField(default=0)
    unanswered = models.IntegerField(default=0)
    online = models.IntegerField(default=0)
    phone = models.IntegerField(default=0)
    on_site = models.IntegerField(default=0)
    not_counted = models.IntegerField(default=0)
    raised = models.IntegerField(default=0)
    pk = models.CompositePrimaryKey(
        "tenant_id", "grain", "community_id", "span", "bucket", "grid_id", "category_id"
    )

    def __str__(self) -> str:
        return f"{self.grain} {self.span} {self.bucket}"


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
