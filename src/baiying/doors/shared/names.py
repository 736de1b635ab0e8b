"""Names that are data (units, roles, categories, people) in the reader's language."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.kit.language import is_english

# The usual kinds of units beside the tree; an import may bring others, which are shown as they are written.
KINDS: dict[str, str | Promise] = {
    "街道职能部门": _("街道职能部门"),
    "区职能部门": _("区职能部门"),
    "专营单位": _("专营单位"),
    "党建联盟成员单位": _("党建联盟成员单位"),
    "两代一委": _("两代一委"),
}


DEPUTIES = "两代一委"  # the kind of the unit through which deputies and members are called by name


class Named(Protocol):
    """Whatever has a Chinese name and perhaps an English one."""

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


class Dutiful(Protocol):
    """Whoever has a duty in Chinese and perhaps in English."""

    duty: str
    duty_en: str


def duty_of(holder: Dutiful) -> str:
    """The duty in English for English readers where there is one, else in Chinese."""
    return holder.duty_en if holder.duty_en and is_english() else holder.duty


def name_of(thing: Named) -> str:
    """The English name for English readers where there is one, else the Chinese name."""
    return thing.name_en if thing.name_en and is_english() else thing.name


def kind_of(kind: str) -> str:
    """The kind of a unit beside the tree, in the reader's language."""
    return str(KINDS.get(kind, kind))


def source_of(written: str) -> str:
    """Where a number comes from, in the reader's language; what is not in data/sources.csv as it is written."""
    chinese, english = _sources().get(written, (written, written))
    return english if is_english() else chinese


@lru_cache
def _sources() -> dict[str, tuple[str, str]]:
    """By what reference files write as their source: Chinese and English words for readers."""
    with (Path(__file__).parent / "data" / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["source"]: (row["zh"], row["en"]) for row in csv.DictReader(file)}
