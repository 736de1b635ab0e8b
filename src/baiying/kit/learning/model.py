"""A model that was learnt: from a text to probabilities and the words that spoke for them. numpy alone.

The file is a zip of plain arrays and one JSON page; nothing in it is ever executed (no pickle).
"""

from __future__ import annotations

import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from baiying.kit.learning import grams
from baiying.kit.learning.grams import Counted, Document, Keys, Numbers, Places

KIND, VERSION = "baiying text model", 1
MOST_BYTES = 100_000_000  # a page or an array of a file larger than this is not one of ours
_CANDIDATES = 40  # grams that are looked at as words
_TURN, _LENGTH = 2.5, 0.5  # how soon repetition stops counting; how far long texts are held back
_ARRAYS = ("keys", "worth", "weights", "scale", "bias", "tilt")
# What reading a file raises that somebody else wrote or that was damaged on its way: bad, packed or locked in another
# way (RuntimeError), nested without end (RecursionError is one), or an array that says to be larger than any memory.
_NOT_OURS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, ValueError, EOFError, RuntimeError, MemoryError,
)  # fmt: skip


# (places in the vocabulary, values) of a text; the values' squares add up to 1, or there are none.
Features = tuple[Places, Numbers]


class NotAModel(ValueError):
    """The file is no model of ours, or of a version we do not know; the text says which."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of a text: labels with probabilities, likeliest first."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        return self.ranked[0][0]

    @property
    def probability(self) -> float:
        return self.ranked[0][1]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which grams count and how much: rarer ones and those that keep to few labels are worth more."""

    keys: Keys
    worth: npt.NDArray[np.float32]
    mean_total: float

    def places(self, keys: Keys) -> tuple[Places, npt.NDArray[np.bool_]]:
        where = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return where, self.keys[where] == keys

    def features(self, text: Counted) -> Features:
        where, known = self.places(text.keys)
        return self.weighed(where[known], text.counts[known], text.total)

    def weighed(self, where: Places, counts: Numbers, total: float) -> Features:
        """What grams at these places of the vocabulary are worth in a text of so many."""
        held_back = _TURN * (1 - _LENGTH + _LENGTH * total / self.mean_total)
        values = counts * (_TURN + 1) / (counts + held_back) * self.worth[where]
        length = float(np.sqrt((values * values).sum()))
        return where, values / length if length else values


@dataclass(frozen=True, slots=True)
class Model:
    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: npt.NDArray[np.int16]  # one row a gram, one column a label, times the column's `scale`
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    sharpness: float  # probabilities = softmax(sharpness * score + tilt)
    tilt: npt.NDArray[np.float32]
    about: dict[str, Any] = field(default_factory=dict)

    def features(self, what: Document) -> Features:
        return self.vocabulary.features(grams.counted(what))

    def scores(self, features: Features) -> Numbers:
        where, values = features
        summed = values.astype(np.float32) @ self.weights[where].astype(np.float32)
        return (summed * self.scale + self.bias).astype(np.float64)

    def probabilities(self, texts: Iterable[Features]) -> Numbers:
        """One row a text, one column a label."""
        rows = [self.scores(one) for one in texts]
        scores = np.array(rows).reshape(len(rows), len(self.labels))
        return softmax(self.sharpness * scores + self.tilt)

    def says(self, what: Document, most: int = 3) -> Said:
        """The `most` likeliest labels of a text."""
        return self.ranked(self.probabilities([self.features(what)])[0], most)

    def ranked(self, row: Numbers, most: int = 3) -> Said:
        order = np.argsort(-row, kind="stable")[:most]
        return Said(tuple((self.labels[number], float(row[number])) for number in order))

    def words_for(self, features: Features, label: str, most: int = 5) -> tuple[str, ...]:
        """The words of the text that spoke most for a label against the others, strongest first.

        A word is two or three neighbouring characters; what it weighs is the sum of all grams within it.
        """
        number = self.labels.index(label)
        at, values = features
        if not len(at):
            return ()
        rows = self.weights[at].astype(np.float32) * self.scale
        others = (rows.sum(axis=1) - rows[:, number]) / max(1, len(self.labels) - 1)
        spoke = values * (rows[:, number] - others)
        strongest = np.argsort(-spoke, kind="stable")[: 2 * _CANDIDATES]
        weight = {
            grams.as_text(int(self.vocabulary.keys[at[place]])): float(spoke[place])
            for place in strongest
            if spoke[place] > 0
        }
        words = [word for word in weight if len(word) > 1][:_CANDIDATES]
        return _apart({word: _of_grams_within(word, weight) for word in words}, most)

    def save(self, to: Path | BinaryIO) -> None:
        page = {
            "kind": KIND,
            "version": VERSION,
            "labels": list(self.labels),
            "mean_total": self.vocabulary.mean_total,
            "sharpness": self.sharpness,
            "about": self.about,
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "keys": self.vocabulary.keys,
            "worth": self.vocabulary.worth,
            "weights": self.weights,
            "scale": self.scale,
            "bias": self.bias,
            "tilt": self.tilt,
        }
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr("model.json", json.dumps(page, ensure_ascii=False))
            for name, array in arrays.items():
                stream = io.BytesIO()
                np.save(stream, array, allow_pickle=False)
                archive.writestr(f"{name}.npy", stream.getvalue())


def load(source: Path | BinaryIO) -> Model:
    """Raises NotAModel for anything that `save` did not write; OSError when it cannot be read."""
    try:
        with zipfile.ZipFile(source) as archive:
            if any(member.file_size > MOST_BYTES for member in archive.infolist()):
                raise NotAModel("it is larger than a model may be")
            page = json.loads(archive.read("model.json"))
            if not isinstance(page, dict) or page.get("kind") != KIND:
                raise NotAModel("it says of itself to be something else")
            if page.get("version") != VERSION:
                raise NotAModel(f"it is of version {page.get('version')}, and this program reads {VERSION}")
            arrays = {
                name: np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False) for name in _ARRAYS
            }
    except NotAModel:
        raise
    except _NOT_OURS as wrong:
        raise NotAModel("it is not a file that `baiying text train` wrote") from wrong
    return _assembled(page, arrays)


def _assembled(page: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> Model:
    labels, about = page.get("labels"), page.get("about", {})
    if not isinstance(labels, list) or not labels or not all(isinstance(one, str) for one in labels):
        raise NotAModel("it names no labels")
    if len(set(labels)) < len(labels):
        raise NotAModel("it names a label twice")
    size, many = arrays["keys"].size, len(labels)
    wanted = {"keys": (size,), "worth": (size,), "weights": (size, many)}
    wanted |= dict.fromkeys(("scale", "bias", "tilt"), (many,))
    if size == 0 or {name: array.shape for name, array in arrays.items()} != wanted:
        raise NotAModel("its parts do not fit together")
    try:
        mean_total, sharpness = float(page["mean_total"]), float(page["sharpness"])
        is_sound = mean_total > 0 and all(np.isfinite(array).all() for array in arrays.values())
        if not is_sound or not np.isfinite([mean_total, sharpness]).all():
            raise NotAModel("it holds what is no number")
        return Model(
            labels=tuple(labels),
            vocabulary=Vocabulary(
                arrays["keys"].astype(np.uint64), arrays["worth"].astype(np.float32), mean_total
            ),
            weights=arrays["weights"].astype(np.int16),
            scale=arrays["scale"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            sharpness=sharpness,
            tilt=arrays["tilt"].astype(np.float32),
            about=_known_of(about),
        )
    except NotAModel:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise NotAModel("its parts do not fit together") from wrong


def _known_of(about: Any) -> dict[str, Any]:
    """What the model says of the file it was trained on: nothing, or the names of its columns."""
    said = dict(about) if isinstance(about, dict) else {"text": None}
    text, label = said.get("text", []), said.get("label", "")
    if not isinstance(text, list) or not all(isinstance(one, str) for one in [*text, label]):
        raise NotAModel("it does not say what it was trained on")
    return said


def softmax(scores: Numbers) -> Numbers:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True)) if scores.size else scores
    return shifted / shifted.sum(axis=1, keepdims=True) if scores.size else scores


def _of_grams_within(word: str, weight: dict[str, float]) -> float:
    size = len(word)
    return sum(
        weight.get(word[start:end], 0.0) for start in range(size) for end in range(start + 1, size + 1)
    )


def _apart(found: dict[str, float], most: int) -> tuple[str, ...]:
    """The heaviest words, none of which holds another's pair of characters."""
    chosen: list[str] = []
    taken: set[str] = set()
    for word in sorted(found, key=lambda one: (-found[one] / len(one) ** 0.5, one)):
        characters = {word[i : i + 2] for i in range(len(word) - 1)}
        if characters & taken or any(word[0] == other[-1] or word[-1] == other[0] for other in chosen):
            continue
        chosen.append(word)
        taken |= characters
        if len(chosen) == most:
            break
    return tuple(chosen)
