"""Answers by how they were given, what is explained and not counted, what came back one level higher.

0005 makes the table from flows.FLOWS as they are today, so a new database has these columns already. Answers given
before have no method and are in none of the three columns; nothing needs to be counted anew.
"""

from pathlib import Path

from django.db import migrations

from baiying.insight.flows import FLOWS, expand

SQL = Path(__file__).parent.parent / "sql"
COLUMNS = "".join(
    f"ALTER TABLE insight_flow ADD COLUMN IF NOT EXISTS {flow} integer NOT NULL DEFAULT 0;\n"
    for flow in FLOWS
)
DROP = """
DROP FUNCTION insight_unfolded_flow();
DROP FUNCTION insight_spread_flow(bigint, bigint, bigint, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0006_parts_are_not_counted"), ("cases", "0009_earned_closure")]

    operations = [
        migrations.RunSQL(COLUMNS, migrations.RunSQL.noop),
        migrations.RunSQL(
            DROP + expand((SQL / "flow.sql").read_text(encoding="utf-8")), migrations.RunSQL.noop
        ),
        migrations.RunSQL((SQL / "raw_by_method.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
