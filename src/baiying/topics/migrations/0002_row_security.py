from django.db import migrations

from baiying.kit import rls

SEEN_BY = "seen_by[]"

# What hangs on a topic is seen by whoever sees the topic; the inner SELECT stands under the topic's own policy.
FOLLOWS_TOPIC = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY baiying_scope ON {table} FOR ALL USING (
    CASE
        WHEN current_setting('app.level') = 'street' THEN tenant_id = current_setting('app.tenant')::int
        WHEN current_setting('app.level') IN ('community', 'grid', 'unit') THEN
            tenant_id = current_setting('app.tenant')::int
            AND EXISTS (SELECT 1 FROM topics_topic t WHERE t.id = topic_id)
        WHEN current_setting('app.level') IN ('case', 'public', 'audit', 'none') THEN false
        ELSE baiying_no_scope()
    END
);
"""


def follows_topic(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        FOLLOWS_TOPIC.format(table=table),
        f"DROP POLICY baiying_scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


class Migration(migrations.Migration):
    dependencies = [("topics", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(*rls.protect("topics_topic", community=SEEN_BY, grid=SEEN_BY, unit=SEEN_BY)),
        follows_topic("topics_tie"),
        follows_topic("topics_topicline"),
    ]
