from django.db import migrations, models

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_part_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="SimilarRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("category", models.TextField(default="")),
                ("metres", models.IntegerField()),
                ("days", models.SmallIntegerField()),
                ("percent", models.SmallIntegerField()),
                ("reason", models.TextField()),
                ("set_by", models.BigIntegerField(null=True)),
                ("set_name", models.TextField(default="")),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "category", "-id"], name="similar_rule_latest")
                ],
            },
        ),
        migrations.RunSQL(
            *rls.protect("cases_similarrule", community=True, grid=True, unit=True, case=True, public=True)
        ),
    ]
