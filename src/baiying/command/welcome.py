"""What `up` says when everything runs: where to go, and as whom."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from baiying.command.paths import DataFolder
from baiying.config import options

DOORS = (("/report", "Residents 居民"), ("/desk/", "Desk 工作台"), ("/healthz", "Health"))
SHOWN = ("username", "password", "name", "role_name", "unit")


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
    """One demonstration account for each role, in columns; `baiying cast` has them all, with API tokens."""
    try:
        content: dict[str, Any] = json.loads(data.street.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    people = [person for person in content.get("cast", []) if person.get("password")]
    first = {person.get("role"): person for person in reversed(people)}
    shown = [person for person in people if first[person.get("role")] is person]
    if not shown:
        return []
    rows = [[str(person.get(key, "")) for key in SHOWN] for person in shown]
    widths = [max(width(row[column]) for row in rows) for column in range(len(SHOWN))]
    lines = ["", "  Demonstration accounts, all invented 演示账号（均为虚构）:"]
    for row in rows:
        lines.append(
            "    " + "  ".join(cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row)).rstrip()
        )
    if len(people) > len(shown):
        lines.append(f"    all {len(people)} of them: baiying cast")
    return lines


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
