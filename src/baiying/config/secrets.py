"""Keys of one installation, made at first start and kept in the data folder. Never printed, never logged."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

NAMES = ("secret_key", "tracking_key", "phone_key", "push_key")


@dataclass(frozen=True, repr=False)
class Secrets:
    secret_key: str
    tracking_key: str
    phone_key: str
    push_key: str
    # True where no data folder is at hand (type checks, tests): two processes would not agree on the keys.
    temporary: bool = False


def read_secrets(data: Path | None) -> Secrets:
    file = data / "secrets.json" if data else None
    if file is None or not file.exists():
        made = {name: secrets.token_urlsafe(48) for name in NAMES}
        return Secrets(**made, temporary=True)
    content = json.loads(file.read_text(encoding="utf-8"))
    # A street founded before there was web push gets that key at its next `up`.
    return Secrets(
        **{name: content[name] for name in NAMES if name != "push_key"}, push_key=content.get("push_key", "")
    )


def ensure_secrets(data: Path) -> None:
    """Make the keys that are missing; a key that exists is never changed, letters already sent depend on
    it.
    """
    file = data / "secrets.json"
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if all(name in content for name in NAMES):
        return
    for name in NAMES:
        content.setdefault(name, secrets.token_urlsafe(48))
    partial = data / "secrets.json.partial"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
