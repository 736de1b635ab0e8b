"""The net under everything: which tables stand behind row-level security, and what the service's role may not do."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from baiying.cases.models import Case
from baiying.cases.services import Words, receive
from baiying.journal.models import Entry
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

# Tables without a tenant, each with the reason.
NO_TENANT = {
    "auth_group": "Django's; unused, roles are rows of org_role",
    "auth_group_permissions": "Django's; unused",
    "auth_permission": "Django's; unused",
    "axes_accessattempt": "failed sign-ins by user name and address, before anybody is known",
    "axes_accessattemptexpiration": "when those run out",
    "axes_accessfailurelog": "switched off",
    "axes_accesslog": "switched off",
    "cases_category": "dictionary",
    "cases_matter": "dictionary",
    "cases_reason": "dictionary",
    "cases_standardtext": "dictionary",
    "django_content_type": "Django's",
    "django_migrations": "Django's; the role may only read it",
    "django_session": "sessions are keyed by a secret of 32 characters",
    "doors_limit": "buckets under keyed hashes, nothing about anybody",
    "org_role": "dictionary",
    "org_tenant": "the streets themselves",
    "otp_totp_totpdevice": "hangs on an account, read before a scope is known",
}
# Tables of a tenant that are read before a scope can be known, each with the reason.
NO_POLICY = {
    "org_account": "signing in asks by user name, before the street is known",
    "org_post": "the scope is made from it",
    "org_apitoken": "asked by the hash of a key of 256 bits, before the street is known",
}


def rows_of(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def tables() -> set[str]:
    found = rows_of(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return {str(row[0]) for row in found}


def tables_with_tenant() -> set[str]:
    found = rows_of(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    return {str(row[0]) for row in found}


def test_every_table_has_a_tenant_or_a_reason() -> None:
    assert tables() - tables_with_tenant() == set(NO_TENANT)


def test_every_tenant_table_has_a_policy_or_a_reason() -> None:
    protected = rows_of(
        "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity"
        " AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*')"
    )
    assert tables_with_tenant() - {str(row[0]) for row in protected} == set(NO_POLICY)


def test_every_model_of_ours_is_a_table_we_know() -> None:
    ours = {m._meta.db_table for m in apps.get_models() if m.__module__.startswith("baiying.")}
    assert ours <= tables()


def test_the_services_role_is_bound() -> None:
    role = rows_of(
        "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid),"
        " EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid)"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    assert role == [("baiying_app", False, False, False, False, False, False)]


def test_functions_that_run_as_the_owner_fix_their_search_path() -> None:
    loose = rows_of(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=public, pg_temp%', false)"
    )
    assert loose == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("journal_entry", "event"),
        ("journal_entry", "data"),
        ("journal_batch", "root"),
        ("cases_line", "text"),
    ],
)
def test_append_only_tables_cannot_be_rewritten(cast: Cast, table: str, column: str) -> None:
    name, field = sql.Identifier(table), sql.Identifier(column)
    for statement in (
        sql.SQL("UPDATE {} SET {} = {}").format(name, field, field),
        sql.SQL("DELETE FROM {}").format(name),
        sql.SQL("TRUNCATE {}").format(name),
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting(Scope(cast.tenant.id, "street")),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.as_string(connection.connection))


def test_cases_and_what_belongs_to_them_are_never_deleted(cast: Cast) -> None:
    for table in ("cases_case", "cases_contact", "cases_photo", "dispatch_order"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting(Scope(cast.tenant.id, "street")),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                sql.SQL("DELETE FROM {}").format(sql.Identifier(table)).as_string(connection.connection)
            )


# -- straight at the tables, as the service's role --------------------------------------------------------


def scopes(cast: Cast, case: Case, another: Case) -> list[Scope]:
    """One scope of each level of the neighbouring street and of other branches, none of which holds the case."""
    other = cast.other_tenant.id
    units = cast.other_units
    foreign = [
        Scope(other, "street"), Scope(other, "community", units["east"].id), Scope(other, "grid", units["e1"].id),
        Scope(other, "unit", units["dept-enforcement"].id), Scope(other, "case", case=case.id), Scope(other, "public"),
        Scope(other, "audit"), Scope(other, "none"),
        # The numbers of this street's branch, under the wrong street.
        Scope(other, "community", cast.units["east"].id), Scope(other, "grid", cast.units["e1"].id),
    ]  # fmt: skip
    here = cast.tenant.id
    own = [
        Scope(here, "community", cast.units["west"].id), Scope(here, "grid", cast.units["e2"].id),
        Scope(here, "unit", cast.units["dept-municipal"].id), Scope(here, "case", case=another.id),
        Scope(here, "public"), Scope(here, "audit"), Scope(here, "none"),
    ]  # fmt: skip
    return foreign + own


TABLES_OF_A_CASE = (
    "cases_case", "cases_contact", "cases_line", "cases_photo", "dispatch_order", "cases_reuse", "cases_raising",
    "cases_callback", "cases_exclusion", "cases_follower",
)  # fmt: skip


def test_no_other_branch_sees_a_row_of_the_case(cast: Cast) -> None:
    case = cast.lead(cast.case(name="王先生", phone="13805330000"), "handled")
    another = cast.case(text="别处的一件事", at=cast.in_grid("w2"))
    seen = []
    for scope in scopes(cast, case, another):
        with acting(scope):
            for table in TABLES_OF_A_CASE:
                column = {"cases_case": "id", "dispatch_order": "subject_id"}.get(table, "case_id")
                found = count(table, column, case)
                if found:
                    seen.append((scope.level, scope.tenant, table, found))
            entries = Entry.objects.filter(subject_id=str(case.id)).count()
            if entries and scope != Scope(cast.tenant.id, "audit"):
                seen.append((scope.level, scope.tenant, "journal_entry", entries))
    assert seen == []


def count(table: str, column: str, case: Case) -> int:
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(connection.connection), [case.id])
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "scope",
    [("street", ""), ("community", "west"), ("grid", "e1"), ("unit", "dept-enforcement")],
    ids=lambda s: str(s[0]),
)
def test_a_level_sees_exactly_its_rows(cast: Cast, scope: tuple[str, str]) -> None:
    level, unit = scope
    handed = cast.lead(cast.case(text="一", at=cast.in_grid("e1")), "handed_out")
    west = cast.case(text="二", at=cast.in_grid("w1"))
    nowhere = receive(cast.reporter, words=Words(text="三：不知道在哪里")).case_id
    wanted = {
        "street": {handed.id, west.id, nowhere}, "community": {west.id}, "grid": {handed.id}, "unit": {handed.id},
    }  # fmt: skip
    with acting(Scope(cast.tenant.id, level, cast.units[unit].id if unit else 0)):  # type: ignore[arg-type]
        assert set(Case.objects.values_list("id", flat=True)) == wanted[level]


def test_no_row_goes_into_another_street(cast: Cast) -> None:
    case = cast.case()
    with acting(Scope(cast.other_tenant.id, "street")):
        assert Case.objects.filter(id=case.id).update(state="closed") == 0
    with pytest.raises(DatabaseError, match="row-level security"), acting(Scope(cast.tenant.id, "street")):
        Case.objects.filter(id=case.id).update(tenant_id=cast.other_tenant.id)
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting(Scope(cast.other_tenant.id, "street")),
    ):
        Entry.objects.create(
            id=case.id, tenant_id=cast.tenant.id, at=case.received_at, event="x", subject_kind="case",
            subject_id="x", actor_kind="system",
        )  # fmt: skip
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting(Scope(cast.tenant.id, "grid", cast.units["e1"].id)),
    ):
        Case.objects.filter(id=case.id).update(grid_id=cast.units["w1"].id)


def test_the_three_administrators_exclude_one_another_in_the_database(cast: Cast) -> None:
    post = cast.posts["security_administrator_wu"]
    for role in ("audit_administrator", "dispatch_clerk"):
        with (
            pytest.raises(DatabaseError, match="foreign key"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE org_post SET role_id = %s WHERE id = %s", [role, post.id])
