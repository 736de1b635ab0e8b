"""The measure of the guard on the labelled set; docs/privacy.md tells the same figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

import pytest

from baiying.kit.privacy import find
from tests.kit.privacy.labels import Sentence, marked, sentences

KEPT = set("号室 ")  # may stay behind a covered door


@cache
def measured() -> dict[str, tuple[float, float, int]]:
    """By kind: recall, precision, passages of the whole set."""
    return measured_on(sentences())


def measured_on(read: Iterable[Sentence]) -> dict[str, tuple[float, float, int]]:
    """By kind: recall, precision, passages. A passage counts only when every character of it is covered."""
    whole: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for sentence in read:
        passages = find(sentence.text)
        hidden = {at for f in passages for at in range(f.start, f.end)}
        for kind, start, end in sentence.passages:
            whole[kind] += 1
            covered[kind] += all(at in hidden for at in range(start, end) if sentence.text[at] not in KEPT)
        for f in passages:
            found[f.kind] += 1
            right[f.kind] += _is_meant(sentence, f.start, f.end)
    return {kind: (covered[kind] / whole[kind], right[kind] / found[kind], whole[kind]) for kind in whole}


def _is_meant(sentence: Sentence, start: int, end: int) -> bool:
    return any(start < b and a < end for _kind, a, b in sentence.passages)


def test_identity_cards_and_telephones_are_found() -> None:
    for kind in ("id", "phone"):
        recall, precision, passages = measured()[kind]
        assert (recall >= 0.98, precision >= 0.98, passages >= 70) == (True, True, True), (
            kind,
            recall,
            precision,
        )


def test_cards_plates_addresses_of_mail_and_messengers_and_homes_are_found() -> None:
    kinds = ("card", "plate", "email", "wechat", "qq", "home")
    assert [kind for kind in kinds if measured()[kind][0] < 0.98] == []


def test_names_are_found_as_often_as_is_told() -> None:
    recall, precision, passages = measured()["name"]
    assert (recall >= 0.90, precision >= 0.98, passages >= 150) == (True, True, True), (recall, precision)


@pytest.mark.parametrize("half", ["open", "held_out"])
def test_hard_names_are_found_as_often_as_is_told(half: str) -> None:
    recall, precision, passages = measured_on(marked(half))["name"]
    assert (recall >= 0.66, precision >= 0.98, passages >= 110) == (True, True, True), (recall, precision)


def test_the_set_has_several_hundred_sentences_and_many_with_nothing_to_cover() -> None:
    all_of_them = list(sentences())
    assert len(all_of_them) > 500
    assert sum(not s.passages for s in all_of_them) >= 45
    assert [s.text for s in all_of_them if not s.passages and find(s.text)] == []
