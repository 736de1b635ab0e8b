"""Web push in a real browser: the page asks its reader, the worker shows one harmless line and leads to our letters only.

A browser without a network gets no address from its maker's push service. What that would say is put in its place, and
what it would bring is handed to the worker by the browser's own tools.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright, expect

from baiying.command.browser import find_browser
from tests.browser.conftest import PHONE, People, launched
from tests.browser.test_pages import picture, sound
from tests.notify.push_service import Browser

WHO = "audit_admin_feng"  # gets no letters, so that no message of the street's own comes in between
BUTTON = "在本设备上开启推送"
SHOWN = """async () => {
  const found = await navigator.serviceWorker.getRegistration("/desk/");
  return (await found.getNotifications()).map(each => [each.title, each.body, each.data]);
}"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Chromium]:
    """A whole one: the one without windows takes no pushed messages."""
    yield from launched(playwright, find_browser(is_whole=True))


def letter_page(people: People, answer: str, *permissions: str) -> Page:
    """The page about one's letters, in a browser whose push service answers so."""
    page = people.staff(WHO)
    page.context.grant_permissions(list(permissions), origin=people.street.base_url)
    page.add_init_script(f"PushManager.prototype.subscribe = async () => {{ {answer} }};")
    page.goto("/desk/me/letters")
    return page


def test_page_says_why_this_browser_cannot(people: People) -> None:
    page = letter_page(people, 'throw new DOMException("", "AbortError");', "notifications")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator("[data-push-note]")).to_contain_text("没有开成：这台设备连不上浏览器厂商的推送服务。")
    expect(page.get_by_role("button", name=BUTTON)).to_be_enabled()


def test_device_is_switched_on_shows_one_harmless_line_and_is_switched_off(people: People, axe: str) -> None:
    keys = Browser("https://localhost:1/wp/one").said
    said = {"endpoint": keys["endpoint"], "keys": {"p256dh": keys["public_key"], "auth": keys["secret"]}}
    page = letter_page(people, f"return {{ toJSON: () => ({json.dumps(said)}) }};", "notifications")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("本设备已开启推送。")).to_be_visible()
    picture(page, "push", "desk")
    sound(page, axe)
    page.set_viewport_size(PHONE)
    picture(page, "push", "phone")
    sound(page, axe)
    deliver = arrivals(page)
    letter = "/desk/letters/0190aaaa-0000-7000-8000-000000000001/"
    deliver(json.dumps({"title": "百应：有一条新消息", "open": letter}))
    page.wait_for_function(f"async () => (await ({SHOWN})()).length === 1")
    assert page.evaluate(SHOWN) == [["百应：有一条新消息", "", letter]]
    for foreign in (
        json.dumps({"open": "https://evil.example/"}),
        json.dumps({"open": "/desk/logout"}),
        "no JSON",
    ):
        deliver(foreign)
        page.wait_for_function(f"async () => (await ({SHOWN})())[0][2] === '/desk/letters/?show=unread'")
        assert page.evaluate(SHOWN) == [["百应：有一条新消息", "", "/desk/letters/?show=unread"]]
    page.get_by_role("button", name="关闭推送").click()
    expect(page.get_by_text("还没有设备开启。")).to_be_visible()


def arrivals(page: Page) -> Any:
    """A function that hands the worker what its push service would bring."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: found.extend(r["registrationId"] for r in said["registrations"] if not r["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    origin = page.evaluate("() => location.origin")
    return lambda data: session.send(
        "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": data}
    )
