from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("insight", "0002_row_security"), ("journal", "0003_append"), ("cases", "0001_tables")]

    operations = [
        migrations.RunSQL(
            (SQL / "calendar.sql").read_text(encoding="utf-8"), "DROP FUNCTION insight_month, insight_day"
        ),
        migrations.RunSQL(
            (SQL / "spread.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION insight_unfolded, insight_exploded, insight_spread",
        ),
        migrations.RunSQL((SQL / "raw.sql").read_text(encoding="utf-8"), "DROP FUNCTION insight_raw"),
    ]
