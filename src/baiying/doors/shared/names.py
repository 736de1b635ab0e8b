"""Names that are data (units, roles, categories, people) in the reader's language."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import get_language


class Named(Protocol):
    """Whatever has a Chinese name and perhaps an English one."""

    name: str
    name_en: str


def name_of(thing: Named) -> str:
    """The English name for English readers where there is one, else the Chinese name."""
    return thing.name_en if thing.name_en and (get_language() or "").startswith("en") else thing.name
