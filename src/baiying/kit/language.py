"""Which of the two languages the reader reads."""

from __future__ import annotations

from django.utils.translation import get_language


def is_english() -> bool:
    """Whether the reader reads English; else Chinese."""
    return (get_language() or "").startswith("en")
