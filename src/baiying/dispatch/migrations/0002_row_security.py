from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            *rls.protect(
                "dispatch_order", community="community_id", grid="grid_id", unit="unit_id", case="subject_id"
            )
        ),
    ]
