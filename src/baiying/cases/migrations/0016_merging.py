from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"
# Whoever sees one of the two sees that they are merged; the inner SELECT stands under the case's own policy.
FOLLOWS_BOTH = """
ALTER TABLE cases_merge ENABLE ROW LEVEL SECURITY;
CREATE POLICY baiying_scope ON cases_merge FOR ALL USING (
    CASE
        WHEN current_setting('app.level') = 'street' THEN tenant_id = current_setting('app.tenant')::int
        WHEN current_setting('app.level') IN ('community', 'grid', 'unit') THEN
            tenant_id = current_setting('app.tenant')::int
            AND EXISTS (SELECT 1 FROM cases_case c WHERE c.id IN (part_id, lead_id))
        WHEN current_setting('app.level') = 'case' THEN
            tenant_id = current_setting('app.tenant')::int AND part_id = current_setting('app.case')::uuid
        WHEN current_setting('app.level') IN ('public', 'audit', 'none') THEN false
        ELSE baiying_no_scope()
    END
);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_hard_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("since", models.DateTimeField()),
                ("by", models.BigIntegerField(null=True)),
                ("by_name", models.TextField(default="")),
                ("reason", models.TextField(default="")),
                ("metres", models.IntegerField(null=True)),
                ("kept", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("resumed_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("until_by", models.BigIntegerField(null=True)),
                ("until_name", models.TextField(default="")),
                ("until_reason", models.TextField(default="")),
                ("ended_as", models.TextField(default="")),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.case",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["tenant_id", "merged_into"],
                name="case_merged",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="lead",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="part",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="cases.case",
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["tenant_id", "lead"], name="merge_of_lead"),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["tenant_id", "part"], name="merge_of_part"),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("tenant_id", "part"),
                name="merge_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("part", models.F("lead")), _negated=True), name="merge_not_into_itself"
            ),
        ),
        migrations.RunSQL(FOLLOWS_BOTH, "DROP POLICY baiying_scope ON cases_merge"),
        migrations.RunSQL((SQL / "search.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
