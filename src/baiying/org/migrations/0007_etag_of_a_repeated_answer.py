from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0006_narrow_tokens")]

    operations = [
        migrations.AddField(
            model_name="repeat",
            name="etag",
            field=models.TextField(db_default="", default=""),
        ),
    ]
