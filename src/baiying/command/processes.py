"""Starting programs so that none outlives us, whatever ends us, and ending them in good order."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from baiying.command.trouble import Trouble

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class OsAccount:
    """An account of the operating system that a program runs under."""

    name: str
    uid: int
    gid: int


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """For preexec_fn: the kernel sends `sig` when the *thread* that started the program ends, so start from
    the main one.
    """
    libc, parent = _libc(), os.getpid()

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
            # The parent may have died between fork and prctl; then no signal will ever come.
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    output: IO[bytes] | int | None,
    account: OsAccount | None = None,
    farewell: signal.Signals = signal.SIGTERM,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own: Ctrl-C in the terminal reaches us alone, and we end it in
    order.
    """
    dropped = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [str(part) for part in command],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        start_new_session=True,
        preexec_fn=die_with_parent(farewell),
        pass_fds=tuple(pass_fds),
        **dropped,
    )


def stop(
    process: subprocess.Popen[bytes], *, ask: signal.Signals = signal.SIGTERM, patience: float = 10.0
) -> None:
    """Ask the program to end; after `patience` seconds kill its whole group. Returns when nothing of it is
    left.
    """
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(ask)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def kill_group(group: int) -> None:
    """Helpers of a program that was killed live on in its group (web workers hold the port): end them too."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@dataclass(slots=True)
class Kept:
    """A program that is started again when it ends unasked: at once, then more and more slowly."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    say: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = field(default=0.0)
    resume_at: float = field(default=0.0)

    def tend(self) -> None:
        """Call often. Starts the program when it is due; notices its end."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.resume_at:
                self.begin(now)
            return
        code = self.process.poll()
        if code is None:
            if self.failures and now - self.started_at > 60:
                self.failures = 0
            return
        kill_group(self.process.pid)
        self.process = None
        self.pause(ending(code), now)

    def ended_with(self) -> int | None:
        """The exit code of a program that has ended and is not started again yet."""
        return None if self.process is None else self.process.poll()

    def begin(self, now: float) -> None:
        try:
            self.process, self.started_at = self.launch(), now
        except (Trouble, OSError) as trouble:
            self.pause(str(trouble), now)

    def pause(self, reason: str, now: float) -> None:
        pause = 0.0 if self.failures == 0 else min(30.0, 0.5 * 2.0**self.failures)
        self.failures += 1
        self.resume_at = now + pause
        self.say(f"{self.name} ended ({reason}); starting it again" + (f" in {pause:.0f} s" if pause else ""))

    def stop(self, *, ask: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
        if self.process is not None:
            stop(self.process, ask=ask, patience=patience)
            self.process = None


def ending(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def processes_in(folder: Path) -> list[int]:
    """Processes whose working directory is `folder`: for a database cluster, its postmaster and backends."""
    found: list[int] = []
    wanted = os.path.realpath(folder)
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == wanted:
                found.append(int(entry.name))
    return found
