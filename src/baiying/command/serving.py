"""The two programs that make the service: the web server and the worker."""

from __future__ import annotations

import os
import sys


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
