"""Learning a model: grams weighed by rarity and by how they keep to labels, a linear SVM, probabilities
calibrated on texts that the model had not seen. Needs scikit-learn, which is imported when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from baiying.kit.learning import grams
from baiying.kit.learning.grams import Counted, Document, Numbers, Places
from baiying.kit.learning.measures import Measured, measured
from baiying.kit.learning.model import Model, Vocabulary, softmax
from baiying.kit.learning.twins import groups_of

FOLDS = 5
MOST_TEXTS = 40_000  # an even sample is taken of more: memory stays below 2 GB
_MOST_BYTES = 18_000_000  # of keys and weights, before they are packed
_LEAST_TEXTS_OF_A_GRAM = 2
_KEEPING = 10.0  # how much a gram gains by keeping to few labels; flat between 5 and 30 (docs/learning.md)
_COST = 2.0


class TooLittle(ValueError):
    """There is nothing to be learnt from what was given; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Counted texts and the number of each one's label."""

    texts: list[Counted]
    marks: Places

    def only(self, which: npt.NDArray[Any]) -> Rows:
        return Rows([self.texts[number] for number in which], self.marks[which])

    def __add__(self, other: Rows) -> Rows:
        return Rows(self.texts + other.texts, np.concatenate([self.marks, other.marks]))


def train(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[Document], Sequence[str]] = ((), ()),
    about: dict[str, Any] | None = None,
) -> Model:
    """A model of all texts. `also`: more labelled texts, none of them a twin of the others. Raises TooLittle."""
    names, rows, more = _prepared(documents, labels, also)
    return _learnt(names, rows, more, _folds(documents, rows.marks), about or {})


def cross_measured(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[Document], Sequence[str]] = ((), ()),
) -> Measured:
    """Each text predicted by a model that saw neither it nor a twin of it; the whole of `train` is repeated
    in every fold, calibration included. `also` is only ever learnt from. Raises TooLittle.
    """
    names, rows, more = _prepared(documents, labels, also)
    folds = _folds(documents, rows.marks)
    found = np.zeros((len(documents), len(names)))
    for fold in range(FOLDS):
        held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(held):
            continue
        inner = _renumbered(folds[kept])
        model = _learnt(names, rows.only(kept), more, inner, {})
        scores = np.array([model.scores(model.vocabulary.features(rows.texts[number])) for number in held])
        found[held] = softmax(model.sharpness * scores + model.tilt)
    return measured(labels, names, found)


def _prepared(
    documents: Sequence[Document], labels: Sequence[str], also: tuple[Sequence[Document], Sequence[str]]
) -> tuple[tuple[str, ...], Rows, Rows]:
    names = tuple(sorted({*labels, *also[1]}))
    if len(names) < 2:
        raise TooLittle("all texts bear the same label" if names else "there is no text with a label")
    if len(documents) < 2 * FOLDS:
        raise TooLittle(f"there are only {len(documents)} texts; {2 * FOLDS} are the least")
    number = {name: place for place, name in enumerate(names)}

    def rows(texts: Sequence[Document], said: Sequence[str]) -> Rows:
        return Rows(
            [grams.counted(one) for one in texts], np.array([number[s] for s in said], dtype=np.int64)
        )

    return names, rows(documents, labels), rows(*also)


def _folds(documents: Sequence[Document], marks: Places) -> Places:
    """A fold for each text; twins share one, and each label is spread evenly."""
    groups = groups_of([" ".join(one.parts) for one in documents])
    dealt = np.random.default_rng(0).permutation(len(documents))
    fold_of: dict[int, int] = {}
    turn: dict[int, int] = {}
    for place in dealt:
        mark, group = int(marks[place]), int(groups[place])
        if group not in fold_of:
            fold_of[group] = turn.get(mark, mark) % FOLDS
            turn[mark] = turn.get(mark, mark) + 1
    return np.array([fold_of[int(group)] for group in groups], dtype=np.int64)


def _renumbered(folds: Places) -> Places:
    return np.unique(folds, return_inverse=True)[1].astype(np.int64)


def _learnt(names: tuple[str, ...], rows: Rows, more: Rows, folds: Places, about: dict[str, Any]) -> Model:
    """The model of all rows; its probabilities are fitted to what models without each fold say of it."""
    unseen = np.full((len(rows.texts), len(names)), -1.0)
    for fold in range(int(folds.max()) + 1):
        kept, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        known = rows.only(kept) + more
        if len(np.unique(known.marks)) < 2:
            continue
        one = _fitted(names, known, about)
        unseen[held] = [one.scores(one.vocabulary.features(rows.texts[number])) for number in held]
    sharpness, tilt = _calibrated(unseen, rows.marks)
    whole = _fitted(names, rows + more, about)
    return Model(
        whole.labels, whole.vocabulary, whole.weights, whole.scale, whole.bias, sharpness,
        tilt.astype(np.float32), about,
    )  # fmt: skip


def _fitted(names: tuple[str, ...], rows: Rows, about: dict[str, Any]) -> Model:
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    if len(rows.texts) > MOST_TEXTS:
        rows = rows.only(np.linspace(0, len(rows.texts) - 1, MOST_TEXTS).astype(np.int64))
    vocabulary = _vocabulary(rows, len(names))
    featured = [vocabulary.features(one) for one in rows.texts]
    ends = np.cumsum([0, *(len(places) for places, _ in featured)])
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in featured]),
            np.concatenate([places for places, _ in featured]),
            ends,
        ),
        shape=(len(featured), len(vocabulary.keys)),
    )
    machine = LinearSVC(C=_COST, class_weight="balanced", random_state=0)
    machine.fit(matrix, rows.marks)
    weights = np.zeros((len(vocabulary.keys), len(names)))
    bias = np.full(len(names), -1.0)  # what was never seen is never said
    if len(machine.classes_) == 2:
        weights[:, machine.classes_] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        bias[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        weights[:, machine.classes_] = machine.coef_.T
        bias[machine.classes_] = machine.intercept_
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 32_000
    return Model(
        labels=names,
        vocabulary=vocabulary,
        weights=np.round(weights / scale).astype(np.int16),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
        sharpness=1.0,
        tilt=np.zeros(len(names), dtype=np.float32),
        about=about,
    )


def _vocabulary(rows: Rows, many: int) -> Vocabulary:
    """Which grams count: in at least two texts, the most telling ones when there are too many. A gram is worth
    idf x (1 + 10 x the divergence of its labels from those of all texts), smoothed by one text's worth.
    """
    lengths = [len(one.keys) for one in rows.texts]
    every = np.concatenate([one.keys for one in rows.texts])
    keys, where, texts = np.unique(every, return_inverse=True, return_counts=True)
    enough = texts >= min(_LEAST_TEXTS_OF_A_GRAM, len(rows.texts))
    most = _MOST_BYTES // (12 + 2 * many)
    if enough.sum() > 3 * most:
        enough &= texts >= np.sort(texts)[-3 * most]
    place = np.cumsum(enough) - 1
    marks = np.repeat(rows.marks, lengths)[enough[where]]
    together = place[where[enough[where]]] * many + marks
    keys, texts = keys[enough], texts[enough]
    prior = (np.bincount(rows.marks, minlength=many) + 0.5) / (len(rows.marks) + 0.5 * many)
    by_label = np.bincount(together, minlength=len(keys) * many).reshape(len(keys), many) + prior * many
    share = by_label / by_label.sum(axis=1, keepdims=True)
    divergence = (share * np.log(share / prior)).sum(axis=1)
    worth = (np.log((1 + len(rows.texts)) / (1 + texts)) + 1) * (1 + _KEEPING * divergence)
    if len(keys) > most:
        kept = np.sort(np.argsort(-texts * divergence, kind="stable")[:most])
        keys, worth = keys[kept], worth[kept]
    if not len(keys):
        raise TooLittle("no two texts share a word")
    totals = float(np.mean([one.total for one in rows.texts])) or 1.0
    return Vocabulary(keys, worth.astype(np.float32), totals)


def _calibrated(scores: Numbers, marks: Places) -> tuple[float, Numbers]:
    """(sharpness, tilt) under which softmax(sharpness x score + tilt) is likeliest to say what was true."""
    from scipy.optimize import minimize

    rows = np.arange(len(marks))
    many = scores.shape[1]

    def surprise(values: Numbers) -> tuple[float, Numbers]:
        sharpness, tilt = np.exp(values[0]), values[1:]
        chance = softmax(sharpness * scores + tilt)
        loss = -np.log(np.maximum(chance[rows, marks], 1e-12)).sum() + 2.0 * (tilt @ tilt)
        chance[rows, marks] -= 1.0
        slope = np.concatenate([[sharpness * (chance * scores).sum()], chance.sum(axis=0) + 4.0 * tilt])
        return float(loss), slope

    # The probabilities of a handful of texts cannot be made sharper than their number bears out.
    bounds = [(np.log(0.2), np.log(20.0)), *[(-3.0, 3.0)] * many]
    start = np.concatenate([[np.log(3.0)], np.zeros(many)])
    best = minimize(surprise, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(best[0])), best[1:]
