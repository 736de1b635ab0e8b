"""The six-level chain (六级挂包): who, in which public duty, answers for which place, since when, until when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from baiying.org.queries import ScopedManager


class Holder(models.Model):
    """A person in a named public duty of the chain. No register of persons: nothing but what the duty needs."""

    tenant_id = models.IntegerField()
    code = models.TextField()  # the key of the person in lists that are imported
    name = models.TextField()
    name_en = models.TextField(default="")
    duty = models.TextField()
    duty_en = models.TextField(default="")
    phone = models.TextField(default="")  # of the office; a neighbour's own number has no place here
    account = models.ForeignKey("org.Account", on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    # The branch in which the person stands; empty for the street's own staff.
    community = models.ForeignKey("org.Unit", on_delete=models.PROTECT, null=True, related_name="+")
    grid = models.ForeignKey("org.Unit", on_delete=models.PROTECT, null=True, related_name="+")
    is_public = models.BooleanField(default=False)  # the duty is one that the law wants posted
    left_on = models.DateField(null=True)

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "code"], name="holder_code_once"),
            models.UniqueConstraint(
                fields=["tenant_id", "account"],
                name="holder_once_per_account",
                condition=Q(account__isnull=False, left_on__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "community", "grid"], name="holder_by_place")]

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One spreadsheet: what it would change, whether that was done, whether it was taken back."""

    class State(models.TextChoices):
        SHOWN = "shown"
        DONE = "done"
        UNDONE = "undone"

    tenant_id = models.IntegerField()
    community = models.ForeignKey("org.Unit", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.TextField()
    state = models.TextField(choices=State.choices, default=State.SHOWN)
    rows = models.JSONField()  # as they were read: [{"number": 2, "level": "3", …}]
    counts = models.JSONField(default=dict)
    by = models.ForeignKey("org.Account", on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.TextField()
    read_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope_columns = {"community": "community_id"}

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """A holder answers for one child of one level, from a day on, until (not on) another; never deleted.

    Levels: 1 street staff -> community, 2 community committee -> grid, 3 grid branch -> courtyard, 4 courtyard
    lead -> centre, 5 centre -> contact, 6 contact -> home. `until_date` equal to `from_date` is a link that was
    taken back before it counted for a day.
    """

    tenant_id = models.IntegerField()
    level = models.SmallIntegerField()
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="links")
    unit = models.ForeignKey(
        "org.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    courtyard = models.ForeignKey(
        "registry.Courtyard", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    person = models.ForeignKey(Holder, on_delete=models.PROTECT, null=True, related_name="held_by")
    home = models.ForeignKey(
        "registry.Home", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    child_id = models.GeneratedField(
        expression=Coalesce(F("unit_id"), F("courtyard_id"), F("person_id"), F("home_id")),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    # The child's own place, repeated for row security; checked by `baiying verify`, not row by row.
    community = models.ForeignKey(
        "org.Unit", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        "org.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    from_date = models.DateField()
    until_date = models.DateField(null=True)
    why_ended = models.TextField(default="")  # changed, handover, ended, import, undone
    made_by = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="made")
    ended_by = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="ended")
    until_before = models.DateField(null=True)  # what `ended_by` found, for taking it back

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id"}

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="link_child_fits_level",
                condition=Q(level__in=(1, 2), unit__isnull=False, courtyard=None, person=None, home=None)
                | Q(level=3, courtyard__isnull=False, unit=None, person=None, home=None)
                | Q(level__in=(4, 5), person__isnull=False, unit=None, courtyard=None, home=None)
                | Q(level=6, home__isnull=False, unit=None, courtyard=None, person=None),
            ),
            models.CheckConstraint(
                name="link_ends_after_start",
                condition=Q(until_date=None) | Q(until_date__gte=F("from_date")),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "level", "child_id"], name="link_of_child"),
            models.Index(fields=["tenant_id", "community", "level"], name="link_by_place"),
        ]

    def __str__(self) -> str:
        return f"{self.level}: {self.holder_id}"
