from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

follows_case = import_module("baiying.cases.migrations.0002_row_security").follows_case


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_merging"),
    ]

    operations = [
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("reference", models.TextField(unique=True)),
                ("key_hash", models.TextField(default="")),
                ("phone", models.TextField(default="")),
                ("phone_hash", models.TextField(default="")),
                ("is_repeat", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("unfollowed_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "case"], name="follower_of_case"),
                    models.Index(
                        condition=models.Q(("phone", ""), _negated=True),
                        fields=["tenant_id", "at"],
                        name="follower_with_phone",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key_hash", ""), _negated=True),
                        fields=("tenant_id", "case", "key_hash"),
                        name="follower_once_a_form",
                    )
                ],
            },
        ),
        follows_case("cases_follower"),
    ]
