from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("insight", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            *rls.protect("insight_figure", community="community_id", grid="grid_id", unit="unit_id")
        ),
        # How long things take is told to whoever asks, before they write.
        migrations.RunSQL(
            *rls.protect("insight_duration", community=True, grid=True, unit=True, case=True, public=True)
        ),
    ]
