"""Learning from the earlier texts and judging on the later ones, beside what is in use; in a process of its own.

`python -m baiying.kit.learning` reads one task as JSON from its input and answers with one, so whoever asks never
loads scikit-learn, and the memory is given back. Nothing is written down.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

import numpy as np

from baiying.kit.learning import training
from baiying.kit.learning.blending import blended
from baiying.kit.learning.grams import document
from baiying.kit.learning.measures import Measured, measured
from baiying.kit.learning.model import Model, load
from baiying.kit.learning.twins import twin_of

NOTHING: Final = ""  # what is said of a text where no word is known: never right


class Text(TypedDict):
    """`first`: the chances that the words have without anything learnt."""

    text: str
    label: str
    first: dict[str, float]


class Task(TypedDict):
    """The texts of both times, what is in use (a model's file in base64, or "" for the words alone).

    least_later_of_a_label: of each label that is learnt, among the later texts.
    """

    earlier: list[Text]
    later: list[Text]
    live: str
    least_of_a_label: int
    least_labels: int
    least_later: int
    least_later_of_a_label: int


def answer(task: Task) -> dict[str, Any]:
    """The model of the earlier texts and how it and what is in use do on the later ones; or what is `missing`."""
    many = Counter(row["label"] for row in task["earlier"])
    enough = {label for label, count in many.items() if count >= task["least_of_a_label"]}
    if len(enough) < task["least_labels"]:
        return {"missing": "labels", "labels": len(enough)}
    learnt = [row for row in task["earlier"] if row["label"] in enough]
    later = _not_known_by_heart(task)
    if len(later) < task["least_later"]:
        return {"missing": "later", "later": len(later)}
    judging = Counter(row["label"] for row in later)
    scarce = min(sorted(enough), key=lambda label: judging[label])
    if judging[scarce] < task["least_later_of_a_label"]:
        return {"missing": "later", "label": scarce, "later": judging[scarce]}
    try:
        model = training.train([document([row["text"]]) for row in learnt], [row["label"] for row in learnt])
    except training.TooLittle:
        return {"missing": "words"}
    live = load(io.BytesIO(base64.b64decode(task["live"]))) if task["live"] else None
    stream = io.BytesIO()
    model.save(stream)
    return {
        "model": base64.b64encode(stream.getvalue()).decode(),
        "labels": {label: many[label] for label in model.labels},
        "candidate": _judged(later, model).as_json(),
        "live": _judged(later, live).as_json(),
    }


def _not_known_by_heart(task: Task) -> list[Text]:
    """The later texts without those that were already sent earlier."""
    twins = twin_of([row["text"] for row in task["later"]], [row["text"] for row in task["earlier"]])
    same = {"".join(row["text"].split()) for row in task["earlier"]}
    return [
        row
        for row, twin in zip(task["later"], twins, strict=True)
        if twin < 0 and "".join(row["text"].split()) not in same
    ]


def _judged(rows: Sequence[Text], model: Model | None) -> Measured:
    said = [chances(model, row["text"], row["first"]) for row in rows]
    labels = sorted({NOTHING}.union(*said))
    table = np.array([[one.get(label, 0.0) for label in labels] for one in said])
    table[table.sum(axis=1) == 0, labels.index(NOTHING)] = 1e-9
    return measured([row["label"] for row in rows], labels, table)


def chances(model: Model | None, text: str, first: Mapping[str, float]) -> dict[str, float]:
    """What is said of a text: by the model where there is one, blended with what the words alone say."""
    if model is None:
        return dict(first)
    said = model.says(document([text]), len(model.labels))
    return blended(dict(said.ranked), first)


def main() -> int:
    """One task in, one answer out."""
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
    return 0
