from django.db import migrations

from baiying.kit import rls

# A reporter adds to the journal (0003) and reads nothing of it: the case's own timeline is what they are shown.
# Before, the scope of one case opened the whole street's entries.
CLOSED = rls.protect("journal_entry", community="community_id", grid="grid_id", unit="unit_id", audit=True)
OPEN = rls.protect(
    "journal_entry", community="community_id", grid="grid_id", unit="unit_id", case=True, audit=True
)


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_append")]

    operations = [migrations.RunSQL(CLOSED[0], OPEN[0])]
