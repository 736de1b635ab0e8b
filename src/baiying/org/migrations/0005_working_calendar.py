import django.db.models.deletion
from django.db import migrations, models

TABLES = ("org_workyear", "org_dayoverride", "org_officehours")


def _policy(table: str) -> tuple[str, str]:
    """Every level of a street reads its calendar, residents too; a session without a scope gets an error."""
    forward = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY baiying_scope ON {table} FOR ALL USING (
            CASE current_setting('app.level')
                WHEN '' THEN baiying_no_scope()
                ELSE tenant_id = current_setting('app.tenant')::int
            END
        );"""
    return forward, f"DROP POLICY baiying_scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"


def _table(
    name: str, constraint: str, once: str, fields: list[tuple[str, models.Field]]
) -> migrations.CreateModel:
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "id",
                models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
            ),
            *fields,
            ("added_at", models.DateTimeField()),
            ("added_name", models.TextField(default="")),
            ("tenant", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="org.tenant")),
        ],
        options={"constraints": [models.UniqueConstraint(fields=("tenant", once), name=constraint)]},
    )


class Migration(migrations.Migration):
    dependencies = [("org", "0004_absences_apart")]

    operations = [
        _table(
            "WorkYear", "work_year_once", "year",
            [("year", models.SmallIntegerField()), ("source", models.TextField())],
        ),
        _table(
            "DayOverride", "day_override_once", "day",
            [("day", models.DateField()), ("is_open", models.BooleanField()), ("note", models.TextField(default=""))],
        ),
        _table(
            "OfficeHours", "office_hours_once", "valid_from",
            [("valid_from", models.DateField()), ("hours", models.TextField())],
        ),
        *(migrations.RunSQL(*_policy(table)) for table in TABLES),
    ]  # fmt: skip
