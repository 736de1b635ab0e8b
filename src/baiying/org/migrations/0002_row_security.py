from django.db import migrations

# Every level of a street may read its units' names; a session without a scope still gets an error, not rows.
UNIT_POLICY = """
ALTER TABLE org_unit ENABLE ROW LEVEL SECURITY;
CREATE POLICY baiying_scope ON org_unit FOR ALL USING (
    CASE current_setting('app.level')
        WHEN '' THEN baiying_no_scope()
        ELSE tenant_id = current_setting('app.tenant')::int
    END
);
"""

# The three administrators exclude one another and all business: account, role and post must agree on the kind.
EXCLUSIVE_ADMINISTRATORS = """
ALTER TABLE org_account ADD CONSTRAINT account_admin_kind UNIQUE (id, admin_kind);
ALTER TABLE org_role ADD CONSTRAINT role_admin_kind UNIQUE (code, admin_kind);
ALTER TABLE org_post
    ADD CONSTRAINT post_kind_is_accounts FOREIGN KEY (account_id, admin_kind)
        REFERENCES org_account (id, admin_kind),
    ADD CONSTRAINT post_kind_is_roles FOREIGN KEY (role_id, admin_kind)
        REFERENCES org_role (code, admin_kind);
"""


class Migration(migrations.Migration):
    dependencies = [("org", "0001_tables"), ("journal", "0002_row_security")]

    operations = [
        migrations.RunSQL(UNIT_POLICY, "DROP POLICY baiying_scope ON org_unit"),
        migrations.RunSQL(
            EXCLUSIVE_ADMINISTRATORS,
            "ALTER TABLE org_post DROP CONSTRAINT post_kind_is_accounts, DROP CONSTRAINT post_kind_is_roles",
        ),
    ]
