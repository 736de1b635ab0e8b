"""A scope is asked for and ends: on connections of their own, outside every test's transaction."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from baiying.command.environment import Database
from baiying.kit import rls
from tests.cast import found_cast
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
