"""What is declared is documented, and the other way round."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.utils import translation

from baiying.cases import guards
from baiying.cases.steps import LIFECYCLE
from baiying.command.main import COMMANDS, available
from baiying.config import options
from baiying.org.rules import PERMISSIONS
from tests.house.source import CHECKOUT, source


def write_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_docs", CHECKOUT / "tools" / "write_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["lifecycle.md", "calls.md", "permissions.md", "commands.md"])
def test_page_is_what_the_code_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with translation.override("zh-hans"):
        wanted = write_docs().PAGES[name]()
    page = (CHECKOUT / "docs" / name).read_text(encoding="utf-8")
    if name == "commands.md":  # argparse words and breaks its lines a little differently in each Python
        wanted, page = (" ".join(text.split()) for text in (wanted, page))
    assert page == wanted, "run tools/write_docs.py"


def test_every_step_has_a_declared_permission_an_event_and_a_guard_that_exists() -> None:
    for step in LIFECYCLE.steps:
        assert step.permission in PERMISSIONS, step.name
        assert re.fullmatch(r"cases\.[a-z_]+", step.event), step.name
        assert step.label and step.by, step.name
        assert step.guard is None or step.guard in guards.GUARDS, step.name
    events = [step.event for step in LIFECYCLE.steps]
    assert len(set(events)) == len(events)


def test_declared_permissions_and_those_of_roles_are_the_same() -> None:
    held = {p for role in write_docs().read_roles() for p in role["permissions"].split("|")}
    assert held == set(write_docs().declared_permissions())


def test_every_permission_is_a_sentence_of_its_own_room() -> None:
    for code, declared in write_docs().declared_permissions().items():
        room = code.split(".")[0]
        assert (Path(settings.PACKAGE) / room).is_dir(), code
        assert str(declared.sentence).endswith("。") and str(declared.name), code


def test_every_variable_of_the_environment_is_an_option() -> None:
    named = {name for file in source() for name in re.findall(r"\bBAIYING_[A-Z_]+[A-Z]\b", file.text)}
    assert named - set(options.BY_NAME) - options.OUTSIDE_NAMES == set()


def test_every_variable_that_tests_and_tools_read_is_known() -> None:
    read = {
        name
        for folder in ("tests", "tools", "src")
        for file in (CHECKOUT / folder).rglob("*.py")
        for name in re.findall(r'environ(?:\.get\(|\[)"(BAIYING_\w+)"', file.read_text(encoding="utf-8"))
    }
    assert read - set(options.BY_NAME) == options.OUTSIDE_NAMES - {"BAIYING_PYTHON"}


def test_every_command_exists() -> None:
    assert set(available()) == set(COMMANDS)
    assert all(sentence.endswith(".") for _module, sentence in COMMANDS.values())
