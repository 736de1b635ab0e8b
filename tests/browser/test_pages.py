"""Each kind of page at the desk's and the phone's width: axe finds nothing, and nothing has to be pushed sideways."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, People
from tests.browser.shelf import SHELF, Kind
from tests.browser.shelf_of_work import WORK

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Where pictures of all pages are put for a person to look at; nothing is compared.
PICTURES: Final = os.environ.get("BAIYING_TEST_PICTURES", "")


@pytest.mark.parametrize("kind", [*SHELF, *WORK], ids=lambda kind: kind.name)
def test_page_is_accessible_and_fits(people: People, axe: str, kind: Kind) -> None:
    page = people.staff(kind.who) if kind.who else people.context(viewport=PHONE, has_touch=True).new_page()
    kind.way(page, people)
    settle(page)
    found = {}
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
