"""What kinds of things there are: the residents' everyday list on top of the standard's catalogue, by date.

Held in the process for a minute: a few hundred rows that every request needs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from baiying.cases.leaves import parent_of
from baiying.cases.models import Category, Matter, Reason, StandardText
from baiying.cases.reference import KINDS, danger_words
from baiying.kit.refusals import Invalid

OTHER = "other"
_KEPT_FOR = 60.0  # seconds


@dataclass(frozen=True, eq=False)
class _Held:
    read_at: float
    categories: list[Category]
    by_code: dict[str, list[Category]]
    matters: dict[str, Matter]
    reasons: dict[str, Reason]
    texts: list[StandardText]


_held: _Held | None = None


def _catalogue() -> _Held:
    global _held
    if _held is None or time.monotonic() - _held.read_at > _KEPT_FOR:
        categories = list(Category.objects.select_related("matter").order_by("position", "id"))
        by_code: dict[str, list[Category]] = {}
        for category in categories:
            by_code.setdefault(category.code, []).append(category)
        matters = {f"{m.kind}:{m.code}": m for m in Matter.objects.all()}
        reasons = {r.code: r for r in Reason.objects.order_by("id")}
        texts = list(StandardText.objects.order_by("id"))
        _held = _Held(time.monotonic(), categories, by_code, matters, reasons, texts)
    return _held


def forget() -> None:
    """Read again at the next call; after reference data was loaded."""
    global _held
    _held = None


def _in_force(valid_from: date, valid_to: date | None, on: date) -> bool:
    return valid_from <= on and (valid_to is None or on <= valid_to)


def categories(on: date) -> list[Category]:
    """The everyday list in force on a day, in its order."""
    return [c for c in _catalogue().categories if _in_force(c.valid_from, c.valid_to, on)]


def all_categories() -> list[Category]:
    """Every category, in force or not."""
    return _catalogue().categories


def category_with_code(code: str, on: date) -> Category | None:
    """The everyday category of this code in force on a day, else None."""
    found = _catalogue().by_code.get(code, [])
    return next((c for c in found if _in_force(c.valid_from, c.valid_to, on)), None)


def category(category_id: int) -> Category | None:
    """A category by id, in force or not."""
    return next((c for c in _catalogue().categories if c.id == category_id), None)


def matter_with_code(code: str, on: date) -> Matter | None:
    """The matter (事件) of this code of the standard in force on a day, else None."""
    found = _catalogue().matters.get(f"matter:{code}")
    return found if found is not None and _in_force(found.valid_from, found.valid_to, on) else None


def reason(code: str) -> Reason | None:
    """A listed reason by its code, else None."""
    return _catalogue().reasons.get(code)


def reasons_for(step: str) -> list[Reason]:
    """The listed reasons of a step, in the order of the list."""
    return [r for r in _catalogue().reasons.values() if r.step == step]


def standard_texts_for(step: str) -> list[StandardText]:
    """The ready-made sentences for the reporter that fit a step."""
    return [t for t in _catalogue().texts if t.step == step]


def ids_of(codes: Iterable[str]) -> list[int]:
    """The ids of these categories, of every version by date."""
    held = _catalogue()
    return [c.id for code in codes for c in held.by_code.get(code, [])]


def category_for(
    code: str | None, text: str, *, on: date, anonymous: bool = False
) -> tuple[Category, int | None]:
    """(category, matter id) for a code of the everyday list or of the standard (`06010`, `matter:06010`).

    Without a code the category is the suggested one (`anonymous`: see there). Raises Invalid for an unknown
    code, naming the remedy.
    """
    if code is None or code == "":
        chosen = suggested(text, on=on, anonymous=anonymous)
        return chosen, chosen.matter_id
    held = _catalogue()
    for candidate in held.by_code.get(code, []):
        if _in_force(candidate.valid_from, candidate.valid_to, on):
            return candidate, candidate.matter_id
    matter = held.matters.get(code) or held.matters.get(f"matter:{code}")
    if matter is not None and _in_force(matter.valid_from, matter.valid_to, on):
        everyday = next((c for c in categories(on) if c.matter_id == matter.id), None)
        above = category_with_code(parent_of(matter.code) or "", on)
        return everyday or above or _other(on), matter.id
    raise Invalid(
        field="category",
        problem=_("没有“%(code)s”这个类别。") % {"code": code[:40]},
        remedy=_("用 GET /api/v1/categories 里的代码，或不填，由系统建议。"),
    )


def _other(on: date) -> Category:
    return next(c for c in categories(on) if c.code == OTHER)


def suggested(text: str, *, on: date, anonymous: bool = False) -> Category:
    """The category whose keywords occur most in the text (longer words weigh more), else "other".

    anonymous: only such as may be reported without a name; a guess must not ask for a telephone number.
    """
    listed, words_at = _words(_catalogue(), on)
    scores: dict[int, int] = {}
    for pair in {text[i : i + 2] for i in range(len(text) - 1)}:
        for number, word in words_at.get(pair, ()):
            if len(word) == 2 or word in text:
                scores[number] = scores.get(number, 0) + len(word)
    best, best_score = None, 0
    for number in sorted(scores):  # of equals the first in the list
        if scores[number] > best_score and (listed[number].anonymous_allowed or not anonymous):
            best, best_score = listed[number], scores[number]
    return best or _other(on)


@lru_cache(maxsize=4)
def _words(held: _Held, on: date) -> tuple[list[Category], dict[str, list[tuple[int, str]]]]:
    """The categories in force, and their keywords by the first two characters: (number in the list, word)."""
    listed = [c for c in held.categories if _in_force(c.valid_from, c.valid_to, on)]
    words_at: dict[str, list[tuple[int, str]]] = {}
    for number, category in enumerate(listed):
        for word in category.keywords.split("|"):
            if len(word) >= 2:
                words_at.setdefault(word[:2], []).append((number, word))
    return listed, words_at


def kind_for(code: str | None, category: Category) -> str:
    """The kind (咨询 求助 投诉 举报 建议) given, else the usual one of the category. Raises Invalid when unknown."""
    if code is None or code == "":
        return category.default_kind
    if code not in KINDS:
        raise Invalid(
            field="kind",
            problem=_("没有“%(code)s”这种性质。") % {"code": code[:40]},
            remedy=_("可用：%(kinds)s。") % {"kinds": "、".join(KINDS)},
        )
    return code


def danger_in(text: str) -> str | None:
    """The number to call at once (110, 119, 120, 122) when the text speaks of danger to life, else None."""
    return next((number for word, number in danger_words() if word in text), None)
