#!/usr/bin/env python
"""Fits the chance of urgency of the first day to the labelled sentences, and says by ten folds what it is worth.

    python tools/fit_urgency.py            write src/baiying/cases/data/urgency_grams.csv, print the figures
    python tools/fit_urgency.py --check    only the figures; fails where the table is not what the sentences give

Learnt from are the sentences of cases/data/urgency_sentences.csv and, as ordinary ones, the demonstration's messages
that do not stand among them. In each fold everything is learnt anew, the choice of grams included.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "baiying"
TABLE = PACKAGE / "cases" / "data" / "urgency_grams.csv"
FOLDS: Final = 10
LEAST_TEXTS: Final = 2  # in which a gram must occur
STRENGTH: Final = 60.0  # C of the logistic regression: the least error of ten folds is flat from 30 up


def sentences() -> list[tuple[str, bool]]:
    """(text, urgent): those written for it, and the demonstration's as ordinary ones."""
    with (PACKAGE / "cases" / "data" / "urgency_sentences.csv").open(encoding="utf-8", newline="") as file:
        written = {row["text"]: row["is_urgent"] == "yes" for row in csv.DictReader(file)}
    with (PACKAGE / "street" / "data" / "messages.csv").open(encoding="utf-8", newline="") as file:
        ordinary = [row["text"] for row in csv.DictReader(file)]
    return [*written.items(), *((text, False) for text in ordinary if text not in written)]


def fitted(texts: list[str], labels: list[bool]) -> dict[str, float]:
    """Weight by gram; "" is the bias."""
    from sklearn.linear_model import LogisticRegression

    from baiying.cases.dangers import grams

    found = [grams(text) for text in texts]
    often = Counter(gram for each in found for gram in each)
    vocabulary = sorted(gram for gram, count in often.items() if count >= LEAST_TEXTS)
    place = {gram: number for number, gram in enumerate(vocabulary)}
    table = np.zeros((len(texts), len(vocabulary)))
    for row, each in zip(table, found, strict=True):
        known = [place[gram] for gram in each if gram in place]
        row[known] = 1 / np.sqrt(len(known)) if known else 0.0
    model = LogisticRegression(C=STRENGTH, max_iter=5_000, tol=1e-6).fit(table, labels)
    return {"": float(model.intercept_[0])} | {
        gram: round(float(weight), 3) for gram, weight in zip(vocabulary, model.coef_[0], strict=True)
    }


def chance(weights: dict[str, float], text: str) -> float:
    """As cases.dangers says it, by any weights."""
    from baiying.cases.dangers import grams

    known = [weights[gram] for gram in grams(text) if gram in weights]
    told = sum(known) / np.sqrt(len(known)) if known else -40.0
    return float(1 / (1 + np.exp(-told - weights[""])))


def held_out(told: list[tuple[str, bool]], folds: int = FOLDS) -> list[float]:
    """The chance of each text by a model that has not seen it."""
    order = np.random.default_rng(0).permutation(len(told))
    chances = [0.0] * len(told)
    for fold in range(folds):
        out = set(order[fold::folds].tolist())
        kept = [one for number, one in enumerate(told) if number not in out]
        weights = fitted([text for text, _ in kept], [label for _, label in kept])
        for number in out:
            chances[number] = chance(weights, told[number][0])
    return chances


def figures(told: list[tuple[str, bool]], chances: list[float]) -> dict[str, Any]:
    """Calibration error (ten bins of the chance itself), precision and recall from one half; the same of the words alone."""
    from baiying.cases.reference import danger_words

    label, said = np.array([urgent for _, urgent in told]), np.array(chances)
    words = np.array([any(word in text for word, _ in danger_words()) for text, _ in told])
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(
        (bins == n).mean() * abs(said[bins == n].mean() - label[bins == n].mean())
        for n in range(10)
        if (bins == n).any()
    )
    likely = said >= 0.5
    return {
        "texts": len(told), "urgent": int(label.sum()), "calibration_error": round(float(error), 3),
        **{f"chance_{name}": value for name, value in _right(likely, label).items()},
        **{f"words_{name}": value for name, value in _right(words, label).items()},
        **{f"either_{name}": value for name, value in _right(words | likely, label).items()},
    }  # fmt: skip


def _right(said: Any, label: Any) -> dict[str, float]:
    hit = int((said & label).sum())
    return {"precision": round(hit / int(said.sum()), 3), "recall": round(hit / int(label.sum()), 3)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")
    import django

    django.setup()
    told = sentences()
    for name, value in figures(told, held_out(told)).items():
        print(f"{name:20} {value}")
    weights = fitted([text for text, _ in told], [label for _, label in told])
    if not asked.check:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("gram", "weight"))
            writer.writerows((gram, f"{weight:.3f}") for gram, weight in weights.items())
        return 0
    with TABLE.open(encoding="utf-8", newline="") as file:
        kept = {row["gram"]: float(row["weight"]) for row in csv.DictReader(file)}
    far = max((abs(kept.get(gram, 9.0) - weight) for gram, weight in weights.items()), default=0.0)
    print(f"{'farthest weight':20} {far:.3f}")
    return 0 if kept.keys() == weights.keys() and far < 0.02 else 1


if __name__ == "__main__":
    sys.exit(main())
