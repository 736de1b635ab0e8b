"""Writes the pages of docs/ that are tables of the code: lifecycle, permissions, commands; a test holds them equal.

.venv/bin/python tools/write_docs.py
"""

from __future__ import annotations

import argparse
import csv
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by tools/write_docs.py from {source}. Change that, not this page. -->\n"


def lifecycle() -> str:
    """States, steps and the diagram, from cases/steps.py."""
    from baiying.cases.steps import LIFECYCLE

    lines = [
        "# The lifecycle of a case", "", NOTE.format(source="cases/steps.py"),
        "Streets vary numbers and names (limits, categories, who checks), never this graph. `resumed` is the state in which",
        "the case was before it waited or was parked.", "",
        "```mermaid", LIFECYCLE.as_mermaid(), "```", "", "## States", "", "| state | 中文 | English | bucket |",
        "|---|---|---|---|",
    ]  # fmt: skip
    lines += [f"| `{s.code}` | {s.label} | {s.label_en} | {s.number} |" for s in LIFECYCLE.states]
    lines += [
        "",
        "## Steps",
        "",
        "| step | 中文 | from | to | who | permission | needs | guard | event |",
        "|---" * 9 + "|",
    ]
    for step in LIFECYCLE.steps:
        origin = " ".join(f"`{s}`" for s in step.from_states)
        target = "resumed" if step.to == "<resume>" else f"`{step.to}`"
        needs = " ".join(f"`{n}`" for n in step.needs)
        guard = f"`{step.guard}`" if step.guard else ""
        lines.append(
            f"| `{step.name}` | {step.label} | {origin} | {target} | {', '.join(step.by)} | `{step.permission}` "
            f"| {needs} | {guard} | `{step.event}` |"
        )
    return "\n".join(lines) + "\n"


def calls() -> str:
    """States, steps and diagrams of a call and of a summons, from dispatch/calls_steps.py."""
    from baiying.dispatch.calls_steps import CALL, SUMMONS

    lines = [
        "# The lifecycles of a call and of a summons", "", NOTE.format(source="dispatch/calls_steps.py"),
        "A call goes to several units and people at once; each of them has one summons. A community calls its own grids and",
        "people itself, others through the street's office (`asked`), in an emergency everybody at once. Nobody decides about",
        "an objection to their own call. A call does not end while a summons is called, acknowledged, objected or refused.",
    ]  # fmt: skip
    for title, table in (("A call", CALL), ("A summons", SUMMONS)):
        lines += ["", f"## {title}", "", "```mermaid", table.as_mermaid(), "```", ""]
        lines += ["| state | 中文 | English |", "|---|---|---|"]
        lines += [f"| `{s.code}` | {s.label} | {s.label_en} |" for s in table.states]
        lines += [
            "",
            "| step | 中文 | from | to | who | permission | needs | guard | event |",
            "|---" * 9 + "|",
        ]
        for step in table.steps:
            origin, needs = (" ".join(f"`{n}`" for n in names) for names in (step.from_states, step.needs))
            guard = f"`{step.guard}`" if step.guard else ""
            lines.append(
                f"| `{step.name}` | {step.label} | {origin} | `{step.to}` | {', '.join(step.by)} | `{step.permission}` "
                f"| {needs} | {guard} | `{step.event}` |"
            )
    return "\n".join(lines) + "\n"


def permissions() -> str:
    """Every permission with its sentence, and which role holds it, from the rooms' rules.py and org/data/roles.csv."""
    roles = read_roles()
    lines = [
        "# Permissions and roles", "", NOTE.format(source="the rooms' rules.py and org/data/roles.csv"),
        "A permission counts only over the rows of the post's own branch. A denial names the permission, its sentence and the",
        "unit at which it was missing. `system`, `security` and `audit` administrators exclude one another and all business,",
        "also in the database.", "", "| permission | 名称 | 说明 | roles |", "|---|---|---|---|",
    ]  # fmt: skip
    for code, declared in sorted(declared_permissions().items()):
        holders = ", ".join(f"`{r['code']}`" for r in roles if code in r["permissions"].split("|"))
        lines.append(f"| `{code}` | {declared.name} | {declared.sentence} | {holders} |")
    lines += ["", "## Roles", "", "| role | 名称 | English | at | sees |", "|---|---|---|---|---|"]
    sees = {
        "own": "its own branch",
        "street": "the whole street",
        "none": "no business data",
        "audit": "the journal",
    }
    for role in roles:
        levels = ", ".join(role["levels"].split("|"))
        name = f"| `{role['code']}` | {role['name']} | {role['name_en']} "
        lines.append(f"{name}| {levels} | {sees[role['scope_level']]} |")
    return "\n".join(lines) + "\n"


def declared_permissions() -> dict[str, Any]:
    """Every permission of every room."""
    from baiying.org.rules import PERMISSIONS

    for path in (CHECKOUT / "src" / "baiying").glob("*/rules.py"):
        importlib.import_module(f"baiying.{path.parent.name}.rules")
    return PERMISSIONS


def read_roles() -> list[dict[str, str]]:
    """The rows of org/data/roles.csv."""
    import baiying.org

    path = Path(baiying.org.__file__ or "").parent / "data" / "roles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commands() -> str:
    """`baiying COMMAND`, with the help of each."""
    from baiying.command.main import COMMANDS, PASSED_ON, available, load

    os.environ["COLUMNS"] = "100"  # argparse breaks lines at the terminal's width
    lines = [
        "# Commands", "", NOTE.format(source="command/main.py"),
        "`./baiying COMMAND` at the root of a checkout, `baiying COMMAND` where the package is installed.", "",
    ]  # fmt: skip
    for name in available():
        sentence = COMMANDS[name][1]
        lines += [f"## baiying {name}", "", sentence, ""]
        if name in PASSED_ON:
            continue
        parser = argparse.ArgumentParser(prog=f"baiying {name}", add_help=False)
        load(name).add_arguments(parser)
        lines += ["```text", parser.format_help().rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "lifecycle.md": lifecycle,
    "calls.md": calls,
    "permissions.md": permissions,
    "commands.md": commands,
}


def main() -> int:
    """Write every page."""
    sys.path.insert(0, str(CHECKOUT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baiying.config.settings")
    import django
    from django.utils import translation

    django.setup()
    with translation.override("zh-hans"):
        for name, write in PAGES.items():
            (CHECKOUT / "docs" / name).write_text(write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
