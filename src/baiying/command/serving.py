"""The two programs that make the service: the web server and the worker."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
import time


def web_command(host: str, port: int, *, workers: int, threads: int) -> list[str]:
    """granian, WSGI: one process for each core, and as many database connections as threads."""
    return [
        *(sys.executable, "-P", "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "2048"),
        *(
            "--respawn-failed-workers",
            "--workers-kill-timeout",
            "5",
            "--no-access-log",
            "--log-level",
            "warning",
        ),
        "baiying.config.wsgi:application",
    ]


def worker_command() -> list[str]:
    return [sys.executable, "-P", "-m", "baiying.command.worker"]


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def end_with_parent() -> None:
    """For the web server's own children: when the process above them is killed, they must not keep the
    port.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def has_worker() -> bool:
    return importlib.util.find_spec("baiying.command.worker") is not None
