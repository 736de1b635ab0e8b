"""The worker: what need not be done while somebody waits. A shell around steps that the rooms bring."""

from __future__ import annotations

import logging
import signal
import sys
import time
from types import FrameType

from django.db import DatabaseError, InterfaceError, connections

log = logging.getLogger("baiying.worker")

PAUSE = 0.5


def main() -> int:
    import django

    django.setup()
    Loop().run()
    return 0


class Loop:
    """Drains the journal twice a second. A database that is gone is waited for, not died of."""

    def __init__(self) -> None:
        self.ending = False
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self.end)

    def end(self, number: int, frame: FrameType | None) -> None:
        self.ending = True

    def run(self) -> None:
        while not self.ending:
            try:
                self.turn()
            except (DatabaseError, InterfaceError):
                log.warning("the database cannot be reached; trying again")
                connections.close_all()
                time.sleep(1)
            time.sleep(PAUSE)

    def turn(self) -> None:
        """One round of work."""


if __name__ == "__main__":
    sys.exit(main())
