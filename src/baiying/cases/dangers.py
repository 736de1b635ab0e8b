"""How likely a text is about something urgent, before a street has learnt anything: a number and the words that spoke.

A small linear model over groups of one to three characters, fitted by tools/fit_urgency.py to sentences that were
written and labelled for it (data/urgency_sentences.csv); its weights are a table (data/urgency_grams.csv). No numpy:
the arithmetic of a page. What the number is worth stands in docs/learning.md.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from baiying.cases.reference import danger_words, rows

MOST_CHARACTERS: Final = 400  # whoever needs help says so first
MOST_WORDS: Final = 4
THRESHOLD: Final = 0.5
_SILENT = re.compile(r"[\W_]+")
_BIAS: Final = ""  # the row without a gram


@dataclass(frozen=True, slots=True)
class Spoken:
    """The chance that it is urgent, and the words that spoke for it: those of danger, then the heaviest others."""

    probability: float
    words: tuple[str, ...]


def grams(text: str) -> set[str]:
    """Every one, two and three neighbouring letters or digits, without those across punctuation."""
    found: set[str] = set()
    folded = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    for part in _SILENT.split(folded):
        for length in (1, 2, 3):
            found.update(part[place : place + length] for place in range(len(part) - length + 1))
    return found


def spoken(text: str) -> Spoken:
    """What the words of the first day say of a text."""
    weights = _weights()
    known = [gram for gram in grams(text) if gram in weights]
    if not known:
        return Spoken(0.0, with_listed(text, ()))
    told = sum(weights[gram] for gram in known) / math.sqrt(len(known))
    probability = 1 / (1 + math.exp(-told - weights[_BIAS]))
    others = _heaviest(known, weights) if probability >= THRESHOLD else ()
    return Spoken(probability, with_listed(text, others))


def with_listed(text: str, others: Sequence[str]) -> tuple[str, ...]:
    """The words of danger in the text, and others that are no part of them."""
    listed = [word for word, _number in danger_words() if word in text]
    apart = [one for one in others if not any(one in word or word in one for word in listed)]
    return tuple([*listed, *apart][:MOST_WORDS])


def _heaviest(known: list[str], weights: dict[str, float]) -> tuple[str, ...]:
    """Groups of two and three that speak for it, none inside another."""
    chosen: list[str] = []
    for gram in sorted(known, key=lambda one: (-weights[one], one)):
        if weights[gram] > 0 and len(gram) > 1 and not any(gram in one or one in gram for one in chosen):
            chosen.append(gram)
    return tuple(chosen[:MOST_WORDS])


@lru_cache(maxsize=1)
def _weights() -> dict[str, float]:
    return {row["gram"]: float(row["weight"]) for row in rows("urgency_grams")}
