"""What is counted by the day on which it happened. One column each in insight_flow, so that a page reads one row for
a place and a day, not twelve; this list writes those columns into the SQL.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

FLOWS: Final = (
    "received", "handled", "closed", "reopened", "declined", "called_back", "contacted", "solved", "satisfied",
    "basically_satisfied", "dissatisfied", "unanswered", "online", "phone", "on_site", "not_counted", "raised",
)  # fmt: skip

_PLACE: Final = re.compile(r"\[\[(\w+)(?: (\w+))?\]\]")
_CELLS: Final = re.compile(r"\[\[((?:stock|flow)_cells)\s+([^\]]+?)\s*\]\]")
_FORMS: Final = {
    "flows": "{flow}",
    "of": "{row}.{flow}",
    "sums": "sum({row}.{flow})::integer AS {flow}",
    "less": "-{row}.{flow}",
    "pivot": "coalesce(sum({row}.n) FILTER (WHERE {row}.measure = '{flow}'), 0)::integer AS {flow}",
    "added": "{flow} = {row}.{flow} + excluded.{flow}",
    "types": "{flow} integer",
    "names": "'{flow}'",
    "pairs": "('{flow}', kept.{flow}, counted.{flow})",
}


@cache
def _cells() -> dict[str, str]:
    """The fragments of sql/cells.sql by name, without their comments."""
    text = (Path(__file__).parent / "sql" / "cells.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    bare = [re.sub(r"^--.*\n", "", part, flags=re.MULTILINE).strip() for part in parts[1::2]]
    return dict(zip(parts[::2], bare, strict=True))


def expand(sql: str) -> str:
    """`[[flow_cells raw x WHERE]]` -> the fragment of sql/cells.sql over those rows; then
    `[[sums x]]` -> sum(x.received)::integer AS received, ...: each form once for every flow.
    """

    def fragment(found: re.Match[str]) -> str:
        return _cells()[found[1]].format(rows=found[2], row=found[2].split()[-1])

    def each(found: re.Match[str]) -> str:
        form = _FORMS[found[1]]
        return ", ".join(form.format(flow=flow, row=found[2] or "") for flow in FLOWS)

    return _PLACE.sub(each, _CELLS.sub(fragment, sql))
