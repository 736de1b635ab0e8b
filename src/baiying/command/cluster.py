"""Our own PostgreSQL: made, started and stopped by us, reachable through a private socket only."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg

from baiying.command import processes
from baiying.command.environment import Database, socket_address
from baiying.command.postgres_programs import Programs, find_programs, is_reachable, within_reach
from baiying.command.processes import OsAccount
from baiying.command.trouble import Trouble
from baiying.config.database import APP_ROLE, OWNER_ROLE

SUPERUSER = "postgres"
DATABASE_NAME = "baiying"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # sun_path of Linux, without the closing zero

CONFIGURATION = """\
# Written by `baiying up` at every start. Your own settings belong into ../postgresql.local.conf.
listen_addresses = ''
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'Asia/Shanghai'
log_timezone = 'Asia/Shanghai'
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_messages = warning
# A failed statement, and the detail of an error, quote what residents wrote.
log_min_error_statement = panic
log_error_verbosity = terse
lc_messages = 'C'
"""
CARELESS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nshared_buffers = 64MB\n"


class Cluster:
    """A PostgreSQL cluster in `folder`. `durable=False` is for tests: fast, and lost with the power."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path,
        durable: bool = True,
        programs: Programs | None = None,
        quick_init: bool = False,
    ) -> None:
        self.folder = folder
        self.data = folder / "cluster"
        self.log = log
        self.durable = durable
        self.quick_init = quick_init
        self._programs = programs
        self.account: OsAccount | None = None
        self.socket = folder / "socket"
        self.process: subprocess.Popen[bytes] | None = None
        self._door: int | None = None

    # -- life ---------------------------------------------------------------------------------------------

    def start(self, say: Callable[[str], None] = lambda text: None) -> None:
        """Make the cluster if there is none, reap what a killed predecessor left, start it, and wait until
        it answers.
        """
        programs = self._programs or find_programs(self.major_on_disk())
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.account = self.choose_account()
        if self.account is not None:
            programs = within_reach(programs, self.account)
            self.give(self.folder)
        self._programs = programs
        self.choose_socket()
        self.reap()
        if not (self.data / "PG_VERSION").exists():
            say(f"Making a database cluster (PostgreSQL {programs.version})")
            self.initialise(programs)
        self.configure()
        self.launch(programs)
        self.ensure_roles()

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.process is not None:
            self.halt()
        if self._door is not None:
            os.close(self._door)
            self._door = None
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self.socket / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.socket.rmdir()

    def halt(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            # Asked again, for a server that was not yet listening the first time.
            late = time.monotonic() > deadline
            self.process.send_signal(signal.SIGQUIT if late else signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            if late:
                break
        processes.stop(self.process, ask=signal.SIGQUIT, patience=10)
        self.process = None

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    # -- addresses ----------------------------------------------------------------------------------------

    def database(self, name: str = DATABASE_NAME) -> Database:
        return Database(app=self.address(APP_ROLE, name), owner=self.address(OWNER_ROLE, name))

    def address(self, role: str, name: str = DATABASE_NAME) -> str:
        return socket_address(self.socket, role, name)

    # -- steps --------------------------------------------------------------------------------------------

    def major_on_disk(self) -> int | None:
        """Which PostgreSQL made this cluster; postgres itself refuses data of another version, but not
        helpfully.
        """
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        except PermissionError:
            raise Trouble(
                f"{self.data} belongs to another account",
                "start as that account, or choose another --data folder",
            ) from None

    def choose_account(self) -> OsAccount | None:
        """PostgreSQL refuses to run as root. An existing cluster stays with the account that made it."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (uid := self.data.stat().st_uid) != 0:
            entry = pwd.getpwuid(uid)
            return OsAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return OsAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)
        raise Trouble(
            "PostgreSQL must not run as root, and there is neither an account 'postgres' nor 'nobody'",
            "useradd postgres",
        )

    def give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def choose_socket(self) -> None:
        """Beside the data, or, where that path is too long for a socket, in a short private folder."""
        self.socket = self.folder / "socket"
        if len(os.fsencode(self.socket / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            runtime = os.environ.get("XDG_RUNTIME_DIR", "") if self.account is None else ""
            usable = runtime and os.access(runtime, os.W_OK) and len(runtime) < 60
            base = Path(runtime if usable else "/tmp")  # noqa: S108
            mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            self.socket = base / f"baiying-{os.geteuid()}-{mark}"
        with contextlib.suppress(FileExistsError):
            self.socket.mkdir(mode=0o700)
            self.give(self.socket)
        status, uid = self.socket.lstat(), self.account.uid if self.account else os.geteuid()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or stat.S_IMODE(status.st_mode) != 0o700:
            raise Trouble(
                f"{self.socket} is not a private folder of ours", "remove it, or choose a shorter --data path"
            )

    def reap(self) -> None:
        """End what is left of a predecessor that was killed. A new postmaster beside an old backend would
        ruin the data.
        """
        deadline = time.monotonic() + 20
        asked = False
        while left := processes.processes_in(self.data):
            if not asked or time.monotonic() > deadline - 10:
                for pid in left:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGINT if not asked else signal.SIGQUIT)
                asked = True
            if time.monotonic() > deadline:
                raise Trouble(f"processes {left} still hold {self.data}", f"end them: kill -QUIT {left[0]}")
            time.sleep(0.05)
        # Nobody is at work here, so whatever process the file names today is not a postmaster of ours.
        if Path("/proc/self").exists():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
                (self.socket / name).unlink(missing_ok=True)

    def initialise(self, programs: Programs) -> None:
        """Made under another name and renamed when whole: an interrupted start leaves nothing half-made
        behind.
        """
        partial = self.folder / "cluster.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        options = [
            "--username",
            SUPERUSER,
            "--encoding=UTF8",
            "--auth=peer",
            "--no-instructions",
            "--data-checksums",
        ]
        options += ["--no-sync"] if self.quick_init else []
        # The built-in provider sorts and folds alike on every machine; libc's C.UTF-8 is the nearest before
        # 17.
        if programs.major >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        for locale in ("C.UTF-8", "C"):
            shutil.rmtree(partial, ignore_errors=True)
            command: list[str | Path] = [
                programs["initdb"],
                "-D",
                self.seen_from_inside(partial),
                f"--locale={locale}",
                *options,
            ]
            with self.open_log() as log:
                process = processes.start(
                    command,
                    environment=bare_environment(),
                    output=log,
                    account=self.account,
                    pass_fds=self.door(),
                )
                if process.wait() == 0:
                    break
        else:
            raise Trouble("the database cluster could not be made", f"see {self.log}")
        with (partial / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("\ninclude = 'baiying.conf'\ninclude_if_exists = '../postgresql.local.conf'\n")
        self.write(partial / "baiying.conf", CONFIGURATION)
        partial.rename(self.data)

    def configure(self) -> None:
        """Peer, not trust: of all accounts on this machine only the one that started us may come in."""
        self.write(self.data / "baiying.conf", CONFIGURATION + ("" if self.durable else CARELESS))
        try:
            known = {pwd.getpwuid(os.geteuid()).pw_name}
        except KeyError:
            # A container may run us under a number without a name; then the closed folder must do.
            self.write(self.data / "pg_hba.conf", "local all all trust\n")
            return
        if self.account is not None:
            known.add(self.account.name)
        self.write(self.data / "pg_hba.conf", "local all all peer map=baiying\n")
        lines = [
            f'baiying "{who}" {role}\n' for who in sorted(known) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)
        ]
        self.write(self.data / "pg_ident.conf", "".join(lines))

    def write(self, path: Path, content: str) -> None:
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)
        self.give(path)

    def launch(self, programs: Programs) -> None:
        command: list[str | Path] = [programs["postgres"], "-D", self.seen_from_inside(self.data)]
        command += [
            "-c",
            f"unix_socket_directories={self.seen_from_inside(self.socket)}",
            "-c",
            "unix_socket_permissions=0700",
        ]
        with self.open_log() as log:
            # 0700 keeps others out; root passes, and an ordinary user is the owner.
            self.process = processes.start(
                command,
                environment=bare_environment(),
                output=log,
                account=self.account,
                farewell=signal.SIGINT,
                pass_fds=self.door(),
            )
        deadline = time.monotonic() + 300
        while True:
            if self.process.poll() is not None:
                raise Trouble("PostgreSQL did not start", f"see the last lines of {self.log}")
            try:
                psycopg.connect(self.address(SUPERUSER, "postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                # After a crash it replays its log first, which may take a while.
                if time.monotonic() > deadline:
                    self.halt()
                    raise Trouble("PostgreSQL started but does not answer", f"see {self.log}") from None
                time.sleep(0.03)

    def ensure_roles(self) -> None:
        """The owner of the tables, and the service's role, which row-level security binds."""
        with psycopg.connect(self.address(SUPERUSER, "postgres"), autocommit=True) as server:
            known = {name for (name,) in server.execute("SELECT rolname FROM pg_roles").fetchall()}
            if OWNER_ROLE not in known:
                server.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
            if APP_ROLE not in known:
                server.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT")
            if (
                server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,)).fetchone()
                is None
            ):
                create_database(server, DATABASE_NAME)

    # -- a folder the account cannot walk to --------------------------------------------------------------

    def seen_from_inside(self, path: Path) -> Path:
        """The path as PostgreSQL should use it.

        As root we hand the work to another account, which may not be able to walk down to the data folder
        (below /root, or in a fresh temporary folder). Nobody's folders are opened wider for that: the
        account gets the folder itself as an open descriptor, and reaches it through /proc/self/fd.
        """
        if (
            self.account is None
            or not path.is_relative_to(self.folder)
            or is_reachable(self.folder.parent, self.account)
        ):
            return path
        if self._door is None:
            self._door = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return Path(f"/proc/self/fd/{self._door}") / path.relative_to(self.folder)

    def door(self) -> tuple[int, ...]:
        return () if self._door is None else (self._door,)

    @contextlib.contextmanager
    def open_log(self) -> Iterator[IO[bytes]]:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as stream:
            yield stream


def create_database(
    server: psycopg.Connection[tuple[object, ...]], name: str, template: str | None = None
) -> None:
    """A database of the owner's, which nobody else may enter but the service's role."""
    origin = f' TEMPLATE "{template}"' if template else ""
    server.execute(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE}{origin}')
    server.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    server.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {APP_ROLE}')


def bare_environment() -> dict[str, str]:
    """Without the PG* variables of whoever starts us, which would lead the programs to another server."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TMPDIR": tempfile.gettempdir()}
