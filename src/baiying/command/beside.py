"""What takes long, in a thread of its own beside the worker's rounds: a file of a million rows or a night of learning
holds up neither a clock nor a letter.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import DatabaseError, InterfaceError, connections

from baiying.cases import export_writing
from baiying.org.queries import tenants

log = logging.getLogger("baiying.worker")

GONE: Final = 5.0  # seconds until a database that cannot be reached is asked again


class Beside:
    """One thread that does something, pauses, and does it again until it is ended."""

    def __init__(self, name: str, turn: Callable[[], object], *, pause: float) -> None:
        self.name, self.turn, self.pause = name, turn, pause
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def end(self) -> None:
        """Take nothing up any more; what is half done is begun again by the next worker."""
        self.ending.set()

    def _run(self) -> None:
        while not self.ending.is_set():
            try:
                self.turn()
            except (DatabaseError, InterfaceError):
                connections.close_all()
                self.ending.wait(GONE)
            except Exception:  # logged, and tried again at its next turn
                log.exception("what is done beside stumbled", extra={"job": self.name})
            if self.pause > GONE:  # who knows what becomes of a connection that nobody uses
                connections.close_all()
            self.ending.wait(self.pause)
        connections.close_all()


def write_exports() -> None:
    """Street after street the export that waits longest."""
    for tenant in tenants():
        export_writing.write_next(tenant.id)
