"""The actor behind an API token, believed for a few seconds: programs send hundreds of requests with the same one."""

from __future__ import annotations

import threading
import time

from baiying.org.rules import Actor
from baiying.org.services import actor_of_token

_actors: dict[str, tuple[float, Actor]] = {}
_lock = threading.Lock()
_REMEMBERED_FOR = 5.0  # seconds: how long a revoked token may still be believed


def actor_behind(token: str) -> Actor | None:
    """Whoever the token acts for, or None when it is unknown, expired or revoked."""
    held = _actors.get(token)
    if held is not None and time.monotonic() - held[0] < _REMEMBERED_FOR:
        return held[1]
    actor = actor_of_token(token)
    with _lock:
        if actor is None:
            _actors.pop(token, None)
            return None
        if len(_actors) > 1000:
            _actors.clear()
        _actors[token] = (time.monotonic(), actor)
    return actor


def forget() -> None:
    """Believe nobody until they were looked up again."""
    with _lock:
        _actors.clear()
