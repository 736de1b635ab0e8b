"""The map needs no outside network, and a device that cannot draw it keeps the list."""

from __future__ import annotations

import os

from playwright.sync_api import Playwright, expect

from baiying.command.browser import find_browser
from tests.browser.conftest import ARGUMENTS, DESK, People, Watch


def test_map_is_drawn_from_our_own_files(people: People, watch: Watch) -> None:
    page = people.staff("dispatch_wang")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/desk/map/")
    page.locator("[data-island=map][data-ready]").wait_for()
    expect(page.locator(".map-lines li").first).to_be_visible()
    fetched = [url.removeprefix(watch.base_url).split("?")[0] for url in asked]
    assert "/places/outlines.geojson" in fetched
    assert "/desk/map/cases.geojson" in fetched
    assert [url for url in asked if not url.startswith((watch.base_url, "blob:", "data:"))] == []


def test_without_webgl_the_list_stays_and_says_so(people: People, playwright: Playwright) -> None:
    state = people.staff("dispatch_wang").context.storage_state()
    found = os.environ.get("BAIYING_TEST_BROWSER") or find_browser()
    plain = [a for a in ARGUMENTS if "swiftshader" not in a]
    old = playwright.chromium.launch(
        executable_path=str(found), args=[*plain, "--disable-3d-apis", "--disable-webgl", "--disable-webgl2"]
    )
    try:
        context = old.new_context(
            storage_state=state,
            base_url=people.street.base_url,
            viewport=DESK,
            locale="zh-CN",
        )
        page = context.new_page()
        page.goto("/desk/map/")
        expect(page.locator(".map-off")).to_have_text("这台设备显示不了地图，请用旁边的列表。")
        expect(page.locator(".map-lines li").first).to_be_visible()
    finally:
        old.close()
