"""Photos of a report that is still being written: drawn anew already, under random names, for one day.

A page refers to them only inside its sealed draft, so nobody can claim a photo that another one sent.
"""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import Final

import msgspec
from django.conf import settings
from django.core import signing

from baiying.kit.photos import Photo

KEPT_FOR: Final = 24 * 3600  # seconds
_NAME: Final = re.compile(r"[0-9a-f]{32}\Z")
_SIGNER: Final = signing.Signer(salt="baiying.staged_photo")


def put(photo: Photo) -> str:
    """Keep the photo for a day; returns its random name."""
    name = secrets.token_hex(16)
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.msgpack.encode(photo))
    partial.chmod(0o600)
    partial.replace(path)
    return name


def get(name: str) -> Photo | None:
    """The photo of this name, or None when its day is over."""
    if not _NAME.match(name):
        return None
    try:
        return msgspec.msgpack.decode(_path(name).read_bytes(), type=Photo)
    except (OSError, msgspec.DecodeError):
        return None


def token_of(name: str) -> str:
    """The name, signed: what the address of its small picture carries."""
    return _SIGNER.sign(name)


def name_in(token: str) -> str | None:
    """The name in a token of ours, else None."""
    try:
        return _SIGNER.unsign(token)
    except signing.BadSignature:
        return None


def clean() -> int:
    """Delete what is older than a day, unfinished uploads too; returns how many. For the worker."""
    count = 0
    oldest = time.time() - KEPT_FOR
    folder = Path(settings.STAGING_ROOT)
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
                count += 1
        except FileNotFoundError:  # another worker was here
            continue
    return count


def _path(name: str) -> Path:
    return Path(settings.STAGING_ROOT) / f"{name}.photo"
