from django.db import migrations

# Unlogged: after a crash everybody starts with a full bucket, and no request waits for the disk.
# No tenant, no scope: the key is a keyed hash, and nothing in a row tells who or what it stands for.
TABLE = """
CREATE UNLOGGED TABLE doors_limit (
    key bytea PRIMARY KEY,
    tokens double precision NOT NULL,
    at timestamptz NOT NULL,
    burst double precision NOT NULL,
    pace double precision NOT NULL,
    cost double precision NOT NULL,
    is_allowed boolean NOT NULL
);
CREATE INDEX doors_limit_age ON doors_limit (at);
"""


class Migration(migrations.Migration):
    dependencies = []

    operations = [migrations.RunSQL(TABLE, "DROP TABLE doors_limit")]
