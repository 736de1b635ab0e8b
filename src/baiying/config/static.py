"""Static files with a digest in their address, without a copying step."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class DigestStorage(StaticFilesStorage):
    """`/static/a.css?v=1f2e3d4c`: a changed file has a new address, so every browser may keep the old one
    for long.
    """

    def url(self, name: str | None) -> str:
        address = super().url(name)
        digest = digest_of(name or "")
        return f"{address}?v={digest}" if digest else address


@lru_cache(maxsize=1024)
def digest_of(name: str) -> str:
    found: Any = finders.find(name.split("#")[0])
    if not isinstance(found, str):
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]
