"""After migrating: what the app's role may do, and the reference rows. Harmless to repeat."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import connections, transaction

from baiying.cases import catalogue, rulebook
from baiying.cases.reference import load_reference
from baiying.config.database import APP_ROLE
from baiying.org.models import Role
from baiying.org.queries import tenants

GRANTS = f"""
GRANT USAGE ON SCHEMA public TO {APP_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE};
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE};
-- Append only: the app can add to these and read them; of a journal row it may only say that it was heard.
REVOKE UPDATE, DELETE ON journal_entry, journal_batch, cases_line FROM {APP_ROLE};
GRANT UPDATE (batch_id) ON journal_entry TO {APP_ROLE};
REVOKE DELETE ON cases_case, cases_contact, cases_photo, cases_split, dispatch_order FROM {APP_ROLE};
REVOKE DELETE ON dispatch_ruleset, dispatch_outsidelink FROM {APP_ROLE};
REVOKE DELETE ON dispatch_call, dispatch_callsubject, dispatch_summons, dispatch_meeting, dispatch_calltask FROM {APP_ROLE};
REVOKE UPDATE, DELETE ON dispatch_callline FROM {APP_ROLE};
REVOKE UPDATE, DELETE ON cases_correction FROM {APP_ROLE};
REVOKE DELETE ON cases_publicphoto FROM {APP_ROLE};
GRANT UPDATE (seen_by) ON dispatch_callline TO {APP_ROLE};
REVOKE DELETE ON webhooks_subscription FROM {APP_ROLE};
REVOKE DELETE ON notify_posted, notify_sending, notify_phonetask FROM {APP_ROLE};
REVOKE DELETE ON dispatch_clock, dispatch_clockchange, dispatch_escalation FROM {APP_ROLE};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE};
"""


def provision() -> None:
    """Grant and load; called by `up` after migrating and by the tests."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(GRANTS)
    with transaction.atomic():
        _load_roles()
        load_reference()
    catalogue.forget()
    for tenant in tenants():
        rulebook.found_first(tenant.id)


def _load_roles() -> None:
    import baiying.org

    path = Path(baiying.org.__file__).parent / "data" / "roles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            Role.objects.update_or_create(
                code=row["code"],
                defaults={
                    "name": row["name"],
                    "name_en": row["name_en"],
                    "levels": row["levels"].split("|"),
                    "permissions": row["permissions"].split("|"),
                    "scope_level": row["scope_level"],
                    "admin_kind": int(row["admin_kind"]),
                },
            )
