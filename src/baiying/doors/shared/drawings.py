"""Small drawings in SVG: geometry in attributes, colours in classes, so that no style attribute is needed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_WIDTH, _HEIGHT = 120, 32


def draw_trend(values: Sequence[float | None], label: str) -> SafeString:
    """A line over equally spaced values; a missing value leaves a gap. Nothing to draw gives nothing."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return mark_safe("")
    low, high = min(0, *known), max(known)
    span = (high - low) or 1
    step = _WIDTH / (len(values) - 1)
    points = [
        None if v is None else (round(n * step, 1), round(_HEIGHT - 1 - (v - low) / span * (_HEIGHT - 2), 1))
        for n, v in enumerate(values)
    ]
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="trend-line" d="{}"></path></svg>',
        _WIDTH, _HEIGHT, label, _path(points),
    )  # fmt: skip


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    words: list[str] = []
    is_pen_down = False
    for point in points:
        if point is not None:
            words.append(f"{'L' if is_pen_down else 'M'}{point[0]:g} {point[1]:g}")
        is_pen_down = point is not None
    return " ".join(words)


def draw_bar(part: float | None, whole: float | None, tone: str = "part") -> SafeString:
    """A bar of `part` in `whole`; the number itself always stands beside it in words."""
    share = max(0.0, min(100.0, 100 * part / whole)) if part and whole else 0.0
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="bar-all" width="100%" height="100%"></rect>'
        '<rect class="bar-{}" width="{}%" height="100%"></rect></svg>',
        tone, f"{share:.2f}",
    )  # fmt: skip
