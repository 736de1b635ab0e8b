"""The secret of a tracking link and the keyed hash of a phone number; neither is stored in clear."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings


def tracking_secret(case_id: UUID, epoch: int) -> str:
    """20 characters that only the reporter is given; raising the case's epoch makes a leaked link worthless."""
    digest = hmac.digest(settings.TRACKING_KEY.encode(), f"{case_id}|{epoch}".encode(), hashlib.sha256)
    return (
        base64.b32encode(digest[:15]).decode()[:20].lower()
    )  # 15 bytes hold the 20 characters, and no padding


def is_tracking_secret(given: str, case_id: UUID, epoch: int) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.strip().lower().encode(), tracking_secret(case_id, epoch).encode())


def phone_hash(phone: str) -> str:
    """HMAC-SHA256 of a normalised number: equal numbers can be found, none can be read."""
    return hmac.digest(settings.PHONE_KEY.encode(), phone.encode(), hashlib.sha256).hex()
