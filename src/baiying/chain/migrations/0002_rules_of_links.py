from django.db import migrations

from baiying.kit import rls

# Each child has one holder per level on each day. Ranges of one number, so that the index needs no extension.
ONE_HOLDER = """
ALTER TABLE chain_link ADD CONSTRAINT link_one_holder_a_day EXCLUDE USING gist (
    int8range(child_id, child_id, '[]') WITH =,
    int4range(level, level, '[]') WITH =,
    daterange(from_date, until_date) WITH &&
);
"""

# Persons hold persons on levels 4 and 5; on no day may the way down lead back. One change of such links at a time
# in a street, or two transactions would each close half of a ring.
NO_CYCLES = """
CREATE FUNCTION chain_refuse_cycle() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.until_date = NEW.from_date THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('chain.links'), NEW.tenant_id);
    IF EXISTS (
        WITH RECURSIVE below (person, span) AS (
            SELECT NEW.person_id, daterange(NEW.from_date, NEW.until_date)
            UNION
            SELECT l.person_id, b.span * daterange(l.from_date, l.until_date)
            FROM below b
            JOIN chain_link l ON l.holder_id = b.person
            WHERE l.tenant_id = NEW.tenant_id AND l.level IN (4, 5) AND l.id <> NEW.id
                AND NOT isempty(b.span * daterange(l.from_date, l.until_date))
        )
        SELECT FROM below WHERE person = NEW.holder_id
    ) THEN
        RAISE EXCEPTION 'this link would close a ring'
            USING ERRCODE = '23514', CONSTRAINT = 'link_without_cycles';
    END IF;
    RETURN NULL;
END
$body$;
CREATE TRIGGER link_without_cycles AFTER INSERT OR UPDATE ON chain_link
    FOR EACH ROW WHEN (NEW.level IN (4, 5)) EXECUTE FUNCTION chain_refuse_cycle();
"""

# Beside one's own branch: the upper three levels are posted in the street anyway (art. 6 of the grid by-law), so every
# level of the street may read them; nothing below, and no writing.
POSTED = """
CREATE POLICY baiying_posted ON {table} FOR SELECT USING (
    current_setting('app.level') IN ('community', 'grid', 'unit', 'public')
    AND tenant_id = current_setting('app.tenant')::int AND {posted}
);
"""


def posted(table: str, condition: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        POSTED.format(table=table, posted=condition), f"DROP POLICY baiying_posted ON {table}"
    )


class Migration(migrations.Migration):
    dependencies = [("chain", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(ONE_HOLDER, "ALTER TABLE chain_link DROP CONSTRAINT link_one_holder_a_day"),
        migrations.RunSQL(
            NO_CYCLES,
            "DROP TRIGGER link_without_cycles ON chain_link; DROP FUNCTION chain_refuse_cycle()",
        ),
        migrations.RunSQL(*rls.protect("chain_holder", community="community_id", grid="grid_id")),
        migrations.RunSQL(*rls.protect("chain_link", community="community_id", grid="grid_id")),
        migrations.RunSQL(*rls.protect("chain_import", community="community_id")),
        posted("chain_holder", "is_public"),
        posted("chain_link", "level <= 3"),
    ]
