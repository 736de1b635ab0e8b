from django.db import migrations, models

from baiying.kit import rls


def protect(table: str) -> migrations.RunSQL:
    """Every door suggests, so every scope of the street reads them; nobody of another street does."""
    return migrations.RunSQL(
        *rls.protect(table, community=True, grid=True, unit=True, case=True, public=True)
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_exports")]

    operations = [
        migrations.CreateModel(
            name="LearntVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("number", models.IntegerField()),
                ("predicts", models.TextField()),
                ("state", models.TextField()),
                ("trained_at", models.DateTimeField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("judged_until", models.DateTimeField()),
                ("learnt_count", models.IntegerField()),
                ("classes", models.JSONField()),
                ("figures", models.JSONField()),
                ("beside", models.JSONField()),
                ("beside_number", models.IntegerField()),
                ("model", models.BinaryField()),
                ("put_at", models.DateTimeField(null=True)),
                ("put_by", models.BigIntegerField(null=True)),
                ("put_name", models.TextField(default="")),
                ("reason", models.TextField(default="")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "predicts", "number"], name="learnt_number_once"
                    ),
                    models.UniqueConstraint(
                        fields=["tenant_id", "predicts"],
                        condition=models.Q(state="live"),
                        name="learnt_one_live",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LearningLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("predicts", models.TextField()),
                ("at", models.DateTimeField()),
                ("result", models.TextField()),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant_id", "predicts"], name="learning_look_once")
                ],
            },
        ),
        protect("cases_learntversion"),
        protect("cases_learninglook"),
    ]
