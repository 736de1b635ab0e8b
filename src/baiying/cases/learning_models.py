"""What the street learnt from its own closed cases: versions of a model, and what the last look came to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from baiying.org.queries import ScopedManager


class LearntVersion(models.Model):
    """One model that was learnt, with how it was judged. Its figures never change; only `state` does."""

    tenant_id = models.IntegerField()
    number = models.IntegerField()
    predicts = models.TextField()  # category | kind | urgency
    state = models.TextField()  # candidate | live | retired | refused
    trained_at = models.DateTimeField()
    first_at = models.DateTimeField()  # received: the first and the last case it was learnt from,
    last_at = models.DateTimeField()
    judged_until = models.DateTimeField()  # and the last it was judged on
    learnt_count = models.IntegerField()
    classes = models.JSONField()  # code: how many cases
    figures = models.JSONField()  # on the later cases
    beside = models.JSONField()  # of what was in use, on the same cases
    beside_number = models.IntegerField()  # which that was; 0: the words alone
    model = models.BinaryField()
    put_at = models.DateTimeField(
        null=True
    )  # when its state last changed, by whom (empty: by the night) and why
    put_by = models.BigIntegerField(null=True)
    put_name = models.TextField(default="")
    reason = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "predicts", "number"], name="learnt_number_once"),
            models.UniqueConstraint(
                fields=["tenant_id", "predicts"], condition=Q(state="live"), name="learnt_one_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predicts} {self.number} {self.state}"


class LearningLook(models.Model):
    """What the last night came to: learnt or not, and why not. One row a street and thing predicted."""

    tenant_id = models.IntegerField()
    predicts = models.TextField()
    at = models.DateTimeField()
    result = models.TextField()  # see learning.RESULTS
    data = models.JSONField(default=dict)

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "predicts"], name="learning_look_once")]

    def __str__(self) -> str:
        return f"{self.predicts} {self.result}"
