"""When a letter goes out: quiet hours, the daily digest, the next channel, the telephone. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from baiying.kit.calendar import ZONE

MOST_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)

Move = Literal["send", "wait", "call", "end"]


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's quiet hours (both or none) and the hour of their digest, in the street's time."""

    quiet_from: time | None = None
    quiet_to: time | None = None
    digest_at: time | None = None


def after_quiet(at: datetime, hours: Hours) -> datetime:
    """The same moment, or the end of the quiet hours in which it lies."""
    if hours.quiet_from is None or hours.quiet_to is None or hours.quiet_from == hours.quiet_to:
        return at
    local = at.astimezone(ZONE)
    begins, ends, now = hours.quiet_from, hours.quiet_to, local.timetz().replace(tzinfo=None)
    if begins < ends:
        return _at(local, ends) if begins <= now < ends else at
    if now >= begins:
        return _at(local + timedelta(days=1), ends)
    return _at(local, ends) if now < ends else at


def next_digest(at: datetime, hours: Hours) -> datetime | None:
    """When the next digest goes out after `at`; None without one."""
    if hours.digest_at is None:
        return None
    local = at.astimezone(ZONE)
    today = _at(local, hours.digest_at)
    return today if today > at else _at(local + timedelta(days=1), hours.digest_at)


def _at(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.date(), hour, ZONE)


@dataclass(frozen=True, slots=True)
class Start:
    """When a sending may go out, and whether it waits for the digest."""

    at: datetime
    in_digest: bool = False


def start_of(now: datetime, hours: Hours, *, is_urgent: bool, read_by: datetime | None) -> Start:
    """Urgent: at once, whatever the hour. Else after the quiet hours, or in the digest if that is still in time."""
    if is_urgent:
        return Start(now)
    digest = next_digest(now, hours)
    if digest is not None and (read_by is None or digest < read_by):
        return Start(digest, in_digest=True)
    return Start(after_quiet(now, hours))


def step_due(
    position: int, count: int, posted_at: datetime, read_by: datetime, hours: Hours, *, is_urgent: bool
) -> datetime:
    """When the channel at `position` of `count` is begun; position = count: when the desk telephones.

    The time between posting and `read_by` is shared out evenly among the channels.
    """
    share = (read_by - posted_at) * position / max(count, 1) if position < count else read_by - posted_at
    due = posted_at + share
    return due if is_urgent else after_quiet(due, hours)


def next_move(
    *,
    position: int,
    count: int,
    now: datetime,
    read_by: datetime | None,
    has_inbox: bool,
    ends_in_call: bool,
    is_over: bool,
) -> Move:
    """What is done with a letter whose time has come. is_over: read or settled.

    A channel that failed makes the time come early: the next channel goes at once, but the telephone waits for
    `read_by`, because the letter still lies in the inbox.
    """
    if is_over:
        return "end"
    if position < count:
        return "send"
    if read_by is not None and has_inbox and now < read_by:
        return "wait"
    return "call" if read_by is not None or ends_in_call else "end"


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the n-th attempt that found the gateway away; None: enough of it.

    30 s, 1 min, 2 min ... up to an hour: eight attempts stretch over about two hours.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(FIRST_PAUSE * float(2 ** (attempts - 1)), LONGEST_PAUSE)
