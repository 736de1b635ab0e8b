"""`python -m baiying.kit.recurring FILE --text title,body --time time --out CSV`: what recurs in any table of messages.

With `-` as FILE it talks in lines of JSON, as the worker does: settings and items in, findings out. It touches no database.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from baiying.kit.recurring.finding import find
from baiying.kit.recurring.items import Finding, Item, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m baiying.kit.recurring", description=__doc__)
    parser.add_argument("file", help="CSV with a header line, or - for lines of JSON")
    add_arguments(parser)
    asked = parser.parse_args(arguments)
    if asked.file == "-":
        talk(sys.stdin, sys.stdout)
        return 0
    told = search(asked)
    print(f"{told['messages']} messages, {told['findings']} findings in {told['out']}")
    return 0


def search(asked: argparse.Namespace) -> dict[str, Any]:
    """Look through the table that the arguments name and write the findings; says how many."""
    csv.field_size_limit(10_000_000)
    with Path(asked.file).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restval="")
        if not reader.fieldnames:
            raise ValueError("it is empty")
        items = list(items_of(reader, asked))
    found = find(items, replace(Settings(), most_findings=asked.most, most_q=asked.q))
    with Path(asked.out).open("w", encoding="utf-8", newline="") as file:
        write(file, found)
    return {"messages": len(items), "findings": len(found), "out": str(asked.out)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", default="text", help="columns of the words, in order: title,body")
    parser.add_argument("--time", default="time", help="column of the moment")
    parser.add_argument("--id", default="id", help="column of the id")
    parser.add_argument("--who", default="", help="column that tells persons apart")
    parser.add_argument("--category", default="", help="column of the category")
    parser.add_argument(
        "--place", default="", help="columns of places, named by level: building,living_area,grid"
    )
    parser.add_argument("--most", type=int, default=100, help="findings at most")
    parser.add_argument("--q", type=float, default=0.01, help="share of findings that may be chance")
    parser.add_argument("--out", default="hot.csv", help="CSV to write")


def items_of(rows: Iterable[dict[str, str]], asked: argparse.Namespace) -> Iterator[Item]:
    """Items of a table. Raises KeyError for a column that is not there, ValueError for a moment that cannot be read."""
    levels = [level for level in asked.place.split(",") if level]
    for row in rows:
        yield Item(
            id=row[asked.id],
            at=moment(row[asked.time]),
            text="\n".join(row[column].strip() for column in asked.text.split(",")),
            category=row[asked.category] if asked.category else "",
            places={level: row[level] for level in levels if row[level]},
            who=row[asked.who] if asked.who else "",
        )


def moment(said: str) -> datetime:
    """ISO 8601, or as Chinese tables have it: 2019/2/28 11:25[:05]. Without a zone it is taken as it stands."""
    found = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?", said.strip())
    if found is None:
        return datetime.fromisoformat(said.strip())
    return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001


def write(file: TextIO, found: Sequence[Finding]) -> None:
    """Findings as CSV, one a line; ids with blanks between."""
    writer = csv.DictWriter(file, ["rank", *(f.name for f in fields(Finding))])
    writer.writeheader()
    for rank, finding in enumerate(found, start=1):
        writer.writerow({"rank": rank, **_plain(finding), "ids": " ".join(finding.ids)})


def talk(lines: Iterable[str], out: TextIO) -> None:
    """The first line: settings (until, or {}). Then an item on each line. Answers a finding on each line."""
    reading = iter(lines)
    said = json.loads(next(reading))
    until = said.get("until")
    settings = Settings(until=datetime.fromisoformat(until)) if until else Settings()
    items = (Item(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in map(json.loads, reading))
    for finding in find(items, settings):
        out.write(json.dumps(_plain(finding), ensure_ascii=False) + "\n")


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        **asdict(finding),
        "first_at": finding.first_at.isoformat(),
        "last_at": finding.last_at.isoformat(),
    }
