"""Our own PostgreSQL, with every set of programs this machine has: the system's and the wheel's."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from baiying.command import processes
from baiying.command.cluster import SUPERUSER, Cluster
from baiying.command.postgres_programs import (
    Programs,
    carried_folder,
    find_programs,
    look_into,
    system_programs,
)
from baiying.command.trouble import Trouble

WHEEL = look_into(carried_folder() or Path("/nowhere"), "wheel")
EVERY_PROGRAM_SET = [*system_programs(), *([WHEEL] if WHEEL else [])]

MakeCluster = Callable[..., Cluster]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: its folders may not be entered by the account that root hands PostgreSQL to."""
    made = Path(tempfile.mkdtemp(prefix="baiying-cluster-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def make_cluster(folder: Path) -> Iterator[MakeCluster]:
    made: list[Cluster] = []

    def make(programs: Programs | None = None, below: str = "pg") -> Cluster:
        cluster = Cluster(
            folder / below, log=folder / "postgresql.log", durable=False, quick_init=True, programs=programs
        )
        made.append(cluster)
        return cluster

    yield make
    for cluster in made:
        cluster.stop()


def answer(cluster: Cluster, role: str, query: str) -> object:
    with psycopg.connect(cluster.address(role)) as server:
        row = server.execute(query).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def test_both_kinds_of_programs_are_tried_here() -> None:
    assert WHEEL is not None
    assert WHEEL.major == 18


@pytest.mark.parametrize("programs", EVERY_PROGRAM_SET, ids=lambda p: f"{p.source}-{p.version}")
def test_cluster_starts_keeps_its_rows_and_leaves_nothing_running(
    make_cluster: MakeCluster, programs: Programs
) -> None:
    cluster = make_cluster(programs)
    cluster.start()
    with psycopg.connect(cluster.address("baiying_owner")) as server:
        server.execute("CREATE TABLE kept AS SELECT 7 AS number")
    cluster.stop()
    assert processes.processes_in(cluster.data) == []
    assert not cluster.socket.exists()
    cluster.start()
    assert answer(cluster, "baiying_owner", "SELECT number FROM kept") == 7
    assert answer(cluster, "baiying_app", "SELECT lower('ÄÖ街')") == "äö街"


@pytest.mark.parametrize("programs", EVERY_PROGRAM_SET, ids=lambda p: f"{p.source}-{p.version}")
def test_cluster_starts_again_after_its_postmaster_was_killed(
    make_cluster: MakeCluster, programs: Programs
) -> None:
    cluster = make_cluster(programs)
    cluster.start()
    assert cluster.process is not None
    cluster.process.kill()
    cluster.process.wait()
    successor = make_cluster(programs)
    successor.start()
    assert answer(successor, "baiying_app", "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
@pytest.mark.parametrize("programs", EVERY_PROGRAM_SET, ids=lambda p: f"{p.source}-{p.version}")
def test_root_hands_it_to_another_account_even_inside_a_closed_folder(
    make_cluster: MakeCluster, folder: Path, programs: Programs
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    cluster = make_cluster(programs, below="closed/pg")
    cluster.start()
    assert cluster.process is not None
    owner = os.stat(f"/proc/{cluster.process.pid}").st_uid
    assert owner == cluster.data.stat().st_uid != 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert answer(cluster, "baiying_app", "SELECT 1") == 1


def test_socket_of_a_long_path_lies_in_a_short_private_folder(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(below="/".join(["a-long-name-of-a-folder"] * 6))
    cluster.start()
    assert answer(cluster, "baiying_app", "SELECT 1") == 1
    assert len(os.fsencode(cluster.socket)) < 80
    assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700
    cluster.stop()
    assert not cluster.socket.exists()


def test_service_role_is_bound_by_row_security(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.start()
    query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert answer(cluster, "baiying_app", query) is False
    assert answer(cluster, "baiying_owner", query) is False
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(cluster.address("somebody_else"))
    assert answer(
        cluster, SUPERUSER, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'baiying'"
    ) == ("baiying_owner")


def test_interrupted_making_is_done_again(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    half = cluster.folder / "cluster.partial"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15")
    cluster.start()
    assert answer(cluster, "baiying_app", "SELECT 1") == 1
    assert not half.exists()


def test_data_of_another_version_gets_the_programs_of_that_version(monkeypatch: pytest.MonkeyPatch) -> None:
    for programs in EVERY_PROGRAM_SET:
        assert find_programs(programs.major).major == programs.major
    assert WHEEL is not None
    monkeypatch.setenv("BAIYING_POSTGRES_BIN", str(WHEEL.folder))
    with pytest.raises(Trouble) as caught:
        find_programs(16)
    assert str(caught.value) == (
        "the data folder was made by PostgreSQL 16, whose programs are not on this machine: "
        "apt-get install postgresql-16, or name their folder in BAIYING_POSTGRES_BIN"
    )
