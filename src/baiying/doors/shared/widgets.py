"""Controls that write themselves where Django's own would not do.

Select boxes: Django renders a template for every single option; with 300 options in the desk's filters that was half
of the time that a list took. Numbers: a box of type=number loses what was typed wrong, and turns under the mouse wheel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe


class _Written:
    """Mixed into a select: the HTML that Django's templates give, without the blanks between the options."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: object = None
    ) -> SafeString:
        """The control with its options, the chosen ones marked."""
        select: Any = self
        whole = {"name": name} | select.build_attrs(select.attrs, attrs)
        if select.allow_multiple_selected:
            whole["multiple"] = True
        chosen = set(select.format_value(value))
        options = "".join(_options(select.choices, chosen, many=select.allow_multiple_selected))
        return mark_safe(f"<select{flatatt(whole)}>{options}</select>")  # noqa: S308  # both parts are escaped


class _Select(_Written, forms.Select):
    """One of many."""


class _SelectMultiple(_Written, forms.SelectMultiple):
    """Some of many."""


class _Figure(forms.NumberInput):
    """A number as text with the keys for numbers: what was typed wrong comes back and can be put right."""

    input_type = "text"

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """With the telephone's keys for numbers instead of what only a type=number box understands."""
        whole = {"inputmode": "numeric", "autocomplete": "off"} | super().build_attrs(base_attrs, extra_attrs)
        if whole.pop("step", "1") != "1":
            whole["inputmode"] = "decimal"
        return {name: value for name, value in whole.items() if name not in ("min", "max")}


_WRITTEN: dict[type[forms.Widget], type[forms.Select]] = {
    forms.Select: _Select,
    forms.SelectMultiple: _SelectMultiple,
}


def written(widget: forms.Widget) -> forms.Widget:
    """The same control, for writing; any other widget comes back as it is."""
    if type(widget) is forms.NumberInput:
        return _Figure(attrs=widget.attrs)
    quick = _WRITTEN.get(type(widget))
    if quick is None:
        return widget
    copy = quick(attrs=widget.attrs, choices=widget.choices)  # type: ignore[attr-defined]
    copy.is_required, copy.is_localized = widget.is_required, widget.is_localized
    return copy


def _options(choices: Iterable[tuple[Any, Any]], chosen: set[str], *, many: bool) -> Iterator[str]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield f'<optgroup label="{conditional_escape(value)}">'
            yield from _options(label, chosen, many=many)
            yield "</optgroup>"
        else:
            said = "" if value is None else str(value)
            mark = " selected" if said in chosen else ""
            if mark and not many:
                chosen.clear()
            yield f'<option value="{conditional_escape(said)}"{mark}>{conditional_escape(label)}</option>'
