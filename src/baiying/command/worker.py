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
    """Makes the rounds twice a second. A database that is gone is waited for, not died of."""

    def __init__(self) -> None:
        from baiying.command.beside import Beside, write_exports
        from baiying.command.carriers import Carriers
        from baiying.command.senders import Senders
        from baiying.command.worker_rounds import ROUNDS, Rounds

        self.rounds = Rounds([row for row in ROUNDS if row.every is not None])
        nights = Rounds([row for row in ROUNDS if row.every is None])
        self.carriers = Carriers()
        self.senders = Senders()
        self.besides = (
            Beside("exports", write_exports, pause=1.0),
            Beside("nights", nights.make, pause=30.0),
        )
        self.ending = False
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self.end)

    def end(self, number: int, frame: FrameType | None) -> None:
        self.ending = True

    def run(self) -> None:
        self.carriers.start()
        self.senders.start()
        for beside in self.besides:
            beside.start()
        while not self.ending:
            try:
                self.turn()
            except (DatabaseError, InterfaceError):
                log.warning("the database cannot be reached; trying again")
                connections.close_all()
                time.sleep(1)
            time.sleep(PAUSE)
        for beside in self.besides:
            beside.end()
        self.senders.end()
        self.carriers.end()

    def turn(self) -> None:
        """The rounds that are due."""
        self.rounds.make()


if __name__ == "__main__":
    sys.exit(main())
