"""Collects every word that pages say, and keeps the English catalogue in step with it.

    python tools/words.py           add new words to the catalogue; those no longer said are kept as obsolete
    python tools/words.py --check   change nothing; fail when a word has no English, or a doubtful one
    python tools/words.py --list    print what has no English yet

Words are gettext calls in Python (read as a syntax tree) and translation tags in templates (read by Django's own
lexer). A word that is not written out where it is translated cannot be collected, and is refused.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import template as django_regex

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "baiying"
CATALOGUE = PACKAGE / "locale" / "en" / "LC_MESSAGES" / "django.po"

# gettext function -> (place of the context, of the word, of its plural) among the arguments; -1: has none
FUNCTIONS = {
    "gettext": (-1, 0, -1),
    "gettext_lazy": (-1, 0, -1),
    "gettext_noop": (-1, 0, -1),
    "ngettext": (-1, 0, 1),
    "ngettext_lazy": (-1, 0, 1),
    "pgettext": (0, 1, -1),
    "pgettext_lazy": (0, 1, -1),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# The product's name, a language's own name, and an example of what to search for.
NAMES_IN_ENGLISH = re.compile("百应|中文|路灯")


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that is said, and where."""

    text: str
    plural: str
    context: str
    file: str
    line: int


class NotWrittenOut(Exception):
    """A translation call whose word is not a plain string."""


def words_said() -> list[Word]:
    """Every word of the package, files in order. Raises NotWrittenOut."""
    found: list[Word] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        found += words_of_python(file.read_text(encoding="utf-8"), name_of(file))
    for file in sorted(PACKAGE.rglob("templates/**/*")):
        if file.is_file() and file.suffix in {".html", ".txt", ".svg", ".xml"}:
            found += words_of_template(file.read_text(encoding="utf-8"), name_of(file))
    return found


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def words_of_python(source: str, file: str) -> Iterator[Word]:
    """Calls of gettext and its kin, under whatever name they were imported."""
    tree = ast.parse(source)
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = called(node.func, aliases)
        if function:
            context, word, plural = (argument(node, place, file) for place in FUNCTIONS[function])
            yield Word(word, plural, context, file, node.lineno)


def called(function: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(function, ast.Name):
        return aliases.get(function.id, "")
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id == "translation" and function.attr in FUNCTIONS else ""
    return ""


def argument(call: ast.Call, place: int, file: str) -> str:
    if place < 0:
        return ""
    given = call.args[place] if place < len(call.args) else None
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        raise NotWrittenOut(f"{file}:{call.lineno}: the word is not written out: {ast.unparse(call)[:80]}")
    return given.value


def words_of_template(source: str, file: str) -> Iterator[Word]:
    """Tags translate and blocktranslate, and _("…") inside other tags."""
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        if token.token_type == TokenType.BLOCK and token.contents.split()[:1] == ["comment"]:
            skip_comment(tokens)
        elif token.token_type == TokenType.BLOCK and django_regex.block_re.match(token.contents):
            yield block(token, tokens, file)
        else:
            yield from inline(token, file)


def skip_comment(tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents.strip() == "endcomment":
            return


def inline(token: Token, file: str) -> Iterator[Word]:
    if token.token_type == TokenType.BLOCK and (match := django_regex.inline_re.match(token.contents)):
        context = django_regex.context_re.match(match[0])
        yield Word(
            doubled(unquoted(match[1])),
            "",
            unquoted(context[1]) if context else "",
            file,
            token.lineno or 0,
        )
    for quoted in django_regex.constant_re.findall(token.contents):
        yield Word(doubled(unquoted(quoted)), "", "", file, token.lineno or 0)


def block(start: Token, tokens: Iterator[Token], file: str) -> Word:
    """What stands between blocktranslate and endblocktranslate, as Django asks gettext for it."""
    context = django_regex.context_re.match(start.contents)
    trimmed = re.search(r"\btrimmed\b", start.contents) is not None
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.TEXT:
            parts[-1].append(doubled(token.contents))
        elif token.token_type == TokenType.VAR:
            parts[-1].append(f"%({token.contents.strip()})s")
        elif token.token_type == TokenType.BLOCK:
            if django_regex.endblock_re.match(token.contents):
                break
            if not django_regex.plural_re.match(token.contents):
                raise NotWrittenOut(f"{file}:{token.lineno}: tag inside blocktranslate: {token.contents}")
            parts.append([])
    said = ["".join(part) for part in parts]
    if trimmed:
        said = [" ".join(line.strip() for line in text.strip().splitlines()) for text in said]
    return Word(
        said[0],
        said[1] if len(said) > 1 else "",
        unquoted(context[1]) if context else "",
        file,
        start.lineno or 0,
    )


def unquoted(text: str) -> str:
    return text.strip()[1:-1]


def doubled(text: str) -> str:
    """As Django does with the percent signs of a template before it asks gettext."""
    return text.replace("%", "%%")


def template_of(words: list[Word]) -> Catalog:
    """A catalogue of the words alone."""
    catalog = Catalog(locale="en", project="baiying", charset="utf-8")
    for word in words:
        if word.text:
            catalog.add(
                (word.text, word.plural) if word.plural else word.text,
                locations=[(word.file, word.line)],
                context=word.context or None,
            )
    return catalog


def read_catalogue() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="en", project="baiying", charset="utf-8", fuzzy=False)
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale="en")


def updated_catalogue() -> Catalog:
    """What the catalogue would be with today's words; English that is there is kept."""
    catalog = read_catalogue()
    catalog.update(template_of(words_said()), no_fuzzy_matching=True)
    # A date that changes with every run would be the only difference of most commits.
    catalog.creation_date = catalog.revision_date = NO_DATE
    catalog.fuzzy = False
    return catalog


def write_catalogue(catalog: Catalog) -> None:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as stream:
        write_po(stream, catalog, width=110, sort_output=True, include_lineno=False)


def faults_of(catalog: Catalog) -> list[str]:
    """One line for each word without English, with doubtful English, or with other placeholders than ours."""
    faults = []
    for message in catalog:
        if message.id:
            faults += [f"{fault}: {message.id!r} ({where(message)})" for fault in faults_of_message(message)]
    return faults


def faults_of_message(message: Message) -> Iterator[str]:
    said = [message.string] if isinstance(message.string, str) else list(message.string or [])
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    if not all(said) or not said:
        yield "no English"
        return
    if message.fuzzy:
        yield "doubtful"
    allowed = {name for text in ids for name in placeholders(text)}
    for number, text in enumerate(said):
        used = placeholders(text)
        # "1 minute ago" need not repeat the number.
        missing = set() if len(said) > 1 and number == 0 else allowed - used
        if used - allowed or missing:
            yield f"placeholders {sorted(used ^ allowed)} differ"
    if CHINESE.search(NAMES_IN_ENGLISH.sub("", "".join(said))):
        yield "Chinese in the English"


def placeholders(text: str) -> set[str]:
    return {match[0] for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def where(message: Message) -> str:
    return ", ".join(file for file, _line in message.locations[:2])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    try:
        catalog = updated_catalogue()
    except NotWrittenOut as trouble:
        print(trouble, file=sys.stderr)
        return 1
    faults = faults_of(catalog)
    if arguments.check or arguments.list:
        print("\n".join(faults) or f"{len(catalog)} words, all in English")
        return int(bool(faults)) if arguments.check else 0
    write_catalogue(catalog)
    print(f"{len(catalog)} words, {len(catalog.obsolete)} obsolete, {len(faults)} to be mended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
