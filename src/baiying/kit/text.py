"""Chinese text: cleaning what people type, finding it by any two characters, and telephone numbers.

Search: `bigrams(text)` goes into a tsvector (array_to_tsvector), `query_bigrams(words)` into a tsquery.
Holding all lexemes of the query is *necessary* for containing it, not sufficient (they may stand apart), so
the hits are rechecked: `normalised(words) in normalised(text)`. Word segmentation is not used: it missed
half of the true matches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Invalid, worded

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters but tab and newline; lone surrogates; invisible marks that let a text show other than
# it is stored (bidi overrides, zero width space, BOM); non-characters. Zero width joiner and variation
# selectors stay: emoji are made of them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufdd0-\ufdef"
    "\ufffe\uffff]"
)


def clean(text: str, *, most: int = 10_000, field: str = "text") -> str:
    """The text as it is kept: NFC, newlines as \\n, no control characters, no spaces at the ends; emoji stay.

    Raises Invalid (`too_long`) for more than `most` characters, counted after cleaning. May return "".
    """
    if len(text) <= 4 * most:  # far too long a text is not worth the work of cleaning
        text = unicodedata.normalize("NFC", _UNWANTED.sub("", _BREAKS.sub("\n", text))).strip()
    if len(text) > most:
        raise Invalid(
            code="too_long",
            field=field,
            problem=worded(_("写了 %(count)s 个字，最多 %(most)s 个字。"), count=len(text), most=most),
            remedy=_("请写短一些，或者分两次提交。"),
        )
    return text


# The wide signs of ordinary Chinese writing and what NFKC makes of them: put in beforehand, a text of the usual kind is
# seen to be composed at a glance, for a tenth of the time. Searches normalise hundreds of texts for a page.
_WIDE: Final = tuple(zip("，！？：；（）", ",!?:;()", strict=True))


def normalised(text: str) -> str:
    """The form in which texts are compared: compatibility forms and case folded (Ａ = a, ⑤ = 5), spaces as
    one.

    Line breaks stay apart from spaces only in that both become one blank.
    """
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    # Folding and composing can each undo the other; a few rounds settle all of Unicode.
    for _round in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if folded == text:
            break
        text = folded
    return " ".join(text.split())


@lru_cache(maxsize=8192)
def _is_gap(char: str) -> bool:
    """Whether nothing is paired across the character: blanks, punctuation, controls. Symbols and emoji are
    paired.
    """
    category = unicodedata.category(char)
    return category[0] in "ZP" or category in ("Cc", "Cf", "Cs")


def _runs(text: str) -> list[tuple[str, bool, bool]]:
    """Runs of visible characters: (run, begins the text, ends the text)."""
    found: list[tuple[str, bool, bool]] = []
    start: int | None = None
    for position, char in enumerate(text):
        if _is_gap(char):
            if start is not None:
                found.append((text[start:position], start == 0, False))
                start = None
        elif start is None:
            start = position
    if start is not None:
        found.append((text[start:], start == 0, True))
    return found


def _pairs(run: str) -> Iterable[str]:
    return (run[i : i + 2] for i in range(len(run) - 1))


def bigrams(text: str) -> list[str]:
    """Lexemes for the index: every two neighbouring visible characters of the normalised text, each once,
    in order.

    All scripts alike, also across them ("3号楼" -> "3号", "号楼"), so any two consecutive characters find
    the text. A character standing alone between gaps (blanks, punctuation) is a lexeme by itself.
    """
    lexemes: dict[str, None] = {}
    for run, _begins, _ends in _runs(normalised(text)):
        if len(run) == 1:
            lexemes[run] = None
        else:
            lexemes.update(dict.fromkeys(_pairs(run)))
    return list(lexemes)


def query_bigrams(text: str) -> list[str]:
    """Lexemes that every text containing this one holds: set(query_bigrams(q)) <= set(bigrams(t)) for each
    q in t.

    A single character at an edge of the query may be part of a longer run in the text and is left to the
    recheck; so the list is empty for a one-character query, which no index can serve: ask for two.
    """
    lexemes: dict[str, None] = {}
    for run, begins, ends in _runs(normalised(text)):
        if len(run) > 1:
            lexemes.update(dict.fromkeys(_pairs(run)))
        elif not begins and not ends:
            lexemes[run] = None
    return list(lexemes)


def as_tsquery(lexemes: Iterable[str]) -> str:
    """Text to be cast to tsquery: all lexemes joined by &, each quoted. Empty for none."""
    escaped = (lexeme.replace("\\", "\\\\").replace("'", "''") for lexeme in lexemes)
    return " & ".join(f"'{lexeme}'" for lexeme in escaped)


def first_words(text: str, most: int = 30) -> str:
    """The beginning of a text on one line, as a title: at most `most` (>= 2) characters, cut at a clause's
    end when one ends in the second half, and with … when something is left out.
    """
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    for position in range(len(head) - 1, len(head) // 2, -1):
        if head[position] in "。！？；，、,;!? ":
            head = head[:position]
            break
    return head.rstrip("\u200d\ufe0f") + "…"


_MOBILE = re.compile(r"1[3-9]\d{9}\Z")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})(?:(?:转|ext|x)(\d{1,6}))?\Z")
_LOCAL = re.compile(r"[2-8]\d{6,7}\Z")
_SERVICE = re.compile(r"[48]00\d{7}\Z")
_FOREIGN = re.compile(r"\+(?!86)[1-9]\d{7,14}\Z")
_PHONE_NOISE = re.compile(r"[\s\-()\u2010-\u2015\u2212\u30fc.·]+")


def normalise_phone(text: str) -> str | None:
    """A telephone number in one form, or None when it is none.

    Mainland mobile "13805330000"; land line "0533-7180000", with extension "0533-7180000-801"; local number
    without area code "7180000"; "4001234567"; other countries "+14155550100" (E.164). Full-width digits,
    blanks, dashes, brackets and +86 do not matter.
    """
    if len(text) > 60:
        return None
    bare = _PHONE_NOISE.sub("", unicodedata.normalize("NFKC", text).lower())
    if bare.startswith("00") and not bare.startswith("000"):
        bare = "+" + bare[2:]
    if not bare.isascii() and "转" not in bare:
        return None
    for prefix in ("+86", "86"):
        rest = bare.removeprefix(prefix)
        if rest != bare and (_MOBILE.match(rest) or _LANDLINE.match("0" + rest) or _LANDLINE.match(rest)):
            bare = rest if _MOBILE.match(rest) or rest.startswith("0") else "0" + rest
            break
    if _MOBILE.match(bare) or _LOCAL.match(bare) or _SERVICE.match(bare) or _FOREIGN.match(bare):
        return bare
    landline = _LANDLINE.match(bare)
    return "-".join(part for part in landline.groups() if part) if landline else None


def looks_like_phone(text: str) -> bool:
    """Whether the whole text is a telephone number."""
    return normalise_phone(text) is not None


def mask_phone(phone: str) -> str:
    """The number with its middle hidden: "138****0000", "0533-***0000"; the last four stay, for recognising
    it.
    """
    bare = phone.strip()
    if _MOBILE.match(bare):
        return f"{bare[:3]}****{bare[-4:]}"
    if len(bare) <= 4:
        return "*" * len(bare)
    area, dash, number = bare.partition("-")
    if dash and len(number) > 4:
        return f"{area}-***{number[-4:]}"
    return f"***{bare[-4:]}"
