"""From a PostgreSQL address to Django's description of a connection."""

from __future__ import annotations

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from baiying.config.options import WrongSetting

OWNER_ROLE = "baiying_owner"
APP_ROLE = "baiying_app"

_PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def connection(address: str, *, setting: str, persistent: bool) -> dict[str, Any]:
    """Django's dictionary for one alias. An empty address gives one that
    fails on first use, not on import.
    """
    described: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "baiying",
        "CONN_MAX_AGE": None if persistent else 0,
        "CONN_HEALTH_CHECKS": persistent,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {},
    }
    if not address:
        described["HOST"] = "/nonexistent/no-database-configured"
        return described
    for name, value in parse(address, setting=setting).items():
        if part := _PARTS.get(name):
            described[part] = str(value)
        else:
            described["OPTIONS"][name] = value
    described["OPTIONS"].setdefault("connect_timeout", 5)
    return described


def parse(address: str, *, setting: str) -> dict[str, Any]:
    if not address.startswith(("postgresql://", "postgres://")):
        raise WrongSetting(f"{setting} must begin with postgresql:// (PostgreSQL 15-18 is the one database)")
    try:
        return dict(conninfo_to_dict(address))
    except ProgrammingError:
        # The driver's own message would repeat the address, password and all.
        raise WrongSetting(
            f"{setting} is not a PostgreSQL address (postgresql://user:password@host:5432/name)"
        ) from None
