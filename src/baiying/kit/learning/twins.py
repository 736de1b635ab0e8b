"""Texts that are the same message twice: sent again, or once whole and once without its little words.

A twin on both sides of a test would let a model be examined on what it learnt by heart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from baiying.kit.learning.grams import Places

_SHARED = 0.8  # of the shorter text's pairs of characters
_LEAST_PAIRS = 12
_ROWS = 500
_RUN = re.compile(r"[^\W_]{2,}")


def twin_of(texts: Sequence[str], among: Sequence[str]) -> Places:
    """For each text the place of its twin in the other list, or -1. Pairs of characters are compared as they
    stand, blanks apart, so that a segmented text meets the one it was made from.
    """
    if not texts or not among:
        return np.full(len(texts), -1, dtype=np.int64)
    mine, theirs = _matrices(texts, among)
    sizes = np.maximum(np.asarray(mine.sum(axis=1)).ravel(), 1)
    found = np.full(len(texts), -1, dtype=np.int64)
    others = theirs.T.tocsr()
    for start in range(0, len(texts), _ROWS):
        part = (mine[start : start + _ROWS] @ others).toarray() / sizes[start : start + _ROWS, None]
        best = part.argmax(axis=1)
        alike = (part.max(axis=1) >= _SHARED) & (sizes[start : start + _ROWS] >= _LEAST_PAIRS)
        found[start : start + _ROWS] = np.where(alike, best, -1)
    return found


def groups_of(texts: Sequence[str]) -> Places:
    """A number for each text that it shares with its twins of the same list."""
    group = np.arange(len(texts), dtype=np.int64)
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        group[place] = first.setdefault("".join(text.split()), place)
    return group


def _matrices(texts: Sequence[str], among: Sequence[str]) -> tuple[Any, Any]:
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}

    def rows(some: Sequence[str], known_only: bool) -> tuple[list[int], list[int]]:
        places, ends = [], [0]
        for text in some:
            pairs = _pairs(text)
            if known_only:
                places += [numbers[pair] for pair in pairs if pair in numbers]
            else:
                places += [numbers.setdefault(pair, len(numbers)) for pair in pairs]
            ends.append(len(places))
        return places, ends

    def matrix(places: list[int], ends: list[int]) -> Any:
        values = np.ones(len(places), dtype=np.float32)
        return csr_matrix((values, places, ends), shape=(len(ends) - 1, len(numbers)))

    mine, theirs = rows(texts, False), rows(among, True)
    return matrix(*mine), matrix(*theirs)


def _pairs(text: str) -> set[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return {run[i : i + 2] for run in _RUN.findall(folded) for i in range(len(run) - 1)}
