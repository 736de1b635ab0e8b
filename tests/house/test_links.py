"""What the documents point at exists: files, headings, commands, options, settings."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from baiying.cases.steps import LIFECYCLE
from baiying.command import main
from baiying.config import options
from baiying.dispatch import clocks as _clocks
from baiying.dispatch import rules as _dispatch
from baiying.dispatch.calls_steps import CALL, SUMMONS
from baiying.insight import rules as _insight  # declares its permissions
from baiying.org.rules import PERMISSIONS
from tests.house.source import CHECKOUT, PACKAGE

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:\./|(?<![\w./-]))baiying +([a-z]+)((?: +[^`\n|;)]*)?)")
ROOMS = ("kit", "journal", "org", "registry", "dispatch", "cases", "insight", "doors")
FRAME = ("config", "command", "street", "bench")
NAMES_OF_OTHER_THINGS = {
    *PERMISSIONS,
    _insight.READ,
    *(step.event for table in (LIFECYCLE, CALL, SUMMONS) for step in table.steps),
    "dispatch.call_asked",
    _dispatch.SET_LIMITS,
    *_clocks.EVENTS,
    "cases.received",
}


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    names = listed or [str(p) for p in CHECKOUT.rglob("*.md") if "node_modules" not in p.parts]
    return [CHECKOUT / name for name in names if (CHECKOUT / name).exists()]


def name_of(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def prose(text: str) -> str:
    """Without code, where brackets mean something else."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchor(heading: str) -> str:
    """The anchor that a forge gives to a heading."""
    plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors_of(document: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(document.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_links_resolve(document: Path) -> None:
    missing = []
    for target in LINK.findall(prose(document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, part = target.partition("#")
        file = (document.parent / place).resolve() if place else document
        if not file.exists() or (part and part not in anchors_of(file)):
            missing.append(target)
    assert missing == []


def commands_in(text: str) -> Iterator[tuple[str, str]]:
    """(command, the rest of its line) of all code in a document."""
    code = re.findall(r"```(?:sh|ini)?\n(.*?)```", text, flags=re.DOTALL)
    code += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for part in code:
        for name, rest in COMMAND.findall(part.replace("\\\n", " ")):
            yield name, rest.split("#")[0]


def option_strings(parser: argparse.ArgumentParser) -> set[str]:
    known: set[str] = set()
    for action in parser._actions:
        known |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                known |= option_strings(inner)
    return known


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_commands_exist(document: Path) -> None:
    unknown = []
    for name, rest in commands_in(document.read_text(encoding="utf-8")):
        if name not in main.COMMANDS:
            unknown.append(f"baiying {name}")
            continue
        parser = argparse.ArgumentParser()
        main.load(name).add_arguments(parser)
        given = re.findall(r"(?<!\S)--[a-z-]+", rest)
        if name not in ("manage", "test"):
            unknown += [
                f"baiying {name} {option}" for option in given if option not in option_strings(parser)
            ]
    assert unknown == []


def test_first_two_commands_of_the_readme_are_the_two_that_are_needed() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (CHECKOUT / name).read_text(encoding="utf-8")
        assert [command for command, _rest in commands_in(text)][:2] == ["up", "test"], name


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_settings_that_are_named_exist(document: Path) -> None:
    named = set(re.findall(r"\bBAIYING_[A-Z_]+[A-Z]\b", document.read_text(encoding="utf-8")))
    assert named - set(options.BY_NAME) - options.OUTSIDE_NAMES == set()


@pytest.mark.parametrize("part", [*ROOMS, *FRAME])
def test_every_room_says_what_it_knows(part: str) -> None:
    readme = PACKAGE / part / "README.md"
    lines = readme.read_text(encoding="utf-8").strip().splitlines()
    assert 10 <= len(lines) <= 60
    assert lines[0].startswith("# ")


def is_there(name: str) -> bool:
    """Whether a dotted name below the package is a module, or something defined in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = PACKAGE.joinpath(*parts[:length])
        if not parts[length:]:
            if place.is_dir() or place.with_suffix(".py").exists():
                return True
        elif place.with_suffix(".py").exists():
            defined = rf"^(?:\s*(?:async )?(?:def|class) {parts[length]}\b|{parts[length]}\b.*=)|import .*\b{parts[length]}\b"
            return (
                re.search(defined, place.with_suffix(".py").read_text(encoding="utf-8"), re.MULTILINE)
                is not None
            )
    return False


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_code_that_is_named_exists(document: Path) -> None:
    code = re.findall(r"`([^`\n]+)`", document.read_text(encoding="utf-8"))
    missing = []
    for part in code:
        name = re.match(rf"((?:{'|'.join([*ROOMS, *FRAME])})(?:\.\w+)+)", part)
        path = re.fullmatch(rf"((?:{'|'.join([*ROOMS, *FRAME])})/[\w/]+\.\w+)", part)
        if path and not any((folder / path[1]).exists() for folder in (PACKAGE, CHECKOUT)):
            missing.append(part)
        if name and not path and name[1] not in NAMES_OF_OTHER_THINGS and not is_there(name[1]):
            missing.append(part)
    assert missing == []


def test_every_decision_is_listed() -> None:
    folder = CHECKOUT / "docs" / "adr"
    listed = set(re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {p.name for p in folder.glob("[0-9]*.md")}


def test_every_document_is_reached_from_the_readme() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in (CHECKOUT / "docs").glob("*.md") if f"docs/{p.name}" not in readme] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`baiying up --port 1`", [("up", " --port 1")]),
        ("```sh\n./baiying cast --json | head\n```", [("cast", " --json ")]),
        ("The `baiying_app` role, /srv/baiying/data", []),
    ],
)
def test_commands_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert list(commands_in(text)) == found


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [("Limits", "limits"), ("`kit` and more", "kit-and-more"), ("What it needs?", "what-it-needs")],
)
def test_anchor(heading: str, wanted: str) -> None:
    assert anchor(heading) == wanted
