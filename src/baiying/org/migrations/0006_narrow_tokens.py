import django.db.models.deletion
from django.db import migrations, models

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("org", "0005_working_calendar")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.unit",
            ),
        ),
        migrations.CreateModel(
            name="Repeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("post_id", models.BigIntegerField()),
                ("key_hash", models.TextField()),
                ("said_hash", models.TextField()),
                ("status", models.SmallIntegerField(default=0)),
                ("answer", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="org.tenant"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "post_id", "key_hash"), name="repeat_key_once")
                ],
                "indexes": [models.Index(fields=["tenant", "at"], name="repeat_by_age")],
            },
        ),
        migrations.RunSQL(*rls.protect_own("org_repeat", own="account_id")),
    ]
