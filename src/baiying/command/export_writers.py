"""The writer of exports: one thread beside the worker's rounds, so that a file of a million rows holds nothing up."""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.db import DatabaseError, InterfaceError, connections

from baiying.cases import export_writing
from baiying.org.queries import tenants

log = logging.getLogger("baiying.cases")

PAUSE: Final = 1.0


class ExportWriter:
    """Looks each second for an export that waits, street after street, and writes one at a time."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, name="exports", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self.thread.start()

    def end(self) -> None:
        """Take nothing up any more; what is half written is begun again by the next worker."""
        self.ending.set()

    def _run(self) -> None:
        while not self.ending.is_set():
            try:
                for tenant in tenants():
                    export_writing.write_next(tenant.id)
            except (DatabaseError, InterfaceError):
                connections.close_all()
                self.ending.wait(5.0)
            except Exception:  # logged; after a while of silence it is tried again, three times at most
                log.exception("an export stumbled", extra={"job": "exports"})
            self.ending.wait(PAUSE)
        connections.close_all()
