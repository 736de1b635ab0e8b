from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Duration",
            fields=[
                ("tenant_id", models.IntegerField()),
                ("community_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("n", models.IntegerField()),
                ("median_hours", models.FloatField()),
                ("nine_in_ten_hours", models.FloatField()),
                ("since", models.DateField()),
                ("computed_at", models.DateTimeField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "community_id",
                        "category_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("tenant_id", models.IntegerField()),
                ("grain", models.TextField()),
                ("community_id", models.BigIntegerField()),
                ("measure", models.TextField()),
                ("bucket", models.IntegerField()),
                ("grid_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("unit_id", models.BigIntegerField()),
                ("n", models.IntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "grain",
                        "community_id",
                        "measure",
                        "bucket",
                        "grid_id",
                        "category_id",
                        "unit_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
    ]
