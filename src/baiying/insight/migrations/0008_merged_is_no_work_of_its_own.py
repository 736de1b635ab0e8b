from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("insight", "0007_answers_by_method"), ("cases", "0016_merging")]

    operations = [
        migrations.RunSQL((SQL / "raw_with_merged.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
