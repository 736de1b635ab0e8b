"""Any two neighbouring characters find a text; what is kept is clean; numbers are recognised and masked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from baiying.kit import text as kit_text
from baiying.kit.refusals import Invalid
from baiying.kit.text import (
    as_tsquery,
    bigrams,
    clean,
    first_words,
    looks_like_phone,
    mask_phone,
    normalise_phone,
    normalised,
    query_bigrams,
)

words = st.text() | st.text("路灯坏了 3号楼a-b,。\n👍🏽ＡﬀßİΣς①㎡é́", max_size=30)


@given(words, st.data())
def test_every_substring_is_found(text: str, data: st.DataObject) -> None:
    whole = normalised(text)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    assert set(query_bigrams(whole[start:end])) <= set(bigrams(text))


@given(words)
@example("ΰ\u0301")
@example("ẞ ﬁ ϓ́")
def test_normal_form_is_stable(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def plainly_normalised(text: str) -> str:
    while True:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if folded == text:
            return " ".join(text.split())
        text = folded


@given(st.text("，！？：；（）,!?:;()。好ＡﬁΣé\u0301\u0338\u20d2 ", max_size=30) | words)
@example("；\u0301（\u20dd")
def test_normal_form_is_what_unicode_says(text: str) -> None:
    assert normalised(text) == plainly_normalised(text)


@given(words)
def test_any_two_neighbours_make_a_query(text: str) -> None:
    whole, lexemes = normalised(text), set(bigrams(text))
    for pair in (whole[i : i + 2] for i in range(len(whole) - 1)):
        if not any(kit_text._is_gap(char) for char in pair):
            assert pair in lexemes


def test_bigrams_cross_scripts_but_not_gaps() -> None:
    assert bigrams("3号楼 电梯，坏 A１座") == ["3号", "号楼", "电梯", "坏", "a1", "1座"]
    assert bigrams("路灯路灯") == ["路灯", "灯路"]
    assert bigrams("，。 \n") == []


def test_query_leaves_edges_to_the_recheck() -> None:
    assert query_bigrams("灯") == []
    assert query_bigrams("灯，坏") == []
    assert query_bigrams("路灯，坏，了吗") == ["路灯", "坏", "了吗"]


def test_tsquery_quotes_whatever_comes() -> None:
    assert as_tsquery(["路灯", "a'", "b\\"]) == "'路灯' & 'a''' & 'b\\\\'"
    assert as_tsquery([]) == ""


@given(st.text(max_size=200))
def test_clean_text_can_be_kept(text: str) -> None:
    kept = clean(text)
    kept.encode()
    assert "\0" not in kept and "\r" not in kept
    assert clean(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)


def test_clean_keeps_what_people_mean() -> None:
    assert clean(" 你好\r\n世界\t👨‍👩‍👧 ❤️\x00\ud800\u202e。\u200b ") == "你好\n世界\t👨‍👩‍👧 ❤️。"
    assert clean("e\u0301") == "é"
    assert clean("\x00\u200b") == ""


def test_too_long_text_is_refused_with_numbers() -> None:
    assert clean("字" * 10_000) == "字" * 10_000
    for count in (10_001, 1_000_000):
        with pytest.raises(Invalid) as refused:
            clean("字" * count, field="title")
        assert (refused.value.code, refused.value.field) == ("too_long", "title")
        assert str(count) in str(refused.value.problem)


def test_first_words_end_at_a_clause() -> None:
    assert first_words("路灯坏了", 10) == "路灯坏了"
    assert first_words("三号楼门口的路灯坏了，晚上很黑，老人不敢出门", 14) == "三号楼门口的路灯坏了…"
    assert first_words("一二三四五六七八九十", 5) == "一二三四…"
    assert first_words("第一行\n第二行", 10) == "第一行 第二行"


@given(st.text(), st.integers(2, 50))
def test_first_words_keep_their_limit(text: str, most: int) -> None:
    assert len(first_words(text, most)) <= most
    assert "\n" not in first_words(text, most)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13805330000", "13805330000"),
        ("+86 138-0533-0000", "13805330000"),
        ("0086 138 0533 0000", "13805330000"),
        ("１３８０５３３００００", "13805330000"),
        ("0533-7180000", "0533-7180000"),
        ("（0533）7180000", "0533-7180000"),
        ("+86 533 7180000", "0533-7180000"),
        ("0533-7180000转801", "0533-7180000-801"),
        ("010-65120000", "010-65120000"),
        ("7180000", "7180000"),
        ("400-123-4567", "4001234567"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("12345", None),
        ("12805330000", None),
        ("1380533000", None),
        ("138053300001", None),
        ("电话", None),
        ("", None),
        ("1" * 1000, None),
        ("+8613805", None),
    ],
)
def test_phone_numbers_have_one_form(written: str, number: str | None) -> None:
    assert normalise_phone(written) == number
    assert looks_like_phone(written) is (number is not None)


@given(st.text())
def test_phone_reading_never_fails_and_is_stable(text: str) -> None:
    number = normalise_phone(text)
    if number is not None:
        assert normalise_phone(number.replace("-", "转") if number.count("-") > 1 else number) is not None


def test_masked_numbers_show_the_last_four_only() -> None:
    assert mask_phone("13805330000") == "138****0000"
    assert mask_phone("0533-7180000") == "0533-***0000"
    assert mask_phone("7180000") == "***0000"
    assert mask_phone("12") == "**"
