"""What time it is, for everything that happens to a case. One place, so that demonstrations and tests can tell a past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_told: ContextVar[datetime | None] = ContextVar("baiying_clock", default=None)


def now() -> datetime:
    """The present moment, aware; inside `telling`, the moment that is told of."""
    return _told.get() or timezone.now()


def today() -> date:
    """The street's date now."""
    return timezone.localdate(now())


@contextmanager
def telling(moment: datetime) -> Iterator[None]:
    """What is done inside happens at `moment` (aware). Only for demonstration data and tests."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
