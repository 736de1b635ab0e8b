"""The suite's PostgreSQL, seen from one worker, and how a process is pointed at one of its databases."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from baiying.command.cluster import SUPERUSER, create_database
from baiying.command.environment import Database, socket_address
from baiying.config.database import connection


class Server:
    """One cluster, many databases: cloned from templates, dropped after use."""

    def __init__(self, socket: Path, folder: Path) -> None:
        self.socket = socket
        self.folder = folder

    def database(self, name: str) -> Database:
        return Database(
            app=socket_address(self.socket, "baiying_app", name),
            owner=socket_address(self.socket, "baiying_owner", name),
        )

    def superuser(self, name: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(socket_address(self.socket, SUPERUSER, name), autocommit=True)

    def clone(self, name: str, template: str) -> Database:
        with self.superuser() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            create_database(server, name, template)
        return self.database(name)

    def drop(self, name: str) -> None:
        with self.superuser() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, name: str, build: Callable[[Database], None], origin: str | None = None) -> str:
        """The name of a finished template, built by whichever worker comes first; the others wait for it."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.folder / f"{name}.done"
            if not done.exists():
                self.drop(name)
                with self.superuser() as server:
                    create_database(server, name, origin)
                build(self.database(name))
                done.touch()
        return name


@contextmanager
def connected_to(database: Database) -> Iterator[None]:
    """Points both aliases of this process at a database, for as long as the block lasts."""
    before = dict(connections.settings)
    addresses = {"default": database.app, "owner": database.owner}
    close_all()
    for alias, address in addresses.items():
        described = connection(address, setting=alias, persistent=False)
        connections.settings[alias] = connections.configure_settings({"default": described})["default"]
    try:
        yield
    finally:
        close_all()
        connections.settings.update(before)


def close_all() -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        del connections[alias]


def build_empty(database: Database) -> None:
    from baiying.command import prepare

    with connected_to(database):
        prepare.migrate()
        prepare.provision()
