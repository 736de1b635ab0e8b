from django.db import migrations

from baiying.kit import rls

# Nobody is away twice on one day: two deputies would each think the other stands in. Ranges of one number, so
# that the index needs no extension.
ONE_AT_A_TIME = """
ALTER TABLE org_absence ADD CONSTRAINT absence_once_a_day EXCLUDE USING gist (
    int8range(account_id, account_id, '[]') WITH =, daterange(from_date, to_date, '[]') WITH &&
) WHERE (taken_back_at IS NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("org", "0003_absences")]

    operations = [
        migrations.RunSQL(ONE_AT_A_TIME, "ALTER TABLE org_absence DROP CONSTRAINT absence_once_a_day"),
        migrations.RunSQL(*rls.protect("org_absence", community=True, grid=True, unit=True)),
    ]
