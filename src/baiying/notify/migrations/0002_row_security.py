from django.db import migrations

from baiying.kit import rls


def placed(table: str, own: str | None) -> tuple[str, str]:
    return rls.protect(table, community="community_id", grid="grid_id", unit="unit_id", own=own)


class Migration(migrations.Migration):
    dependencies = [("notify", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        # The ledger: whoever may see the place, and everybody their own.
        migrations.RunSQL(*placed("notify_posted", own="account_id")),
        migrations.RunSQL(*placed("notify_sending", own="account_id")),
        migrations.RunSQL(*placed("notify_phonetask", own=None)),
        # Words and addresses: their owner alone.
        migrations.RunSQL(*rls.protect_own("notify_content", own="account_id")),
        migrations.RunSQL(*rls.protect_own("notify_preference", own="account_id")),
        migrations.RunSQL(*rls.protect("notify_missed")),
    ]
