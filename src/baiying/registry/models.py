"""地: the places people name when they tell us where something is. Homes are doors with numbers; no person."""

from __future__ import annotations

from django.db import models

from baiying.org.queries import ScopedManager


class LivingArea(models.Model):
    """生活区: an estate or block that residents know by name, inside one community."""

    tenant_id = models.IntegerField()
    community = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    sort_key = models.TextField(default="")
    polygon = models.JSONField(null=True)
    lon = models.FloatField()
    lat = models.FloatField()
    households = models.IntegerField(default=0)
    people = models.IntegerField(default=0)
    is_schematic = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="living_area_once")]

    def __str__(self) -> str:
        return self.name


class Courtyard(models.Model):
    """楼院: neighbouring buildings of one grid that are looked after together."""

    tenant_id = models.IntegerField()
    community = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    grid = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="courtyard_once")]
        indexes = [models.Index(fields=["tenant_id", "grid"], name="courtyard_by_grid")]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A building of a living area, in exactly one grid."""

    tenant_id = models.IntegerField()
    living_area = models.ForeignKey(LivingArea, on_delete=models.PROTECT, related_name="buildings")
    grid = models.ForeignKey("org.Unit", on_delete=models.PROTECT, related_name="+")
    courtyard = models.ForeignKey(
        Courtyard, on_delete=models.PROTECT, null=True, related_name="buildings"
    )  # a building without homes has none
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="")
    polygon = models.JSONField(null=True)
    lon = models.FloatField()
    lat = models.FloatField()
    entrances = models.IntegerField(default=1)
    floors = models.IntegerField(default=1)
    households = models.IntegerField(default=0)
    people = models.IntegerField(default=0)

    objects = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="building_once")]
        indexes = [models.Index(fields=["tenant_id", "living_area"], name="building_by_area")]

    def __str__(self) -> str:
        return self.name


class Home(models.Model):
    """户: a dwelling. A place with a number on its door, never the people behind it."""

    tenant_id = models.IntegerField()
    # The building's own place, repeated for row security; checked by `baiying verify`, not row by row.
    community = models.ForeignKey(
        "org.Unit", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    grid = models.ForeignKey(
        "org.Unit", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="homes", db_index=False)
    entrance = models.SmallIntegerField()
    floor = models.SmallIntegerField()
    number = models.TextField()
    code = models.TextField()

    objects = ScopedManager()
    scope_columns = {"community": "community_id", "grid": "grid_id"}

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "code"], name="home_once")]
        indexes = [
            models.Index(fields=["building", "entrance", "floor"], name="home_of_building"),
            models.Index(fields=["tenant_id", "grid"], name="home_by_grid"),
        ]

    def __str__(self) -> str:
        return self.code
