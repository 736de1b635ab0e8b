"""The reference files hang together: the standard's lists are whole, everyday words and messages point into them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "baiying"
CASES, STREET = SOURCE / "cases" / "data", SOURCE / "street" / "data"
DISPATCH = SOURCE / "dispatch" / "data"
CHANNELS = {"web", "phone", "visit", "wechat", "app", "api", "hotline", "grid", "letter", "other"}
LABELS = {"城乡建设", "环境保护", "交通运输", "教育文体", "劳动和社会保障", "商贸旅游", "卫生计生"}
GRADED = [
    "matters",
    "everyday",
    "kinds",
    "danger_words",
    "reasons",
    "standard_texts",
    "lexicon",
    "kind_words",
    "leaves",
]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MATTERS = rows(CASES / "matters.csv")
EVERYDAY = rows(CASES / "everyday.csv")
MESSAGES = rows(STREET / "messages.csv")


def names(layer: str) -> set[str]:
    collection = json.loads((STREET / f"{layer}.geojson").read_text(encoding="utf-8"))
    return {feature["properties"]["name"] for feature in collection["features"]}


@pytest.mark.parametrize("name", GRADED)
def test_every_row_has_source_grade_and_dates(name: str) -> None:
    for row in rows(CASES / f"{name}.csv"):
        assert None not in row and None not in row.values()
        assert row["source"] and row["grade"] in {"A", "B", "C", "D"}
        date.fromisoformat(row["valid_from"])
        assert row["valid_to"] == "" or date.fromisoformat(row["valid_to"])


def test_the_standards_lists_are_whole() -> None:
    assert Counter(row["kind"] for row in MATTERS) == {"component": 153, "matter": 250}
    keys = Counter((row["standard_ref"], row["kind"], row["code"]) for row in MATTERS)
    assert max(keys.values()) == 1
    assert all(len(row["code"]) == 5 and row["class_code"] == row["code"][:2] for row in MATTERS)
    assert all(row["name_en"].isascii() for row in MATTERS)


def test_facility_matters_repeat_the_components() -> None:
    components = {row["code"]: row["name"] for row in MATTERS if row["kind"] == "component"}
    facility = {row["code"]: row["name"] for row in MATTERS if row["kind"] == "matter" and row["code"] < "06"}
    odd = {"01066": "紧急报警点异常SOS"}
    assert facility == {code: odd.get(code, f"{name}异常") for code, name in components.items()}


def test_predecessors_follow_the_rule_and_only_where_it_was_shown() -> None:
    checked = {"06001", "06007", "06010", "06011", "06012", "06036", "07001", "07003", "08011", "09001", "09005",
               "09006", "09009", "09010"}  # fmt: skip
    with_one = [row for row in MATTERS if row["predecessor_code"]]
    assert {row["code"] for row in with_one if row["predecessor_grade"] == "C"} == checked
    for row in with_one:
        assert (row["kind"], row["predecessor_ref"]) == ("matter", "GB/T 30428.2")
        assert row["predecessor_code"] == f"{int(row['code'][:2]) - 5:02}-{int(row['code'][2:]):02}"
        assert any(row["code"][:2] == code[:2] and row["code"] <= code for code in checked)
    assert {row["code"][:2] for row in with_one} == {"06", "07", "08", "09"}


def test_everyday_words_point_to_what_exists() -> None:
    matters = {row["code"] for row in MATTERS if row["kind"] == "matter"}
    units = {row["code"] for row in rows(STREET / "units.csv") if row["tenant_code"] == "370305002"}
    kinds = {row["code"] for row in rows(CASES / "kinds.csv")}
    assert kinds == {"consultation", "help", "complaint", "report", "suggestion"}
    assert len({row["code"] for row in EVERYDAY}) == len(EVERYDAY) >= 40
    for row in EVERYDAY:
        assert row["matter_code"] in matters | {""}
        assert row["suggested_unit_code"] in units | {""}
        assert row["default_kind"] in kinds
        assert {row["anonymous_allowed"], row["danger"], row["sensitive"]} <= {"true", "false"}
        assert 1 <= int(row["limit_days"]) <= 5
        assert row["name_en"].isascii() and row["group_en"].isascii()
    assert {row["broad_label"] for row in EVERYDAY} >= LABELS
    assert len({(row["group_code"], row["group"], row["group_en"]) for row in EVERYDAY}) == len(
        {row["group_code"] for row in EVERYDAY}
    )


def test_keywords_lead_to_one_category() -> None:
    words = Counter(word for row in EVERYDAY for word in row["keywords"].split("|"))
    assert [word for word, count in words.items() if count > 1 or len(word) < 2 or not word] == []


def test_danger_words_say_whom_to_call() -> None:
    codes = {row["code"] for row in EVERYDAY}
    for row in rows(CASES / "danger_words.csv"):
        assert row["number"] in {"110", "119", "120", "122"}
        assert row["advice"] and row["advice_en"].isascii()
        assert row["everyday_code"] in codes | {""}


def test_every_limit_names_source_grade_and_validity() -> None:
    for row in rows(DISPATCH / "limits.csv"):
        assert row["source"] and row["grade"] in {"A", "B", "C", "D"} and row["valid_from"], row


def test_default_profile_has_every_limit() -> None:
    shandong = {row["step"]: row for row in rows(DISPATCH / "limits.csv") if row["profile"] == "shandong"}
    assert (shandong["handle"]["value"], shandong["handle"]["unit"]) == ("5", "working_day")
    assert (shandong["reopen"]["value"], shandong["reopen"]["unit"]) == ("10", "natural_day")
    assert {"accept", "hand_out", "acknowledge", "extend", "wait_for_reporter", "rate"} <= set(shandong)


def test_every_profile_has_every_number_around_orders() -> None:
    found = rows(DISPATCH / "order_rules.csv")
    numbers = {row["rule"] for row in found}
    assert {(row["profile"], row["rule"]) for row in found} == {
        (profile, rule) for profile in ("shandong", "beijing", "national") for rule in numbers
    }
    (returned,) = (r for r in found if (r["profile"], r["rule"]) == ("shandong", "return_within"))
    assert (returned["value"], returned["unit"], returned["grade"]) == ("2", "working_day", "B")


def test_declining_says_who_can_help() -> None:
    reasons = rows(CASES / "reasons.csv")
    assert len({row["code"] for row in reasons}) == len(reasons)
    assert {"decline", "return", "no_photo", "park"} <= {row["step"] for row in reasons}
    for row in reasons:
        assert bool(row["who_can_help"]) == bool(row["who_can_help_en"]) == (row["step"] == "decline")


def test_messages_are_different_and_cover_the_everyday_list() -> None:
    assert len({row["text"] for row in MESSAGES}) == len(MESSAGES) >= 180
    assert {row["everyday_code"] for row in MESSAGES} == {row["code"] for row in EVERYDAY}
    kinds = {row["code"] for row in rows(CASES / "kinds.csv")}
    assert {row["kind"] for row in MESSAGES} == kinds
    assert {row["channel"] for row in MESSAGES} <= CHANNELS
    assert {row["outcome_hint"] for row in MESSAGES} == {"solved", "explained", "unsolved"}
    assert {row["rating"] for row in MESSAGES} == {"满意", "基本满意", "不满意", "none"}
    assert all(row["reply"] for row in MESSAGES)
    assert all(not row["why"] for row in MESSAGES if row["rating"] == "none")
    assert all(row["why"] for row in MESSAGES if row["rating"] == "不满意")


def test_messages_name_places_of_the_street() -> None:
    places = names("living_areas") | names("buildings") | names("roads")
    assert {row["place_hint"] for row in MESSAGES} - places == {""}


def test_messages_for_anywhere_name_no_place_of_this_street() -> None:
    stems = names("living_areas") | names("roads") | {"雪宫", "单家", "桓公", "商城"}
    assert {row["anywhere"] for row in MESSAGES} == {"true", "false"}
    anywhere = [row["text"] + row["reply"] for row in MESSAGES if row["anywhere"] == "true"]
    assert len(anywhere) >= 100
    assert [words for words in anywhere if any(stem in words for stem in stems)] == []
