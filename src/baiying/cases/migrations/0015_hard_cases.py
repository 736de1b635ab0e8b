from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_line_in_time")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="is_hard",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
