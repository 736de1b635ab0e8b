"""CSV files of labelled texts, plain or packed (.gz), as `baiying text` reads them."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from baiying.command.trouble import Trouble


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


def rows(path: Path, stream: TextIO, needed: list[str]) -> Iterator[dict[str, str]]:
    """The rows as dictionaries. Trouble when a needed column is missing, naming it, or there is no row."""
    reader = csv.DictReader(stream, restval="")
    columns = list(reader.fieldnames or [])
    if not columns:
        raise Trouble(f"{path} is empty", "give a CSV file whose first line names the columns")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise Trouble(
            f"{path} has no column {', '.join(repr(name) for name in missing)}",
            f"it has {', '.join(columns)}; name yours with --text and --label",
        )
    first = next(reader, None)
    if first is None:
        raise Trouble(f"{path} holds no row below its heading", "give a file with messages")
    yield first
    yield from reader


def names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]
