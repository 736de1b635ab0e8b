from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_fewer_indexes")]

    operations = [
        migrations.RunSQL((SQL / "search.sql").read_text(), migrations.RunSQL.noop),
        # Written when a case is rated, never by a receipt.
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["tenant_id", "is_contacted", "is_solved", "rating"],
                name="case_answered",
                condition=models.Q(rated_at__isnull=False),
            ),
        ),
    ]
