from django.db import migrations

from baiying.kit import rls

PLACED = {"dispatch_clock": None, "dispatch_clockchange": None, "dispatch_escalation": "account_id"}
OF_THE_STREET = ("dispatch_profilechoice", "dispatch_locallimit")


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0006_clocks")]

    operations = [
        *(
            migrations.RunSQL(
                *rls.protect(
                    table,
                    community="community_id",
                    grid="grid_id",
                    unit="unit_id",
                    case="subject_id",
                    own=own,
                )
            )
            for table, own in PLACED.items()  # whoever is told sees that, wherever else they work
        ),
        # Everybody in a street may know its limits, residents too; the services ask who may set them.
        *(
            migrations.RunSQL(
                *rls.protect(table, community=True, grid=True, unit=True, case=True, public=True)
            )
            for table in OF_THE_STREET
        ),
    ]
