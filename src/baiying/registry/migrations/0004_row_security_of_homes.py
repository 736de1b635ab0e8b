from django.db import migrations

from baiying.kit import rls


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_courtyards_and_homes")]

    operations = [
        migrations.RunSQL(
            *rls.protect("registry_courtyard", community=True, grid=True, unit=True, case=True, public=True)
        ),
        # A list of all doors of a street is nobody's business outside the community.
        migrations.RunSQL(*rls.protect("registry_home", community="community_id", grid="grid_id")),
    ]
