"""The net holds on a real PostgreSQL: no scope raises, every level sees its branch, the index is still
used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from baiying.command.environment import Database
from baiying.kit import rls
from tests.database import Server

A, B = UUID(int=1), UUID(int=2)
PROTECT, UNPROTECT = rls.protect(
    "row", community="community_id", grid="grid_id", unit="unit_id", case="case_id", public=True
)

ROWS = f"""
    CREATE TABLE row (id bigint PRIMARY KEY, tenant_id int, community_id bigint, grid_id bigint,
        unit_id bigint, case_id uuid, note text);
    INSERT INTO row VALUES (1, 1, 10, 100, 7, '{A}'), (2, 2, 20, 200, 8, '{B}');
    INSERT INTO row SELECT i + 9, 3, i % 20, i % 200, 0, null, 'x' FROM generate_series(1, 20000) i;
    CREATE INDEX row_grid ON row (tenant_id, grid_id, id DESC);
    ANALYZE row
"""


def run(connection: psycopg.Connection, text: str) -> psycopg.Cursor:
    return connection.execute(sql.SQL(text))


@pytest.fixture(scope="module")
def prepared(server: Server) -> Iterator[Database]:
    """A database with one protected table of 20,002 rows, made by the owner."""
    name = "kit_rls_" + os.environ.get("PYTEST_XDIST_WORKER", "one")
    database = server.clone(name, server.template("template_blank", lambda blank: None))
    with psycopg.connect(database.owner, autocommit=True) as owner:
        run(owner, rls.NO_SCOPE_SQL)
        run(owner, ROWS)
        run(owner, "GRANT ALL ON row TO baiying_app")
        run(owner, PROTECT)
    yield database
    server.drop(name)


@pytest.fixture
def app(prepared: Database) -> Iterator[psycopg.Connection]:
    """A connection of the app's role."""
    with psycopg.connect(prepared.app) as connection:
        yield connection
        connection.rollback()


def seen(app: psycopg.Connection, *scope: object) -> list[int]:
    with app.transaction(force_rollback=True):
        run(app, rls.scope_sql(*scope))  # type: ignore[arg-type]
        return [row[0] for row in run(app, "SELECT id FROM row WHERE id < 10 ORDER BY id")]


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        ((1, "street"), [1]),
        ((2, "street"), [2]),
        ((1, "public"), [1]),
        ((1, "community", 10), [1]),
        ((1, "community", 20), []),
        ((1, "grid", 100), [1]),
        ((1, "grid", 10), []),
        ((1, "unit", 7), [1]),
        ((1, "unit", 8), []),
        ((2, "grid", 100), []),
        ((1, "case", 0, A), [1]),
        ((1, "case", 0, B), []),
        ((1, "audit"), []),
        ((1, "none"), []),
    ],
)
def test_each_level_sees_its_branch(
    app: psycopg.Connection, scope: tuple[object, ...], ids: list[int]
) -> None:
    assert seen(app, *scope) == ids


def test_scope_never_set_raises(app: psycopg.Connection) -> None:
    with pytest.raises(errors.UndefinedObject):
        run(app, "SELECT count(*) FROM row")


def test_scope_of_a_past_transaction_is_gone_and_raises(app: psycopg.Connection) -> None:
    with app.transaction():
        run(app, rls.scope_sql(1, "street"))
    with pytest.raises(errors.InsufficientPrivilege, match="no scope set"), app.transaction():
        run(app, "SELECT count(*) FROM row")


@pytest.mark.parametrize("leave", [rls.clear_sql(), "SET LOCAL app.level = 'STREET'"])
def test_cleared_or_unknown_level_raises(app: psycopg.Connection, leave: str) -> None:
    run(app, rls.scope_sql(1, "street"))
    run(app, leave)
    with pytest.raises(errors.InsufficientPrivilege):
        run(app, "SELECT count(*) FROM row")


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO row VALUES (3, 2, 10, 100, 7)",
        "INSERT INTO row VALUES (3, 1, 11, 100, 7)",
        "UPDATE row SET community_id = 11 WHERE id = 1",
        "UPDATE row SET tenant_id = 2 WHERE id = 1",
    ],
)
def test_rows_cannot_be_written_into_another_branch(app: psycopg.Connection, write: str) -> None:
    run(app, rls.scope_sql(1, "community", 10))
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        run(app, write)


def test_foreign_rows_cannot_be_changed_or_deleted(app: psycopg.Connection) -> None:
    with app.transaction(force_rollback=True):
        run(app, rls.scope_sql(1, "street"))
        assert run(app, "UPDATE row SET note = 'x' WHERE id = 2").rowcount == 0
        assert run(app, "DELETE FROM row").rowcount == 1


def test_explicit_predicate_still_uses_the_index(app: psycopg.Connection) -> None:
    query = "SELECT id FROM row WHERE tenant_id = 3 AND grid_id = 5 ORDER BY id DESC LIMIT 20"
    with app.transaction(force_rollback=True):
        run(app, rls.scope_sql(3, "grid", 5))
        plan = "\n".join(row[0] for row in run(app, f"EXPLAIN {query}"))
    assert "row_grid" in plan
    assert "Index Cond: ((tenant_id = 3) AND (grid_id = 5))" in plan
    assert "Sort" not in plan


def test_protected_tables_can_be_read_in_parallel(app: psycopg.Connection) -> None:
    with app.transaction(force_rollback=True):
        run(app, rls.scope_sql(3, "street"))
        run(app, "SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0")
        run(app, "SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL max_parallel_workers_per_gather = 2")
        plan = "\n".join(row[0] for row in run(app, "EXPLAIN SELECT count(*) FROM row WHERE note = 'x'"))
        counted = run(app, "SELECT count(*) FROM row WHERE note = 'x'").fetchone()
    assert "Gather" in plan
    assert counted == (20000,)


def test_protection_can_be_taken_off_and_put_on_again(prepared: Database, app: psycopg.Connection) -> None:
    with psycopg.connect(prepared.owner, autocommit=True) as owner:
        run(owner, UNPROTECT)
        assert run(app, "SELECT count(*) FROM row").fetchone() == (20002,)
        app.rollback()
        run(owner, PROTECT)
        run(owner, PROTECT)
    with pytest.raises(errors.UndefinedObject):
        run(app, "SELECT count(*) FROM row")


def test_level_without_a_column_sees_nothing_and_with_true_the_street() -> None:
    forward, _reverse = rls.protect("unit", community=True, grid="id", case=False)
    assert """WHEN 'community' THEN "tenant_id" = current_setting('app.tenant')::int\n""" in forward
    assert "WHEN 'case' THEN false" in forward
    assert "WHEN 'audit' THEN false" in forward
    assert forward.count("FORCE") == 0


@pytest.mark.parametrize("name", ['a"b', "a b", "A", "", "a;drop table x", "1a", "a" * 64])
def test_only_plain_names_reach_the_policy(name: str) -> None:
    with pytest.raises(ValueError, match="not a plain name"):
        rls.protect(name)
    with pytest.raises(ValueError, match="not a plain name"):
        rls.protect("t", street=name)
    with pytest.raises(ValueError, match="not a plain name"):
        rls.protect("t", grid=name)


@pytest.mark.parametrize(
    "scope",
    [
        ("1'; --", "street"),
        (1, "street'; --"),
        (1, "grid", "5"),
        (1, "case"),
        (1, "case", 0, "x"),
        (1.5, "street"),
    ],
)
def test_nothing_but_numbers_and_known_words_reach_the_setting(scope: tuple[object, ...]) -> None:
    with pytest.raises((ValueError, TypeError)):
        rls.scope_sql(*scope)  # type: ignore[arg-type]


def test_scope_is_one_string_of_literals() -> None:
    assert rls.scope_sql(1, "case", 0, A) == (
        "SET LOCAL app.tenant = '1'; SET LOCAL app.level = 'case'; SET LOCAL app.unit = '0'; "
        "SET LOCAL app.\"case\" = '00000000-0000-0000-0000-000000000001'"
    )
