"""Learning a model: grams weighed by rarity and by how they keep to labels, a linear SVM, probabilities
calibrated on texts that the model had not seen. Needs scikit-learn, which is imported when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from baiying.kit.learning import grams
from baiying.kit.learning.grams import Counted, Document, Keys, Numbers, Places
from baiying.kit.learning.measures import Measured, measured
from baiying.kit.learning.model import Features, Model, Vocabulary, softmax
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
    """Counted texts, the number of each one's label, and where its grams stand among all grams of the lesson."""

    texts: list[Counted]
    marks: Places
    grams: list[Places]

    def only(self, which: npt.NDArray[Any]) -> Rows:
        return Rows([self.texts[n] for n in which], self.marks[which], [self.grams[n] for n in which])

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            self.texts + other.texts, np.concatenate([self.marks, other.marks]), self.grams + other.grams
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """A model before its probabilities are fitted, and where each gram of the lesson stands in its vocabulary (or -1)."""

    model: Model
    places: Places

    def scores(self, rows: Rows) -> list[Numbers]:
        vocabulary, found = self.model.vocabulary, []
        for text, at in zip(rows.texts, rows.grams, strict=True):
            found.append(self.model.scores(_features(vocabulary, self.places, text, at)))
        return found


@dataclass(frozen=True, slots=True)
class _Lesson:
    """All that is to be learnt, divided into folds. What is fitted without some folds is fitted once: the model without
    folds 1 and 2 examines fold 2 inside the training without 1, and fold 1 inside the training without 2.
    """

    names: tuple[str, ...]
    rows: Rows
    more: Rows
    keys: Keys
    folds: Places
    _fits: dict[frozenset[int], _Fit | None] = field(default_factory=dict)

    def learnt(self, about: dict[str, Any], *, without: int | None = None) -> Model:
        """The model of all rows (of all but those of a fold); its probabilities are fitted to what models that
        also lack each other fold say of that one.
        """
        left_out = set() if without is None else {without}
        unseen = np.full((len(self.rows.texts), len(self.names)), -1.0)
        for fold in {int(one) for one in self.folds} - left_out:
            held = np.flatnonzero(self.folds == fold)
            one = self._fit(frozenset({fold} | left_out))
            if one is not None:
                unseen[held] = one.scores(self.rows.only(held))
        kept = self._kept(left_out)
        sharpness, tilt = _calibrated(unseen[kept], self.rows.marks[kept])
        fit = self._fit(frozenset(left_out))
        if fit is None:
            raise TooLittle("without a fifth of them all texts bear the same label")
        whole = fit.model
        return Model(
            whole.labels, whole.vocabulary, whole.weights, whole.scale, whole.bias, sharpness,
            tilt.astype(np.float32), about,
        )  # fmt: skip

    def measured(self, labels: Sequence[str]) -> Measured:
        """Each row predicted by the model that lacks its fold."""
        found = np.zeros((len(self.rows.texts), len(self.names)))
        for fold in sorted({int(one) for one in self.folds}):
            held = np.flatnonzero(self.folds == fold)
            model, fit = self.learnt({}, without=fold), self._fit(frozenset({fold}))
            assert fit is not None
            found[held] = softmax(model.sharpness * np.array(fit.scores(self.rows.only(held))) + model.tilt)
        return measured(labels, self.names, found)

    def _kept(self, left_out: set[int] | frozenset[int]) -> Places:
        return np.flatnonzero(~np.isin(self.folds, list(left_out))).astype(np.int64)

    def _fit(self, left_out: frozenset[int]) -> _Fit | None:
        """None where fewer than two labels are left."""
        if left_out not in self._fits:
            known = self.rows.only(self._kept(left_out)) + self.more
            enough = len(np.unique(known.marks)) >= 2
            self._fits[left_out] = _fitted(self.names, known, self.keys) if enough else None
        return self._fits[left_out]


def train(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[Document], Sequence[str]] = ((), ()),
    about: dict[str, Any] | None = None,
) -> Model:
    """A model of all texts. `also`: more labelled texts, none of them a twin of the others. Raises TooLittle."""
    return _lesson(documents, labels, also).learnt(about or {})


def cross_measured(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[Document], Sequence[str]] = ((), ()),
) -> Measured:
    """Each text predicted by a model that saw neither it nor a twin of it; the whole of `train` is repeated
    in every fold, calibration included. `also` is only ever learnt from. Raises TooLittle.
    """
    return _lesson(documents, labels, also).measured(labels)


def train_and_measure(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    also: tuple[Sequence[Document], Sequence[str]] = ((), ()),
    about: dict[str, Any] | None = None,
) -> tuple[Model, Measured]:
    """What `train` and `cross_measured` give, with what both need fitted once."""
    lesson = _lesson(documents, labels, also)
    found = lesson.measured(labels)
    return lesson.learnt(about or {}), found


def _lesson(
    documents: Sequence[Document], labels: Sequence[str], also: tuple[Sequence[Document], Sequence[str]]
) -> _Lesson:
    names = tuple(sorted({*labels, *also[1]}))
    if len(names) < 2:
        raise TooLittle("all texts bear the same label" if names else "there is no text with a label")
    if len(documents) < 2 * FOLDS:
        raise TooLittle(f"there are only {len(documents)} texts; {2 * FOLDS} are the least")
    number = {name: place for place, name in enumerate(names)}
    counted = [[grams.counted(one) for one in texts] for texts in (documents, also[0])]
    keys = np.unique(np.concatenate([one.keys for texts in counted for one in texts]))

    def rows(texts: list[Counted], said: Sequence[str]) -> Rows:
        marks = np.array([number[one] for one in said], dtype=np.int64)
        return Rows(texts, marks, [np.searchsorted(keys, one.keys).astype(np.int64) for one in texts])

    first = rows(counted[0], labels)
    return _Lesson(names, first, rows(counted[1], also[1]), keys, _folds(documents, first.marks))


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


def _fitted(names: tuple[str, ...], rows: Rows, every: Keys) -> _Fit:
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    if len(rows.texts) > MOST_TEXTS:
        rows = rows.only(np.linspace(0, len(rows.texts) - 1, MOST_TEXTS).astype(np.int64))
    vocabulary = _vocabulary(rows, every, len(names))
    at = np.full(len(every), -1, dtype=np.int64)
    at[np.searchsorted(every, vocabulary.keys)] = np.arange(len(vocabulary.keys))
    featured = [_features(vocabulary, at, *one) for one in zip(rows.texts, rows.grams, strict=True)]
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
    model = Model(
        labels=names,
        vocabulary=vocabulary,
        weights=np.round(weights / scale).astype(np.int16),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
        sharpness=1.0,
        tilt=np.zeros(len(names), dtype=np.float32),
    )
    return _Fit(model, at)


def _features(vocabulary: Vocabulary, places: Places, text: Counted, at: Places) -> Features:
    """As `Vocabulary.features`, without looking for each gram again."""
    where = places[at]
    known = where >= 0
    return vocabulary.weighed(where[known], text.counts[known], text.total)


def _vocabulary(rows: Rows, every: Keys, many: int) -> Vocabulary:
    """Which grams count: in at least two texts, the most telling ones when there are too many. A gram is worth
    idf x (1 + 10 x the divergence of its labels from those of all texts), smoothed by one text's worth.
    """
    lengths = [len(one) for one in rows.grams]
    where = np.concatenate(rows.grams)
    texts = np.bincount(where, minlength=len(every))
    enough = texts >= min(_LEAST_TEXTS_OF_A_GRAM, len(rows.texts))
    most = _MOST_BYTES // (12 + 2 * many)
    if enough.sum() > 3 * most:
        enough &= texts >= np.sort(texts)[-3 * most]
    place = np.cumsum(enough) - 1
    marks = np.repeat(rows.marks, lengths)[enough[where]]
    together = place[where[enough[where]]] * many + marks
    keys, texts = every[enough], texts[enough]
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
