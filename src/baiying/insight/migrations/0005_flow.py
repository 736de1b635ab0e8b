"""What happens on a day goes into one wide row for a place and a day, instead of one narrow row for each measure."""

from pathlib import Path

from django.db import migrations, models

from baiying.insight.flows import FLOWS, expand
from baiying.kit import rls

SQL = Path(__file__).parent.parent / "sql"
KEY = ["tenant_id", "grain", "community_id", "span", "bucket", "grid_id", "category_id"]

# Figures folded so far move over.
MOVE = """
INSERT INTO insight_flow (tenant_id, grain, community_id, span, bucket, grid_id, category_id, [[flows]])
SELECT x.tenant_id, x.grain, x.community_id, x.span, x.bucket, x.grid_id, x.category_id, [[pivot x]]
FROM (
    SELECT f.tenant_id, f.grain, f.community_id, f.bucket, f.grid_id, f.category_id, f.n,
           CASE WHEN f.measure LIKE '%%\\_by\\_month' THEN 'month' ELSE 'day' END AS span,
           replace(f.measure, '_by_month', '') AS measure
    FROM insight_figure f WHERE f.measure NOT IN ('state', 'held', 'due')
) x
GROUP BY 1, 2, 3, 4, 5, 6, 7;
DELETE FROM insight_figure WHERE measure NOT IN ('state', 'held', 'due');
ALTER TABLE insight_flow SET (fillfactor = 80);
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0004_fold")]

    operations = [
        migrations.CreateModel(
            name="Flow",
            fields=[
                ("tenant_id", models.IntegerField()),
                ("grain", models.TextField()),
                ("community_id", models.BigIntegerField()),
                ("span", models.TextField()),
                ("bucket", models.IntegerField()),
                ("grid_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                *((flow, models.IntegerField(default=0)) for flow in FLOWS),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *KEY, blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.RunSQL(*rls.protect("insight_flow", community="community_id", grid="grid_id")),
        migrations.RunSQL(expand((SQL / "flow.sql").read_text(encoding="utf-8")), migrations.RunSQL.noop),
        migrations.RunSQL(expand(MOVE).replace("%%", "%"), migrations.RunSQL.noop),
    ]
