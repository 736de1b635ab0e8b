"""Quiet hours, digests, shares of time, and the order of falling back against an obvious reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from baiying.kit.calendar import ZONE
from baiying.notify import timing
from baiying.notify.timing import Hours, Start

NIGHT = Hours(time(22), time(7))
NOON = Hours(time(12), time(14))


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("hours", "now", "then"),
    [
        (NIGHT, at(21, 59), at(21, 59)),
        (NIGHT, at(22), at(7, day=24)),
        (NIGHT, at(6, 59), at(7)),
        (NIGHT, at(7), at(7)),
        (NOON, at(12), at(14)),
        (NOON, at(14), at(14)),
        (NOON, at(11, 59), at(11, 59)),
        (Hours(), at(3), at(3)),
        (Hours(time(8), time(8)), at(8), at(8)),
    ],
)
def test_quiet_hours_end_before_a_letter_goes(hours: Hours, now: datetime, then: datetime) -> None:
    assert timing.after_quiet(now, hours) == then


@given(some.integers(0, 1439), some.integers(0, 1439), some.integers(0, 1439))
def test_nothing_starts_in_quiet_hours_nor_a_minute_later_than_needed(
    begins: int, ends: int, now: int
) -> None:
    hours = Hours(time(*divmod(begins, 60)), time(*divmod(ends, 60)))
    moment = at(*divmod(now, 60))
    then = timing.after_quiet(moment, hours)

    def is_quiet(minute: int) -> bool:
        return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends

    waited = int((then - moment).total_seconds()) // 60
    slow = next(n for n in range(1440) if not is_quiet((now + n) % 1440))
    assert waited == slow


@pytest.mark.parametrize(
    ("now", "is_urgent", "read_by", "start"),
    [
        (at(9), False, None, Start(at(17), in_digest=True)),
        (at(9), True, None, Start(at(9))),
        (at(23), True, None, Start(at(23))),
        (at(17), False, None, Start(at(17, day=24), in_digest=True)),
        (at(9), False, at(16), Start(at(9))),
        (at(9), False, at(18), Start(at(17), in_digest=True)),
        (at(23), False, at(12, day=24), Start(at(7, day=24))),
    ],
)
def test_urgent_goes_through_and_the_rest_waits_when_it_may(
    now: datetime, is_urgent: bool, read_by: datetime | None, start: Start
) -> None:
    hours = Hours(time(22), time(7), time(17))
    assert timing.start_of(now, hours, is_urgent=is_urgent, read_by=read_by) == start


def test_time_is_shared_out_evenly() -> None:
    due = [
        timing.step_due(n, 3, at(9), at(12), Hours(), is_urgent=False)
        for n in range(4)
    ]  # fmt: skip
    assert due == [at(9), at(10), at(11), at(12)]


def test_attempts_grow_apart_and_end() -> None:
    pauses = [timing.pause_after(n) for n in range(1, 9)]
    assert pauses == [*(timedelta(seconds=30 * 2**n) for n in range(7)), None]


# -- falling back: the room's arithmetic against a slow, obvious walk -----------------------------------------


@dataclass
class Story:
    """A letter, played by the rules: what was begun when."""

    channels: int
    read_by: int | None
    has_inbox: bool
    ends_in_call: bool
    begun: list[int] = field(default_factory=list)
    called_at: int | None = None


def played(story: Story, fails: list[bool], read_at: int | None) -> Story:
    """Minute by minute; a channel that fails does so at once. Uses next_move and step_due as services do."""
    start, position, due = at(9), 0, 0
    read_by = start + timedelta(minutes=story.read_by) if story.read_by is not None else None
    next_due: int | None = 0 if story.channels or not story.has_inbox else story.read_by
    for minute in range(200):
        due = minute
        while next_due is not None and next_due <= due:
            is_over = read_at is not None and read_at <= minute
            move = timing.next_move(
                position=position, count=story.channels, now=start + timedelta(minutes=minute), read_by=read_by,
                has_inbox=story.has_inbox, ends_in_call=story.ends_in_call, is_over=is_over,
            )  # fmt: skip
            next_due = None
            has_failed = False
            if move == "send":
                has_failed = fails[position]
                story.begun.append(minute)
                position += 1
            elif move == "call":
                story.called_at = minute
            if move in ("send", "wait") and read_by is not None:
                then = timing.step_due(position, story.channels, start, read_by, Hours(), is_urgent=True)
                next_due = -(-int((then - start).total_seconds()) // 60)
            if has_failed:
                next_due = minute
    return story


@given(
    some.integers(0, 4), some.one_of(some.none(), some.integers(1, 120)), some.booleans(), some.booleans(),
    some.lists(some.booleans(), min_size=4, max_size=4), some.one_of(some.none(), some.integers(0, 150)),
)  # fmt: skip
def test_fall_back_keeps_the_order_and_telephones_last(
    channels: int,
    read_by: int | None,
    has_inbox: bool,
    ends_in_call: bool,
    fails: list[bool],
    read_at: int | None,
) -> None:
    story = played(Story(channels, read_by, has_inbox, ends_in_call), fails, read_at)
    assert story.begun == sorted(story.begun) and len(story.begun) <= channels
    assert all(read_at is None or begun < read_at for begun in story.begun)
    # Slow reference: channel n starts when its share of the time comes, or at once when all before it failed.
    wanted, ready = [], 0
    for n in range(channels):
        share = None if read_by is None else -(-read_by * n // channels)
        is_pushed = n > 0 and fails[n - 1]
        if n and share is None and not is_pushed:
            break
        moment = ready if n == 0 or is_pushed else max(ready, share or 0)
        if read_at is not None and moment >= read_at:
            break
        wanted.append(moment)
        ready = moment
    assert story.begun == wanted
    if story.called_at is not None:
        assert len(story.begun) == channels
        assert read_at is None or story.called_at < read_at
        assert read_by is not None or ends_in_call
        assert not (has_inbox and read_by is not None) or story.called_at >= read_by
    elif read_by is not None and (read_at is None or read_at > read_by):
        pytest.fail("nobody read it in time, and nobody telephoned")
