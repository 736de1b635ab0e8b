"""A street that really runs: web server, worker and the demonstration data, for browser and crash tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from baiying.command import environment, processes, serving
from baiying.command.environment import Database
from baiying.command.paths import DataFolder
from baiying.config.secrets import ensure_secrets
from tests.database import Server, build_empty


@dataclass
class LiveStreet:
    """Addresses and programs of the street; a crash test may kill them and call `start` again."""

    base_url: str
    port: int
    data: DataFolder
    database: Database
    log: Path
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def cast(self) -> dict[str, dict[str, str]]:
        """The demonstration accounts by user name, with password and token."""
        content = json.loads(self.data.street.read_text(encoding="utf-8"))
        return {person["username"]: person for person in content["cast"]}

    def start(self, *names: str) -> None:
        variables = {
            **os.environ,
            **environment.variables(self.data, self.database),
            "BAIYING_WEB_WORKERS": "2",
            "BAIYING_PUSH": "yes",  # off by default; on here for its pages, with a service that is not there
            "BAIYING_PUSH_HOSTS": "localhost:1",
            "BAIYING_ADDRESS": self.base_url,
        }
        commands = {
            "web": serving.web_command("127.0.0.1", self.port, workers=2, threads=4),
            "worker": serving.worker_command(),
        }
        for name in names or tuple(commands):
            if name in commands and commands[name] is not None:
                with self.log.open("ab") as log:
                    self.programs[name] = processes.start(commands[name], environment=variables, output=log)
        self.wait()

    def wait(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(f"{self.base_url}/readyz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    text = self.log.read_text(errors="replace")[-3000:]
                    raise AssertionError(f"the live street does not answer:\n{text}") from None
                time.sleep(0.05)

    def stop(self, *names: str) -> None:
        for name in names or tuple(self.programs):
            if process := self.programs.pop(name, None):
                processes.stop(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def build_street(folder: Path) -> Any:
    def build(database: Database) -> None:
        data = DataFolder(folder / "street-data")
        data.create()
        ensure_secrets(data.root)
        variables = {**os.environ, **environment.variables(data, database)}
        command = [sys.executable, "-P", "-m", "baiying.command.prepare", "--demonstration"]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]

    return build


@pytest.fixture(scope="session")
def live_street(server: Server, django_db_blocker: Any) -> Iterator[LiveStreet]:
    """The demonstration street, running; shared by all tests of one worker, so let each test make its own
    cases.
    """
    yield from running_street(server, django_db_blocker, "live")


@pytest.fixture
def own_street(server: Server, django_db_blocker: Any) -> Iterator[LiveStreet]:
    """The same for one test alone, which may kill what it likes."""
    yield from running_street(server, django_db_blocker, "own")


def running_street(server: Server, blocker: Any, kind: str) -> Iterator[LiveStreet]:
    if find_spec("baiying.street.load" if find_spec("baiying.street") else "baiying.street") is None:
        pytest.skip("there is no demonstration street yet")
    with blocker.unblock():
        empty = server.template("template_empty", build_empty)
    template = server.template("template_street", build_street(server.folder), origin=empty)
    name = f"{kind}_" + os.environ.get("PYTEST_XDIST_WORKER", "one")
    database = server.clone(name, template)
    data = DataFolder(server.folder / name)
    shutil.copytree(server.folder / "street-data", data.root)
    port = free_port()
    street = LiveStreet(f"http://127.0.0.1:{port}", port, data, database, server.folder / f"{name}.log")
    try:
        street.start()
        yield street
    finally:
        street.stop()
        server.drop(name)
        shutil.rmtree(data.root, ignore_errors=True)
