"""How good predictions are: macro-F1, accuracy, per label, and whether a probability means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from baiying.kit.learning.grams import Numbers

BINS = 15


@dataclass(frozen=True, slots=True)
class OfLabel:
    """One label: how many bear it, and the share found (recall) and rightly said (precision)."""

    label: str
    count: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of predicting texts whose label is known."""

    count: int
    macro_f1: float
    accuracy: float
    three: float  # share whose label is among the three likeliest
    calibration_error: float
    labels: tuple[OfLabel, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "messages": self.count,
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "among_three": round(self.three, 4),
            "calibration_error": round(self.calibration_error, 4),
            "labels": {
                one.label: {k: round(v, 4) for k, v in asdict(one).items() if k != "label"}
                for one in self.labels
            },
        }


def calibration_error(probabilities: Numbers, right: Sequence[bool]) -> float:
    """Expected calibration error: by fifteen bins of the likeliest label's probability, how far on average
    the share that was right lies from what was promised.
    """
    hits = np.asarray(right, dtype=float)
    place = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    wrong = 0.0
    for number in np.unique(place):
        here = place == number
        wrong += here.mean() * abs(hits[here].mean() - probabilities[here].mean())
    return float(wrong)


def measured(truth: Sequence[str], labels: Sequence[str], probabilities: Numbers) -> Measured:
    """probabilities: one row a text, one column a label. Macro-F1 is the mean over the labels that occur in
    the truth or were predicted; a label the model never saw counts with 0.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    said = [labels[number] for number in order[:, 0]]
    right = [one == other for one, other in zip(truth, said, strict=True)]
    per = [_of_label(label, truth, said) for label in sorted({*truth, *said})]
    return Measured(
        count=len(truth),
        macro_f1=float(np.mean([one.f1 for one in per])),
        accuracy=float(np.mean(right)),
        three=float(
            np.mean([t in {labels[n] for n in row[:3]} for t, row in zip(truth, order, strict=True)])
        ),
        calibration_error=calibration_error(probabilities.max(axis=1), right),
        labels=tuple(per),
    )


def _of_label(label: str, truth: Sequence[str], said: Sequence[str]) -> OfLabel:
    bearing = sum(one == label for one in truth)
    named = sum(one == label for one in said)
    both = sum(t == s == label for t, s in zip(truth, said, strict=True))
    precision, recall = both / named if named else 0.0, both / bearing if bearing else 0.0
    f1 = 2 * both / (bearing + named) if bearing + named else 0.0
    return OfLabel(label, bearing, precision, recall, f1)
