"""What makes a push message one that only the browser can read, and ours: RFC 8291 (aes128gcm) and RFC 8292 (VAPID).

The cipher, the curve and the key derivation are the library's (cryptography); it is loaded when it is first needed,
which is never where web push is off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

# How many points the curve P-256 has (FIPS 186-5); private keys are the numbers from 1 to one less.
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RECORD_SIZE: Final = 4096
POINT_BYTES, SECRET_BYTES, KEY_BYTES = 65, 16, 32
TOKEN_SECONDS: Final = 12 * 3600  # push services refuse more than a day


def encoded(raw: bytes) -> str:
    """Base64 as addresses and browsers write it, without the signs that fill up."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of such base64. Raises ValueError."""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error


def key_from(seed: str) -> bytes:
    """A private key that follows from a secret of the installation: evenly spread, and the same each time."""
    number = int.from_bytes(hashlib.sha512(b"web push " + seed.encode()).digest()) % (ORDER - 1) + 1
    return number.to_bytes(KEY_BYTES)


def key_in(text: str) -> bytes:
    """A private key as other programs write it (base64 of 32 bytes). Raises ValueError."""
    raw = decoded(text)
    if len(raw) != KEY_BYTES or not 0 < int.from_bytes(raw) < ORDER:
        raise ValueError("not a private key of P-256")
    return raw


@lru_cache(maxsize=4)
def public_key(key: bytes) -> str:
    """The public half, as a browser wants to have it."""
    return encoded(_point(_private(key).public_key()))


def are_keys(public: str, secret: str) -> bool:
    """Whether these can be the keys of a browser: a point of the curve and 16 bytes."""
    try:
        _public(decoded(public))
        return len(decoded(secret)) == SECRET_BYTES
    except ValueError:
        return False


def sealed(
    words: bytes, *, public: str, secret: str, own: EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """A body of one record that only the browser with these keys can open (RFC 8291, section 3.4).

    own and salt are new for each message; a test gives those of the RFC's example.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    receiver = _public(decoded(public))
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    shared, ours = own.exchange(ec.ECDH(), receiver), _point(own.public_key())
    ikm = _derived(decoded(secret), shared, b"WebPush: info\0" + _point(receiver) + ours, 32)
    cipher = AESGCM(_derived(salt, ikm, b"Content-Encoding: aes128gcm\0", 16))
    nonce = _derived(salt, ikm, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_SIZE.to_bytes(4) + len(ours).to_bytes(1) + ours
    return head + cipher.encrypt(nonce, words + b"\x02", None)  # 2: this record is the last


def authorization(key: bytes, *, endpoint: str, subject: str) -> str:
    """The header by which a push service knows that we are the ones to whom the browser said yes (RFC 8292)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": subject,
    }
    said = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_private(key).sign(said.encode(), ec.ECDSA(SHA256())))
    token = f"{said}.{encoded(r.to_bytes(KEY_BYTES) + s.to_bytes(KEY_BYTES))}"
    return f"vapid t={token}, k={public_key(key)}"


def _private(key: bytes) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(int.from_bytes(key), ec.SECP256R1())


def _public(point: bytes) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(point) != POINT_BYTES:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _point(key: EllipticCurvePublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
