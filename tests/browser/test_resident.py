"""Residents with other devices: no script, large text, a slow line, English; and words that must not get lost."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import reporting
from tests.browser.conftest import People

MOST_WEIGHT = 60_000


def test_report_without_script_in_large_text(people: People) -> None:
    page = people.resident(java_script_enabled=False)
    page.goto("/report")
    page.get_by_label("用自己的话写下来").fill(reporting.WORDS)
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_class("large")
    expect(page.get_by_label("用自己的话写下来")).to_have_value(reporting.WORDS)
    reporting.go_on(page)
    reporting.choose_category(page)
    reporting.say_place(page, "闻韶路菜市场东门")
    reporting.go_on(page, "上一步")
    expect(page.get_by_label("或者用自己的话写地点")).to_have_value("闻韶路菜市场东门")
    reporting.go_on(page)
    reporting.leave_number(page)
    sent = reporting.send(page)
    expect(page.locator("[data-copies]")).to_be_hidden()
    page.goto(sent.link)
    expect(page.locator(".letter")).to_contain_text("我们已经收到")
    page.goto("/t/")
    page.get_by_label("受理编号").fill(sent.reference)
    page.get_by_label("手机号后四位").fill(reporting.PHONE_NUMBER[-4:])
    page.get_by_role("button", name="查询").click()
    expect(page.locator("h1")).to_contain_text(sent.reference)


def test_reference_and_link_are_copied_at_a_press(people: People) -> None:
    page = people.resident(permissions=["clipboard-read", "clipboard-write"])
    sent = reporting.report(page)
    for button, said, words in (
        ("复制链接", "已复制链接", sent.link),
        ("复制编号", "已复制编号", sent.reference),
    ):
        page.get_by_role("button", name=button).tap()
        expect(page.locator("[data-copy-note]")).to_have_text(said)
        assert page.evaluate("navigator.clipboard.readText()") == words


def test_copying_works_where_the_browser_has_no_clipboard_for_pages(people: People) -> None:
    page = people.resident(permissions=["clipboard-read", "clipboard-write"])
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})"
    )
    sent = reporting.report(page)
    page.get_by_role("button", name="复制链接").tap()
    expect(page.locator("[data-copy-note]")).to_have_text("已复制链接")
    pasted = people.context(permissions=["clipboard-read"]).new_page()
    pasted.goto("/")
    assert pasted.evaluate("navigator.clipboard.readText()") == sent.link


def test_each_page_of_a_report_weighs_little_before_photos(people: People) -> None:
    page = people.resident()
    meter = page.context.new_cdp_session(page)
    received: dict[str, float] = {"all": 0.0}

    def weigh(event: dict[str, Any]) -> None:
        received["all"] += event["encodedDataLength"]

    meter.on("Network.loadingFinished", weigh)
    meter.send("Network.enable")
    weights = {}

    def weighed(name: str) -> None:
        page.wait_for_load_state("networkidle")
        weights[name] = received["all"]
        meter.send("Network.clearBrowserCache")
        received["all"] = 0.0

    page.goto("/report")
    weighed("what")
    reporting.write_words(page)
    expect(page.get_by_role("heading", name="哪一类事")).to_be_visible()
    weighed("which")
    reporting.choose_category(page)
    expect(page.get_by_role("heading", name="在哪里")).to_be_visible()
    weighed("where")
    reporting.say_place(page, "闻韶路")
    weighed("who")
    reporting.leave_number(page)
    weighed("look")
    reporting.send(page)
    weighed("sent")
    assert {name: weight for name, weight in weights.items() if weight > MOST_WEIGHT} == {}
    assert all(weight > 2000 for weight in weights.values()), weights


def test_words_come_back_on_the_same_phone(people: People) -> None:
    page = people.resident()
    page.goto("/report")
    box = page.get_by_label("用自己的话写下来")
    box.fill(reporting.WORDS)
    box.blur()
    page.wait_for_function("() => Object.keys(localStorage).length > 0")
    page.goto("/")
    page.goto("/report")
    expect(box).to_have_value(reporting.WORDS)
    expect(page.get_by_text("您上次没写完的内容")).to_be_visible()


def test_every_door_speaks_english_too(people: People) -> None:
    def speaks(page: Page, address: str, words: str) -> None:
        page.goto(f"{address}?lang=en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.get_by_text("中文")).to_have_count(1)
        expect(page.get_by_text(words).first).to_be_visible()

    resident = people.resident()
    speaks(resident, "/", "12345")
    resident.goto("/report")
    resident.locator("textarea[name=text]").fill(reporting.WORDS)
    resident.get_by_role("button", name="中文").tap()
    expect(resident.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(resident.locator("textarea[name=text]")).to_have_value(reporting.WORDS)
    clerk = people.staff("dispatch_wang")
    for address in ("/desk/", "/desk/overview/"):
        clerk.goto(f"{address}?lang=en")
        expect(clerk.locator("html")).to_have_attribute("lang", "en")
