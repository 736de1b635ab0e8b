"""Senders: webhooks go out beside the worker's rounds, each receiver for itself.

A receiver that hangs holds up one thread and its own messages: neither the journal nor letters nor another receiver.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections

from baiying.kit import clock
from baiying.org.queries import tenants
from baiying.org.rules import Scope, acting
from baiying.webhooks import queries, sending

log = logging.getLogger("baiying.webhooks")

PAUSE: Final = 0.5
THREADS: Final = 8


class Senders:
    """Looks twice a second which subscriptions have something due, and gives each a thread that has none yet."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.at_work: set[UUID] = set()
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sender")
        self.thread = threading.Thread(target=self._run, name="senders", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self.thread.start()

    def end(self, wait: float = 2.0) -> None:
        """Take nothing up any more; what is on its way is left to its claim."""
        self.ending.set()
        if self.thread.is_alive():
            self.thread.join(wait)
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self.ending.is_set():
            try:
                for tenant in tenants():
                    with acting(Scope(tenant.id, "street")):
                        due = queries.due(tenant.id, clock.now())
                    for one in due:
                        self._take_up(tenant.id, one)
            except (DatabaseError, InterfaceError):
                connections.close_all()
                self.ending.wait(5.0)
            except Exception:
                # Without this thread nothing would go out until the worker is started anew.
                log.exception("the senders stumbled", extra={"job": "webhooks"})
            self.ending.wait(PAUSE)
        connections.close_all()

    def _take_up(self, tenant_id: int, subscription_id: UUID) -> None:
        with self.lock:
            if subscription_id in self.at_work:
                return
            self.at_work.add(subscription_id)
        self.pool.submit(self._send, tenant_id, subscription_id)

    def _send(self, tenant_id: int, subscription_id: UUID) -> None:
        try:
            sending.send_due(tenant_id, subscription_id)
        except Exception:  # logged; the claim runs out and it is tried again
            log.exception("a sender stumbled", extra={"job": "webhooks"})
        finally:
            connections.close_all()
            with self.lock:
                self.at_work.discard(subscription_id)
