"""What staff decided about the public version of a case: passages covered or released, photos blurred and shown."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from baiying.org.queries import ScopedManager


class Correction(models.Model):
    """A passage that is to be covered, or is not; for every text of the case. Rows are only added: of one passage
    the latest row is in force, and `version` numbers the public version that came of it.
    """

    class Action(models.TextChoices):
        MASK = "mask"
        RELEASE = "release"

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    version = models.SmallIntegerField()
    action = models.TextField(choices=Action.choices)
    passage = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    by_name = models.TextField(default="")

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="correction_of_version")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.version} {self.action}"


class PublicPhoto(models.Model):
    """A copy of a photo with rectangles blurred, drawn anew; others see it from `released_at` until `withdrawn_at`.

    `areas`: [[left, top, width, height], ...] in pixels of the original that is kept.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="public_photos", db_index=False
    )
    photo = models.ForeignKey("cases.Photo", on_delete=models.PROTECT, related_name="+", db_index=False)
    areas = models.JSONField(default=list)
    stored_as = models.TextField()
    sha256 = models.TextField()
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    made_name = models.TextField(default="")
    released_at = models.DateTimeField(null=True)
    released_by = models.BigIntegerField(null=True)
    released_name = models.TextField(default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)
    withdrawn_name = models.TextField(default="")
    reason = models.TextField(default="")  # why it was withdrawn

    objects = ScopedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_at__gte=F("made_at")), name="public_photo_made_first"
            ),
            models.UniqueConstraint(
                fields=["photo"], condition=Q(released_at__isnull=False, withdrawn_at__isnull=True),
                name="public_photo_one_shown",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["tenant_id", "case"], name="public_photo_of_case")]

    def __str__(self) -> str:
        return self.stored_as
