"""The same text with its digits, letters and signs in one form, character for character: positions stay true."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

# Full-width signs, circled and mathematical digits; whatever one character becomes one of ASCII.
_RANGES: Final = (
    range(0xFF01, 0xFF5F),
    range(0x2460, 0x2469),
    range(0x2776, 0x277F),
    range(0x1D7CE, 0x1D800),
    range(0x2070, 0x208F),
)
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe63\u4e28\u2500"
_DOTS: Final = "·•・‧∙⋅"


def _folds() -> dict[int, str]:
    folds = {code: unicodedata.normalize("NFKC", chr(code)) for each in _RANGES for code in each}
    folds = {code: to for code, to in folds.items() if len(to) == 1 and to.isascii()}
    folds |= {0x2776 + n: str(n + 1) for n in range(9)}
    folds |= dict.fromkeys((ord(c) for c in _DASHES), "-")
    folds |= dict.fromkeys((ord(c) for c in _DOTS), "·")
    # Blanks of all widths, and marks that show as nothing (text.clean takes away the others).
    folds |= dict.fromkeys((0x3000, 0xA0, 0x09, 0x200B, 0x200C, 0x200D, 0xFEFF, *range(0x2000, 0x200B)), " ")
    folds[ord("×")] = "x"
    folds[ord("№")] = "#"
    return folds


_FOLDS: Final = _folds()
# As spoken: 幺 one, 两 two, 洞 nought, 拐 seven, 勾 nine.
_HAN: Final = {ord(han): digit for hans, digit in zip(
    ("零〇○洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七拐柒", "八捌", "九勾玖"), "0123456789", strict=True,
) for han in hans}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` as it came; `plain` in one form; `spoken` with Chinese digits as digits too. All of one length."""

    text: str
    plain: str
    spoken: str


def fold(text: str) -> Folded:
    """The three forms of a text."""
    plain = text if text.isascii() else text.translate(_FOLDS)
    return Folded(text, plain, plain if text.isascii() else plain.translate(_HAN))


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A passage that others must not read: text[start:end], and what it is (see `masking.SHOWN`)."""

    start: int
    end: int
    kind: str


class Taken:
    """What was found so far; the first finder of a passage keeps it."""

    def __init__(self, length: int) -> None:
        self._is_taken = bytearray(length)
        self.found: list[Found] = []

    def is_free(self, start: int, end: int) -> bool:
        return not any(self._is_taken[start:end])

    def take(self, start: int, end: int, kind: str) -> bool:
        """Whether the passage was free and is now taken."""
        if start >= end or not self.is_free(start, end):
            return False
        self._is_taken[start:end] = b"\x01" * (end - start)
        self.found.append(Found(start, end, kind))
        return True

    def take_rest(self, start: int, end: int, kind: str) -> None:
        """Take what of the passage is still free."""
        at = start
        while at < end:
            if self._is_taken[at]:
                at += 1
                continue
            stop = at
            while stop < end and not self._is_taken[stop]:
                stop += 1
            self.take(at, stop, kind)
            at = stop
