"""A scope is asked for, looked beyond, and ends."""

from __future__ import annotations

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from baiying.cases.merging import merge
from baiying.command.environment import Database
from baiying.kit import rls
from baiying.kit.refusals import NotFound
from baiying.org.rules import Level, Scope, acting, current_scope, seeing
from tests.cast import Cast, found_cast
from tests.house.test_tables import NO_POLICY, tables_with_tenant


def test_asking_without_a_scope_raises(committed_database: Database) -> None:
    found_cast()
    protected = tables_with_tenant() - set(NO_POLICY)
    with psycopg.connect(committed_database.app, autocommit=True) as raw:
        for table in sorted(protected):
            with psycopg.connect(committed_database.owner, autocommit=True) as owner:
                is_empty = owner.execute(
                    sql.SQL("SELECT NOT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table))
                ).fetchone()
            if is_empty == (True,):
                continue  # PostgreSQL asks the policy once for each row
            with pytest.raises(psycopg.Error):
                raw.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


def test_a_scope_ends_with_its_transaction(committed_database: Database) -> None:
    cast = found_cast()
    cast.case()
    with psycopg.connect(committed_database.app) as raw:
        with raw.transaction():
            raw.execute(rls.scope_sql(cast.tenant.id, "street").encode())
            assert raw.execute("SELECT count(*) FROM cases_case").fetchone() == (1,)
        with pytest.raises(psycopg.Error), raw.transaction():
            raw.execute("SELECT count(*) FROM cases_case")


def in_sight() -> tuple[str, str]:
    """(level, account) that the row policies go by now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.level'), current_setting('app.account', true)")
        level, account = cursor.fetchone()
    return level, account or "0"


def test_looking_beyond_ones_branch_ends_and_says_only_what_changes(cast: Cast) -> None:
    whole, own = Scope(cast.tenant.id, "street"), Scope(cast.tenant.id, "grid", 7, account=5)
    with acting(own):
        with CaptureQueriesContext(connection) as asked, seeing(whole):
            pass
        assert [q["sql"].split()[0] for q in asked.captured_queries] == ["SET", "SET"]  # there and back
        with seeing(whole):
            assert in_sight() == ("street", "5")  # the same person looks
            with (
                CaptureQueriesContext(connection) as asked,
                seeing(whole),
                seeing(Scope(cast.tenant.id, "street")),
            ):
                pass
            assert asked.captured_queries == []
        assert in_sight() == ("grid", "5") and current_scope() == own
        with acting(whole), seeing(own):
            assert in_sight() == ("grid", "5")


def test_what_is_refused_while_looking_leaves_the_scope_as_it_was(cast: Cast) -> None:
    own = Scope(cast.tenant.id, "grid", 7)
    with acting(own):
        with pytest.raises(NotFound), seeing(Scope(cast.tenant.id, "street")):
            raise NotFound(problem="nothing", remedy="none")
        assert in_sight()[0] == "grid"
        # The database refuses: nothing more is read in this transaction, under whichever scope.
        whole = Scope(cast.tenant.id, "street")
        with pytest.raises(DatabaseError), transaction.atomic(), seeing(whole), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert in_sight()[0] == "grid" and current_scope() == own


def test_looking_outside_a_transaction_or_into_another_tenant_is_acting(cast: Cast) -> None:
    with seeing(Scope(cast.tenant.id, "grid", 7)):
        assert in_sight()[0] == "grid"
        with (
            CaptureQueriesContext(connection) as asked,
            seeing(Scope(cast.tenant.id + 1, "street", account=0)),
        ):
            pass
    assert [q["sql"].split()[0] for q in asked.captured_queries] == ["SAVEPOINT", "SET", "SET", "RELEASE"]
    assert current_scope() is None


def test_the_number_of_merged_cases_is_told_of_the_own_tenant_alone(cast: Cast) -> None:
    lead, part = cast.case(), cast.case()
    merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])

    def told(tenant: int, level: Level) -> int:
        with acting(Scope(tenant, level)), connection.cursor() as cursor:
            cursor.execute("SELECT cases_merged_count(%s)", [lead.id])
            return int(cursor.fetchone()[0])

    assert (
        told(cast.tenant.id, "street"),
        told(cast.tenant.id, "none"),
        told(cast.tenant.id + 1, "street"),
    ) == (1, 1, 0)
