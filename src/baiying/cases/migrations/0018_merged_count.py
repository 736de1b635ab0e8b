from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_followers")]

    operations = [
        migrations.RunSQL((SQL / "merged.sql").read_text(), "DROP FUNCTION cases_merged_count"),
    ]
