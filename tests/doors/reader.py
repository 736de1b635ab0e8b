"""A resident's browser without JavaScript: it reads a page's forms, fills them in and sends them as they stand."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class Form:
    """A form with the values it was served with."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.values: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self.choices: dict[str, list[str]] = {}


class Page(HTMLParser):
    """A page as far as somebody without eyes for style needs it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.images: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self.feed(html)

    @property
    def text(self) -> str:
        """All words, blanks as one."""
        return " ".join(" ".join(self.words).split())

    def form(self, ending: str) -> Form:
        """The form whose action ends so."""
        return next(form for form in self.forms if form.action.endswith(ending))

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        if tag == "img":
            self.images.append(attributes["src"])
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        if self._form is None:
            return
        name = attributes.get("name", "")
        if tag == "input" and name and attributes.get("type") != "file":
            self._input(name, attributes)
        elif tag == "textarea":
            self._area = name
            self._form.values[name] = ""
        elif tag == "select":
            self._select = name
            self._form.values.setdefault(name, "")
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(attributes.get("value", ""))
            if "selected" in attributes:
                self._form.values[self._select] = attributes.get("value", "")
        elif tag == "button":
            self._form.buttons.append((name, attributes.get("value", "")))

    def _input(self, name: str, attributes: dict[str, str]) -> None:
        assert self._form is not None
        if attributes.get("type") in ("radio", "checkbox"):
            self._form.choices.setdefault(name, []).append(attributes.get("value", ""))
            if "checked" not in attributes:
                return
        self._form.values[name] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            begun = self._form.values[self._area]
            self._form.values[self._area] = begun + (data if begun else data.removeprefix("\n"))
            return
        self.words.append(data)


class Browser:
    """Follows forms from page to page and keeps the last answer."""

    def __init__(self, client: Client | None = None, **headers: Any) -> None:
        self.client = client or Client()
        self.headers = headers
        self.response: Any = None

    def get(self, address: str) -> Page:
        """Open an address, redirects included."""
        self.response = self.client.get(address, follow=True, **self.headers)
        return self.page

    def send(self, ending: str, *, button: tuple[str, str] | None = ("go", "next"), **typed: Any) -> Page:
        """Fill in the form whose action ends so, press a button, and see what comes."""
        form = self.page.form(ending)
        values: dict[str, Any] = {**form.values, **typed}
        if button:
            values[button[0]] = button[1]
        self.response = self.client.post(form.action, values, follow=True, **self.headers)
        return self.page

    @property
    def page(self) -> Page:
        """The last answer, read."""
        return Page(self.response.content.decode())

    @property
    def status(self) -> int:
        """Of the last answer."""
        return int(self.response.status_code)
