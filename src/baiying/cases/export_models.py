"""A list that is written into a file in the background, for the one who asked for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Export(models.Model):
    """What was asked, under which post and scope, how far it is, and until when the file can be fetched.

    Belongs to one account alone, also in the database. What was asked is wiped as soon as it is not needed any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    account_id = models.BigIntegerField()
    post_id = models.BigIntegerField()
    level = models.TextField()  # of the scope that it was asked under
    unit_id = models.BigIntegerField(default=0)
    form = models.TextField()  # csv | xlsx | geojson
    language = models.TextField()
    query = models.TextField(default="")  # the list's address, for showing; never a telephone number
    conditions = models.JSONField(default=list)  # the same for the database, see filters.Condition
    words = models.TextField(default="")
    state = models.TextField(choices=State.choices, default=State.WAITING)
    problem = models.TextField(default="")  # why it failed, a word of exporting_later.PROBLEMS
    tries = models.SmallIntegerField(
        default=0
    )  # whoever writes holds this number; another one has taken over
    rows_done = models.IntegerField(default=0)
    rows_all = models.IntegerField(null=True)
    file = models.TextField(default="")  # below the folder of exports
    size = models.BigIntegerField(default=0)  # bytes
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)  # when its writer was last heard of
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "account_id"], name="export_one_at_a_time", condition=Q(state="running")
            )
        ]
        indexes = [
            models.Index(fields=["tenant_id", "account_id", "-asked_at"], name="export_of_account"),
            models.Index(
                fields=["tenant_id", "asked_at"], name="export_to_write", condition=Q(state__in=["waiting", "running"])
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.form} {self.state}"
