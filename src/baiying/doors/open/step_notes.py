"""A step table as words for the schema: what each step needs, who may take it, when."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from baiying.kit.lifecycle import Lifecycle
from baiying.org.rules import PERMISSIONS


def note_of(table: Lifecycle) -> str:
    """One line a step, as a table in Markdown."""
    lines = ["| step | | from | to | needs | permission | guard |", "|---|---|---|---|---|---|---|"]
    for row in rows_of(table):
        cells = (
            f"`{row['name']}`", row["label"], ", ".join(row["from"]), row["to"], ", ".join(row["needs"]), row["permission"],
            row["guard"] or "",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rows_of(table: Lifecycle) -> list[dict[str, Any]]:
    """The steps that staff may take, for programs that read the schema (`x-steps`)."""
    with translation.override("en"):
        return [
            {
                "name": step.name, "label": str(step.label), "from": list(step.from_states),
                "to": step.to.replace("<resume>", "as before"), "needs": list(step.needs), "permission": step.permission,
                "permission_name": str(PERMISSIONS[step.permission].name), "guard": step.guard,
            }
            for step in table.steps
            if "staff" in step.by
        ]  # fmt: skip
