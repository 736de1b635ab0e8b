"""Written selects say what Django's own templates say; numbers are written as text."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test.html import parse_html

from baiying.doors.shared.widgets import written

CHOICES: list[Any] = [("", "不限"), ("a<b", "甲 & 乙"), ("组", [("1", "一"), (2, "二")]), (None, "没有")]


@pytest.mark.parametrize("kind", [forms.Select, forms.SelectMultiple])
@pytest.mark.parametrize("value", [None, "", "a<b", ["1", "2"], 2])
def test_a_written_select_is_django_s(kind: type[forms.Select], value: object) -> None:
    if kind is forms.Select and isinstance(value, list):
        value = value[0]
    if kind is forms.SelectMultiple and not isinstance(value, list | None):
        value = [value]
    widget = kind(attrs={"size": 4, "data-x": '"'}, choices=CHOICES)
    attrs = {"id": "filter-x", "aria-invalid": "true"}
    ours, django_s = written(widget).render("x", value, attrs), widget.render("x", value, attrs)
    assert parse_html(ours) == parse_html(django_s)


def test_other_widgets_stay_what_they_are() -> None:
    widget = forms.TextInput()
    assert written(widget) is widget


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        (forms.IntegerField(min_value=0, max_value=9), "numeric"),
        (forms.DecimalField(decimal_places=3), "decimal"),
    ],
)
def test_a_number_comes_back_as_it_was_typed(field: forms.Field, keys: str) -> None:
    ours = written(field.widget).render("n", "x", {"id": "n"})
    expected = f'<input type="text" name="n" value="x" inputmode="{keys}" autocomplete="off" id="n">'
    assert parse_html(ours) == parse_html(expected)
