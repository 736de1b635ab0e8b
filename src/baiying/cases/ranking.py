"""How well a case answers a search: its match, told in days, added to the day it was received.

A better match makes a case rank as if it were newer, so the order is a plain sum that anybody can check, and does not
change from one day to the next. The weights are ours (a local choice): no standard says what a clerk looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

DAYS_A_POINT: Final = 30.0
FIRST_WORDS: Final = 30  # characters in which people say what it is about
AGAIN: Final = 0.5  # each further time, twice at most
AT_FIRST: Final = 1.0
IN_PLACE: Final = 1.5
TOGETHER: Final = 2.0
_DAY: Final = 86_400.0


def points(words: Sequence[str], text: str, where: str) -> float:
    """How well normalised words match a normalised text and place: 0 (nowhere) to 6.5.

    One for a word that occurs in the text, half for each of two further times, one when it stands among the first
    words, one and a half when the place is called so; the mean over the words. Two more when all of them stand
    together in the order asked for.
    """
    found = sum(_of_word(word, text, where) for word in words) / len(words)
    if len(words) > 1 and any(
        joined in text or joined in where for joined in (" ".join(words), "".join(words))
    ):
        found += TOGETHER
    return found


def _of_word(word: str, text: str, where: str) -> float:
    times = min(3, text.count(word))
    found = 0.0 if not times else 1 + AGAIN * (times - 1)
    if word in text[: FIRST_WORDS + len(word)]:
        found += AT_FIRST
    return found + (IN_PLACE if word in where else 0.0)


def rank(words: Sequence[str], text: str, where: str, received_at: datetime) -> float:
    """The day it was received, later by DAYS_A_POINT for each point; the greatest is shown first."""
    return received_at.timestamp() / _DAY + DAYS_A_POINT * points(words, text, where)
