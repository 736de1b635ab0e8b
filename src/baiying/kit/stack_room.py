"""Room on the interpreter's stack for all that one call will call in turn.

CPython keeps the frames of Python functions in chunks of 16 KiB. A call that no longer fits gets a chunk of its own from
the operating system, and when it returns the chunk is given back: some microseconds, and again for the next call at
that depth. A template is drawn some fifty calls below the web server, just where the first chunk ends, and by thousands
of small calls: a page of the list took 23 ms to draw instead of 8. CPython issue 142183; mended upstream in later
releases of 3.13 and 3.14, not in 3.11 and 3.12.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ROOM: Final = 64 * 1024  # bytes: some three hundred calls below one another
_SLOT: Final = 8  # bytes of one place in a frame


def with_room(call: Callable[P, R]) -> Callable[P, R]:
    """The same callable, with everything that it calls in one chunk.

    A frame that asks for more than a chunk gets one that is large enough for it, and - chunks are powers of two -
    about as much again for the frames above it.
    """

    def roomy(*args: P.args, **named: P.kwargs) -> R:
        return call(*args, **named)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOM // _SLOT)
    return functools.wraps(call)(roomy)
