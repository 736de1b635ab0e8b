from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_intake_functions")]

    operations = [
        migrations.RunSQL(
            (SQL / "search.sql").read_text(),
            "DROP FUNCTION cases_search_count, cases_search, cases_conditions, cases_scope_condition",
        ),
    ] + [
        # Empty when a request is received, so intake writes none of them.
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["tenant_id", f"{what}_at"],
                name=f"case_{what}_on",
                condition=models.Q(**{f"{what}_at__isnull": False}),
            ),
        )
        for what in ("handled", "closed", "reopened", "rated")
    ]
