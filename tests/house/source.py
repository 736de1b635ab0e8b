"""The source of the house, read once for the tests of its rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "src" / "baiying"


@dataclass(frozen=True)
class File:
    """One Python file; `parts` is its dotted name below the package, as a tuple."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(CHECKOUT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def parts(self) -> tuple[str, ...]:
        parts = self.path.relative_to(PACKAGE).with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    @property
    def room(self) -> str:
        """`cases`, `doors.desk`, ..."""
        if self.parts[:1] == ("doors",):
            return ".".join(self.parts[:2])
        return self.parts[0] if self.parts else ""

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[str]:
        """Dotted names below the package of the modules that are imported from it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if is_module(name) else node.module for name in whole]
            else:
                continue
            yield from (name.removeprefix("baiying.") for name in names if name.startswith("baiying."))


def is_module(name: str) -> bool:
    place = CHECKOUT / "src" / Path(*name.split("."))
    return place.with_suffix(".py").exists() or place.is_dir()


@lru_cache
def source() -> tuple[File, ...]:
    """Every Python file of the package but migrations."""
    return tuple(File(p) for p in sorted(PACKAGE.rglob("*.py")) if "migrations" not in p.parts)


@lru_cache
def everything() -> tuple[File, ...]:
    """The package, its tests and its tools."""
    rest = [*(CHECKOUT / "tests").rglob("*.py"), *(CHECKOUT / "tools").rglob("*.py")]
    return (*source(), *(File(p) for p in sorted(rest)))
