"""`baiying bench NAME`: measure in a scratch database; never touches a street's data."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from typing import Any

BENCHES = {
    "intake": "the public API against the same PostgreSQL",
    "desk": "the desk's pages at 10 thousand and N cases",
    "clocks": "finding what is due among N clocks, and escalating 10 thousand of them",
    "rules": "a draft of the rules replayed on N cases",
    "open311": "what Open311 answers at 10 thousand and N cases, and its intake against the API's",
    "search": "everything the desk looks for, at 10 thousand and N cases",
    "text": "what predicting N messages costs, words that spoke for them included",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", choices=sorted(BENCHES), help="; ".join(f"{n}: {w}" for n, w in BENCHES.items())
    )
    parser.add_argument(
        "--rows",
        type=int,
        help="how many cases, clocks or messages (desk, open311, search, clocks, text 1000000, rules 100000)",
    )
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    def say(text: str) -> None:
        print(f"bench {arguments.name}: {text}", file=sys.stderr, flush=True)

    result = importlib.import_module(f"baiying.bench.{arguments.name}").run(say, arguments.rows)
    print(json.dumps(result, ensure_ascii=False, indent=1) if arguments.json else "\n".join(lines_of(result)))
    return 0


def lines_of(result: dict[str, Any], indent: str = "") -> list[str]:
    """The result as indented lines for people."""
    lines = []
    for name, value in result.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}:", *lines_of(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {value}")
    return lines
