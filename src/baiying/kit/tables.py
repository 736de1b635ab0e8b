"""Reference tables: CSV files that say where each row comes from and how far it can be trusted.

Every row carries `source` (what it was taken from), `grade` (A: statute or government text read in full, B:
part of a government or press page, C: a public code repository or document site that quotes the standard,
D: our own knowledge or proposal, unverified), `valid_from` and `valid_to` (ISO dates, the last day
included; empty: open).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

GRADES: Final = ("A", "B", "C", "D")
PROVENANCE: Final = ("source", "grade", "valid_from", "valid_to")


class TableError(ValueError):
    """A reference file is not as declared; says file, line and column. A fault of the installation, not of
    a user.
    """


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` by column name, stripped, without the four columns that say where it comes from."""

    values: dict[str, str]
    source: str
    grade: str
    valid_from: date | None
    valid_to: date | None
    line: int

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def is_valid(self, on: date) -> bool:
        """Whether the row is in force on the day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


def read_table(path: Path, *, columns: Sequence[str], key: Sequence[str] = ()) -> list[Row]:
    """The rows of a UTF-8 CSV file in the order of the file.

    columns: those that must be there, besides source, grade, valid_from, valid_to; others are read along.
    key: columns whose values together name a row; of one name, no two rows may be in force on the same day.
    Raises TableError for a missing file or column, a short or long line, an empty source, an unknown grade,
    a wrong date, a row that ends before it begins, two rows of one key at one time.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            missing = [name for name in (*columns, *key, *PROVENANCE) if name not in header]
            if missing:
                raise TableError(f"{path.name}: column missing: {', '.join(dict.fromkeys(missing))}")
            if len(set(header)) != len(header):
                raise TableError(f"{path.name}: a column comes twice")
            rows = [_row(path, reader.line_num, header, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name}: {error}") from error
    if key:
        _check_key(path, rows, key)
    return rows


def rows_valid(rows: Iterable[Row], on: date) -> list[Row]:
    """The rows in force on the day."""
    return [row for row in rows if row.is_valid(on)]


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Row:
    where = f"{path.name}:{line}"
    if len(cells) != len(header):
        raise TableError(f"{where}: {len(cells)} cells under {len(header)} columns")
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    source, grade, first, last = (values.pop(name) for name in PROVENANCE)
    if not source:
        raise TableError(f"{where}: source is empty")
    if grade not in GRADES:
        raise TableError(f"{where}: grade {grade!r} is none of {', '.join(GRADES)}")
    valid_from, valid_to = _day(where, "valid_from", first), _day(where, "valid_to", last)
    if valid_from and valid_to and valid_to < valid_from:
        raise TableError(f"{where}: valid_to lies before valid_from")
    return Row(values, source, grade, valid_from, valid_to, line)


def _day(where: str, column: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise TableError(f"{where}: {column} {text!r} is no date (YYYY-MM-DD)") from None


def _check_key(path: Path, rows: list[Row], key: Sequence[str]) -> None:
    by_name: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        name = tuple(row[column] for column in key)
        for other in by_name.setdefault(name, []):
            begins = max(row.valid_from or date.min, other.valid_from or date.min)
            if begins <= min(row.valid_to or date.max, other.valid_to or date.max):
                said = ", ".join(name)
                raise TableError(f"{path.name}:{row.line}: {said} is in force twice, see line {other.line}")
        by_name[name].append(row)
