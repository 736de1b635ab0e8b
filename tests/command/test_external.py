"""An operator's own PostgreSQL in place of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from baiying.command import external
from baiying.command.trouble import Trouble
from tests.database import Server

WHO_AM_I = "SELECT session_user, current_user"


@pytest.fixture
def foreign(server: Server) -> Iterator[str]:
    """A database whose owner is an ordinary role, on a server that does not know us. Gives the owner's name."""
    with server.superuser() as admin:
        admin.execute("CREATE ROLE steward LOGIN PASSWORD 'geheim' CREATEROLE")
        admin.execute("CREATE DATABASE foreign_one OWNER steward")
    yield "steward"
    with server.superuser() as admin:
        admin.execute("DROP DATABASE foreign_one WITH (FORCE)")
        admin.execute("DROP OWNED BY steward")
        admin.execute("DROP ROLE steward")


def through_superuser(server: Server, role: str) -> str:
    """Peer authentication lets the suite in as the superuser, who steps down as the first thing."""
    return f"postgresql://postgres@/foreign_one?host={server.socket}&options=-c%20role%3D{role}"


def test_address_of_the_service_steps_down_to_its_role(server: Server) -> None:
    owner = f"postgresql://postgres@/postgres?host={server.socket}&application_name=a%20b"
    with psycopg.connect(external.with_role(owner)) as connection:
        assert connection.execute(WHO_AM_I).fetchone() == ("postgres", "baiying_app")
        assert connection.info.get_parameters()["application_name"] == "a b"
        # RESET ROLE goes back to what the connection asked for, not to the owner.
        connection.execute("RESET ROLE")
        assert connection.execute("SELECT current_user").fetchone() == ("baiying_app",)


def test_owner_gets_the_right_to_take_the_role(server: Server, foreign: str) -> None:
    with psycopg.connect(through_superuser(server, foreign), autocommit=True) as connection:
        external.ensure_app_role(connection)
        assert external.may_take_role(connection)


def test_owner_without_the_right_is_told_the_exact_words(server: Server, foreign: str) -> None:
    with server.superuser() as admin:
        admin.execute("ALTER ROLE steward NOCREATEROLE")
    with psycopg.connect(through_superuser(server, foreign), autocommit=True) as connection:
        major = connection.info.server_version // 10000
        connection.execute("SET SESSION AUTHORIZATION steward")
        with pytest.raises(Trouble) as caught:
            external.ensure_app_role(connection)
    extra = " WITH INHERIT FALSE, SET TRUE" if major >= 16 else ""
    assert caught.value.remedy == f"as a superuser, run: GRANT baiying_app TO steward{extra};"


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("mysql://a:geheim@h/d", "BAIYING_DATABASE_URL must begin with postgresql://"),
        ("postgresql://a:geheim@127.0.0.1:1/d", "BAIYING_DATABASE_URL cannot be connected to"),
        ("postgresql://a:geheim@h/d?nonsense=1", "BAIYING_DATABASE_URL is not a PostgreSQL address"),
    ],
)
def test_wrong_address_is_refused_in_one_line_without_the_password(address: str, complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "baiying", "doctor"],
        env={**os.environ, "BAIYING_DATABASE_URL": address},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if line.startswith("MISSING")]
    assert complaint in line
    assert "geheim" not in done.stdout + done.stderr


def test_service_as_superuser_is_refused(server: Server, django_db_blocker: Any) -> None:
    from django.db import connections

    from baiying.command import prepare
    from baiying.command.environment import Database
    from tests.database import connected_to

    owner = server.database("postgres").owner
    boss = f"postgresql://postgres@/postgres?host={server.socket}"
    with django_db_blocker.unblock(), connected_to(Database(app=boss, owner=owner)):
        assert connections["default"].settings_dict["USER"] == "postgres"
        with pytest.raises(Trouble) as caught:
            prepare.check_isolation()
    assert "'postgres', which is a superuser and marked BYPASSRLS" in caught.value.problem
