from django.db import migrations, models

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0007_clock_row_security")]

    operations = [
        migrations.CreateModel(
            name="LocalNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("rule", models.TextField()),
                ("value", models.SmallIntegerField(null=True)),
                ("valid_from", models.DateField()),
                ("reason", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("added_name", models.TextField(default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "rule", "valid_from"], name="local_number_from")
                ],
            },
        ),
        # Everybody in a street may know its numbers; the services ask who may set them.
        migrations.RunSQL(
            *rls.protect("dispatch_localnumber", community=True, grid=True, unit=True, case=True, public=True)
        ),
    ]
