"""An everyday call answered by three units, from raising to assessment, at the desk and by phone; the live board."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, People
from tests.browser.reporting import press, step_box
from tests.browser.shelf import one_case
from tests.browser.test_pages import sound

CLERK: Final = "dispatch_wang"
UNITS: Final = {
    "handler_enforcement": "综合行政执法中队", "handler_municipal": "市政园林服务中心", "partner_sanitation": "环卫公司",
}  # fmt: skip
TITLE: Final = "早市占道，三家一起看现场"


def raised(people: People, clerk: Page, axe: str) -> str:
    """From the page of a case: kind, words, three units; returns the address of the call."""
    reference, _id = one_case(clerk, people, "in_progress")
    clerk.goto(f"/desk/cases/{reference}/")
    clerk.get_by_role("link", name="发起呼叫").click()
    expect(clerk.get_by_role("heading", name="为 1 件诉求")).to_be_visible()
    sound(clerk, axe)
    clerk.get_by_label("日常呼叫").check()
    clerk.get_by_label("一句话说什么事").fill(TITLE)
    clerk.get_by_label("请大家来做什么").fill("请带图纸到现场，当场定下摊位线。")
    clerk.get_by_label("到哪里").fill("菜市场南门")
    for name in UNITS.values():
        clerk.get_by_label(name, exact=True).check()
    clerk.get_by_role("button", name="发出呼叫").click()
    expect(clerk.locator("h1")).to_contain_text(TITLE)
    expect(clerk.locator("#called tbody tr")).to_have_count(3)
    sound(clerk, axe)
    return clerk.url


def on_the_phone(people: People, username: str) -> Page:
    return people.staff(username, viewport=PHONE, has_touch=True)


def acknowledged(phone: Page, axe: str) -> str:
    """The unit finds the call in its list and says when it comes; returns the address of its summons."""
    phone.goto("/desk/summons/")
    sound(phone, axe)
    phone.get_by_role("link", name=TITLE).first.click()
    box = step_box(phone, "acknowledge")
    box.get_by_label("40 分钟").check()
    sound(phone, axe)
    press(box)
    expect(phone.locator(".case-badges")).to_contain_text("已应答")
    return phone.url


def confirmed(clerk: Page, address: str) -> None:
    """The caller sees each of them standing there."""
    clerk.goto(address)
    expect(clerk.locator("#called")).to_contain_text("已应答")
    for _unit in UNITS:
        clerk.locator("#called").get_by_role("button", name=re.compile("确认到场")).first.click()
        expect(clerk.get_by_text(re.compile("已确认“.+”到场"))).to_be_visible()
    expect(clerk.locator("#called").get_by_text("已到场")).to_have_count(3)


def reported_and_rated(phone: Page, address: str, axe: str) -> None:
    phone.goto(address)
    box = step_box(phone, "report")
    box.locator("textarea[name=text]").fill("摊位线已划好。")
    press(box)
    expect(phone.locator(".case-badges")).to_contain_text("已报告")
    sound(phone, axe)
    phone.get_by_label("应当呼叫").check()
    phone.get_by_role("button", name="评价").click()
    expect(phone.get_by_text("评价已经记下")).to_be_visible()


def test_an_everyday_call_answered_by_three_units(people: People, axe: str) -> None:
    clerk = people.staff(CLERK)
    address = raised(people, clerk, axe)
    phones = {name: on_the_phone(people, name) for name in UNITS}
    summonses = {name: acknowledged(phone, axe) for name, phone in phones.items()}
    confirmed(clerk, address)
    for name, phone in phones.items():
        reported_and_rated(phone, summonses[name], axe)
    for number, rating in enumerate(("及时得力", "及时得力", "基本到位")):
        clerk.goto(list(summonses.values())[number])
        clerk.get_by_label(rating).check()
        if rating != "及时得力":
            clerk.get_by_label("为什么").fill("晚到了十分钟。")
        clerk.get_by_role("button", name="评价").click()
        expect(clerk.get_by_text("评价已经记下")).to_be_visible()
    clerk.goto(address)
    box = step_box(clerk, "end")
    box.locator("textarea").fill("摊位线划好，通道让出。")
    press(box)
    expect(clerk.locator(".case-badges")).to_contain_text("已结束")
    expect(clerk.locator("#called")).to_contain_text("基本到位")
    sound(clerk, axe)
    clerk.goto("/desk/calls/assessed/")
    expect(clerk.locator("main")).to_contain_text("环卫公司")
    sound(clerk, axe)


def test_a_second_answer_is_told_kindly(people: People) -> None:
    clerk = people.staff(CLERK)
    reference, _id = one_case(clerk, people, "in_progress")
    clerk.goto(f"/desk/calls/new?case={reference}")
    clerk.get_by_label("一句话说什么事").fill("两个人同时应答")
    clerk.get_by_label("请大家来做什么").fill("请到场。")
    clerk.get_by_label("综合行政执法中队", exact=True).check()
    clerk.get_by_role("button", name="发出呼叫").click()
    first, second = (on_the_phone(people, "handler_enforcement") for _ in range(2))
    for phone in (first, second):
        phone.goto("/desk/summons/")
        phone.get_by_role("link", name="两个人同时应答").first.click()
        step_box(phone, "acknowledge").get_by_label("1 小时").check()
    press(step_box(first, "acknowledge"))
    expect(first.locator(".case-badges")).to_contain_text("已应答")
    press(step_box(second, "acknowledge"))
    expect(second.get_by_text("什么都没有改动")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1920])
def test_the_board_is_renewed_and_the_keyboard_stays(people: People, axe: str, width: int) -> None:
    page = people.staff(CLERK, viewport={"width": width, "height": 1080})
    page.goto("/desk/office/")
    sound(page, axe)
    link = page.locator("#office-live a[id]").first
    link.focus()
    where = page.evaluate("() => document.activeElement.id")
    page.evaluate("() => { document.querySelector('#office-live').dataset.old = 'yes' }")
    page.evaluate(
        "() => window.htmx.ajax('GET', '/desk/office/live', {target: '#office-live', swap: 'outerHTML'})"
    )
    expect(page.locator("#office-live[data-old]")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == where


@pytest.mark.parametrize(
    "address", ["/desk/calls/", "/desk/calls/?show=all", "/desk/office/", "/desk/office/answered/"]
)
def test_the_pages_fit_a_phone(people: People, axe: str, address: str) -> None:
    page = on_the_phone(people, CLERK)
    page.goto(address)
    sound(page, axe)
