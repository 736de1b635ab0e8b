"""What a text is likely to be about, of which kind it is and how urgent, each with the words that spoke for it.

Works without having learnt anything: names and keywords of the everyday list, and a residents' lexicon. Plain
arithmetic over words that are found by their first two characters, so a page may ask while it is drawn. Where the
street has learnt from its own closed cases (`learnt`), that speaks first. Intake keeps its own, quicker way
(`catalogue.suggested`). Figures: docs/learning.md.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from baiying.cases import catalogue, dangers, learnt, leaves
from baiying.cases.models import Category, Matter
from baiying.cases.reference import KINDS, rows
from baiying.kit.learning.blending import blended

THRESHOLD = 0.5  # below it nothing is chosen for anybody
THREE = 3
MOST_WORDS = 4
_LEXICON_WEIGHT = 0.8  # of a lexicon's word against one of the list's own
_MOST_TIMES = 3
# How soon the strongest category stands out, and how many words it takes to be sure of anything: fitted to
# real messages by their broad labels. What the chances are worth stands in docs/learning.md.
_SHARPNESS, _DOUBT = 1.5, 1.0
_KIND_SHARPNESS, _USUAL_KIND = 0.6, 3.0


@dataclass(frozen=True, slots=True)
class Likely:
    """A category with its probability and the words of the text that spoke for it, strongest first.

    leaf: the matter of the standard below the category that the text names by a word of its own, if it names one.
    """

    category: Category
    probability: float
    words: tuple[str, ...]
    leaf: Matter | None = None
    leaf_word: str = ""

    @property
    def matter(self) -> Matter | None:
        """The leaf, else the category's own matter; None where the standard has none."""
        return self.leaf or self.category.matter


@dataclass(frozen=True, slots=True)
class LikelyKind:
    kind: str
    probability: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """At most three categories, likeliest first; the likeliest kind, if any; how likely it is urgent.

    urgent: the words that spoke for urgency - those of danger always, so that nobody overlooks them.
    """

    categories: tuple[Likely, ...]
    kind: LikelyKind | None
    urgent: tuple[str, ...]
    urgency: float

    @property
    def sure(self) -> Likely | None:
        """The first category when it may be chosen beforehand, else None."""
        first = self.categories[0] if self.categories else None
        return first if first and first.probability >= THRESHOLD else None


def suggestion(text: str, *, on: date, tenant_id: int | None = None) -> Suggestion:
    """What the words of a text speak for on a day; nothing is suggested where no word is known.

    tenant_id: the street whose learning counts, if it has learnt anything.
    """
    likely = tuple(_with_leaf(one, text, on) for one in _likely(text, on, tenant_id))
    urgent = urgency(text, tenant_id=tenant_id)
    return Suggestion(likely, _kind(text, likely, tenant_id), urgent.words, urgent.probability)


def urgency(text: str, *, tenant_id: int | None = None) -> dangers.Spoken:
    """How likely a text is urgent, and the words that spoke for it; by what the street learnt where it has."""
    first = dangers.spoken(text)
    said = learnt.says(tenant_id, text, learnt.URGENCY) if tenant_id is not None and text.strip() else None
    if said is None:
        return first
    chance = blended(said.chances, first_urgency(first))[learnt.URGENT]
    more = said.words_for(learnt.URGENT, MOST_WORDS) if chance >= THRESHOLD else ()
    return dangers.Spoken(chance, dangers.with_listed(text, more))


def first_urgency(first: dangers.Spoken) -> dict[str, float]:
    """The chances of both answers as they are said where no urgency was learnt."""
    return {learnt.URGENT: first.probability, learnt.ORDINARY: 1 - first.probability}


def kinds_unlearnt(text: str, *, on: date, tenant_id: int) -> dict[str, float]:
    """Chances of kinds as they are said where no kinds were learnt: by words and by the likely categories."""
    return _kind_chances(_kinds_spoken(text), _likely(text, on, tenant_id))


def _with_leaf(one: Likely, text: str, on: date) -> Likely:
    named = leaves.leaf_named(one.category.code, text)
    leaf = catalogue.matter_with_code(named[0], on) if named else None
    return replace(one, leaf=leaf, leaf_word=named[1]) if named and leaf else one


def _likely(text: str, on: date, tenant_id: int | None) -> tuple[Likely, ...]:
    likely = listed(text, on=on)
    said = learnt.says(tenant_id, text) if tenant_id is not None and text.strip() else None
    return likely if said is None else _with_learnt(said, likely, on)


def listed(text: str, *, on: date) -> tuple[Likely, ...]:
    """What the words of the list and the lexicon alone speak for."""
    return _categories(
        text.casefold(), {c.code: c for c in catalogue.categories(on) if c.code != catalogue.OTHER}
    )


def _with_learnt(said: learnt.Said, likely: tuple[Likely, ...], on: date) -> tuple[Likely, ...]:
    """Three of what was learnt and what is listed; categories that are no longer in force are left out."""
    in_force = {c.code: c for c in catalogue.categories(on)}
    by_list = {one.category.code: one for one in likely}
    chances = blended(said.chances, {code: one.probability for code, one in by_list.items()})
    best = sorted((code for code in chances if code in in_force), key=lambda code: (-chances[code], code))
    return tuple(
        Likely(
            in_force[code],
            chances[code],
            said.words_for(code, MOST_WORDS) if code in said.chances else by_list[code].words,
        )
        for code in best[:THREE]
    )


def _categories(text: str, listed: dict[str, Category]) -> tuple[Likely, ...]:
    words_at = _lexicon(tuple((c.code, c.name, c.keywords) for c in listed.values()))
    spoke: dict[str, dict[str, float]] = {}
    for word, bearers in _found(text, words_at):
        often = 1 + math.log(min(text.count(word), _MOST_TIMES))
        for code, weight in bearers:
            spoke.setdefault(code, {})[word] = weight * len(word) * often / math.sqrt(len(bearers))
    strength = {code: sum(words.values()) ** _SHARPNESS for code, words in spoke.items()}
    whole = sum(strength.values()) + _DOUBT
    best = sorted(strength, key=lambda code: (-strength[code], code))[:THREE]
    return tuple(Likely(listed[code], strength[code] / whole, _strongest(spoke[code])) for code in best)


def _kind(text: str, likely: tuple[Likely, ...], tenant_id: int | None) -> LikelyKind | None:
    spoke = _kinds_spoken(text)
    chances = _kind_chances(spoke, likely)
    said = learnt.says(tenant_id, text, learnt.KIND) if tenant_id is not None and text.strip() else None
    if said is not None:
        chances = blended(said.chances, chances)
    if not chances:
        return None
    best = max(chances, key=lambda kind: (chances[kind], kind))
    words = said.words_for(best, MOST_WORDS) if said is not None else ()
    return LikelyKind(best, chances[best], words or _strongest(spoke.get(best, {})))


def _kinds_spoken(text: str) -> dict[str, dict[str, float]]:
    """By kind the words that speak for it, with their weights."""
    spoke: dict[str, dict[str, float]] = {}
    for word, bearers in _found(text.casefold(), _kind_words()):
        for kind, weight in bearers:
            spoke.setdefault(kind, {})[word] = weight
    return spoke


def _kind_chances(spoke: dict[str, dict[str, float]], likely: tuple[Likely, ...]) -> dict[str, float]:
    """Of every kind, by its words and by what is usual for the likely categories; none where nothing speaks."""
    if not spoke and not likely:
        return {}
    strength = dict.fromkeys(KINDS, 0.0)  # kinds that no word spoke for count as well
    for kind, words in spoke.items():
        strength[kind] = sum(words.values())
    for one in likely:
        usual = one.category.default_kind
        strength[usual] = strength.get(usual, 0.0) + _USUAL_KIND * one.probability
    heard = {kind: math.exp(_KIND_SHARPNESS * value) for kind, value in strength.items()}
    whole = sum(heard.values())
    return {kind: value / whole for kind, value in heard.items()}


Bearers = tuple[tuple[str, float], ...]
WordsAt = dict[str, list[tuple[str, Bearers]]]


def _found(text: str, words_at: WordsAt) -> list[tuple[str, Bearers]]:
    pairs = {text[place : place + 2] for place in range(len(text) - 1)}
    return [
        (word, bearers)
        for start in pairs | set(text)
        for word, bearers in words_at.get(start, ())
        if len(word) <= 2 or word in text
    ]


def _strongest(words: dict[str, float]) -> tuple[str, ...]:
    """The heaviest words, without those that stand inside a chosen one."""
    chosen: list[str] = []
    for word in sorted(words, key=lambda one: (-words[one], one)):
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return tuple(chosen[:MOST_WORDS])


def _by_start(weights: dict[str, dict[str, float]]) -> WordsAt:
    words_at: WordsAt = {}
    for word, bearers in weights.items():
        words_at.setdefault(word[:2], []).append((word, tuple(bearers.items())))
    return words_at


@lru_cache(maxsize=4)
def _lexicon(listed: tuple[tuple[str, str, str], ...]) -> WordsAt:
    weights: dict[str, dict[str, float]] = {}
    for code, name, keywords in listed:
        for word in (*keywords.split("|"), *re.split(r"\W+", name)):
            if len(word) >= 2:
                weights.setdefault(word.casefold(), {})[code] = 1.0
    known = {code for code, _name, _keywords in listed}
    for row in rows("lexicon"):
        if row["everyday_code"] in known:
            weights.setdefault(row["word"], {}).setdefault(row["everyday_code"], _LEXICON_WEIGHT)
    return _by_start(weights)


@lru_cache(maxsize=1)
def _kind_words() -> WordsAt:
    weights: dict[str, dict[str, float]] = {}
    for row in rows("kind_words"):
        weights.setdefault(row["word"], {})[row["kind"]] = float(row["weight"])
    return _by_start(weights)
