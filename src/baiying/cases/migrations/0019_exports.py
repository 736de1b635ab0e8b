from django.db import migrations, models

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_merged_count")]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("account_id", models.BigIntegerField()),
                ("post_id", models.BigIntegerField()),
                ("level", models.TextField()),
                ("unit_id", models.BigIntegerField(default=0)),
                ("form", models.TextField()),
                ("language", models.TextField()),
                ("query", models.TextField(default="")),
                ("conditions", models.JSONField(default=list)),
                ("words", models.TextField(default="")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                    ),
                ),
                ("problem", models.TextField(default="")),
                ("tries", models.SmallIntegerField(default=0)),
                ("rows_done", models.IntegerField(default=0)),
                ("rows_all", models.IntegerField(null=True)),
                ("file", models.TextField(default="")),
                ("size", models.BigIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "account_id", "-asked_at"], name="export_of_account"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        fields=["tenant_id", "asked_at"],
                        name="export_to_write",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("tenant_id", "account_id"),
                        name="export_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.RunSQL(*rls.protect_own("cases_export", own="account_id")),
    ]
