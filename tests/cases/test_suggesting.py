"""What the words of a text speak for on the first day, before anything was learnt."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from baiying.cases import catalogue, dangers, suggesting
from baiying.cases.reference import KINDS, load_reference, rows
from baiying.kit import clock
from baiying.kit.learning.measures import calibration_error
from tests.command.test_client import loaded

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "messages"
MESSAGES = Path(__file__).resolve().parents[2] / "src" / "baiying" / "street" / "data" / "messages.csv"

pytestmark = pytest.mark.django_db
fit_urgency = loaded("tools/fit_urgency")


def suggested(text: str) -> suggesting.Suggestion:
    return suggesting.suggestion(text, on=clock.today())


def told(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_dialect_is_understood_and_the_words_are_named() -> None:
    found = suggested("俺楼前头路灯坏了，晚上一抹黑，麻烦派人给修修吧。")
    assert found.sure is not None
    assert found.sure.category.code == "street-light-out"
    assert set(found.sure.words) >= {"路灯", "一抹黑"}
    assert found.kind is not None
    assert found.kind.kind == "help"
    assert "派人" in found.kind.words
    assert found.urgent == ()


def test_nothing_is_chosen_where_the_words_leave_it_open() -> None:
    found = suggested("电梯、停车、物业费、路灯这几件事都想说说")
    assert len(found.categories) >= 2
    assert found.sure is None
    nothing = suggested("你好")
    assert (nothing.categories, nothing.kind, nothing.urgent, nothing.sure) == ((), None, (), None)


def test_danger_is_named_with_its_words() -> None:
    assert suggested("三楼着火了，有人困在里面").urgent[:1] == ("着火",)


def test_a_word_of_danger_meant_otherwise_is_named_and_not_likely() -> None:
    urgent = suggested("厨房着火，燃气味很大，里面有人")
    innocent = suggested("楼下烧烤摊着火味呛人，油烟飘进屋")
    plain = suggested("小区东门的路灯坏了三天，晚上看不见路")
    assert (urgent.urgency > 0.9, set(urgent.urgent) >= {"着火", "燃气味很大"}) == (True, True)
    assert (innocent.urgency < 0.5, innocent.urgent) == (True, ("着火",))
    assert (plain.urgency < 0.05, plain.urgent) == (True, ())
    missed = suggested("二楼阳台外墙皮要掉下来，底下是幼儿园门口")  # no word of the list
    assert (missed.urgency > 0.5, bool(missed.urgent)) == (True, True)
    assert [dangers.spoken(text).probability for text in ("", "。！", "☺")] == [0.0, 0.0, 0.0]


def test_what_is_said_of_urgency_is_worth_what_the_page_says() -> None:
    """docs/learning.md gives these figures; they are measured anew on sentences each of which was held out."""
    told = fit_urgency.sentences()
    assert (len(told), sum(urgent for _, urgent in told)) == (762, 247)
    found = fit_urgency.figures(told, fit_urgency.held_out(told, folds=3))
    assert found["calibration_error"] < 0.06
    assert (found["chance_precision"] > 0.8, found["chance_recall"] > 0.65) == (True, True)
    assert found["either_recall"] > found["words_recall"] + 0.3


def test_the_weights_are_those_that_the_sentences_give() -> None:
    told = fit_urgency.sentences()
    weights = fit_urgency.fitted([text for text, _ in told], [urgent for _, urgent in told])
    kept = {row["gram"]: float(row["weight"]) for row in rows("urgency_grams")}
    assert kept.keys() == weights.keys()
    assert max(abs(kept[gram] - weight) for gram, weight in weights.items()) < 0.02


def test_the_matter_of_the_standard_is_named_as_finely_as_the_words_bear_out() -> None:
    def first(text: str) -> tuple[str, str, str]:
        one = suggested(text).categories[0]
        assert one.matter is not None
        return one.category.code, one.matter.code, one.leaf_word

    assert first("电信井盖松了，车一过咣当响") == ("manhole-cover", "01007", "电信井")
    assert first("井盖松了，车一过咣当响") == ("manhole-cover", "01023", "")
    # Two of them leave it open; what comes late in a long letter is mentioned in passing.
    assert first("电信井盖、污水井盖都松了") == ("manhole-cover", "01023", "")
    assert first("井盖松了。" + "车一过就响。" * 20 + "旁边是污水井盖") == ("manhole-cover", "01023", "")


def test_every_leaf_lies_below_one_category_that_exists() -> None:
    matters = {row["code"] for row in rows("matters") if row["kind"] == "matter"}
    own = {row["matter_code"] for row in rows("everyday")}
    codes = [row["matter_code"] for row in rows("leaves")]
    assert (len(codes), set(codes) - matters, set(codes) & own) == (len(set(codes)), set(), set())
    assert {row["everyday_code"] for row in rows("leaves")} <= {row["code"] for row in rows("everyday")}
    words = [word for row in rows("leaves") for word in row["words"].split("|")]
    assert len(words) == len(set(words))
    assert catalogue.category_for("01007", "", on=clock.today())[0].code == "manhole-cover"


def test_probabilities_are_ranked_and_leave_room_for_doubt() -> None:
    for message in told(MESSAGES):
        chances = [one.probability for one in suggested(message["text"]).categories]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) < 1


def test_demonstration_messages_are_mostly_understood_on_the_first_day() -> None:
    messages = told(MESSAGES)
    found = [suggested(message["text"]) for message in messages]
    among = [
        message["everyday_code"] in {one.category.code for one in each.categories}
        for message, each in zip(messages, found, strict=True)
    ]
    sure = [
        each.sure.category.code == message["everyday_code"]
        for message, each in zip(messages, found, strict=True)
        if each.sure
    ]
    assert sum(among) / len(among) > 0.94
    assert sum(sure) / len(sure) > 0.90


def test_every_word_of_the_lexicon_belongs_to_something_that_exists() -> None:
    load_reference()
    codes = {row["code"] for row in rows("everyday")}
    assert {row["everyday_code"] for row in rows("lexicon")} == codes - {"other"}
    assert {row["kind"] for row in rows("kind_words")} == set(KINDS)
    listed = [(row["word"], row["everyday_code"]) for row in rows("lexicon")]
    assert len(listed) == len(set(listed))


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the real messages are not beside the checkout")
def test_real_messages_get_their_broad_label_as_often_as_promised() -> None:
    broad = {row["code"]: row["broad_label"] for row in rows("everyday")}
    messages = told(SHARED / "messages-dev.csv")
    found = [suggested(message["title"] + message["body"]).categories for message in messages]
    right = [
        bool(each) and broad[each[0].category.code] == message["label"]
        for message, each in zip(messages, found, strict=True)
    ]
    assert sum(right) / len(right) > 0.70
    sure = [(each[0].probability, hit) for each, hit in zip(found, right, strict=True) if each]
    # A broad label is right whenever the category is, and sometimes when it is not: the promise is no larger.
    assert calibration_error(np.array([chance for chance, _ in sure]), [hit for _, hit in sure]) < 0.2
