"""`{% load look %}`: components, times and numbers as every page says them. The list is in ../README.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from baiying.doors.shared import clock, drawings, words
from baiying.doors.shared.names import Dutiful, Named, duty_of, kind_of, name_of
from baiying.doors.shared.widgets import written

register = template.Library()

# one built file where the islands have been built, else the sources one by one (same rules, more requests)
STYLES: dict[str, tuple[str, ...]] = {
    "resident": ("tokens", "base", "components", "forms", "content", "resident"),
    "desk": ("tokens", "base", "components", "forms", "content", "lists", "figures", "desk", "work"),
    "screen": ("tokens", "base", "components", "forms", "content", "lists", "figures", "screen"),
}


@lru_cache
def _style_files(door: str) -> tuple[str, ...]:
    built = f"built/{door}.css"
    if finders.find(built):
        return (built,)
    return tuple(f"shared/{name}.css" for name in STYLES[door])


@register.simple_tag
def stylesheets(door: str) -> SafeString:
    """Link elements for a door: resident, desk or screen."""
    links = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f),) for f in _style_files(door))
    )  # fmt: skip
    return links + format_html(
        '\n<link rel="stylesheet" media="print" href="{}">', static("shared/print.css")
    )


@lru_cache
def _sprite() -> str:
    """Asked a hundred times for one list; it changes with the build only."""
    return static("shared/icons.svg")


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """An icon from the sprite. Beside a word it stays silent; alone it needs a label."""
    return _icon(name, str(label), extra)


@lru_cache(maxsize=1000)
def _icon(name: str, label: str, extra: str) -> SafeString:
    href = f"{_sprite()}#{name}"
    if label:
        return format_html(
            '<svg class="icon icon-{}{}" role="img" aria-label="{}"><use href="{}"/></svg>',
            name, extra and f" {extra}", label, href,
        )  # fmt: skip
    return format_html(
        '<svg class="icon icon-{}{}" aria-hidden="true"><use href="{}"/></svg>', name, extra and f" {extra}", href
    )  # fmt: skip


def _badge(badge: words.Badge | None, extra: str = "", title: str = "") -> SafeString:
    return _written_badge(badge.icon, badge.tone, str(badge.word), extra, title) if badge else mark_safe("")


@lru_cache(maxsize=2000)
def _written_badge(icon_name: str, tone: str, word: str, extra: str, title: str) -> SafeString:
    """A list shows two of them in each row, and mostly the same ones."""
    hint = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<span class="badge badge-{} {}"{}>{}{}</span>', tone, extra, hint, icon(icon_name), word
    )


@register.simple_tag
def state_badge(state: str, outcome: str = "", word: str = "") -> SafeString:
    """The state of a case; `outcome` (solved, explained, unsolved) tells how a closed one ended."""
    badge = words.state_badge(state, outcome)
    return _badge(words.Badge(badge.icon, badge.tone, word or badge.word))


@register.simple_tag
def clock_badge(case: clock.Clocked, now: dt.datetime | None = None) -> SafeString:
    """The clock of a case: reads due_at, paused_at, handled_at, closed_at."""
    title = words.say_full(case.due_at) if case.due_at else ""
    return _badge(clock.clock_badge(case, now), title=title)


@register.simple_tag
def badge(tone: str, icon_name: str, word: str) -> SafeString:
    """A free badge in one of the fixed tones: open, wait, done, late, soon, strong, plain."""
    return format_html('<span class="badge badge-{}">{}{}</span>', tone, icon(icon_name), word)


def _time(moment: dt.datetime, said: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), words.say_full(moment), said
    )  # fmt: skip


@register.filter
def named(thing: Named) -> str:
    """A unit, role, category or person by the name that the reader's language has for it."""
    return name_of(thing)


@register.filter
def kind_named(kind: str) -> str:
    """The kind of a unit beside the tree: 专营单位, 区职能部门 …"""
    return kind_of(kind)


@register.filter
def when(moment: dt.datetime | None) -> str:
    """今天 14:05 / 11月23日 14:05, the full date on hover and on paper."""
    return _time(moment, words.say_when(moment)) if moment else words.NO_FIGURE


@register.filter
def ago(moment: dt.datetime | None) -> str:
    """2 分钟前."""
    return _time(moment, words.say_ago(moment)) if moment else words.NO_FIGURE


@register.filter
def due(moment: dt.datetime | None) -> str:
    """3 个工作日后（11月26日 周四）."""
    return _time(moment, clock.say_due(moment)) if moment else words.NO_FIGURE


@register.filter
def day(date: dt.date | None) -> str:
    """11月23日 周一."""
    return words.say_date(date, weekday=True) if date else words.NO_FIGURE


@register.filter
def full_day(date: dt.date | None) -> str:
    """2026年11月23日."""
    return words.say_date(date, year=True) if date else words.NO_FIGURE


@register.filter
def duty(holder: Dutiful) -> str:
    """A person's duty in the reader's language."""
    return duty_of(holder)


@register.filter
def number(value: float | None, places: int = 0) -> str:
    """1,204; None is "-"."""
    return words.say_number(value, places)


@register.filter
def share(part: float | None, whole: float | None) -> str:
    """{{ part|share:whole }}: 98.2%, or "-" without a denominator."""
    return words.say_share(part, whole)


@register.filter
def reference(value: str) -> SafeString:
    """A reference that never breaks across lines."""
    return format_html('<span class="reference">{}</span>', value)


@register.simple_tag
def trend(values: Sequence[float | None], label: str) -> SafeString:
    """A small line over equally spaced values."""
    return drawings.draw_trend(values, label)


@register.simple_tag
def bar(part: float | None, whole: float | None, tone: str = "part") -> SafeString:
    """A bar of part in whole; tone: part, late, done."""
    return drawings.draw_bar(part, whole, tone)


@register.inclusion_tag("shared/parts/field.html")
def field(
    bound: BoundField,
    hint: str = "",
    icons: dict[str, str] | None = None,
    hints: dict[str, str] | None = None,
    cards: bool = False,
    short: bool = False,
    limit: int = 0,
) -> dict[str, Any]:
    """A form field with label, hint, error and control; see ../README.md."""
    widget = bound.field.widget
    is_group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    hint = str(hint or bound.help_text)
    attrs = _described(bound, hint)
    if limit:
        attrs["data-limit"] = str(limit)
    return {
        "bound": bound,
        "hint": hint,
        "is_group": is_group,
        "is_check": isinstance(widget, CheckboxInput),
        "cards": cards or icons is not None,
        "short": short,
        "limit": limit,
        "choices": _choices(bound, icons or {}, hints or {}) if is_group else [],
        "control": "" if is_group else bound.as_widget(written(widget), attrs=attrs),
    }


def _described(bound: BoundField, hint: str) -> dict[str, str | bool]:
    """What a screen reader says about the control: the error first, then the hint."""
    ids = [f"{bound.auto_id}-error"] if bound.errors else []
    if hint:
        ids.append(f"{bound.auto_id}-hint")
    attrs: dict[str, str | bool] = {"aria-invalid": "true"} if bound.errors else {}
    if ids:
        attrs["aria-describedby"] = " ".join(ids)
    return attrs


def _choices(bound: BoundField, icons: dict[str, str], hints: dict[str, str]) -> list[dict[str, Any]]:
    """The choices of a radio or checkbox group with their icons and hints."""
    chosen = bound.value()
    values = {str(v) for v in chosen} if isinstance(chosen, list | tuple) else {str(chosen)}
    return [
        {
            "id": f"{bound.auto_id}_{n}",
            "value": value,
            "label": label,
            "hint": hints.get(str(value), ""),
            "icon": icons.get(str(value), ""),
            "is_checked": str(value) in values,
        }
        for n, (value, label) in enumerate(bound.field.choices)  # type: ignore[attr-defined]
        if value != ""
    ]
