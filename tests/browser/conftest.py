"""A browser before the live street: one for all stories, people who sign in once, and an eye on everything said.

Every page of every context is watched: no request may leave the street's own address, nothing may be said on the
console, no policy may be broken, nothing may fail to load. What is found fails the test that was running.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    ViewportSize,
    sync_playwright,
)

from baiying.command.browser import find_browser
from baiying.command.paths import DataFolder
from tests.live import LiveStreet

AXE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESK: Final[ViewportSize] = {"width": 1440, "height": 900}
ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader",
)  # fmt: skip
# A page that answers 403, 404, 409, 422 or 429 is an answer; Chromium writes a line about it all the same.
OWN_WORDS_OF_CHROMIUM: Final = "Failed to load resource: the server responded with a status of 4"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("street"))


@dataclass
class Watch:
    """What went wrong in any page since the last look; requests counted, to know that somebody looked."""

    base_url: str
    troubles: list[str] = field(default_factory=list)
    seen: int = 0

    def over(self, context: BrowserContext) -> BrowserContext:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("response", self._answered)
        return context

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or message.text.startswith(OWN_WORDS_OF_CHROMIUM):
            return
        if "GL Driver Message" in message.text or "GPU stall" in message.text:
            return  # the software renderer of this machine, not the page
        self.troubles.append(f"console {message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        self.seen += 1
        if not url.startswith((f"{self.base_url}/", "data:", "blob:", "about:")):
            self.troubles.append(f"left the street: {url}")

    def _answered(self, response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.troubles.append(f"{response.status} for {response.request.method} {response.url}")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Playwright's loop runs in this thread; Django would take it for an asynchronous caller.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as started:
        yield started
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    yield from launched(playwright, os.environ.get("BAIYING_TEST_BROWSER") or find_browser())


def launched(playwright: Playwright, program: str | Path | None) -> Iterator[Browser]:
    """The browser until it is closed; skips where there is none."""
    if not program:
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=str(program), args=list(ARGUMENTS))
    yield browser
    browser.close()


@dataclass
class RunningStreet:
    """A street that somebody has started: BAIYING_TEST_STREET=http://127.0.0.1:8000,<its data folder>."""

    base_url: str
    data: DataFolder

    @property
    def cast(self) -> dict[str, dict[str, str]]:
        content = json.loads(self.data.street.read_text(encoding="utf-8"))
        return {person["username"]: person for person in content["cast"]}


Street = LiveStreet | RunningStreet


@pytest.fixture(scope="package")
def street(request: pytest.FixtureRequest) -> Street:
    """The suite's own street, else - for whoever is writing a story - one that runs already."""
    if given := os.environ.get("BAIYING_TEST_STREET"):
        address, folder = given.split(",")
        return RunningStreet(address, DataFolder(Path(folder)))
    found: LiveStreet = request.getfixturevalue("live_street")
    return found


@pytest.fixture(scope="package")
def watch(street: Street) -> Watch:
    return Watch(street.base_url)


@pytest.fixture(autouse=True)
def nothing_amiss(watch: Watch) -> Iterator[None]:
    """Fails the test in whose time something was amiss, each sentence once."""
    watch.troubles.clear()
    yield
    found = sorted(set(watch.troubles))
    watch.troubles.clear()
    assert found == []


@dataclass
class People:
    """The people of the stories, each with a browser of their own."""

    browser: Browser
    street: Street
    watch: Watch
    opened: list[BrowserContext] = field(default_factory=list)
    signed_in: dict[str, Any] = field(default_factory=dict)

    def context(self, **options: Any) -> BrowserContext:
        more = {"locale": "zh-CN", "base_url": self.street.base_url, "reduced_motion": "reduce"} | options
        context = self.watch.over(self.browser.new_context(**more))
        context.set_default_timeout(15_000)
        self.opened.append(context)
        return context

    def resident(self, **options: Any) -> Page:
        """Somebody with a phone."""
        phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
        return self.context(**(phone | options)).new_page()

    def staff(self, username: str, **options: Any) -> Page:
        """One of the cast at the desk; signs in by the form the first time, later their session is taken up."""
        if username not in self.signed_in:
            page = self.context(viewport=DESK).new_page()
            self.sign_in(page, username)
            self.signed_in[username] = page.context.storage_state()
            page.context.close()
        state = self.signed_in[username]
        return self.context(**({"viewport": DESK, "storage_state": state} | options)).new_page()

    def sign_in(self, page: Page, username: str, password: str = "") -> None:
        page.goto("/desk/login")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(password or self.street.cast[username]["password"])
        page.get_by_role("button", name="登录").click()
        if not password:
            page.wait_for_url(lambda url: "/login" not in url)

    def leave(self) -> None:
        for context in self.opened:
            context.close()
        self.opened.clear()


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="package")
def axe() -> str:
    """The script that looks for what keeps people out."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def people(browser: Browser, street: Street, watch: Watch, sessions: dict[str, Any]) -> Iterator[People]:
    everybody = People(browser, street, watch, signed_in=sessions)
    yield everybody
    everybody.leave()
