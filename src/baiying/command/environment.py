"""How a process finds the running street: its data folder, its database, its keys."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from baiying.command.paths import DataFolder
from baiying.command.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Database:
    """The two addresses of one database: the service's, under row-level security, and the owner's."""

    app: str
    owner: str


@dataclass(frozen=True, slots=True)
class State:
    """What a running street says about itself in run/state.json."""

    pid: int
    address: str
    database: Database
    healthy: bool = False


def socket_address(folder: Path, role: str, name: str) -> str:
    return f"postgresql://{role}@/{name}?host={quote(str(folder), safe='')}"


def variables(data: DataFolder, database: Database) -> dict[str, str]:
    """The environment of every process of ours that speaks to this street."""
    return {
        "BAIYING_DATA": str(data.root),
        "BAIYING_DATABASE_URL_APP": database.app,
        "BAIYING_DATABASE_URL_OWNER": database.owner,
        "DJANGO_SETTINGS_MODULE": "baiying.config.settings",
    }


def write_state(data: DataFolder, state: State) -> None:
    # Addresses may hold a password: nobody else may read them, not even for the blink before a chmod.
    partial = data.run / "state.json.partial"
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as stream:
        json.dump(asdict(state), stream)
    partial.replace(data.state)


def read_state(data: DataFolder) -> State | None:
    try:
        content: dict[str, Any] = json.loads(data.state.read_text(encoding="utf-8"))
        return State(**{**content, "database": Database(**content["database"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_running(data: DataFolder) -> bool:
    """True while a supervisor holds the lock; a file that a killed one left behind does not count."""
    try:
        descriptor = os.open(data.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def enter(data: DataFolder) -> State:
    """Point this process at the running street; call it before Django is set up."""
    state = read_state(data) if is_running(data) else None
    if state is None:
        raise Trouble(f"no street is running with its data in {data.root}", "start it with `baiying up`")
    os.environ.update(variables(data, state.database))
    return state
