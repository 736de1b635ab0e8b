"""kill -9 of anything at any moment: no acknowledged request is lost, none is doubled; the database may go and come."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from baiying.command.cluster import Cluster
from baiying.command.environment import Database
from baiying.command.paths import DataFolder
from baiying.command.processes import processes_in
from baiying.config import wiring
from baiying.config.secrets import ensure_secrets
from baiying.insight.checking import check
from baiying.journal.services import drain
from baiying.org import services as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast
from tests.database import Server, build_empty, connected_to
from tests.live import LiveStreet, free_port

SENDERS, LEAST_EACH = 4, 8


@dataclass
class Ground:
    """A street on a PostgreSQL of its own, so that nobody else's tests fall with it."""

    cluster: Cluster
    street: LiveStreet
    cast: Cast
    token: str

    @property
    def database(self) -> Database:
        return self.street.database


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("crash")
    for above in (folder, *folder.parents[:2]):  # the account of PostgreSQL must reach its own folder
        with contextlib.suppress(PermissionError):
            above.chmod(0o711)
    cluster = Cluster(folder / "pg", log=folder / "postgresql.log", quick_init=True)
    cluster.start()
    server = Server(cluster.socket, folder)
    database = server.database(server.template("crash", lambda blank: None))
    data = DataFolder(folder / "data")
    data.create()
    ensure_secrets(data.root)
    port = free_port()
    street = LiveStreet(f"http://127.0.0.1:{port}", port, data, database, folder / "street.log")
    with django_db_blocker.unblock():
        build_empty(database)
        with connected_to(database):
            cast = found_cast()
            clerk = cast.dispatch_clerk_zhang
            with acting(clerk.scope):
                _token, clear = org.issue_token(clerk, post=cast.posts["dispatch_clerk_zhang"], label="crash")
    try:
        street.start()
        yield Ground(cluster, street, cast, clear)
    finally:
        street.stop()
        cluster.stop()


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def ask(street: LiveStreet, path: str, body: Any = None, *, seconds: float = 10, **headers: str) -> Answer:
    """One request; status 0 when there was no answer."""
    content = None if body is None else json.dumps(body).encode()
    headers |= {} if body is None else {"Content-Type": "application/json"}
    request = urllib.request.Request(street.base_url + path, data=content, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return Answer(
                answer.status, _read(answer.read()), {k.lower(): v for k, v in answer.headers.items()}
            )
    except urllib.error.HTTPError as error:
        return Answer(error.code, _read(error.read()), {k.lower(): v for k, v in error.headers.items()})
    except (OSError, ValueError, EOFError) as error:
        return Answer(0, {"error": type(error).__name__})
    except Exception as error:  # http.client's own: a torn answer
        if type(error).__module__ != "http.client":
            raise
        return Answer(0, {"error": type(error).__name__})


def _read(content: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(content))
    except ValueError:
        return {"text": content.decode(errors="replace")}


@dataclass
class Sender:
    """A program that sends requests one after the other and repeats each, with its key, until it is acknowledged."""

    ground: Ground
    number: int
    done: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    troubles: int = 0

    def run(self) -> None:
        dice = random.Random(self.number)
        count = 0
        while not self.done.is_set() or count < LEAST_EACH:
            count += 1
            key = f"{self.number}-{count}"
            self.send(key)
            if dice.random() < 0.2:
                self.send(key)  # a program that is not sure whether it was heard

    def send(self, key: str) -> None:
        deadline = time.monotonic() + 45
        while time.monotonic() < deadline:
            answer = self.once(key)
            if answer.status == 201:
                self.acknowledged.setdefault(key, set()).add(str(answer.body["reference"]))
                return
            self.troubles += 1
            if answer.status not in (0, 503):
                self.surprises.append(f"{key}: {answer.status} {answer.body}")
                return
            time.sleep(0.05)
        self.surprises.append(f"{key}: never acknowledged")

    def once(self, key: str) -> Answer:
        lon, lat = self.ground.cast.in_grid(("e1", "e2", "w1", "w2")[self.number % 4])
        return ask(
            self.ground.street, "/api/v1/requests", {"text": f"第 {key} 件：路灯坏了", "lon": lon, "lat": lat},
            **{"Idempotency-Key": key, "Authorization": f"Bearer {self.ground.token}"},
        )  # fmt: skip


# -- who is killed ---------------------------------------------------------------------------------------


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill_web_process(ground: Ground, dice: random.Random) -> None:
    """One of the web server's own processes; the server makes a new one."""
    if children := children_of(ground.street.programs["web"].pid):
        kill(dice.choice(children))


def kill_web(ground: Ground, dice: random.Random) -> None:
    restart(ground, "web")


def kill_worker(ground: Ground, dice: random.Random) -> None:
    restart(ground, "worker")


def restart(ground: Ground, name: str) -> None:
    process = ground.street.programs.pop(name)
    kill(process.pid)
    process.wait()
    time.sleep(0.8)  # its children notice within half a second
    ground.street.start(name)


def kill_backend(ground: Ground, dice: random.Random) -> None:
    """One database process: PostgreSQL ends all sessions and replays its log."""
    postmaster = ground.cluster.process
    assert postmaster is not None
    if children := children_of(postmaster.pid):
        kill(dice.choice(children))


def kill_postmaster(ground: Ground, dice: random.Random) -> None:
    postmaster = ground.cluster.process
    assert postmaster is not None
    kill(postmaster.pid)
    postmaster.wait()
    ground.cluster.start()


VICTIMS = [
    kill_backend,
    kill_web_process,
    kill_postmaster,
    kill_worker,
    kill_web,
    kill_backend,
    kill_web_process,
]


def test_no_acknowledged_request_is_lost_and_none_doubled(ground: Ground, django_db_blocker: Any) -> None:
    dice = random.Random(20261123)
    done = threading.Event()
    senders = [Sender(ground, n, done) for n in range(SENDERS)]
    threads = [threading.Thread(target=s.run) for s in senders]
    for thread in threads:
        thread.start()
    for victim in VICTIMS:
        time.sleep(dice.uniform(0.4, 1.6))
        victim(ground, dice)
    done.set()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()
    ground.street.wait()
    acknowledged = {k: v for s in senders for k, v in s.acknowledged.items()}
    assert [line for s in senders for line in s.surprises] == []
    assert sum(s.troubles for s in senders) > 0, "nobody was disturbed, so nothing was proved"
    assert len(acknowledged) >= SENDERS * LEAST_EACH
    assert {k: v for k, v in acknowledged.items() if len(v) != 1} == {}
    references = {next(iter(v)) for v in acknowledged.values()}
    assert len(references) == len(acknowledged)
    again = {k: senders[int(k.split("-")[0])].once(k) for k in dice.sample(sorted(acknowledged), 15)}
    assert {a.status for a in again.values()} == {201}
    assert all({str(a.body["reference"])} == acknowledged[k] for k, a in again.items())
    assert all(a.headers.get("idempotency-replayed") == "true" for a in again.values())
    whole(ground, references, django_db_blocker)


def whole(ground: Ground, references: set[str], blocker: Any) -> None:
    """The database holds exactly these cases, each with its key, line and entry, and every invariant holds."""
    with psycopg.connect(ground.database.owner) as owner:
        kept = [row[0] for row in owner.execute("SELECT reference FROM cases_case")]
        assert len(kept) == len(set(kept)) and set(kept) == references
        for table, which in (
            ("cases_intakekey", "true"), ("cases_line", "step = 'receive'"), ("journal_entry", "event = 'cases.received'"),
        ):  # fmt: skip
            assert owner.execute(f"SELECT count(*) FROM {table} WHERE {which}".encode()).fetchone() == (
                len(kept),
            ), table
    ground.street.stop("worker")
    tenant = ground.cast.tenant
    with blocker.unblock(), connected_to(ground.database):
        while True:
            with acting(Scope(tenant.id, "street")):
                if not drain(tenant.id, wiring.LISTENERS):
                    break
        assert check(tenant) == []
    ground.street.start("worker")


def test_a_database_that_goes_is_told_and_that_comes_back_is_used(ground: Ground) -> None:
    sender = Sender(ground, 0)
    assert sender.once("before").status == 201
    ground.cluster.halt()
    refused = sender.once("while")
    assert (refused.status, refused.headers["content-type"]) == (503, "application/problem+json")
    assert refused.body["errors"][0]["problem"] and refused.headers["retry-after"]
    for path in ("/", "/desk/", "/report", "/t/"):
        page = ask(ground.street, path, **{"Accept-Language": "zh"})
        assert page.status in (200, 302, 503), (path, page.status)
        if page.status == 503:
            assert "暂时" in page.body["text"], path
    signed_in = ask(ground.street, "/desk/", Cookie="baiying_session=" + "a" * 32)
    assert signed_in.status == 503 and "暂时" in signed_in.body["text"]
    assert ask(ground.street, "/healthz").status == 200
    assert ask(ground.street, "/readyz").status == 503
    assert "baiying_database_up 0" in ask(ground.street, "/metrics").body["text"]
    left = {p.pid for p in ground.street.programs.values()}
    ground.cluster.start()
    ground.street.wait()
    assert sender.once("while").status == 201
    assert sender.once("before").headers.get("idempotency-replayed") == "true"
    assert {p.pid for p in ground.street.programs.values() if p.poll() is None} == left
    assert processes_in(ground.cluster.data)
