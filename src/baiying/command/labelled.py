"""CSV files of labelled texts, plain or packed (.gz), as `baiying text` reads them, and what it writes."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from baiying.command.trouble import Trouble

_MOST_NAMES: Final = 20  # columns told of a file that has others
_MOST_LETTERS: Final = 40  # of each: what is no table may be one line of megabytes


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text: UTF-8, or what Chinese Windows writes (GB 18030). Trouble when it cannot be read."""
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            content = gzip.GzipFile(fileobj=raw) if packed else raw
            encoding = _encoding(content.read(1 << 16))
            content.seek(0)
            with io.TextIOWrapper(content, encoding=encoding, newline="") as stream:
                yield stream
    except FileNotFoundError:
        raise Trouble(f"there is no file {path}", "check the path") from None
    except (OSError, EOFError) as wrong:
        raise Trouble(f"{path} cannot be read ({wrong})", "check the file, or unpack it first") from None
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise Trouble(f"{path} is no CSV text ({wrong})", "save it as CSV in UTF-8") from None


def _encoding(beginning: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            beginning.decode(encoding)
        except UnicodeDecodeError as wrong:
            if wrong.start < len(beginning) - 4:  # a character cut in two at the end is no fault
                continue
        return encoding
    return "utf-8-sig"


def messages(path: Path, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a file as dictionaries, read as they are asked for. Trouble as `opened` and `_rows` say."""
    with opened(path) as stream:
        yield from _rows(path, stream, needed)


def _rows(path: Path, stream: TextIO, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """Trouble when a needed column is missing, naming it, or there is no row."""
    reader = csv.DictReader(stream, restval="")
    columns = list(reader.fieldnames or [])
    if not columns:
        raise Trouble(f"{path} is empty", "give a CSV file whose first line names the columns")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise Trouble(
            f"{path} has no column {', '.join(repr(name) for name in missing)}",
            f"it has {_told(columns)}; name yours with --text and --label",
        )
    first = next(reader, None)
    if first is None:
        raise Trouble(f"{path} holds no row below its heading", "give a file with messages")
    yield first
    yield from reader


def _told(columns: Sequence[str]) -> str:
    """Their names as one line can hold them."""
    some = [
        name if len(name) <= _MOST_LETTERS else f"{name[:_MOST_LETTERS]}…" for name in columns[:_MOST_NAMES]
    ]
    more = [f"{len(columns) - _MOST_NAMES} more"] if len(columns) > _MOST_NAMES else []
    return ", ".join(["".join(c if c.isprintable() else "�" for c in name) for name in some] + more)


def names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def check_out(path: Path, *sources: Path) -> None:
    """Before the work is done: whether its outcome can be written there, and is not written over what it is read from."""
    if path.is_dir():
        raise Trouble(f"--out {path} is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise Trouble(f"--out {path}: there is no folder {path.parent}", "make it, or choose another --out")
    if path.exists() and any(one.exists() and path.samefile(one) for one in sources):
        raise Trouble(
            f"--out {path} is the file that is read", "choose another --out: it would be overwritten"
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside it to write to, which takes its place when all is written; else nothing is left of it."""
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as wrong:
        raise Trouble(f"--out {path} cannot be written ({wrong.strerror})", "choose another --out") from None
    finally:
        partial.unlink(missing_ok=True)
