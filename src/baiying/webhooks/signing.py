"""Secrets that nobody stores, and signatures after the Standard Webhooks specification (v1, HMAC-SHA256)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

PREFIX = "whsec_"


def secret_of(subscription_id: UUID, salt: str) -> str:
    """`whsec_…`: derived from the installation's key, so that the database alone reveals none; a new salt, a new secret."""
    said = f"webhooks|{subscription_id}|{salt}".encode()
    digest = hmac.digest(settings.SECRET_KEY.encode(), said, hashlib.sha256)
    return PREFIX + base64.b64encode(digest).decode()


def headers_for(secret: str, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp`, `webhook-signature`: over id, timestamp and body, joined by full stops."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, *, now: int, within: int = 300) -> bool:
    """Whether a message is ours and not older than `within` seconds; what a receiver does."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > within:
        return False
    wanted = headers_for(secret, message_id=headers["webhook-id"], timestamp=int(timestamp), body=body)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one, wanted["webhook-signature"]) for one in given)
