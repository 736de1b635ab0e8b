"""Each kind of page at the desk's and the phone's width: axe finds nothing, and nothing has to be pushed sideways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESK, PHONE, People, Street, Watch
from tests.browser.shelf import SHELF, Kind
from tests.browser.shelf_of_work import WORK

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Where pictures of all pages are put for a person to look at; nothing is compared.
PICTURES: Final = os.environ.get("BAIYING_TEST_PICTURES", "")


@dataclass
class Windows:
    """One window for each of the people: opening one for each page was a good part of the whole suite's work."""

    people: People
    opened: dict[str, Page] = field(default_factory=dict)

    @contextmanager
    def of(self, who: str) -> Iterator[Page]:
        """The window as if it were new; nothing of its page is left to the next one."""
        if who not in self.opened:
            new = self.people.staff(who) if who else self.people.context(has_touch=True).new_page()
            self.opened[who] = new
        page = self.opened[who]
        page.context.clear_cookies()
        if who:
            page.context.add_cookies(self.people.signed_in[who]["cookies"])
        page.set_viewport_size(DESK if who else PHONE)
        try:
            yield page
        finally:
            if page.url.startswith("http"):
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.goto("about:blank")


@pytest.fixture(scope="module")
def windows(browser: Browser, street: Street, watch: Watch, sessions: dict[str, Any]) -> Iterator[Windows]:
    everybody = People(browser, street, watch, signed_in=sessions)
    yield Windows(everybody)
    everybody.leave()


@pytest.mark.parametrize("kind", [*SHELF, *WORK], ids=lambda kind: kind.name)
def test_page_is_accessible_and_fits(people: People, windows: Windows, axe: str, kind: Kind) -> None:
    found = {}
    with windows.of(kind.who) as page:
        kind.way(page, people)
        settle(page)
        for name, size in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(size)
            settle(page)
            picture(page, kind.name, name)
            found[name] = [*violations(page, axe), *overflow(page)]
        if PICTURES:
            page.set_viewport_size({"width": 1920, "height": 1080})
            settle(page)
            picture(page, kind.name, "wide")
    assert found == {"desk": [], "phone": []}


def settle(page: Page) -> None:
    """Maps are drawn or given up; counts are counted; the page stands at its new width."""
    page.wait_for_function(
        "() => ![...document.querySelectorAll('[data-island=map]')].some(m => m.getAttribute('aria-busy'))"
        " && !document.querySelector('.htmx-request')"
    )
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def sound(page: Page, axe: str) -> None:
    """axe finds nothing, and nothing has to be pushed sideways."""
    settle(page)
    assert [*violations(page, axe), *overflow(page)] == []


def violations(page: Page, axe: str) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        list(RULES),
    )
    return [
        f"{v['id']}: {node['target']} {node['failureSummary']}"
        for v in found["violations"]
        for node in v["nodes"][:3]
    ]


def overflow(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.scrollingElement.scrollWidth, room = innerWidth;
          if (wide <= room) return [];
          const guilty = [...document.body.querySelectorAll('*')]
            .filter(e => !e.closest('.rail') && e.getBoundingClientRect().right > room + 1).slice(0, 6)
            .map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right));
          return [`wider than the screen: ${wide} > ${room}: ${guilty.join('; ')}`];
        }"""
    )
    return found


def picture(page: Page, name: str, size: str) -> None:
    if PICTURES:
        page.screenshot(
            path=Path(PICTURES) / f"{name.replace(', ', '-').replace(' ', '-')}.{size}.png",
            full_page=size != "wide",
        )
