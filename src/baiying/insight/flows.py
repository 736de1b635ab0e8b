"""What is counted by the day on which it happened. One column each in insight_flow, so that a page reads one row for
a place and a day, not twelve; this list writes those columns into the SQL.
"""

from __future__ import annotations

import re
from typing import Final

FLOWS: Final = (
    "received", "handled", "closed", "reopened", "declined", "called_back", "contacted", "solved", "satisfied",
    "basically_satisfied", "dissatisfied", "unanswered",
)  # fmt: skip

_PLACE: Final = re.compile(r"\[\[(\w+)(?: (\w+))?\]\]")
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


def expand(sql: str) -> str:
    """`[[sums x]]` -> sum(x.received)::integer AS received, ...: each form once for every flow."""

    def each(found: re.Match[str]) -> str:
        form = _FORMS[found[1]]
        return ", ".join(form.format(flow=flow, row=found[2] or "") for flow in FLOWS)

    return _PLACE.sub(each, sql)
