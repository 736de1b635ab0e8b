from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
# Figures are updated in place twice a second: room on the page keeps the index out of it.
ROOM = "ALTER TABLE insight_figure SET (fillfactor = 80)"


class Migration(migrations.Migration):
    dependencies = [("insight", "0003_functions")]

    operations = [
        migrations.RunSQL((SQL / "fold.sql").read_text(encoding="utf-8"), "DROP FUNCTION insight_fold"),
        migrations.RunSQL(ROOM, "ALTER TABLE insight_figure RESET (fillfactor)"),
    ]
