"""What `up` says when everything runs: where to go, and as whom."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from baiying.command.paths import DataFolder
from baiying.config import options

DOORS = (("/report", "Residents 居民"), ("/desk/", "Desk 工作台"), ("/healthz", "Health"))


def show(address: str, data: DataFolder) -> None:
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
    lines += ["", "Ctrl-C stops it."]
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
    rows = [
        [str(person.get(key, "")) for key in ("login", "password", "name", "role", "unit")]
        for person in people
    ]
    widths = [max(width(row[column]) for row in rows) for column in range(4)]
    lines = ["", "  Demonstration accounts (login, password, name, role, unit; all invented):"]
    for row in rows:
        padded = [cell + " " * (widths[column] - width(cell)) for column, cell in enumerate(row[:4])]
        lines.append("    " + "  ".join([*padded, row[4]]))
    return lines


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
