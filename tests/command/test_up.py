"""The whole of `baiying up` as its user meets it: started as a program, killed, asked again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from baiying.command import environment, islands, up
from baiying.command.paths import PACKAGE, DataFolder
from tests.live import free_port

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]
PATIENCE = 60


@dataclass
class Street:
    """`baiying` on one data folder."""

    data: DataFolder
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, name: str, *more: str) -> list[str]:
        return [sys.executable, "-P", "-m", "baiying", name, "--data", str(self.data.root), *more]

    def up(self, **more: str) -> subprocess.Popen[bytes]:
        with self.story.open("wb") as story:
            process = subprocess.Popen(
                self.command("up", "--empty", "--port", str(self.port)),
                stdout=story,
                stderr=story,
                env=clean_environment() | more,
            )
        self.running.append(process)
        return process

    @property
    def story(self) -> Path:
        """What the last `up` said. (A file: a pipe that nobody reads would hold the programs up.)"""
        return self.data.root.with_name("story.log")

    def ask(self, name: str, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name, *more), capture_output=True, text=True, env=clean_environment(), timeout=120
        )

    def wait_healthy(self) -> None:
        until(
            lambda: is_healthy(self.port) and (state := environment.read_state(self.data)) and state.healthy
        )

    def programs(self) -> dict[int, str]:
        """Everything that belongs to this street, by process id: our programs carry the folder in their environment."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                mine = (
                    str(self.data.root) in line
                    or f"BAIYING_DATA={self.data.root}\0".encode() in (entry / "environ").read_bytes() + b"\0"
                )
                if (mine or os.readlink(entry / "cwd").startswith(str(self.data.root))) and line:
                    found[int(entry.name)] = line
            except OSError:
                continue
        return found

    def one(self, part: str) -> int:
        return min(pid for pid, line in self.programs().items() if part in line)

    def left_behind(self) -> list[str]:
        run = [path.name for path in self.data.run.iterdir()]
        return [*self.programs().values(), *run, *(path.name for path in self.data.postgres.glob("socket*"))]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("BAIYING_", "DJANGO_"))}


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def founded() -> Iterator[Path]:
    """A data folder with its tables made, to be copied: making it anew for each test would take most of the time."""
    folder = Path(tempfile.mkdtemp(prefix="baiying-up-"))
    street = Street(DataFolder(folder / "data"), free_port())
    up = street.ask("up", "--detach", "--empty", "--port", str(street.port))
    assert up.returncode == 0, up.stdout + up.stderr
    assert street.ask("down").returncode == 0
    yield street.data.root
    shutil.rmtree(folder)


@pytest.fixture
def street(founded: Path) -> Iterator[Street]:
    yield from streets(founded)


@pytest.fixture
def new_street() -> Iterator[Street]:
    yield from streets(None)


def streets(founded: Path | None) -> Iterator[Street]:
    folder = Path(tempfile.mkdtemp(prefix="baiying-up-"))
    street = Street(DataFolder(folder / "data"), free_port())
    if founded:
        subprocess.run(["cp", "-a", str(founded), str(street.data.root)], check=True)
    yield street
    street.ask("down")
    for process in street.running:
        process.kill()
        process.wait()
    until(lambda: not street.programs())
    shutil.rmtree(folder)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_serves_and_a_signal_leaves_nothing_behind(street: Street, sig: signal.Signals) -> None:
    process = street.up()
    street.wait_healthy()
    process.send_signal(sig)
    assert process.wait(PATIENCE) == 0, street.story.read_text()
    output = street.story.read_text()
    assert f"http://127.0.0.1:{street.port}/report" in output
    assert output.rstrip().endswith("Stopped.")
    assert street.left_behind() == []


def test_street_serves_the_static_files_with_which_it_started(street: Street) -> None:
    street.up()
    street.wait_healthy()
    name = Path("built") / "htmx.js"
    built = (islands.BUILT / "htmx.js").read_bytes()
    served = f"http://127.0.0.1:{street.port}/static/{name}"
    assert fetched(served) == built
    # What this address answers is read from the street's own folder; a build writes into the checkout's.
    mine = street.data.static / name
    assert mine.stat().st_ino != (islands.BUILT / "htmx.js").stat().st_ino
    mine.write_bytes(built[::-1])
    assert fetched(served) == built[::-1]


def fetched(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return bytes(answer.read())


def test_signal_during_the_first_start_leaves_nothing_behind(new_street: Street) -> None:
    process = new_street.up()
    until(lambda: (new_street.data.postgres / "cluster").exists())
    process.terminate()
    assert process.wait(PATIENCE) == 0, new_street.story.read_text()
    assert new_street.left_behind() == []


def test_an_ending_that_python_dropped_is_raised_again_until_it_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a handler raises between fork and exec, or while an object goes, is only written to the log."""
    monkeypatch.setattr(up, "AGAIN", 0.05)
    kept = {
        sig: signal.getsignal(sig) for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM)
    }
    try:
        signal.signal(signal.SIGALRM, up.end)
        for _time in range(2):
            with pytest.raises(up.Ending):
                up.end(signal.SIGTERM, None)
            with pytest.raises(up.Ending):
                time.sleep(PATIENCE)
        up.heard()
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        for sig, handler in kept.items():
            signal.signal(sig, handler)


def test_everything_ends_when_the_supervisor_is_killed_and_up_works_again(street: Street) -> None:
    process = street.up()
    street.wait_healthy()
    process.kill()
    process.wait()
    second = street.up()
    street.wait_healthy()
    assert second.poll() is None
    state = environment.read_state(street.data)
    assert state is not None
    assert state.pid == second.pid
    assert len([line for line in street.programs().values() if "command.worker" in line]) == 1
    second.terminate()
    second.wait(PATIENCE)
    assert street.left_behind() == []


@pytest.mark.parametrize("part", ["granian", "baiying.command.worker", "bin/postgres"])
def test_killed_program_is_started_again(street: Street, part: str) -> None:
    street.up()
    street.wait_healthy()
    killed = street.one(part)
    os.kill(killed, signal.SIGKILL)
    until(lambda: any(part in line and pid != killed for pid, line in street.programs().items()))
    until(lambda: is_healthy(street.port))


def test_second_up_says_where_the_first_one_runs(street: Street) -> None:
    street.up()
    street.wait_healthy()
    second = street.ask("up", "--port", str(free_port()))
    assert second.returncode == 1
    assert second.stderr == (
        f"baiying: a street with its data in {street.data.root} runs already at http://127.0.0.1:{street.port}: "
        "`baiying down` stops it\n"
    )
    assert is_healthy(street.port)


def test_detached_street_is_healthy_at_once_and_down_ends_it(street: Street) -> None:
    up = street.ask("up", "--detach", "--empty", "--port", str(street.port))
    assert up.returncode == 0, up.stdout + up.stderr
    assert is_healthy(street.port)
    down = street.ask("down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n")
    assert street.left_behind() == []
    again = street.ask("down")
    assert (again.returncode, again.stdout) == (
        0,
        f"No street is running with its data in {street.data.root}.\n",
    )


def test_port_in_use_names_another_one(street: Street) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", street.port))
        other.listen()
        answer = street.ask("up", "--empty", "--port", str(street.port))
    assert answer.returncode == 1
    assert answer.stderr == (
        f"baiying: port {street.port} is in use by another program: choose another: "
        f"baiying up --port {street.port + 1}\n"
    )
    assert street.left_behind() == []


# Read by every Python that starts: as if a module could not be imported, in processes of one kind only.
BREAKS = """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r} and ("baiying.command.prepare" in sys.orig_argv) in {where!r}:
            raise ImportError("no such luck")

sys.meta_path.insert(0, Finder())
"""


def break_import(street: Street, module: str, where: set[bool]) -> dict[str, str]:
    folder = street.data.root.with_name("broken")
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BREAKS.format(module=module, where=where))
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}


def test_application_that_cannot_be_loaded_is_said_in_one_line(street: Street) -> None:
    process = street.up(**break_import(street, "django.core.handlers.wsgi", {True, False}))
    assert process.wait(PATIENCE) == 1
    log = street.data.log / "load.log"
    assert [line for line in street.story.read_text().splitlines() if "no such luck" in line] == [
        "baiying: the application cannot be loaded: ImportError: no such luck "
        f"(config/wsgi.py, line {line_of('config/wsgi.py', 'WSGIHandler')}): see {log}"
    ]
    assert "Traceback" in log.read_text()
    assert "Traceback" not in street.story.read_text()
    assert street.left_behind() == []


def test_pages_that_cannot_be_loaded_are_said_by_name(street: Street) -> None:
    process = street.up(**break_import(street, "baiying.doors.desk.urls", {True, False}))
    assert process.wait(PATIENCE) == 1
    last = street.story.read_text().splitlines()[-1]
    assert last.startswith(
        "baiying: the application cannot be loaded: ImportError: no such luck (config/urls.py, line "
    )
    assert street.left_behind() == []


def test_web_server_that_ends_at_once_is_not_waited_for(street: Street) -> None:
    process = street.up(**break_import(street, "granian", {False}))
    assert process.wait(PATIENCE) == 1
    story = street.story.read_text()
    assert story.splitlines()[-1] == (
        "baiying: the web server ended before it answered (exit code 1): "
        "the lines above say why; `baiying doctor` may know more"
    )
    assert "starting it again" not in story
    assert street.left_behind() == []


def line_of(file: str, words: str) -> int:
    lines = (PACKAGE / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line and "import" in line)


def test_keys_are_made_once_and_never_said(street: Street) -> None:
    street.data.secrets.unlink()
    first = street.ask("up", "--detach", "--empty", "--port", str(street.port))
    keys = json.loads(street.data.secrets.read_text())
    assert street.data.secrets.stat().st_mode & 0o777 == 0o600
    street.ask("down")
    again = street.ask("up", "--detach", "--empty", "--port", str(street.port))
    assert json.loads(street.data.secrets.read_text()) == keys
    logs = "".join(path.read_text(errors="replace") for path in street.data.log.iterdir())
    said = first.stdout + first.stderr + again.stdout + again.stderr + logs
    assert [key for key in keys.values() if key in said] == []


def test_service_recovers_when_the_database_comes_back(street: Street) -> None:
    street.up()
    street.wait_healthy()
    state = environment.read_state(street.data)
    assert state is not None
    os.kill(street.one("bin/postgres"), signal.SIGQUIT)
    until(lambda: is_healthy(street.port))
    with psycopg.connect(state.database.app) as server:
        assert server.execute("SELECT 1").fetchone() == (1,)
