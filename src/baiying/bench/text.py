"""`baiying bench text`: what predicting a message costs, and whether it stays so; needs no database."""

from __future__ import annotations

import csv
import io
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, Final

import numpy as np

from baiying.kit.learning import grams, training
from baiying.kit.learning.model import Model

ROWS: Final = 1_000_000
SMALL: Final = 10_000
LEARNT: Final = (1_000, 10_000)
_OPENINGS = ("您好，", "请问", "领导，", "", "我家楼下", "小区门口", "昨天晚上", "最近半个月")
_MIDDLES = ("的问题一直没人管，", "越来越严重，", "影响大家休息，", "老人孩子都不敢出门，", "打过几次电话，")
_ENDS = ("麻烦尽快处理。", "希望有人来看看。", "谢谢！", "什么时候能解决？", "请给个答复。")


def run(say: Callable[[str], None], rows: int | None) -> dict[str, Any]:
    """Processor microseconds a message over ten thousand and over N messages, training and size of the model."""
    rows = max(rows or ROWS, SMALL)
    result: dict[str, Any] = {
        "machine": {
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        }
    }
    models = []
    for count in LEARNT:
        say(f"learning from {count} messages")
        began = time.process_time()
        made = list(_messages(count))
        models.append(
            training.train([grams.document([text]) for text, _ in made], [label for _, label in made])
        )
        size = io.BytesIO()
        models[-1].save(size)
        result[f"learnt from {count}"] = {
            "labels": len(models[-1].labels),
            "seconds": round(time.process_time() - began, 2),
            "model_bytes": size.tell(),
        }
    _microseconds(models[-1], 1_000)  # warm
    costs = {}
    for count in (SMALL, rows):
        say(f"predicting {count} messages")
        costs[count] = _microseconds(models[-1], count)
        result[f"predicting {count}"] = {"microseconds_a_message": round(costs[count], 1)}
    smaller = _microseconds(models[0], SMALL)
    result["growth_over_messages"] = round(costs[rows] / costs[SMALL], 2)
    result["growth_with_a_model_of_ten_times_the_messages"] = round(costs[SMALL] / smaller, 2)
    return result


def _microseconds(model: Model, count: int) -> float:
    """Of processor time a message, words that spoke for it included; nothing is kept."""
    spent = 0.0
    for text, _label in _messages(count, seed=count):
        document = grams.document([text])
        began = time.process_time()
        features = model.features(document)
        said = model.ranked(model.probabilities([features])[0])
        model.words_for(features, said.label)
        spent += time.process_time() - began
    return spent / count * 1e6


def _messages(count: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """(text, code) made from the words of the everyday list."""
    chance = random.Random(seed)  # noqa: S311 - made messages, no secret
    listed = resources.files("baiying.cases") / "data" / "everyday.csv"
    with listed.open(encoding="utf-8") as stream:
        words = [
            (row["code"], row["keywords"].split("|")) for row in csv.DictReader(stream) if row["keywords"]
        ]
    for _number in range(count):
        code, spoken = words[min(int(chance.expovariate(0.06)), len(words) - 1)]
        parts = [
            chance.choice(_OPENINGS),
            chance.choice(spoken),
            chance.choice(_MIDDLES),
            chance.choice(spoken),
        ]
        place = f"{chance.randrange(1, 40)}号楼{chance.randrange(1, 6)}单元"
        yield "".join([*parts, "，", place, chance.choice(_ENDS)]), code
