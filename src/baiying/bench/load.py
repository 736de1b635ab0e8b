"""A small load generator: N keep-alive connections in one process, requests prepared beforehand.

It shares the cores with what it measures, so it must cost little: no parsing beyond status and length.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Run:
    """What a run gave."""

    requests: int = 0
    failed: int = 0
    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests answered as expected, per second."""
        return round((self.requests - self.failed) / self.seconds, 1) if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which `share` (0..1) of the requests were answered."""
        times = sorted(self.milliseconds) or [0.0]
        return round(times[min(len(times) - 1, int(len(times) * share))], 2)


@dataclass
class _Client:
    line: socket.socket
    sent_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    wanted: int = -1


def drive(
    address: str,
    messages: Iterator[bytes],
    *,
    clients: int,
    seconds: float,
    most: int | None = None,
    status: bytes = b"201",
) -> Run:
    """Send raw HTTP/1.1 requests from `messages` over `clients` connections for `seconds`, or until `most` are sent."""
    place = urlsplit(address)
    chooser = selectors.DefaultSelector()
    run = Run()
    started = time.perf_counter()
    for _ in range(clients):
        line = socket.create_connection((place.hostname or "", place.port or 80))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(line)
        chooser.register(line, selectors.EVENT_READ, client)
        _send(client, next(messages))
    busy, ending, left = clients, started + seconds, (most or sys.maxsize) - clients
    while busy:
        for key, _events in chooser.select(timeout=10):
            client = key.data
            if not _complete(client):
                continue
            now = time.perf_counter()
            run.requests += 1
            run.milliseconds.append((now - client.sent_at) * 1000)
            run.failed += client.got[9:12] != status
            if now < ending and left > 0:
                left -= 1
                _send(client, next(messages))
            else:
                chooser.unregister(client.line)
                client.line.close()
                busy -= 1
    run.seconds = time.perf_counter() - started
    return run


def _send(client: _Client, message: bytes) -> None:
    client.got.clear()
    client.wanted = -1
    client.sent_at = time.perf_counter()
    client.line.sendall(message)


def _complete(client: _Client) -> bool:
    piece = client.line.recv(65536)
    if not piece:
        raise ConnectionError("the server closed a connection while it was measured")
    client.got += piece
    if client.wanted < 0:
        end = client.got.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(client.got[:end]).lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        client.wanted = end + 4 + length
    return len(client.got) >= client.wanted
