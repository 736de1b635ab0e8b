"""`up --detach` and `down`: the same supervisor, without a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from baiying.command import environment
from baiying.command.paths import DataFolder
from baiying.command.trouble import Trouble

PATIENCE_SECONDS = 1800


def start(data: DataFolder, port: int, *, empty: bool) -> int:
    """Returns 0 when the street answers. Shows what the supervisor says until then."""
    if environment.is_running(data):
        running = environment.read_state(data)
        where = f" at {running.address}" if running else ""
        raise Trouble(f"a street with its data in {data.root} runs already{where}", "`baiying down` stops it")
    data.create()
    log = data.log / "up.log"
    command = [
        sys.executable,
        "-P",
        "-m",
        "baiying",
        "up",
        "--port",
        str(port),
        "--data",
        str(data.root),
        "--in-background",
    ]
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            command + (["--empty"] if empty else []),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    try:
        with log.open("rb") as story:
            return follow(supervisor, data, story.read)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait(90)
        raise


def follow(supervisor: subprocess.Popen[bytes], data: DataFolder, read: object) -> int:
    assert callable(read)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        code = supervisor.poll()
        state = environment.read_state(data)
        finished = state is not None and state.pid == supervisor.pid and state.healthy
        if finished:
            # The welcome follows the mark at once; let it be written whole.
            time.sleep(0.2)
        sys.stdout.buffer.write(read())
        sys.stdout.flush()
        if finished:
            return 0
        if code is not None:
            return code or 1
        time.sleep(0.1)
    supervisor.terminate()
    raise Trouble(
        f"the street was not healthy after {PATIENCE_SECONDS // 60} minutes", f"see {data.log}/up.log"
    )


def stop(data: DataFolder) -> str:
    """What was done, in words. Waits until the supervisor has put everything away."""
    state = environment.read_state(data)
    if not environment.is_running(data):
        return f"No street is running with its data in {data.root}."
    if state is None:
        raise Trouble("a street is just starting or stopping here", "try again in a moment")
    try:
        os.kill(state.pid, signal.SIGTERM)
    except PermissionError:
        raise Trouble(
            "the street belongs to another account", "stop it as that account, or as root"
        ) from None
    except ProcessLookupError:
        pass
    deadline = time.monotonic() + 90
    while environment.is_running(data) or exists(state.pid):
        if time.monotonic() > deadline:
            raise Trouble(
                f"process {state.pid} does not end", f"kill -9 {state.pid}; the next `up` puts things right"
            )
        time.sleep(0.05)
    return "Stopped."


def exists(pid: int) -> bool:
    """False also for one that has ended and that nobody has asked after (in containers often nobody ever does)."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()[0]
            != "Z"
        )
    except OSError:
        return False
