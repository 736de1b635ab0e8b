from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

follows_case = import_module("baiying.cases.migrations.0002_row_security").follows_case


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_similar_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("version", models.SmallIntegerField()),
                ("action", models.TextField(choices=[("mask", "Mask"), ("release", "Release")])),
                ("passage", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.BigIntegerField(null=True)),
                ("by_name", models.TextField(default="")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "version"), name="correction_of_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="PublicPhoto",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("areas", models.JSONField(default=list)),
                ("stored_as", models.TextField()),
                ("sha256", models.TextField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("size", models.IntegerField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.BigIntegerField(null=True)),
                ("made_name", models.TextField(default="")),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.BigIntegerField(null=True)),
                ("released_name", models.TextField(default="")),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.BigIntegerField(null=True)),
                ("withdrawn_name", models.TextField(default="")),
                ("reason", models.TextField(default="")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="public_photos",
                        to="cases.case",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.photo",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "case"], name="public_photo_of_case")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at__isnull", True),
                            ("released_at__gte", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="public_photo_made_first",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("photo",),
                        name="public_photo_one_shown",
                    ),
                ],
            },
        ),
        follows_case("cases_correction"),
        follows_case("cases_publicphoto"),
    ]
