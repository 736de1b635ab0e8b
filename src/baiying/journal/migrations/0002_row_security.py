from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_tables")]

    operations = [
        migrations.RunSQL(rls.NO_SCOPE_SQL, rls.DROP_NO_SCOPE_SQL),
        migrations.RunSQL(
            *rls.protect(
                "journal_entry",
                community="community_id",
                grid="grid_id",
                unit="unit_id",
                case=True,
                audit=True,
            )
        ),
        migrations.RunSQL(*rls.protect("journal_batch", audit=True)),
    ]
