"""`baiying cast`: the demonstration accounts with their passwords and API tokens. Refuses for a real street."""

from __future__ import annotations

import argparse
import json
from typing import Any

from baiying.command.paths import data_folder
from baiying.command.trouble import Trouble
from baiying.command.welcome import width

SHOWN = ("username", "password", "name", "role_name", "unit", "token")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="data folder of the street")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    people = read_cast(arguments.data)
    if arguments.json:
        print(json.dumps(people, ensure_ascii=False, indent=1))
        return 0
    rows = [[str(person.get(key) or "-") for key in SHOWN] for person in people]
    widths = [max(width(row[column]) for row in rows) for column in range(len(SHOWN))]
    for row in rows:
        print("  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row)).rstrip())
    return 0


def read_cast(data: str | None) -> list[dict[str, Any]]:
    """The cast's rows: username, name, role, role_name, unit, unit_code, tenant, password, token.

    Raises Trouble for a street that is not the demonstration's.
    """
    folder = data_folder(data)
    try:
        content = json.loads(folder.street.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}
    if not content.get("demonstration") or not content.get("cast"):
        raise Trouble(
            f"{folder.root} holds no demonstration street, so there are no demonstration accounts",
            "a real street's accounts are opened by its security administrator",
        )
    people: list[dict[str, Any]] = content["cast"]
    return people
