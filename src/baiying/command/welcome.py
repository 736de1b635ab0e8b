"""What `up` says when everything runs: where to go, and as whom."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from baiying.command.paths import DataFolder
from baiying.config import options

DOORS = (("/report", "Residents 居民"), ("/desk/", "Desk 工作台"), ("/healthz", "Health"))


def show(address: str, data: DataFolder, ending: str) -> None:
    lines = ["", "Baiying is running. 百应已启动。", ""]
    lines += [f"  {label}{' ' * (18 - width(label))}{address}{path}" for path, label in DOORS]
    lines += [f"  Data{' ' * 14}{data.root}"]
    lines += cast_lines(data)
    if options.text("BAIYING_BIND") not in {"127.0.0.1", "::1", "localhost"} and not options.flag(
        "BAIYING_HTTPS"
    ):
        lines += [
            "",
            "  note: open to the network without HTTPS; put a proxy in front and set BAIYING_HTTPS=yes",
        ]
    lines += ["", ending]
    print("\n".join(lines), flush=True)


def cast_lines(data: DataFolder) -> list[str]:
    """The demonstration accounts, in columns; API tokens are left to `baiying cast`."""
    try:
        content: dict[str, Any] = json.loads(data.street.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    people = [person for person in content.get("cast", []) if person.get("password")]
    if not people:
        return []
    # One of each role of the home street: enough to look around; `baiying cast` names all.
    shown = {person["role"]: person for person in reversed(people) if person["tenant"] == people[0]["tenant"]}
    rows = [
        [str(person.get(key, "")) for key in ("username", "password", "name", "role_name", "unit")]
        for person in people
        if shown.get(person["role"]) is person
    ]
    widths = [max(width(row[column]) for row in rows) for column in range(4)]
    lines = ["", "  Demonstration accounts (login, password, name, role, unit; all invented):"]
    for row in rows:
        padded = [cell + " " * (widths[column] - width(cell)) for column, cell in enumerate(row[:4])]
        lines.append("    " + "  ".join([*padded, row[4]]))
    lines.append(f"    … all {len(people)}, with their API tokens: baiying cast")
    return lines


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
