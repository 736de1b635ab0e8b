"""Calls deep below a roomy one take no memory from the operating system and give none back."""

from __future__ import annotations

import resource
from collections.abc import Callable

import pytest

from baiying.kit.stack_room import with_room

TIMES = 300
DEPTHS = range(0, 200, 10)


def below(depth: int, work: Callable[[], None]) -> None:
    """Work, `depth` calls further down."""
    if depth:
        below(depth - 1, work)
    else:
        work()


def down_and_up(calls: int) -> int:
    return down_and_up(calls - 1) if calls else 0


def many_small_calls() -> None:
    for _ in range(TIMES):
        down_and_up(40)


def pages_taken(call: Callable[[], None]) -> int:
    """Pages of memory that the operating system handed out meanwhile."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    call()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_no_depth_takes_memory_at_every_call() -> None:
    roomy = with_room(below)
    roomy(max(DEPTHS), many_small_calls)
    taken = [pages_taken(lambda depth=depth: roomy(depth, many_small_calls)) for depth in DEPTHS]  # type: ignore[misc]
    assert [pages for pages in taken if pages >= TIMES] == []


def test_answers_names_and_errors_pass_through() -> None:
    def shared(cake: int, *, by: int) -> float:
        """Pieces."""
        return cake / by

    roomy = with_room(shared)
    assert (roomy(6, by=3), roomy.__name__, roomy.__doc__) == (2, "shared", "Pieces.")
    with pytest.raises(ZeroDivisionError):
        roomy(6, by=0)
