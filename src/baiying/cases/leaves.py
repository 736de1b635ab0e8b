"""Matters of the standard below an everyday category: which one a text names, and to which category it belongs.

The everyday list is what residents see; the standard is finer in places (one category of manhole covers, sixteen
matters). Nobody has labelled messages by matter, so a leaf bears no chance of its own: it is named where its own words
stand at the beginning of the text and those of no other leaf of the category do. How often that is right: docs/learning.md.
"""

from __future__ import annotations

from functools import lru_cache

from baiying.cases.reference import rows

BEGINNING = 100  # characters: people say first what it is about; further on a thing is mentioned in passing


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[tuple[str, str], ...]]:
    """By category: (word, code of the matter), the longest word first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows("leaves"):
        words = [(word, row["matter_code"]) for word in row["words"].split("|")]
        found.setdefault(row["everyday_code"], []).extend(words)
    return {code: tuple(sorted(words, key=lambda pair: -len(pair[0]))) for code, words in found.items()}


@lru_cache(maxsize=1)
def _parents() -> dict[str, str]:
    return {row["matter_code"]: row["everyday_code"] for row in rows("leaves")}


def parent_of(matter_code: str) -> str | None:
    """The everyday category that a matter (or the component of the same code) lies below."""
    return _parents().get(matter_code)


def leaf_named(category_code: str, text: str) -> tuple[str, str] | None:
    """(code of the matter, word that named it): the only leaf of the category whose words its beginning holds, else None."""
    named: dict[str, str] = {}
    left = text[:BEGINNING]
    for word, code in _words().get(category_code, ()):
        if word in left:
            left = left.replace(word, "\n")  # 电信井 does not speak of what stands inside it
            named.setdefault(code, word)
    return next(iter(named.items())) if len(named) == 1 else None
