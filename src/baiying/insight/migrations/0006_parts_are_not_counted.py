"""Parts of a case are no requests of residents: the facts counted from the cases leave them out."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("insight", "0005_flow")]

    operations = [migrations.RunSQL((SQL / "raw.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
