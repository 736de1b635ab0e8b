"""`baiying text`: from a labelled file to predictions, with no street running; what is wrong is said by name."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import pytest

from baiying.command import main
from baiying.command.text import COLUMNS
from tests.kit.learning.test_learning import made, small

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "messages"


def written(path: Path, count: int = 60, seed: int = 1, **changes: str) -> Path:
    documents, labels = made(count, seed)
    names = [changes.get(name, name) for name in ("id", "title", "body", "label")]
    with path.open("w", encoding=changes.get("encoding", "utf-8"), newline="") as stream:
        lines = [
            [f"m{n}", *one.parts, said] for n, (one, said) in enumerate(zip(documents, labels, strict=True))
        ]
        csv.writer(stream).writerows([names, *lines])
    return path


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main.main(["text", *map(str, words)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_labelled_file_is_learnt_predicted_and_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, learnt, out = written(tmp_path / "a.csv"), tmp_path / "model", tmp_path / "out.csv"
    again = written(tmp_path / "b.csv", seed=2, encoding="gb18030")
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(again.read_bytes()))
    how = ["--text", "title,body", "--label", "label"]
    code, shown, _ = said(capsys, "train", file, *how, "--out", learnt, "--also", file, "--check", "--json")
    trained = json.loads(shown)
    assert (code, trained["messages"], trained["labels"], trained["also"]) == (0, 60, 3, 0)
    assert trained["twins_left_out"] == 60  # the same file once more adds nothing
    assert trained["cross_validation"]["macro_f1"] == 1.0
    assert trained["model_bytes"] == learnt.stat().st_size
    code, shown, _ = said(capsys, "score", learnt, packed, "--json")
    scored = json.loads(shown)
    assert (code, scored["macro_f1"], scored["accuracy"], scored["messages"]) == (0, 1.0, 1.0, 60)
    assert set(scored["labels"]) == {"路灯", "噪音", "垃圾"}
    assert {"calibration_error", "microseconds_a_message", "model_bytes"} <= set(scored)
    code, shown, _ = said(capsys, "predict", learnt, packed, "--out", out)
    assert code == 0
    assert re.match(r"messages: 60\n", shown)
    with out.open(encoding="utf-8") as stream:
        lines = list(csv.reader(stream))
    assert tuple(lines[0]) == COLUMNS
    assert [line[:2] for line in lines[1:3]] == [["1", "m0"], ["2", "m1"]]
    assert [line[2] for line in lines[1:]] == made(60, seed=2)[1]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        (
            ["train", "{file}", "--text", "titel", "--label", "label", "--out", "{out}"],
            "no column 'titel': it has id",
        ),
        (["train", "{empty}", "--text", "a", "--label", "b", "--out", "{out}"], "is empty"),
        (["train", "{gone}", "--text", "a", "--label", "b", "--out", "{out}"], "there is no file"),
        (["train", "{heading}", "--text", "body", "--label", "label", "--out", "{out}"], "holds no row"),
        (["train", "{file}", "--text", "body", "--label", "same", "--out", "{out}"], "the same label"),
        (["predict", "{file}", "{file}", "--out", "{out}"], "is no model"),
        (["score", "{gone}", "{file}"], "cannot be read"),
        (["train", "{bent}", "--text", "a", "--label", "b", "--out", "{out}"], "cannot be read"),
        (["train", "{file}", "--text", ",", "--label", "label", "--out", "{out}"], "--text names no column"),
        (
            ["train", "{file}", "--text", "body", "--label", "label", "--out", "{file}"],
            "would be overwritten",
        ),
        (["train", "{file}", "--text", "body", "--label", "label", "--out", "{folder}"], "is a folder"),
        (["train", "{long}", "--text", "body", "--label", "label", "--out", "{out}"], f"it has {'x' * 40}…;"),
        (["predict", "{model}", "{file}", "--out", "{gone}/out"], "there is no folder"),
        (["predict", "{model}", "{file}", "--out", "{file}"], "would be overwritten"),
        (["predict", "{model}", "{file}", "--out", "{out}"], "name their columns with --text"),
        (["score", "{model}", "{bytes}", "--text", "body"], "save it as CSV in UTF-8"),
        (["hot", "{empty}", "--out", "{out}"], "it is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: list[str], wanted: str
) -> None:
    file = written(tmp_path / "file.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0] + ",same", *(line + ",x" for line in lines[1:])]), encoding="utf-8")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "heading").write_text("body,label\n")
    (tmp_path / "bent").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "long").write_bytes(b"x" * 1_000_000)
    (tmp_path / "bytes").write_bytes(b"body,label\n" + b"a,b\n" * 20_000 + b"\xff\xff,b\n")
    small().save(tmp_path / "model")
    (tmp_path / "folder").mkdir()
    known = ("empty", "gone", "heading", "bent", "out", "long", "bytes", "model", "folder")
    names = {name: tmp_path / name for name in known} | {"file": file}
    code, shown, told = said(capsys, *(word.format(**names) for word in how))
    assert (code, shown) == (1, "")
    assert wanted in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("*.partial"))
    assert file.read_text(encoding="utf-8").startswith("id,title,body,label,same")


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the real messages are not beside the checkout")
def test_real_messages_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five-fold, the whole of the training inside each fold, as the figures of docs/learning.md."""
    learnt = tmp_path / "model"
    code, shown, _ = said(
        capsys, "train", DATA / "messages-dev.csv", "--text", "title,body", "--label", "label", "--out", learnt,
        "--check", "--json",
    )  # fmt: skip
    found = json.loads(shown)["cross_validation"]
    assert (code, found["messages"]) == (0, 3054)
    assert found["macro_f1"] >= 0.89
    assert found["calibration_error"] <= 0.06
    assert learnt.stat().st_size <= 20_000_000
