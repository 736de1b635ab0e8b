"""Questions that belong to a category (data/questions.csv): what they ask, and whether an answer fits.

Answers become part of the case's words, so that whoever handles it reads them; those chosen from a list, numbers and
times are kept by their codes besides, with the first line of the timeline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from baiying.cases.reference import rows
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.language import is_english
from baiying.kit.refusals import Gathered, Invalid, Words, worded

MOST_ANSWER = {"string": 200, "text": 1_000}
LISTS = ("singlevaluelist", "multivaluelist")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list."""

    key: str
    name: str
    name_en: str

    @property
    def said(self) -> str:
        """In the reader's language."""
        return self.name_en if is_english() and self.name_en else self.name


@dataclass(frozen=True, slots=True)
class Question:
    """One question. datatype: string | number | datetime | text | singlevaluelist | multivaluelist."""

    code: str
    order: int
    datatype: str
    is_required: bool
    is_asked: bool  # False: a notice to be read, nothing is answered
    text: str
    text_en: str
    hint: str
    hint_en: str
    choices: tuple[Choice, ...]

    @property
    def said(self) -> str:
        """The question in the reader's language."""
        return self.text_en if is_english() and self.text_en else self.text

    @property
    def hint_said(self) -> str:
        """The hint in the reader's language."""
        return self.hint_en if is_english() and self.hint_en else self.hint


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `values` are keys of a list, or one number, time or text as it is kept."""

    question: Question
    values: tuple[str, ...]

    @property
    def line(self) -> str:
        """`井盖怎么了：没有井盖`, in the street's own language: it goes into the words of the case."""
        names = {choice.key: choice.name for choice in self.question.choices}
        return f"{self.question.text}：{'、'.join(names.get(v, v) for v in self.values)}"


@lru_cache
def _by_category() -> dict[str, tuple[Question, ...]]:
    found: dict[str, list[Question]] = {}
    for row in rows("questions"):
        english = dict(_pairs(row["values_en"]))
        choices = tuple(Choice(key, name, english.get(key, "")) for key, name in _pairs(row["values"]))
        found.setdefault(row["category"], []).append(
            Question(
                code=row["code"],
                order=int(row["order"]),
                datatype=row["datatype"],
                is_required=row["required"] == "true",
                is_asked=row["asked"] == "true",
                text=row["text"],
                text_en=row["text_en"],
                hint=row["hint"],
                hint_en=row["hint_en"],
                choices=choices,
            )
        )
    return {code: tuple(sorted(asked, key=lambda q: q.order)) for code, asked in found.items()}


def _pairs(said: str) -> list[tuple[str, str]]:
    return [(key, name) for key, _equals, name in (one.partition("=") for one in said.split("|") if one)]


def questions_of(category: str) -> tuple[Question, ...]:
    """The questions of a category by its code, in their order; empty for most."""
    return _by_category().get(category, ())


def answers_in(category: str, given: Mapping[str, Sequence[str]]) -> list[Answer]:
    """What was answered to the questions of a category; empty answers are none, unknown codes are left alone.

    Raises the refusals of all questions at once: a required one without an answer, a key that is not in the list,
    several where one is wanted, no number, no time, too long. Their field is the question's code.
    """
    found, gathered = [], Gathered()
    for question in questions_of(category):
        values = [v.strip() for v in given.get(question.code, ()) if v.strip()]
        if not question.is_asked:
            continue
        with gathered.one():
            if values:
                found.append(Answer(question, _checked(question, values)))
            elif question.is_required:
                raise Invalid(
                    code="answer_missing", field=question.code,
                    problem=worded(_("没有回答“%(question)s”。"), question=question.said), remedy=_remedy(question),
                )  # fmt: skip
    gathered.settle()
    return found


def answer_of(category: str, code: str, values: Sequence[str]) -> Answer | None:
    """A kept answer that may be shown to anybody: chosen from a list, a number or a time; None for free words."""
    question = next((q for q in questions_of(category) if q.code == code), None)
    if question is None or question.datatype in MOST_ANSWER:
        return None
    return Answer(question, tuple(values))


def _checked(question: Question, values: list[str]) -> tuple[str, ...]:
    known = {choice.key for choice in question.choices}
    if question.datatype in LISTS and not set(values) <= known:
        raise _wrong(question)
    if question.datatype == "multivaluelist":
        return tuple(dict.fromkeys(values))
    if len(values) > 1:
        raise _wrong(question)
    if question.datatype == "number":
        return (_number(question, values[0]),)
    if question.datatype == "datetime":
        return (_moment(question, values[0]),)
    if len(values[0]) > MOST_ANSWER.get(question.datatype, 200):
        raise Invalid(
            code="answer_too_long", field=question.code,
            problem=worded(_("“%(question)s”的回答太长。"), question=question.said),
            remedy=worded(_("最多 %(most)s 个字，其余请写进描述。"), most=MOST_ANSWER.get(question.datatype, 200)),
        )  # fmt: skip
    return (values[0],)


def _number(question: Question, value: str) -> str:
    try:
        number = float(value) if len(value) <= 30 else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _wrong(question)
    return f"{number:g}"


def _moment(question: Question, value: str) -> str:
    try:
        at = datetime.fromisoformat(value[:40])
    except ValueError:
        raise _wrong(question) from None
    at = at if at.tzinfo else at.replace(tzinfo=ZONE)
    if at > clock.now():
        raise _wrong(question)
    return at.isoformat(timespec="seconds")


def _wrong(question: Question) -> Invalid:
    return Invalid(
        code="answer_wrong", field=question.code,
        problem=worded(_("“%(question)s”的回答用不了。"), question=question.said), remedy=_remedy(question),
    )  # fmt: skip


def _remedy(question: Question) -> Words:
    if question.choices:
        return worded(
            _("请从这些里选：%(keys)s。"), keys=", ".join(f"{c.key} ({c.said})" for c in question.choices)
        )
    if question.datatype == "datetime":
        return _("请写成 2026-11-23T14:05:00+08:00，不能是将来。")
    return _("请写一个数字。") if question.datatype == "number" else _("请补上这一项。")
