"""The suite's database: a real PostgreSQL of its own, made for the run and gone with it.

One cluster serves all xdist workers. The first worker that needs a database builds a template (migrations
and provisioning by the owner); each worker clones it. Tests work as the service does: by the role that row-
level security binds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as drawn

from baiying.command.cluster import Cluster
from baiying.command.environment import Database
from tests.database import Server, build_empty, connected_to

pytest_plugins = ["tests.live", "tests.cast"]

# What is drawn may be right or wrong, never too slow: machines are busy at times.
drawn.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawn.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    folder = Path(
        getattr(config, "workerinput", {}).get("suite_folder") or tempfile.mkdtemp(prefix="baiying-suite-")
    )
    config.stash[SUITE_FOLDER] = folder
    scratch = folder / os.environ.get("PYTEST_XDIST_WORKER", "one")
    scratch.mkdir(exist_ok=True)
    settings.DATA = scratch
    for name, place in (
        ("MEDIA_ROOT", "media"),
        ("STAGING_ROOT", "staging"),
        ("EXPORTS_ROOT", "exports"),
        ("FILE_UPLOAD_TEMP_DIR", "staging"),
    ):
        (scratch / place).mkdir(exist_ok=True)
        setattr(settings, name, str(scratch / place))
    # Argon2 is slow on purpose, and the suite signs in a thousand times.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["*"]


SUITE_FOLDER = pytest.StashKey[Path]()
CLUSTER = pytest.StashKey[Cluster]()


class ClusterForWorkers:
    """With xdist the controlling process keeps the cluster: a worker may be done, and gone, before the
    others.
    """

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["suite_folder"] = str(node.config.stash[SUITE_FOLDER])
        node.workerinput["suite_socket"] = str(started_cluster(node.config).socket)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(ClusterForWorkers())


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if (cluster := config.stash.get(CLUSTER, None)) is not None:
        cluster.stop()
    shutil.rmtree(config.stash[SUITE_FOLDER], ignore_errors=True)


def started_cluster(config: pytest.Config) -> Cluster:
    cluster = config.stash.get(CLUSTER, None)
    if cluster is None:
        folder = config.stash[SUITE_FOLDER]
        cluster = Cluster(folder / "pg", log=folder / "postgresql.log", durable=False, quick_init=True)
        config.stash[CLUSTER] = cluster
        cluster.start()
    return cluster


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the running street stay on one worker: one street is enough for two cores."""
    for item in items:
        if {"live_street", "own_street"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("street"))


@pytest.fixture(autouse=True)
def _no_language_left_behind() -> Iterator[None]:
    """A request's language stays with its thread: the next test would write its labels in it."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    given = getattr(pytestconfig, "workerinput", {}).get("suite_socket")
    socket = Path(given) if given else started_cluster(pytestconfig).socket
    return Server(socket, pytestconfig.stash[SUITE_FOLDER])


@pytest.fixture(scope="session")
def django_db_setup(server: Server, request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Takes the place of pytest-django's: the database is made by its owner, and tests are not the owner."""
    name = "suite_" + os.environ.get("PYTEST_XDIST_WORKER", "one")
    with django_db_blocker.unblock():
        database = server.clone(name, server.template("template_empty", build_empty))
        with connected_to(database):
            yield
    server.drop(name)


@pytest.fixture
def committed_database(server: Server, django_db_blocker: Any) -> Iterator[Database]:
    """A database of this test alone, for what must really commit: several connections, locks, crashes.

    (Django's own way, emptying all tables afterwards, would need rights that the service's role rightly
    lacks.)
    """
    name = "alone_" + os.environ.get("PYTEST_XDIST_WORKER", "one")
    with django_db_blocker.unblock():
        database = server.clone(name, server.template("template_empty", build_empty))
        with connected_to(database):
            yield database
    server.drop(name)


@pytest.fixture
def steady_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outlines and what was learnt are not asked for again in between: a slow machine would count one statement more."""
    monkeypatch.setattr("baiying.org.queries._LOOK_AGAIN_AFTER", 3600.0)
    monkeypatch.setattr("baiying.cases.learnt.HELD_SECONDS", 3600.0)
