"""Texts as numbers: every one, two and three neighbouring letters or digits, counted per text.

No word segmentation: it was measured and gave nothing (docs/learning.md). A gram is one 63-bit key - three
code points of 21 bits - so a vocabulary is a sorted array and nothing has to be hashed or kept as strings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

LONGEST = 3
_BITS = np.uint64(21)
_BREAK = "\x00"
# Blanks between Chinese characters are a segmenter's, not the writer's; those between Latin words stay.
_SEGMENTED = re.compile(r"(?<![0-9a-z])\s+|\s+(?![0-9a-z])")
_SILENT = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """The text as it is compared: width and case folded, a segmenter's blanks gone, every run of punctuation
    one break.
    """
    folded = _SEGMENTED.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _SILENT.sub(_BREAK, folded)


@dataclass(frozen=True, slots=True)
class Document:
    """A text in parts that count differently: a title says more per character than what follows."""

    parts: tuple[str, ...]
    weights: tuple[float, ...]


def document(parts: Sequence[str]) -> Document:
    """The first of several parts is taken for a title and counts three times."""
    weights = (3.0,) + (1.0,) * (len(parts) - 1) if len(parts) > 1 else (1.0,)
    return Document(tuple(parts), weights)


@dataclass(frozen=True, slots=True)
class Counted:
    """The grams of one text, each once: keys in order, how often (weighted), and the sum over all of them."""

    keys: Keys
    counts: Numbers
    total: float


def code_points(text: str) -> Keys:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def keys_by_place(points: Keys) -> list[Keys]:
    """For lengths 1, 2, 3 the key of the gram that begins at each place; 0 where a break is in the way."""
    found = [points]
    for length in range(2, LONGEST + 1):
        before = found[-1][: len(points) - length + 1]
        last = points[length - 1 :]
        keys = before | (last << (_BITS * np.uint64(length - 1)))
        found.append(np.where((before == 0) | (last == 0), np.uint64(0), keys))
    return found


def counted(what: Document) -> Counted:
    """The grams of a text with how often each occurs, by the weights of its parts."""
    every, weight = [], []
    for part, worth in zip(what.parts, what.weights, strict=True):
        for keys in keys_by_place(code_points(plain(part))):
            kept = keys[keys != 0]
            every.append(kept)
            weight.append(np.full(len(kept), worth))
    keys, where = np.unique(np.concatenate(every), return_inverse=True)
    counts: Numbers = np.bincount(where, weights=np.concatenate(weight), minlength=len(keys)).astype(float)
    return Counted(keys, counts, float(counts.sum()))


def as_text(key: int) -> str:
    """The characters of a key."""
    return "".join(chr((key >> shift) & 0x1FFFFF) for shift in (0, 21, 42) if (key >> shift) & 0x1FFFFF)
