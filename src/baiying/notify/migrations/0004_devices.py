from django.db import migrations, models

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("notify", "0003_stands_in_for")]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("account_id", models.BigIntegerField()),
                ("endpoint", models.TextField()),
                ("public_key", models.TextField()),
                ("secret", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant_id", "account_id"], name="device_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "endpoint"), name="device_once")
                ],
            },
        ),
        # Its owner's alone, like words and addresses.
        migrations.RunSQL(*rls.protect_own("notify_device", own="account_id")),
    ]
