"""The tree of the street, who works there, and under which post they act."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Tenant(models.Model):
    """A subdistrict (街道): the wall behind which a street's data lives."""

    id = models.IntegerField(primary_key=True)
    code = models.TextField(unique=True)
    short_code = models.TextField(unique=True)  # opens every case reference of this street
    name = models.TextField()
    name_en = models.TextField(default="")
    district_code = models.TextField(default="")
    district_name = models.TextField(default="")
    city_name = models.TextField(default="")
    is_schematic = models.BooleanField(default=False)
    # Posted beside the grid worker's name (滨州市社会治理网格化服务管理条例, art. 6).
    supervision_phone = models.TextField(default="")
    map_version = models.IntegerField(default=1)  # raised by every import; tells processes to reload outlines

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the tree: subdistrict, community, grid; or a department or partner unit beside it."""

    class Level(models.TextChoices):
        SUBDISTRICT = "subdistrict"
        COMMUNITY = "community"
        GRID = "grid"
        DEPARTMENT = "department"
        PARTNER = "partner"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    level = models.TextField(choices=Level.choices)
    kind = models.TextField(default="")
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    sort_key = models.TextField(default="")  # pinyin: Chinese names sort by it, not by collation
    polygon = models.JSONField(null=True)  # GeoJSON geometry, WGS-84
    households = models.IntegerField(default=0)
    people = models.IntegerField(default=0)
    is_schematic = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="unit_code_once_per_tenant")]
        indexes = [models.Index(fields=["tenant", "level", "sort_key"], name="unit_by_level")]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A bundle of permissions with a name; rows, so that a street can see and compare what each role may do."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    levels = ArrayField(models.TextField())
    permissions = ArrayField(models.TextField())
    scope_level = (
        models.TextField()
    )  # own: the level of the unit of the post; street: the whole street; none; audit
    admin_kind = models.SmallIntegerField(
        default=0
    )  # 0 business, 1 system, 2 security, 3 audit administrator

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Only what Django's login machinery asks for; accounts are made by services.open_account."""


class Account(AbstractBaseUser):
    """A member of staff. Residents have no account."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    username = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    admin_kind = models.SmallIntegerField(default=0)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An account's post: one role at one unit. Whoever has several acts under one at a time."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    # Repeats the account's and the role's kind: two composite foreign keys (migration 0002) make the three
    # administrators exclusive of one another and of all business in the database itself.
    admin_kind = models.SmallIntegerField(default=0)
    from_date = models.DateField()
    to_date = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "unit", "role"],
                name="post_once",
                condition=Q(to_date__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.role_id}@{self.unit_id}"


class Absence(models.Model):
    """Somebody is away from one day to another, both included, and who stands in for them. No reason is asked."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    from_date = models.DateField()
    to_date = models.DateField()
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="absence_ends_after_start", condition=Q(to_date__gte=F("from_date"))),
            models.CheckConstraint(name="absence_deputy_is_another", condition=~Q(deputy=F("account"))),
        ]
        indexes = [models.Index(fields=["tenant", "to_date"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.from_date} - {self.to_date}"


class ApiToken(models.Model):
    """A key for a program, acting under one post. Only its hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    post = models.ForeignKey(Post, on_delete=models.PROTECT)
    label = models.TextField()
    hash = models.TextField(unique=True)
    permissions = ArrayField(models.TextField(), default=list)  # narrower than the post's role, never wider
    unit = models.ForeignKey(  # the branch it is narrowed to, within that of the post
        Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.label


class Repeat(models.Model):
    """What a program was answered under an idempotency key; kept for some days, for its own post alone."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    account_id = models.BigIntegerField()
    post_id = models.BigIntegerField()
    key_hash = models.TextField()
    said_hash = models.TextField()
    status = models.SmallIntegerField(default=0)  # 0 while the first one is at work
    answer = models.TextField(default="")
    etag = models.TextField(default="", db_default="")  # of that answer, "" where it has none
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "post_id", "key_hash"], name="repeat_key_once")
        ]
        indexes = [models.Index(fields=["tenant", "at"], name="repeat_by_age")]

    def __str__(self) -> str:
        return self.key_hash


class WorkYear(models.Model):
    """A year whose holidays this street has entered as a whole: the notice is known, nothing in it is assumed."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    year = models.SmallIntegerField()
    source = models.TextField()  # the notice, as it is cited
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "year"], name="work_year_once")]

    def __str__(self) -> str:
        return str(self.year)


class DayOverride(models.Model):
    """A day that is open or closed whatever the packaged tables say."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    day = models.DateField()
    is_open = models.BooleanField()
    note = models.TextField(default="")
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="day_override_once")]

    def __str__(self) -> str:
        return f"{self.day} {'+' if self.is_open else '-'}"


class OfficeHours(models.Model):
    """From when on which hours are worked (`08:30-12:00, 13:30-17:30`)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    valid_from = models.DateField()
    hours = models.TextField()
    added_at = models.DateTimeField()
    added_name = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "valid_from"], name="office_hours_once")]

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.hours}"
