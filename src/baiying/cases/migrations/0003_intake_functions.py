from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE cases_reference_serial START 100001", "DROP SEQUENCE cases_reference_serial"
        ),
        migrations.RunSQL((SQL / "receive.sql").read_text(), "DROP FUNCTION cases_receive"),
        migrations.RunSQL((SQL / "track.sql").read_text(), "DROP FUNCTION cases_track, cases_receipt"),
    ]
