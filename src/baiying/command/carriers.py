"""Carriers: one thread for each channel that this installation has, beside the worker's rounds.

A gateway that hangs holds up its own thread and nothing else: neither the journal nor the other channels.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.utils import translation

from baiying.dispatch import outside
from baiying.notify import carrying, channels
from baiying.org.queries import tenants
from baiying.org.rules import Scope, acting

carrying.complete_links_by(outside.complete)

log = logging.getLogger("baiying.carrier")

PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0


class Carriers:
    """Starts and ends the threads. Ending waits for a message that is on its way, or leaves it to the claim."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(channel,), name=f"carrier-{channel}", daemon=True)
            for channel in channels.configured()
        ]

    def start(self) -> None:
        """Begin to carry."""
        for thread in self.threads:
            thread.start()

    def end(self, wait: float = 2.0) -> None:
        """Ask every thread to end, and wait a little for each."""
        self.ending.set()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(wait)

    def _run(self, channel: str) -> None:
        failures = 0
        while not self.ending.is_set():
            try:
                carried, away = self._round(channel)
                failures = failures + 1 if away and not carried else 0
            except (DatabaseError, InterfaceError):
                connections.close_all()
                failures += 1
            except Exception:
                log.exception("a carrier stumbled", extra={"job": f"carry {channel}"})
                failures += 1
            self.ending.wait(pause_after(failures))
        connections.close_all()

    def _round(self, channel: str) -> tuple[int, int]:
        carried = away = 0
        for tenant in tenants():
            taken, failed = carry(tenant.id, channel, self.ending)
            carried, away = carried + taken, away + failed
        return carried, away


def pause_after(failures: int) -> float:
    """Seconds until the next round, longer after each failure in a row; a gateway may be away for a week."""
    return min(PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE)


def carry(tenant_id: int, channel: str, ending: threading.Event | None = None) -> tuple[int, int]:
    """Carry what is due on one channel of one street; (taken by the gateway, gateway away).

    A gateway that is away is asked once in a round; what was claimed besides is put back by its answer too. Push services
    are several: one that is away says nothing about the others.
    """
    carried = away = 0
    while True:
        with acting(Scope(tenant_id, "street")), translation.override(settings.LANGUAGE_CODE):
            parcels = carrying.claim(tenant_id, channel)
        answer = channels.Answer.taken()
        for parcel in parcels:
            if answer.kind != "away" or not channels.has_one_server(channel):
                answer = channels.send(channel, parcel.message)  # no transaction is open
            carried, away = carried + (answer.kind == "taken"), away + (answer.kind == "away")
            with acting(Scope(tenant_id, "street")):
                carrying.note(parcel, answer)
        if len(parcels) < carrying.MOST_AT_ONCE or away or (ending is not None and ending.is_set()):
            return carried, away
