"""Row-level security: the net under `within(scope)`, built as SQL text for migrations and for each
transaction.

The policy is one opaque CASE over a transaction-local setting. It is evaluated row by row after the query's
own explicit predicate has used the index; policies that the planner looks into (prefixes, arrays) made it
choose plans a hundred times slower. Settings are literals of SET LOCAL, never set_config(): that does not
reach the workers of a distributed PostgreSQL.
"""

from __future__ import annotations

import operator
import re
from typing import Final
from uuid import UUID

LEVELS: Final = ("street", "community", "grid", "unit", "case", "public", "audit", "none")
Column = str | bool | None
POLICY: Final = "baiying_scope"
MANY: Final = "[]"  # behind a column's name: an array of those who see the row
# Levels that a member of staff acts at; and who it is, NULL for the service itself and for residents.
_OF_STAFF: Final = ("community", "grid", "unit", "audit", "none")
_ACCOUNT: Final = "nullif(current_setting('app.account', true), '')"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")

# PARALLEL SAFE, or no query on a protected table could ever run in parallel. 42501 = insufficient_privilege.
NO_SCOPE_SQL: Final = """
CREATE OR REPLACE FUNCTION baiying_no_scope() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    RAISE EXCEPTION 'no scope set' USING ERRCODE = '42501',
        HINT = 'open a transaction and set app.tenant, app.level, app.unit and app.case in it';
END
$body$
"""
DROP_NO_SCOPE_SQL: Final = "DROP FUNCTION IF EXISTS baiying_no_scope()"


def protect(
    table: str,
    *,
    street: str = "tenant_id",
    community: Column = None,
    grid: Column = None,
    unit: Column = None,
    case: Column = None,
    public: bool = False,
    audit: bool = False,
    own: str | None = None,
) -> tuple[str, str]:
    """SQL that puts a table under row-level security, and SQL that takes it off again; for one RunSQL.

    street names the int column of the tenant. For each further level: the name of the column that must equal
    app.unit (bigint; app.case, uuid, for `case`), with "[]" behind it an array that must contain it; True =
    the level sees the whole street, None or False = it sees nothing. own: the bigint column of the account
    whose row it is; members of staff see theirs besides, whatever their level. Reads and writes alike: a row
    that the scope could not see cannot be written either.
    Not FORCE: the owner migrates and provisions, the app's role is never the owner. Needs NO_SCOPE_SQL run
    before.
    Raises ValueError for anything that is not a plain lower-case name.
    """
    tenant = f"{_quoted(street)} = current_setting('app.tenant')::int"
    of_unit = "current_setting('app.unit')::bigint"
    arms: tuple[tuple[str, Column, str], ...] = (
        ("street", True, ""),
        ("community", community, of_unit),
        ("grid", grid, of_unit),
        ("unit", unit, of_unit),
        ("case", case, "current_setting('app.case')::uuid"),
        ("public", public, ""),
        ("audit", audit, ""),
        ("none", None, ""),
    )
    mine = f" OR ({tenant} AND {_quoted(own)} = {_ACCOUNT}::bigint)" if own else ""
    whens = [
        f"WHEN '{level}' THEN {_condition(tenant, column, value)}{mine if level in _OF_STAFF else ''}"
        for level, column, value in arms
    ]
    return _policy(table, whens)


def protect_own(table: str, *, own: str, street: str = "tenant_id") -> tuple[str, str]:
    """As `protect`, for what is one person's alone: letters, addresses. Not even the street's level sees it.

    own: the bigint column of the account. The service itself, at work on the street with no account set, sees all.
    """
    tenant = f"{_quoted(street)} = current_setting('app.tenant')::int"
    mine = f"{tenant} AND {_quoted(own)} = {_ACCOUNT}::bigint"
    nobody = f"{tenant} AND {_ACCOUNT} IS NULL"
    shown = {"street": f"({mine}) OR ({nobody})"} | dict.fromkeys(_OF_STAFF, mine)
    return _policy(table, [f"WHEN '{level}' THEN {shown.get(level, 'false')}" for level in LEVELS])


def _policy(table: str, whens: list[str]) -> tuple[str, str]:
    name, lines = _quoted(table), "\n".join(f"        {when}" for when in whens)
    forward = (
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\n"
        f"DROP POLICY IF EXISTS {POLICY} ON {name};\n"
        f"CREATE POLICY {POLICY} ON {name} FOR ALL USING (\n"
        f"    CASE current_setting('app.level')\n{lines}\n        ELSE baiying_no_scope()\n    END\n);"
    )
    reverse = f"DROP POLICY IF EXISTS {POLICY} ON {name};\nALTER TABLE {name} DISABLE ROW LEVEL SECURITY;"
    return forward, reverse


def scope_sql(
    tenant: int, level: str, unit: int = 0, case: UUID | None = None, account: int | None = None
) -> str:
    """Statements, in one string, that set the scope for the rest of the open transaction.

    account: who acts; 0 takes an account away that was set before, None says nothing about it.
    Nothing but numbers, known words and UUIDs gets into the text. Raises ValueError or TypeError otherwise.
    Outside a transaction SET LOCAL only warns; the next protected read then raises.
    """
    if level not in LEVELS:
        raise ValueError(f"no such level: {level!r}")
    if case is not None and not isinstance(case, UUID):
        raise TypeError("case must be a UUID")
    if level == "case" and case is None:
        raise ValueError("level 'case' needs a case")
    who = "" if account is None else f"; SET LOCAL app.account = '{operator.index(account) or ''}'"
    return _set_local(str(operator.index(tenant)), level, str(operator.index(unit)), str(case or "")) + who


def clear_sql() -> str:
    """Statements that take the scope away within the open transaction: the next protected read raises."""
    return _set_local("", "", "", "") + "; SET LOCAL app.account = ''"


def _set_local(tenant: str, level: str, unit: str, case: str) -> str:
    return (
        f"SET LOCAL app.tenant = '{tenant}'; SET LOCAL app.level = '{level}'; "
        f"SET LOCAL app.unit = '{unit}'; SET LOCAL app.\"case\" = '{case}'"
    )


def _condition(tenant: str, column: Column, value: str) -> str:
    if column is None or column is False:
        return "false"
    if column is True:
        return tenant
    if column.endswith(MANY):
        return f"{tenant} AND {value} = ANY({_quoted(column.removesuffix(MANY))})"
    return f"{tenant} AND {_quoted(column)} = {value}"


def _quoted(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(f"not a plain name: {name!r}")
    return f'"{name}"'
