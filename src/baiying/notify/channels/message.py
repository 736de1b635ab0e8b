"""A message as channels take it, and what a gateway said to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

MOST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser that shows messages: where its push service takes them, and the keys with which they are sealed."""

    id: UUID
    endpoint: str
    public_key: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """key: the same for every attempt, so that a gateway that knows idempotency sends it once.

    letter: the path of the letter itself in the inbox; receivers: the reader's browsers, for the channel `push` alone.
    """

    address: str
    title: str
    body: str = ""
    link: str = ""  # absolute
    key: str = ""
    letter: str = ""
    is_urgent: bool = False
    receivers: tuple[Receiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """taken: the gateway has it; away: not now, try again; refused: never with this address or these words.

    gone: receivers that do not exist any more.
    """

    kind: Literal["taken", "away", "refused"]
    text: str = ""
    gone: tuple[UUID, ...] = ()

    def without(self, gone: tuple[UUID, ...]) -> Answer:
        """The same answer, naming receivers that are no more."""
        return replace(self, gone=gone)

    @classmethod
    def taken(cls, text: str = "") -> Answer:
        """The gateway has taken the message."""
        return cls("taken", _short(text))

    @classmethod
    def away(cls, text: str) -> Answer:
        """It was not to be had, was too busy or had trouble of its own."""
        return cls("away", _short(text))

    @classmethod
    def refused(cls, text: str) -> Answer:
        """It will not take this message, however often it is asked."""
        return cls("refused", _short(text))


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_ANSWER]
