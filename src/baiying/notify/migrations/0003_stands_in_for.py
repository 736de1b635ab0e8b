from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notify", "0002_row_security")]

    operations = [
        migrations.AddField(
            model_name="posted", name="stands_in_for", field=models.TextField(db_default="", default="")
        ),
    ]
