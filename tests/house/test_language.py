"""Chinese first, English complete, and no words outside the catalogue."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.translation import template as tags

from baiying.cases.steps import LIFECYCLE, STATES
from baiying.org.rules import PERMISSIONS
from tests.house.source import CHECKOUT, PACKAGE, File, source

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")  # punctuation too

# Chinese that is not said to anybody in one language only, and why.
NOT_SAID = {
    "baiying/kit/": "recognises Chinese in what people write",
    "baiying/street/": "data of the demonstration street, which is a Chinese one",
    "baiying/bench/": "made-up messages for measuring",
    "baiying/command/replay.py": "names of columns in files of others, and invented words of residents",
    "baiying/command/welcome.py": "says both languages on one line",
    "baiying/doors/shared/kit_samples.py": "samples on the page of components",
    "baiying/doors/desk/case_urls.py": "references as people write them",
    "baiying/doors/shared/names.py": "kinds of units as imports bring them",
}
# Values that are stored as data, or shown in both languages.
STORED = frozenset({"居民", "系统", "中文", "百应", "、", "。", "：", "由类别目录的建议单位转成"})
# What decides by the language and holds both versions.
BOTH_LANGUAGES = frozenset({"baiying/doors/shared/words.py", "baiying/cases/wording.py"})


def tool() -> ModuleType:
    name = "baiying_words_tool"
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "tools" / "words.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


words = tool()


def test_every_word_has_its_english() -> None:
    faults = words.faults_of(words.updated_catalogue())
    assert faults == [], "run tools/words.py and write the English"


def test_catalogue_is_in_step_with_the_pages() -> None:
    kept = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in words.read_catalogue() if m.id}
    said = {(w.text, w.context or None) for w in words.words_said() if w.text}
    assert kept == said


def test_catalogue_reads_as_gettext_does() -> None:
    with words.CATALOGUE.open("rb") as stream:
        catalog = read_po(stream, locale="en", abort_invalid=True)
    assert catalog.num_plurals == 2
    assert [m.id for m in catalog if m.id and list(m.check())] == []


@pytest.mark.parametrize(
    ("source_text", "said"),
    [
        ('from django.utils.translation import gettext as _\n_("甲")', [("甲", "", "")]),
        ('from django.utils.translation import gettext_lazy as later\nlater("甲" "乙")', [("甲乙", "", "")]),
        ('from django.utils.translation import ngettext\nngettext("甲", "乙", 2)', [("甲", "乙", "")]),
        ('from django.utils.translation import pgettext\npgettext("c", "甲")', [("甲", "", "c")]),
        ('from elsewhere import gettext\ngettext("甲")', []),
    ],
)
def test_words_of_python_are_found(source_text: str, said: list[tuple[str, str, str]]) -> None:
    assert [(w.text, w.plural, w.context) for w in words.words_of_python(source_text, "x.py")] == said


def test_word_that_is_not_written_out_is_refused() -> None:
    with pytest.raises(words.NotWrittenOut):
        list(words.words_of_python("from django.utils.translation import gettext as _\n_(name)", "x.py"))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{% translate "甲" %}', [("甲", "")]),
        ("{% translate '甲 100%' as x %}", [("甲 100%%", "")]),
        ('{% include "a.html" with title=_("甲") text=_("乙") %}', [("甲", ""), ("乙", "")]),
        ("{% blocktranslate with a=b %}有 {{ a }} 件{% endblocktranslate %}", [("有 %(a)s 件", "")]),
        (
            "{% blocktranslate count n=x %}{{ n }} 件{% plural %}{{ n }} 件们{% endblocktranslate %}",
            [("%(n)s 件", "%(n)s 件们")],
        ),
        ("{# 甲 #}{% comment %}{% translate '乙' %}{% endcomment %}", []),
    ],
)
def test_words_of_templates_are_found(template: str, said: list[tuple[str, str]]) -> None:
    assert [(w.text, w.plural) for w in words.words_of_template(template, "x.html")] == said


@pytest.mark.parametrize(
    ("english", "faults"),
    [("%(n)s cases", 0), ("cases", 1), ("%(m)s cases", 1), ("%(n)s 件", 1), ("", 1)],
)
def test_english_that_does_not_fit_is_found(english: str, faults: int) -> None:
    message = words.Message("%(n)s 件", english)
    assert len(list(words.faults_of_message(message))) == faults


def test_templates_hold_no_chinese_of_their_own() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}: {text}"
        for file in sorted(PACKAGE.rglob("templates/**/*.html"))
        for text in plain_words_of(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def plain_words_of(template: str) -> Iterator[str]:
    """Chinese that a template says without asking the catalogue."""
    is_inside = ""
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split(maxsplit=1)[0]
            if name in ("comment",) or tags.block_re.match(token.contents):
                is_inside = name
            elif name in ("endcomment", "endblocktranslate", "endblocktrans"):
                is_inside = ""
            elif CHINESE.search(without_words(token.contents)):
                yield token.contents
        elif not is_inside and token.token_type != TokenType.COMMENT:
            rest = token.contents
            for name in STORED:
                rest = rest.replace(name, "")
            if CHINESE.search(without_words(rest)):
                yield token.contents.strip()[:60]


def without_words(tag: str) -> str:
    """A tag without what it gives to the catalogue."""
    if tags.inline_re.match(tag):
        return ""
    return str(tags.constant_re.sub("", tag))


def test_python_says_nothing_outside_the_catalogue() -> None:
    found = [f"{file.name}: {text}" for file in source() for text in loose_words_of(file)]
    assert found == []


def loose_words_of(file: File) -> Iterator[str]:
    place = file.name.removeprefix("src/")
    if any(place.startswith(start) for start in NOT_SAID):
        return
    allowed = set(asked_of(file.tree)) | set(docstrings_of(file.tree))
    both = {id(n) for n in ast.walk(file.tree) if isinstance(n, ast.IfExp) for n in ast.walk(n)}
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in allowed or not CHINESE.search(node.value) or node.value in STORED:
            continue
        if place in BOTH_LANGUAGES and (id(node) in both or len(node.value) == 1):
            continue
        yield f"{node.lineno}: {node.value[:40]!r}"


def asked_of(tree: ast.Module) -> Iterator[int]:
    """The strings that are given to gettext."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield from (id(argument) for argument in node.args)


def docstrings_of(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def glossary(section: str) -> dict[str, tuple[str, str]]:
    """code: (Chinese, English), from a table of the glossary."""
    text = (CHECKOUT / "docs" / "glossary.md").read_text(encoding="utf-8")
    part = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in part.splitlines() if "`" in row]
    return {row[-1].strip("`"): (row[-3], row[-2]) for row in rows if re.fullmatch(r"`[a-z_]+`", row[-1])}


@pytest.mark.parametrize(
    ("section", "labels"),
    [
        ("States", {state.code: state.label for state in STATES}),
        ("Steps", {step.name: step.label for step in LIFECYCLE.steps}),
    ],
)
def test_glossary_says_what_pages_say(section: str, labels: dict[str, str]) -> None:
    said = {}
    for code, label in labels.items():
        with translation.override("zh-hans"):
            chinese = str(label)
        with translation.override("en"):
            said[code] = (chinese, str(label))
    assert glossary(section) == said


def test_permissions_have_an_english_name_and_sentence() -> None:
    with translation.override("en"):
        for code, declared in PERMISSIONS.items():
            assert not CHINESE.search(f"{declared.name}{declared.sentence}"), code


def test_compiled_catalogue_is_not_committed() -> None:
    ignored = (CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "*.mo" in ignored
    assert [p.name for p in Path(PACKAGE / "locale").rglob("*.po")] == ["django.po"]
