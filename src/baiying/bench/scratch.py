"""A scratch street: its own PostgreSQL (durable, as in service), its own folder, gone afterwards."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baiying.command import environment, processes, serving
from baiying.command.cluster import DATABASE_NAME, SUPERUSER, Cluster
from baiying.command.environment import Database
from baiying.command.paths import DataFolder
from baiying.config import options
from baiying.config.secrets import ensure_secrets

if TYPE_CHECKING:
    from baiying.org.models import Account, Post, Unit
    from baiying.org.rules import Actor


@dataclass
class Scratch:
    """A made street without cases; this process is connected to it and Django is set up."""

    cluster: Cluster
    data: DataFolder
    database: Database
    token: str
    tenant: int
    username: str
    password: str

    @contextmanager
    def serving(self, *, worker: bool = False) -> Iterator[str]:
        """The web server as `up` starts it, perhaps with the worker beside it; gives its address."""
        port = free_port()
        variables = {**os.environ, **environment.variables(self.data, self.database)}
        threads = options.count("BAIYING_WEB_THREADS")  # as in service
        commands = [serving.web_command("127.0.0.1", port, workers=serving.cores(), threads=threads)]
        if worker:
            commands.append(serving.worker_command())
        with (self.data.root / "bench.log").open("ab") as log:
            running = [processes.start(c, environment=variables, output=log) for c in commands]
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address)
            yield address
        finally:
            for process in running:
                processes.stop(process)

    @property
    def superuser(self) -> str:
        """The database's address for whoever may do everything."""
        return self.cluster.address(SUPERUSER, DATABASE_NAME)

    def session(self, *, role: str, unit: Unit) -> str:
        """The cookie of a signed-in account with this role at this unit."""
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        account, _post = _appointed(
            self.tenant, f"bench_{role}", role=role, unit=unit, password=self.password
        )
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session["seen"] = int(time.time())
        session.create()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

    def worker_memory(self) -> float:
        """The largest resident memory of a web worker process, in MiB (Linux; 0 elsewhere)."""
        largest = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                command = (status.parent / "cmdline").read_bytes()
                if (
                    b"granian" not in command
                    or str(self.data.root).encode() not in (status.parent / "environ").read_bytes()
                ):
                    continue
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                largest = max(largest, int(fields["VmRSS"].split()[0]))
            except (OSError, KeyError, ValueError):
                continue
        return round(largest / 1024, 1)


@contextmanager
def scratch_street(say: Any) -> Iterator[Scratch]:
    """Make the cluster and the demonstration streets (no cases) in a temporary folder; everything goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="baiying-bench-"))
    data = DataFolder(folder / "data")
    data.create()
    ensure_secrets(data.root)
    cluster = Cluster(folder / "pg", log=folder / "postgresql.log")
    try:
        say("making a scratch database")
        cluster.start()
        database = cluster.database()
        os.environ.update(environment.variables(data, database))
        done = subprocess.run(
            [sys.executable, "-P", "-m", "baiying.command.prepare"],
            env=os.environ.copy(), capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        import django

        django.setup()
        yield _staffed(cluster, data, database)
    finally:
        from django.db import connections

        connections.close_all()
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _staffed(cluster: Cluster, data: DataFolder, database: Database) -> Scratch:
    from baiying.org import services
    from baiying.org.models import Unit
    from baiying.org.rules import acting
    from baiying.street.founding import found_streets

    tenant = found_streets()[0]
    founder = _founder(tenant.id)
    password = f"bench-{secrets.token_hex(8)}"
    with acting(founder.scope):
        root = Unit.objects.get(tenant=tenant, level="subdistrict")
        _account, post = _appointed(
            tenant.id, "bench_clerk", role="dispatch_clerk", unit=root, password=password
        )
        _token, clear = services.issue_token(founder, post=post, label="bench")
    return Scratch(cluster, data, database, clear, tenant.id, "bench_clerk", password)


def _founder(tenant_id: int) -> Actor:
    from baiying.org.rules import Actor, Scope

    return Actor(kind="system", name="bench", scope=Scope(tenant_id, "street"))


def _appointed(
    tenant_id: int, username: str, *, role: str, unit: Unit, password: str
) -> tuple[Account, Post]:
    from baiying.org import services
    from baiying.org.models import Role, Tenant
    from baiying.org.rules import acting

    founder = _founder(tenant_id)
    with acting(founder.scope):
        account = services.open_account(
            founder, tenant=Tenant.objects.get(pk=tenant_id), username=username, name="测速员", password=password,
            must_change=False,
        )  # fmt: skip
        return account, services.appoint(
            founder, account=account, unit=unit, role=Role.objects.get(code=role)
        )


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
        cursor.execute("SHOW fsync")
        fsync = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": serving.cores(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "django": version("django"),
        "granian": version("granian"),
        "postgresql": server,
        "fsync": fsync,
    }
