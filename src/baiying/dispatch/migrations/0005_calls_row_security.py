from django.db import migrations

from baiying.kit import rls

SEEN_BY = "seen_by[]"


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0004_calls"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE dispatch_call_number", "DROP SEQUENCE dispatch_call_number"),
        *(
            migrations.RunSQL(
                *rls.protect(f"dispatch_{table}", community=SEEN_BY, grid=SEEN_BY, unit=SEEN_BY)
            )
            for table in ("call", "callsubject", "summons", "callline", "meeting", "calltask")
        ),
    ]
