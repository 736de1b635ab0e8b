"""References are speakable, self-checking and forgiving; row ids rise."""

from __future__ import annotations

import threading
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baiying.kit.ids import check_reference, make_reference, parse_reference, uuid7
from baiying.kit.refusals import Invalid

short_codes = st.integers(0, 9999).map("{:04d}".format)
serials = st.integers(0, 10**12 - 1)


def test_reference_has_the_documented_form() -> None:
    assert make_reference("5002", 104673) == "5002-104673-5"
    assert make_reference("5002", 7) == "5002-000007-" + make_reference("5002", 7)[-1]
    assert make_reference("5002", 12345678).split("-")[1] == "12345678"


@given(short_codes, serials)
def test_reference_is_read_back_however_it_is_written(short_code: str, serial: int) -> None:
    reference = make_reference(short_code, serial)
    bare = reference.replace("-", "")
    wide = reference.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    spoken = " ".join(bare)
    for text in (reference, bare, wide, spoken, f"  {reference}\n", reference.replace("-", "——")):
        assert parse_reference(text) == reference


@given(short_codes, serials, st.data())
def test_reference_with_one_wrong_digit_is_refused(short_code: str, serial: int, data: st.DataObject) -> None:
    reference = make_reference(short_code, serial)
    position = data.draw(st.sampled_from([i for i, char in enumerate(reference) if char != "-"]))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != reference[position]]))
    assert parse_reference(reference[:position] + wrong + reference[position + 1 :]) is None


@pytest.mark.parametrize("text", ["", "-", "5002", "路灯坏了", "5002-10467a-8", "1" * 500, "\0"])
def test_what_is_no_reference_is_refused_by_name(text: str) -> None:
    assert parse_reference(text) is None
    with pytest.raises(Invalid) as refused:
        check_reference(text, field="ref")
    assert (refused.value.code, refused.value.field) == ("reference_malformed", "ref")


def test_mistyped_reference_is_told_apart_from_a_malformed_one() -> None:
    with pytest.raises(Invalid) as refused:
        check_reference("5002-104673-0")
    assert refused.value.code == "reference_mistyped"
    assert check_reference("5002 104673 5") == "5002-104673-5"


def test_serial_padded_beyond_six_digits_is_no_second_spelling() -> None:
    assert all(parse_reference(f"50020104673{check}") is None for check in range(10))


@pytest.mark.parametrize(
    ("short_code", "serial"), [("502", 1), ("５００２", 1), ("5002", -1), ("5002", 10**12)]
)
def test_impossible_reference_is_a_fault_of_ours(short_code: str, serial: int) -> None:
    with pytest.raises(ValueError, match=r"short code|out of range"):
        make_reference(short_code, serial)


def test_uuid7_is_version_seven_and_rises() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made) and len(set(made)) == len(made)
    assert {(u.version, u.variant) for u in made} == {(7, RFC_4122)}


def test_uuid7_carries_the_time_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baiying.kit.ids._last_tick", 0)
    monkeypatch.setattr("baiying.kit.ids.time.time_ns", lambda: 1_790_000_000_123_500_000)
    first, second = uuid7(), uuid7()
    assert first.int >> 80 == 1_790_000_000_123
    assert (first.int >> 64) & 0xFFF == 2048
    assert (second.int >> 64) & 0xFFF == 2049


def test_uuid7_never_repeats_across_threads() -> None:
    made: list[list[UUID]] = [[] for _ in range(4)]

    def make(into: list[UUID]) -> None:
        into.extend(uuid7() for _ in range(3000))

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one == sorted(one) for one in made)
    assert len({u for one in made for u in one}) == 12_000
