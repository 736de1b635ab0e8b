from django.db import migrations

from baiying.kit import rls

# What hangs on a case is seen by whoever sees the case; the inner SELECT stands under the case's own policy.
FOLLOWS_CASE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY baiying_scope ON {table} FOR ALL USING (
    CASE
        WHEN current_setting('app.level') = 'street' THEN tenant_id = current_setting('app.tenant')::int
        WHEN current_setting('app.level') IN ('community', 'grid', 'unit') THEN
            tenant_id = current_setting('app.tenant')::int
            AND EXISTS (SELECT 1 FROM cases_case c WHERE c.id = case_id)
        WHEN current_setting('app.level') = 'case' THEN
            tenant_id = current_setting('app.tenant')::int AND case_id = current_setting('app.case')::uuid
        WHEN current_setting('app.level') IN ('public', 'audit', 'none') THEN false
        ELSE baiying_no_scope()
    END
);
"""


def follows_case(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(FOLLOWS_CASE.format(table=table), f"DROP POLICY baiying_scope ON {table}")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            *rls.protect("cases_case", community="community_id", grid="grid_id", unit="unit_id", case="id")
        ),
        follows_case("cases_contact"),
        follows_case("cases_photo"),
        follows_case("cases_line"),
        migrations.RunSQL(*rls.protect("cases_intakekey")),
        migrations.RunSQL(*rls.protect("cases_savedfilter", community=True, grid=True, unit=True)),
    ]
