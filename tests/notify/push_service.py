"""A push service on this machine, and browsers that are registered with it: they open what comes with their own keys.

The browser's half of RFC 8291 is written here a second time, over the standard library's HMAC, so that a fault of ours
does not undo itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from baiying.kit import clock
from baiying.notify.channels import Receiver
from baiying.notify.gateways import Push
from baiying.notify.models import Device
from baiying.notify.sealing import decoded, encoded, key_from, public_key
from baiying.org.rules import Scope, acting
from tests.cast import Cast

KEY = key_from("a secret of the street")
SUBJECT = "mailto:baiying@street.example"


@dataclass
class Browser:
    """Somebody's browser: it knows the private half of its keys, our server the rest."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"sixteen bytes ok"

    @property
    def point(self) -> bytes:
        return _point(self.private.public_key())

    @property
    def said(self) -> dict[str, str]:
        """What the page sends when its reader agrees."""
        return {"endpoint": self.endpoint, "public_key": encoded(self.point), "secret": encoded(self.auth)}

    def receiver(self, number: Any) -> Receiver:
        return Receiver(number, **self.said)

    def opened(self, body: bytes) -> Any:
        """What a sealed body says (RFC 8188, 8291)."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        ikm = _hkdf(self.auth, shared, b"WebPush: info\0" + self.point + theirs, 32)
        key = _hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16)
        plain = AESGCM(key).decrypt(_hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12), sealed, None)
        assert plain.rstrip(b"\0")[-1:] == b"\x02"
        return json.loads(plain.rstrip(b"\0")[:-1])


@dataclass
class PushService:
    """What came in; `answer` gives the status for the path of a browser. Wrong signatures are answered with 403."""

    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[str], int] = lambda _path: 201

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def gateway(self) -> Push:
        return Push((self.host,), KEY, SUBJECT)

    def browser(self, name: str = "a") -> Browser:
        return Browser(f"https://{self.host}/wp/{name}")

    def is_ours(self, authorization: str) -> bool:
        """Whether the header is signed by the key that the browsers were given, for us, and not for too long."""
        token, _comma, key = authorization.removeprefix("vapid t=").partition(", k=")
        said, _dot, signature = token.rpartition(".")
        claims, raw = json.loads(decoded(said.split(".")[1])), decoded(signature)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
        numbers = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public.verify(numbers, said.encode(), ec.ECDSA(hashes.SHA256()))
        return (
            key == public_key(KEY)
            and json.loads(decoded(said.split(".")[0])) == {"typ": "JWT", "alg": "ES256"}
            and (claims["aud"], claims["sub"]) == (f"https://{self.host}", SUBJECT)
            and 0 < claims["exp"] - time.time() <= 86400
        )


@contextmanager
def push_service(certificate: Path) -> Iterator[PushService]:
    """Answers under https://localhost as long as the block runs; `certificate` is trusted through SSL_CERT_FILE."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.asked.append({"path": self.path, "body": body, "headers": dict(self.headers)})
            status = service.answer(self.path) if service.is_ours(self.headers["Authorization"]) else 403
            self.send_response(status)
            if status == 301:
                self.send_header("Location", f"https://{service.host}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_device(cast: Cast, person: str) -> UUID:
    """A browser of somebody's in the table, as if they had let it in; it carries a marker of the outsider test."""
    made = Device(
        id=uuid4(), tenant_id=cast.tenant.id, account_id=cast.accounts[person].id,
        endpoint="https://push.example/独有标记己", added_at=clock.now(), told_at=clock.now(),
    )  # fmt: skip
    with acting(Scope(cast.tenant.id, "street")):
        made.save(force_insert=True)
    return made.id


def make_certificate(file: Path) -> Path:
    """A key and a certificate for localhost, signed by itself, in one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, one round: never more than 32 bytes are wanted."""
    first = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(first, info + b"\x01", hashlib.sha256)[:length]
