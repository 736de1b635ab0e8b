from pathlib import Path
from typing import Any

from django.db import migrations

from baiying.kit.text import bigrams

SQL = Path(__file__).parent.parent / "sql"
BATCH = 1000


def index_addresses(apps: Any, schema_editor: Any) -> None:
    """Cases that were received before are found by the names of their living area and building, too."""
    connection = schema_editor.connection
    last = None
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                """SELECT c.id, c.text, c.place, a.name, b.name
                FROM cases_case c JOIN registry_livingarea a ON a.id = c.living_area_id
                LEFT JOIN registry_building b ON b.id = c.building_id
                WHERE %s::uuid IS NULL OR c.id > %s::uuid ORDER BY c.id LIMIT %s""",
                [last, last, BATCH],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.executemany(
                "UPDATE cases_case SET search = array_to_tsvector(%s::text[]) WHERE id = %s",
                [
                    (
                        bigrams(f"{text}\n{place}\n{area}{(building or '').removeprefix(area).strip()}"),
                        case_id,
                    )
                    for case_id, text, place, area, building in rows
                ],
            )
            last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_public_version"), ("registry", "0001_tables")]

    operations = [
        migrations.RunSQL((SQL / "search.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunPython(index_addresses, migrations.RunPython.noop),
    ]
