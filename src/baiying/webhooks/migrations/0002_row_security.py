from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_tables")]

    operations = [
        migrations.RunSQL(
            *rls.protect(f"webhooks_{table}", community="community_id", grid="grid_id", unit="unit_id")
        )
        for table in ("subscription", "delivery", "attempt")
    ]
