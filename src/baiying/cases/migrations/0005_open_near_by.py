from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_search")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["tenant_id", "lat", "lon"],
                name="case_open_near_by",
                condition=models.Q(closed_at__isnull=True, lat__isnull=False),
            ),
        ),
    ]
