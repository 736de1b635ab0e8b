"""`baiying text train|predict|score|hot`: learn a label from any labelled CSV, find what recurs in any CSV; no street and no database needed."""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baiying.command import labelled
from baiying.command.trouble import Trouble
from baiying.kit.recurring import table as recurring_table

if TYPE_CHECKING:
    from baiying.kit.learning.grams import Document, Numbers
    from baiying.kit.learning.model import Features, Model

COLUMNS = (
    "row", "id", "label", "probability", "second", "second_probability", "third", "third_probability", "words",
)  # fmt: skip
_AT_ONCE = 1000  # messages predicted together; what is read is never held as a whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True)
    training = commands.add_parser("train", help="learn a label from a CSV (or .csv.gz) of labelled texts")
    training.add_argument("file", type=Path)
    training.add_argument(
        "--text", required=True, metavar="COLUMNS", help="title,body: the first counts more"
    )
    training.add_argument("--label", required=True, metavar="COLUMN")
    training.add_argument("--out", required=True, type=Path, metavar="MODEL")
    training.add_argument(
        "--also",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="one more labelled file; repeatable",
    )
    training.add_argument(
        "--also-text", metavar="COLUMNS", help="its text columns (default: those of --text)"
    )
    training.add_argument(
        "--also-label", metavar="COLUMN", help="its label column (default: that of --label)"
    )
    training.add_argument("--check", action="store_true", help="measure by 5-fold cross-validation first")
    predicting = commands.add_parser("predict", help="label every message of a file")
    predicting.add_argument("model", type=Path)
    predicting.add_argument("file", type=Path)
    predicting.add_argument("--out", required=True, type=Path, metavar="CSV")
    predicting.add_argument("--text", metavar="COLUMNS", help="default: the columns the model was trained on")
    scoring = commands.add_parser("score", help="how right a model is about a labelled file")
    scoring.add_argument("model", type=Path)
    scoring.add_argument("file", type=Path)
    scoring.add_argument("--text", metavar="COLUMNS", help="default: the columns the model was trained on")
    scoring.add_argument("--label", metavar="COLUMN", help="default: the column the model was trained on")
    hot = commands.add_parser("hot", help="what recurs among the messages of a file, with a test of chance")
    hot.add_argument("file", type=Path)
    recurring_table.add_arguments(hot)
    for one in (training, predicting, scoring, hot):
        one.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    # One core, as promised: a hundred weights a message are not worth a second thread.
    for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(library, "1")
    result = {"train": _train, "predict": _predict, "score": _score, "hot": _hot}[arguments.what](arguments)
    print(json.dumps(result, ensure_ascii=False) if arguments.json else "\n".join(_lines(result)))
    return 0


def _lines(result: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in result.items():
        if isinstance(value, dict):
            lines += [f"{name}:"]
            lines += [
                f"  {key}: "
                + ("  ".join(f"{k} {v}" for k, v in one.items()) if isinstance(one, dict) else str(one))
                for key, one in value.items()
            ]
        else:
            lines.append(f"{name}: {value}")
    return lines


def _read(path: Path, text: list[str], label: str) -> tuple[list[Document], list[str], int]:
    """(texts, labels, rows without a label) of a file."""
    from baiying.kit.learning import grams

    documents, labels, without = [], [], 0
    for row in labelled.messages(path, [*text, label]):
        if row[label].strip():
            documents.append(grams.document([row[name] for name in text]))
            labels.append(row[label].strip())
        else:
            without += 1
    return documents, labels, without


def _train(arguments: argparse.Namespace) -> dict[str, Any]:
    from baiying.kit.learning import training, twins

    began = time.perf_counter()
    text = _columns(arguments.text, "--text")
    labelled.check_out(arguments.out, arguments.file, *arguments.also)
    documents, labels, without = _read(arguments.file, text, arguments.label)
    more: list[Document] = []
    more_labels: list[str] = []
    left_out = 0
    known = [" ".join(one.parts) for one in documents]
    for path in arguments.also:
        columns = _columns(arguments.also_text, "--also-text") if arguments.also_text else text
        some, said, skipped = _read(path, columns, arguments.also_label or arguments.label)
        without += skipped
        twin = twins.twin_of([" ".join(one.parts) for one in some], known)
        more += [one for one, place in zip(some, twin, strict=True) if place < 0]
        more_labels += [one for one, place in zip(said, twin, strict=True) if place < 0]
        left_out += int((twin >= 0).sum())
    about = {"text": text, "label": arguments.label, "messages": len(documents) + len(more)}
    result: dict[str, Any] = {
        "messages": len(documents), "also": len(more), "twins_left_out": left_out, "without_label": without,
    }  # fmt: skip
    try:
        if arguments.check:
            model, found = training.train_and_measure(
                documents, labels, also=(more, more_labels), about=about
            )
            result["cross_validation"] = found.as_json()
        else:
            model = training.train(documents, labels, also=(more, more_labels), about=about)
    except training.TooLittle as wrong:
        raise Trouble(str(wrong), "give a file with more labelled messages") from None
    with labelled.replacing(arguments.out) as partial:
        model.save(partial)
    result |= {
        "labels": len(model.labels),
        "grams": len(model.vocabulary.keys),
        "model_bytes": arguments.out.stat().st_size,
        "seconds": round(time.perf_counter() - began, 1),
        "out": str(arguments.out),
    }
    return result


def _columns(said: str, option: str) -> list[str]:
    """The columns that an option names. Trouble when it names none."""
    named = labelled.names(said)
    if not named:
        raise Trouble(f"{option} names no column", "name the columns of the texts: --text title,body")
    return named


def _columns_of(model: Model, arguments: argparse.Namespace) -> list[str]:
    """The columns of the texts: as said, else those that the model was trained on."""
    if arguments.text is not None:
        return _columns(arguments.text, "--text")
    if not model.about.get("text"):
        raise Trouble(
            f"{arguments.model} does not say where the texts stand", "name their columns with --text"
        )
    return list(model.about["text"])


def _model(path: Path) -> Model:
    from baiying.kit.learning import model

    try:
        return model.load(path)
    except OSError as wrong:
        raise Trouble(f"{path} cannot be read ({wrong.strerror})", "check the path") from None
    except model.NotAModel as wrong:
        raise Trouble(f"{path} is no model: {wrong}", "make one with `baiying text train`") from None


def _predict(arguments: argparse.Namespace) -> dict[str, Any]:
    from baiying.kit.learning import grams

    labelled.check_out(arguments.out, arguments.model, arguments.file)
    model = _model(arguments.model)
    text = _columns_of(model, arguments)
    count, spent = 0, 0.0
    found = labelled.messages(arguments.file, text)
    with labelled.replacing(arguments.out) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        while some := list(islice(found, _AT_ONCE)):
            began = time.process_time()
            texts = [model.features(grams.document([row[name] for name in text])) for row in some]
            chances = model.probabilities(texts)
            lines = [_line(model, one, row) for one, row in zip(texts, chances, strict=True)]
            spent += time.process_time() - began
            for number, (row, line) in enumerate(zip(some, lines, strict=True), count + 1):
                writer.writerow([number, row.get("id", ""), *line])
            count += len(some)
    return {
        "messages": count,
        "microseconds_a_message": round(spent / count * 1e6),
        "out": str(arguments.out),
    }


def _line(model: Model, text: Features, probabilities: Numbers) -> list[str]:
    said = model.ranked(probabilities).ranked
    listed = [text for label, chance in said for text in (label, f"{chance:.4f}")]
    return [*listed, *[""] * (6 - len(listed)), " ".join(model.words_for(text, said[0][0]))]


def _score(arguments: argparse.Namespace) -> dict[str, Any]:
    from baiying.kit.learning.measures import measured

    model = _model(arguments.model)
    label = arguments.label or model.about.get("label", "label")
    documents, labels, without = _read(arguments.file, _columns_of(model, arguments), label)
    if not documents:
        raise Trouble(f"{arguments.file} holds no row with a label", "score needs the labels that are true")
    # Processor time of this one thread: what a message costs, whoever else is at work on the machine.
    began = time.process_time()
    probabilities = model.probabilities(map(model.features, documents))
    spent = time.process_time() - began
    return measured(labels, model.labels, probabilities).as_json() | {
        "without_label": without,
        "microseconds_a_message": round(spent / len(documents) * 1e6),
        "model_bytes": arguments.model.stat().st_size,
    }


def _hot(arguments: argparse.Namespace) -> dict[str, Any]:
    labelled.check_out(Path(arguments.out), arguments.file)
    try:
        return recurring_table.search(arguments)
    except KeyError as missing:
        raise Trouble(f"{arguments.file} has no column {missing}", "name its columns") from None
    except (OSError, ValueError, csv.Error) as wrong:
        raise Trouble(f"{arguments.file} cannot be read ({wrong})", "check path and columns") from None
