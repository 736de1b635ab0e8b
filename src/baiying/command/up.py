"""`baiying up`: one command from a checkout to a running street, and back to nothing when it ends."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import FrameType
from typing import IO, NoReturn

from baiying.command import detached, environment, external, islands, processes, serving, welcome
from baiying.command.cluster import Cluster
from baiying.command.environment import Database, State
from baiying.command.paths import DataFolder, data_folder
from baiying.command.prepare import SAID
from baiying.command.processes import Kept
from baiying.command.trouble import Trouble
from baiying.config import options
from baiying.config.secrets import ensure_secrets

LOG_LIMIT = 20 * 2**20
AGAIN = 15  # seconds: longer than anything that is being cleared up needs
WEB = "web server"
DATABASE = "database"


class Ending(BaseException):
    """Somebody asked us to end: raised out of whatever we are doing, so
    that everything started is stopped.
    """


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="port of the web server (8000)")
    parser.add_argument("--data", help="folder for everything that must survive")
    parser.add_argument("--empty", action="store_true", help="do not load the demonstration street")
    parser.add_argument("--detach", action="store_true", help="go on in the background; returns when healthy")
    parser.add_argument("--in-background", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    data = data_folder(arguments.data)
    port = arguments.port or options.count("BAIYING_PORT")
    if not 0 < port < 65536:
        raise Trouble(f"{port} is not a port", "choose one from 1 to 65535")
    for name in options.unknown_names():
        say(f"note: {name} is not a setting of ours; docs/settings.md lists them")
    if arguments.detach:
        return detached.start(data, port, empty=arguments.empty)
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGALRM):
        signal.signal(sig, end)
    try:
        with ExitStack() as stack:
            try:
                try:
                    serve(
                        data,
                        port,
                        demonstration=not arguments.empty,
                        stack=stack,
                        quiet=arguments.in_background,
                    )
                finally:
                    heard()
            finally:
                heard()  # again, should the repetition have come in just before
    except Ending:
        say("Stopped.")
    return 0


def end(number: int, frame: FrameType | None) -> NoReturn:
    """Raised again until it is heard: what is raised while an object is being cleared away, Python drops."""
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, AGAIN)
    raise Ending


def heard() -> None:
    """From here on nothing interrupts the clearing up."""
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)


def serve(data: DataFolder, port: int, *, demonstration: bool, stack: ExitStack, quiet: bool) -> None:
    """Everything in order; what was started is stopped in the opposite order, whatever happens."""
    take_folder(data, stack)
    host = options.text("BAIYING_BIND")
    check_port(host, port)
    islands.build(say)
    islands.compile_translations()
    stack.callback(shutil.rmtree, data.static, ignore_errors=True)
    islands.hand_out(data.static)
    ensure_secrets(data.root)
    cluster, database = start_database(data, stack)
    variables = {**os.environ, **environment.variables(data, database), "BAIYING_PORT": str(port)}
    state = State(pid=os.getpid(), address=address_of(host, port), database=database)
    stack.callback(data.state.unlink, missing_ok=True)
    environment.write_state(data, state)
    stack.callback(shutil.rmtree, data.run / "metrics", ignore_errors=True)
    prepare(data, variables, demonstration=demonstration, stack=stack)
    programs = kept_programs(host, port, variables)
    if cluster is not None:
        programs.insert(0, kept_cluster(cluster))
    for program in programs[1:] if cluster else programs:
        stack.callback(program.stop)
        program.tend()
    wait_until_healthy(state.address, programs, variables)
    environment.write_state(data, State(state.pid, state.address, database, healthy=True))
    welcome.show(state.address, data, ending="`baiying down` stops it." if quiet else "Ctrl-C stops it.")
    while True:
        time.sleep(0.2)
        for program in programs:
            program.tend()


def take_folder(data: DataFolder, stack: ExitStack) -> None:
    """One street, one supervisor: the lock is the kernel's, and goes with us even when we are killed."""
    try:
        data.create()
    except OSError as error:
        raise Trouble(
            f"{data.root} cannot be made ({error.strerror})", "choose a folder of yours with --data"
        ) from None
    deadline = time.monotonic() + 0.5
    while True:
        try:
            descriptor = os.open(data.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError:
            raise Trouble(
                f"{data.root} belongs to another account", "start as that account, or choose --data"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == os.stat(data.lock).st_ino:
                break
        except BlockingIOError:
            # Somebody who only asks whether a street runs holds it for a blink.
            if time.monotonic() > deadline:
                os.close(descriptor)
                running = environment.read_state(data)
                where = f" at {running.address}" if running else ""
                raise Trouble(
                    f"a street with its data in {data.root} runs already{where}", "`baiying down` stops it"
                ) from None
            time.sleep(0.02)
        except FileNotFoundError:
            pass
        os.close(descriptor)
    stack.callback(os.close, descriptor)
    stack.callback(data.lock.unlink, missing_ok=True)
    end_leftovers(data)


def end_leftovers(data: DataFolder) -> None:
    """Programs of a supervisor that was killed end by themselves; this is for the blink in which they still
    do.
    """
    left = environment.read_state(data)
    if left is not None:
        port = int(left.address.rpartition(":")[2])
        deadline = time.monotonic() + 8
        while is_taken("127.0.0.1", port) and time.monotonic() < deadline:
            time.sleep(0.05)
    data.state.unlink(missing_ok=True)


def is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Trouble(f"port {port} needs more rights", "choose one above 1023 with --port") from None
        except socket.gaierror:
            raise Trouble(
                f"BAIYING_BIND={host!r} is not an address of this machine", "127.0.0.1 or 0.0.0.0"
            ) from None
        except OSError:
            return True
    return False


def check_port(host: str, port: int) -> None:
    if is_taken(host, port):
        raise Trouble(
            f"port {port} is in use by another program", f"choose another: baiying up --port {port + 1}"
        )


def start_database(data: DataFolder, stack: ExitStack) -> tuple[Cluster | None, Database]:
    if given := external.given_database():
        say(f"Using the PostgreSQL at {external.without_password(given.owner)}")
        return None, given
    log = data.log / "postgresql.log"
    rotate(log)
    cluster = Cluster(data.postgres, log=log)
    stack.callback(cluster.stop)
    cluster.start(say)
    return cluster, cluster.database()


def prepare(data: DataFolder, variables: dict[str, str], *, demonstration: bool, stack: ExitStack) -> None:
    code = call_prepare(["--demonstration"] if demonstration else [], variables)
    if code == SAID:
        raise SystemExit(1)
    if code != 0:
        raise Trouble("the database could not be prepared, see above", "`baiying doctor` may know more")


def call_prepare(options: list[str], variables: dict[str, str]) -> int:
    command = [sys.executable, "-P", "-m", "baiying.command.prepare", *options]
    process = processes.start(command, environment=variables, output=None)
    with ExitStack() as until_done:
        until_done.callback(processes.stop, process)
        return process.wait()


def kept_programs(host: str, port: int, variables: dict[str, str]) -> list[Kept]:
    workers = options.count("BAIYING_WEB_WORKERS") or serving.cores()
    web = serving.web_command(host, port, workers=workers, threads=options.count("BAIYING_WEB_THREADS"))
    return [kept(WEB, web, variables), kept("worker", serving.worker_command(), variables)]


def kept(name: str, command: list[str], variables: dict[str, str]) -> Kept:
    def launch() -> subprocess.Popen[bytes]:
        return processes.start(command, environment=variables, output=None)

    return Kept(name, launch, say)


def kept_cluster(cluster: Cluster) -> Kept:
    """The database is watched like the others; starting it again includes reaping what it left."""

    def launch() -> subprocess.Popen[bytes]:
        cluster.start()
        assert cluster.process is not None
        return cluster.process

    watched = Kept(DATABASE, launch, say)
    watched.process = cluster.process
    return watched


def wait_until_healthy(address: str, programs: list[Kept], variables: dict[str, str]) -> None:
    """Returns when the web server answers. One that ends before, or answers with an error, would do so again: that is
    said at once, with the reason if the application can name it.
    """
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()  # noqa: S310
            return
        except urllib.error.HTTPError as error:
            explain(f"the web server answers with an error ({error.code})", programs, variables)
        except (urllib.error.URLError, OSError):
            pass
        for program in programs:
            if program.name == WEB and (code := program.ended_with()) is not None:
                explain(f"the {WEB} ended before it answered ({processes.ending(code)})", programs, variables)
            program.tend()
            if program.failures > 1:
                raise Trouble(
                    f"the {program.name} does not start, see above", "`baiying doctor` may know more"
                )
        if time.monotonic() > deadline:
            raise Trouble("the web server does not answer", "see the lines above")
        time.sleep(0.03)


def explain(problem: str, programs: list[Kept], variables: dict[str, str]) -> NoReturn:
    """The reason is our last line: what the programs say while they end comes before it."""
    for program in programs:
        if program.name != DATABASE:
            program.stop()
    if call_prepare(["--load"], variables) == SAID:
        raise SystemExit(1)
    raise Trouble(problem, "the lines above say why; `baiying doctor` may know more")


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{local}:{port}"


def rotate(log: os.PathLike[str]) -> None:
    with suppress(FileNotFoundError):
        if os.stat(log).st_size > LOG_LIMIT:
            os.replace(log, f"{os.fspath(log)}.1")


def say(text: str, stream: IO[str] | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


Say = Callable[[str], None]
