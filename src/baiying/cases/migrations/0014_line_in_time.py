import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_search_by_address"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="line",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["at"], name="line_in_time", pages_per_range=32
            ),
        ),
    ]
