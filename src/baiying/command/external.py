"""An ordinary PostgreSQL of the operator's, in place of our own (BAIYING_DATABASE_URL)."""

from __future__ import annotations

import re
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from baiying.command.environment import Database
from baiying.command.postgres_programs import NEWEST, OLDEST, SUPPORTED
from baiying.command.trouble import Trouble
from baiying.config import options
from baiying.config.database import APP_ROLE, parse


def given_database() -> Database | None:
    """Both addresses, checked by connecting; None when our own PostgreSQL is wanted."""
    owner = options.text("BAIYING_DATABASE_URL")
    if not owner:
        if options.text("BAIYING_APP_DATABASE_URL"):
            raise Trouble(
                "BAIYING_APP_DATABASE_URL is set without BAIYING_DATABASE_URL", "set both, or neither"
            )
        return None
    parse(owner, setting="BAIYING_DATABASE_URL")
    own_app = options.text("BAIYING_APP_DATABASE_URL")
    with connect(owner, "BAIYING_DATABASE_URL") as server:
        check_version(server)
        if not own_app:
            ensure_app_role(server)
    if own_app:
        parse(own_app, setting="BAIYING_APP_DATABASE_URL")
        connect(own_app, "BAIYING_APP_DATABASE_URL").close()
    return Database(app=own_app or with_role(owner), owner=owner)


def connect(address: str, setting: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        # The driver names host, port, user and reason, never the password.
        reason = str(error).strip().splitlines()[-1]
        raise Trouble(
            f"{setting} cannot be connected to ({reason})",
            "check that the server runs and the address is right",
        ) from None


def check_version(server: psycopg.Connection[tuple[object, ...]]) -> None:
    major = server.info.server_version // 10000
    if major not in SUPPORTED:
        raise Trouble(f"the server is PostgreSQL {major}", f"PostgreSQL {OLDEST} to {NEWEST} is needed")


def ensure_app_role(server: psycopg.Connection[tuple[object, ...]]) -> None:
    """The owner's connections step down to this role; it must exist, and the owner must be allowed to take
    it.
    """
    major = server.info.server_version // 10000
    grant = f"GRANT {APP_ROLE} TO CURRENT_USER" + (" WITH INHERIT FALSE, SET TRUE" if major >= 16 else "")
    missing: list[str] = []
    if server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,)).fetchone() is None:
        missing.append(f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT")
    row = server.execute(
        "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
    ).fetchone()
    assert row is not None
    owner, is_superuser = row
    if missing or not may_take_role(server):
        missing.append(grant)
    try:
        for statement in missing if not is_superuser else missing[:1]:
            if is_superuser and statement == grant:
                continue
            server.execute(sql.SQL(statement))
    except psycopg.errors.InsufficientPrivilege:
        wanted = "; ".join(missing).replace("CURRENT_USER", str(owner))
        raise Trouble(
            f"{owner!r} may not make the service's role", f"as a superuser, run: {wanted};"
        ) from None


def may_take_role(server: psycopg.Connection[tuple[object, ...]]) -> bool:
    try:
        server.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APP_ROLE)))
    except psycopg.Error:
        return False
    server.execute("RESET ROLE")
    return True


def with_role(owner: str) -> str:
    """The owner's address, stepping down to the service's role as the very first thing of each connection."""
    parts = {name: str(value) for name, value in conninfo_to_dict(owner).items() if value is not None}
    parts["options"] = f"{parts.get('options', '')} -c role={APP_ROLE}".strip()
    return "postgresql://?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items())


def without_password(address: str) -> str:
    """For messages: where the database is, and nothing else."""
    parts = conninfo_to_dict(address)
    place = re.sub(r"[^\w.,:/-]", "?", str(parts.get("host") or "localhost"))
    return f"{place}:{parts.get('port') or 5432}/{parts.get('dbname') or parts.get('user')}"
