"""Learning a label: what is learnt is said with its words, promises what it keeps, and survives its file."""

from __future__ import annotations

import io
import pickle
import random
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baiying.kit.learning import grams, measures, model, training, twins

TOPICS = {
    "路灯": ("路灯不亮", "晚上摸黑走路", "路灯一闪一闪", "灯杆歪了"),
    "噪音": ("广场舞声音太大", "半夜施工吵得睡不着", "噪音扰民", "楼上天天装修"),
    "垃圾": ("垃圾没人清运", "垃圾桶满了发臭", "乱倒垃圾", "垃圾堆招苍蝇"),
}


def made(count: int, seed: int = 1) -> tuple[list[grams.Document], list[str]]:
    chance = random.Random(seed)
    documents, labels = [], []
    for _number in range(count):
        label = chance.choice(sorted(TOPICS))
        title = chance.choice(TOPICS[label])
        body = f"{chance.randrange(1, 30)}号楼居民反映：{chance.choice(TOPICS[label])}，请尽快处理，谢谢。"
        documents.append(grams.document([title, body]))
        labels.append(label)
    return documents, labels


@pytest.fixture(scope="module")
def learnt() -> model.Model:
    return training.train(*made(90), about={"text": ["title", "body"], "label": "label"})


def test_what_was_learnt_is_said_with_the_words_that_spoke_for_it(learnt: model.Model) -> None:
    features = learnt.features(grams.document(["半夜噪音", "楼下施工的噪音太大，睡不着"]))
    said = learnt.ranked(learnt.probabilities([features])[0])
    assert said.label == "噪音"
    assert sum(chance for _label, chance in said.ranked) == pytest.approx(1)
    assert "噪音" in learnt.words_for(features, "噪音")
    assert set(learnt.words_for(features, "噪音")).isdisjoint({"垃圾", "路灯"})


def test_unseen_texts_are_measured_by_models_that_did_not_learn_them() -> None:
    found = training.cross_measured(*made(90))
    assert (found.count, found.macro_f1, found.three) == (90, 1.0, 1.0)
    chance = random.Random(3)
    documents, labels = made(90)
    chance.shuffle(labels)  # nothing to be learnt: promises must not be larger than what is kept
    nothing = training.cross_measured(documents, labels)
    assert nothing.accuracy < 0.55
    assert nothing.calibration_error < 0.25


def test_what_is_fitted_once_for_several_folds_has_not_seen_the_one_it_examines() -> None:
    documents, labels = made(60)
    shared = training._lesson(documents, labels, ((), ()))
    shared.measured(labels)  # now everything is fitted, and some of it used twice
    kept = np.flatnonzero(shared.folds != 2)
    alone = training._lesson([documents[n] for n in kept], [labels[n] for n in kept], ((), ()))
    alone = replace(alone, folds=shared.folds[kept])
    one, other = shared.learnt({}, without=2), alone.learnt({})
    assert [one.sharpness, *one.tilt] == [other.sharpness, *other.tilt]
    assert np.array_equal(one.vocabulary.keys, other.vocabulary.keys)
    assert np.array_equal(one.weights, other.weights)


def test_a_model_survives_its_file_and_is_the_same_each_time(learnt: model.Model) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    learnt.save(first)
    first.seek(0)
    again = model.load(first)
    documents, _ = made(10, seed=2)
    rows = [learnt.features(one) for one in documents]
    assert np.array_equal(again.probabilities(rows), learnt.probabilities(rows))
    assert again.about == {"text": ["title", "body"], "label": "label"}
    training.train(*made(90), about=learnt.about).save(second)
    second.seek(0)
    assert np.array_equal(model.load(second).weights, learnt.weights)


def test_a_text_without_a_known_word_gets_the_chances_of_no_word(learnt: model.Model) -> None:
    for text in ("", "！！！", "Ωψ", "\ud800"):
        features = learnt.features(grams.document([text]))
        assert learnt.probabilities([features]).sum() == pytest.approx(1)
        assert learnt.words_for(features, "路灯") == ()


def test_two_labels_and_a_label_borne_once_are_learnt() -> None:
    documents, labels = made(60)
    two = ["路灯" if label == "路灯" else "其他" for label in labels]
    said = training.train(documents, two).says(grams.document(["路灯不亮"]))
    assert (said.label, len(said.ranked)) == ("路灯", 2)
    labels[0] = "只此一件"
    assert training.train(documents, labels).labels == ("只此一件", "噪音", "垃圾", "路灯")


def test_too_little_is_refused_with_what_is_missing() -> None:
    documents, _ = made(20)
    with pytest.raises(training.TooLittle, match="the same label"):
        training.train(documents, ["甲"] * 20)
    with pytest.raises(training.TooLittle, match="only 3 texts"):
        training.train(documents[:3], ["甲", "乙", "甲"])


def test_blanks_of_a_segmenter_do_not_count_and_those_of_latin_words_do() -> None:
    assert grams.plain("小区 路灯 坏 了 ，A1 区 Wi Fi") == grams.plain("小区路灯坏了,Ａ1区wi fi")
    assert grams.plain("no parking") == "no\x00parking"
    keys = grams.counted(grams.document(["路灯坏了"])).keys
    assert {grams.as_text(int(key)) for key in keys} == {
        "路", "灯", "坏", "了", "路灯", "灯坏", "坏了", "路灯坏", "灯坏了",
    }  # fmt: skip


def test_a_segmented_twin_is_found_and_a_message_about_the_same_thing_is_not() -> None:
    whole = "小区北门的路灯已经坏了两个星期，晚上老人孩子出门很不方便，希望尽快派人来修理。"
    segmented = "小区 北门 路灯 坏 两个 星期 晚上 老人 孩子 出门 不方便 希望 尽快 派人 修理"
    other = "小区 北门 路灯 晚上 太 亮 照 卧室 睡不着 希望 尽快 调整 角度 或者 装 遮光罩"
    assert twins.twin_of([segmented, other, whole], [other[::-1], whole]).tolist() == [1, -1, 1]
    assert twins.groups_of([whole, segmented, whole]).tolist() == [0, 1, 0]


def test_measures_are_those_of_the_books() -> None:
    chances = np.array([[0.8, 0.2], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    found = measures.measured(["a", "a", "b", "b"], ["a", "b"], chances)
    assert (found.accuracy, found.three) == (0.75, 1.0)
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert measures.calibration_error(np.array([0.8, 0.8]), [True, False]) == pytest.approx(0.3)


def small(**changes: Any) -> model.Model:
    """Three grams, two labels; it does not say which columns it was trained on."""
    parts = {
        "labels": ("a", "b"), "weights": np.ones((3, 2), np.int16), "scale": np.ones(2, np.float32),
        "bias": np.zeros(2, np.float32), "sharpness": 1.0, "tilt": np.zeros(2, np.float32),
        "vocabulary": model.Vocabulary(np.arange(3, dtype=np.uint64), np.ones(3, np.float32), 3.0),
    }  # fmt: skip
    return model.Model(**{**parts, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"labels": ("a", "a")}, "twice"),
        ({"sharpness": float("nan")}, "no number"),
        ({"sharpness": 10**400}, "do not fit"),
        ({"sharpness": "much"}, "do not fit"),
        ({"tilt": np.full(2, np.inf)}, "no number"),
        ({"vocabulary": model.Vocabulary(np.arange(3), np.ones(3), 0.0)}, "no number"),
        ({"vocabulary": model.Vocabulary(np.array(3), np.ones(3), 1.0)}, "do not fit"),
        ({"about": {"text": 5}}, "trained on"),
        ({"about": None}, "trained on"),
    ],
)
def test_a_model_with_impossible_parts_is_none(changes: dict[str, Any], why: str) -> None:
    stream = io.BytesIO()
    small(**changes).save(stream)
    with pytest.raises(model.NotAModel, match=why):
        model.load(stream)


def test_a_model_damaged_on_its_way_is_none() -> None:
    stream = io.BytesIO()
    small().save(stream)
    file = stream.getvalue()
    central = file.find(b"PK\x01\x02")
    packed = file[:60] + bytes(byte ^ 0x55 for byte in file[60:100]) + file[100:]
    locked = file[:6] + b"\x01" + file[7 : central + 8] + b"\x01" + file[central + 9 :]
    in_another_way = file[:8] + b"\x4d" + file[9 : central + 10] + b"\x4d" + file[central + 11 :]
    for damaged in (packed, locked, in_another_way, file[:300]):
        with pytest.raises(model.NotAModel, match="not a file that"):
            model.load(io.BytesIO(damaged))


def test_a_file_of_another_kind_is_no_model(learnt: model.Model, tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04nothing", pickle.dumps({"labels": []})):
        with pytest.raises(model.NotAModel):
            model.load(io.BytesIO(content))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model.json", '{"kind": "baiying text model", "version": 99}')
    with pytest.raises(model.NotAModel, match="version 99"):
        model.load(stream)
    good = tmp_path / "good"
    learnt.save(good)
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(tmp_path / "bent", "w") as bent:
        for name in archive.namelist():
            small = io.BytesIO()
            np.save(small, np.zeros(1))
            bent.writestr(name, small.getvalue() if name == "tilt.npy" else archive.read(name))
    with pytest.raises(model.NotAModel, match="do not fit"):
        model.load(tmp_path / "bent")
