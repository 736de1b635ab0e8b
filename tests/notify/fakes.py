"""Gateways on this machine: an HTTP server and a mail server that keep what they were given and answer as told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class WebGateway:
    """What came in, in order; `answer` says what is sent back: (status, JSON)."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[int], tuple[int, Any]] = lambda _number: (200, {"errcode": 0, "code": 0, "id": "m-1"})
    known: set[str] = field(
        default_factory=set
    )  # idempotency keys, as a gateway that keeps its contract has them
    delivered: list[str] = field(default_factory=list)


@contextmanager
def web_gateway() -> Iterator[WebGateway]:
    """An HTTP gateway that is there as long as the block runs."""
    gateway = WebGateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.asked.append({"path": self.path, "body": body, "headers": dict(self.headers)})
            status, said = gateway.answer(len(gateway.asked))
            key = self.headers.get("Idempotency-Key", "")
            if status < 300 and (not key or key not in gateway.known):
                gateway.known.add(key)
                gateway.delivered.append(json.dumps(body, ensure_ascii=False))
            packed = json.dumps(said).encode() if not isinstance(said, bytes) else said
            self.send_response(status)
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}/robot?key=sesame"
    with _running(server):
        yield gateway


@dataclass
class MailServer:
    """Envelopes and texts of the mails taken; `on_recipient` is the reply to RCPT TO."""

    port: int = 0
    mails: list[tuple[str, list[str], str]] = field(default_factory=list)
    on_recipient: str = "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server that is there as long as the block runs."""
    mail = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 fake")
            sender, recipients = "", []
            for raw in self.rfile:
                line = raw.decode().strip()
                verb = line[:4].upper()
                if verb in ("EHLO", "HELO"):
                    self._say("250 fake")
                elif verb == "MAIL":
                    sender = line.split("<")[1].split(">")[0]
                    self._say("250 OK")
                elif verb == "RCPT":
                    recipients.append(line.split("<")[1].split(">")[0])
                    self._say(mail.on_recipient)
                elif verb == "DATA":
                    self._say("354 go on")
                    mail.mails.append((sender, recipients, self._text()))
                    self._say("250 taken")
                elif verb == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 OK")

        def _text(self) -> str:
            lines = []
            for raw in self.rfile:
                if raw == b".\r\n":
                    break
                lines.append(raw.decode())
            return "".join(lines)

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    mail.port = server.server_address[1]
    with _running(server):
        yield mail


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port nobody listens on."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        port: int = server.server_address[1]
    yield port


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]
