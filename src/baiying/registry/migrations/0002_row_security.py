from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(*rls.protect(table, community=True, grid=True, unit=True, case=True, public=True))
        for table in ("registry_livingarea", "registry_building")
    ]
