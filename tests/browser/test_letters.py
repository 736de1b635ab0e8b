"""Letters by hand and by keyboard: an order is handed out, its letter arrives, is opened, and leads to the case."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import reporting
from tests.browser.conftest import People
from tests.browser.reporting import press, state_is, step_box


def unread(page: Page) -> int:
    found = page.locator(".letters-count")
    return int(found.inner_text().split()[0].rstrip("+")) if found.count() else 0


def test_an_order_arrives_as_a_letter_and_is_read_by_keyboard(people: People) -> None:
    handler = people.staff("handler_enforcement")
    handler.goto("/desk/letters/")
    if handler.get_by_role("button", name="全部标为已读").count():
        handler.get_by_role("button", name="全部标为已读").click()
        handler.wait_for_url("**/desk/letters/")
    assert unread(handler) == 0
    reference = handed_out(people)
    title = f"新派单 {reference}，请签收"
    for _try in range(40):
        handler.goto("/desk/letters/?show=unread")
        if handler.get_by_role("link", name=title).count():
            break
        handler.wait_for_timeout(250)
    expect(handler.get_by_role("link", name=title)).to_be_visible()
    assert unread(handler) >= 1
    row = handler.locator("[data-case]", has_text=title)
    for _press in range(handler.locator("[data-case]").count()):
        handler.keyboard.press("j")
        if "cases-here" in str(row.get_attribute("class")):
            break
    handler.keyboard.press("Enter")
    expect(handler.locator("h1")).to_have_text(title)
    handler.get_by_role("link", name="打开").click()
    expect(handler.locator("h1")).to_contain_text(reference)
    expect(handler.locator("#letters-title")).to_be_visible()
    handler.goto("/desk/letters/?show=unread")
    assert handler.get_by_role("link", name=title).count() == 0


def handed_out(people: People) -> str:
    """A request accepted and handed to the enforcement team; its reference."""
    sent = reporting.report(people.resident(), "沿街商铺把桌椅摆到盲道上，轮椅过不去")
    clerk = people.staff("dispatch_wang")
    clerk.goto(f"/desk/cases/{sent.reference}/")
    press(step_box(clerk, "accept"))
    state_is(clerk, "已受理")
    box = step_box(clerk, "hand_out")
    unit = box.locator("select[name=unit]")
    name = next(o for o in unit.locator("option").all_inner_texts() if "综合行政执法" in o)
    unit.select_option(label=name)
    press(box)
    state_is(clerk, "已派单")
    return sent.reference


def test_preferences_are_kept(people: People) -> None:
    page = people.staff("dispatch_wang")
    page.goto("/desk/me/letters")
    page.get_by_label("每日汇总时间").fill("17:30")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存，从下一封通知起照办。")).to_be_visible()
    expect(page.get_by_label("每日汇总时间")).to_have_value("17:30")
    page.get_by_label("每日汇总时间").fill("")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_label("每日汇总时间")).to_have_value("")
