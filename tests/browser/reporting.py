"""The way through the resident's pages and the desk's steps, as hands go it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.cast import jpeg

REFERENCE: Final = re.compile(r"\d{4}-\d{6,}-\d")
WORDS: Final = "闻韶路菜市场东门的路灯坏了三天，晚上买菜回来看不见路"
PHONE_NUMBER: Final = "19900001234"


@dataclass(frozen=True)
class Sent:
    """What a resident takes away."""

    reference: str
    link: str


_numbers = count(1)


def photo(name: str = "现场.jpg", colour: str = "") -> Any:
    """A picture of one colour, another one each time: who sends the same twice has to explain it."""
    n = next(_numbers)
    own = f"#{n * 53 % 200 + 20:02x}{n * 97 % 200 + 20:02x}{n * 31 % 200 + 20:02x}"
    return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg(colour or own, (640, 480))}


def go_on(page: Page, name: str = "下一步") -> None:
    page.locator("#report").get_by_role("button", name=name, exact=True).click()


def write_words(page: Page, words: str = WORDS, *, with_photo: bool = False) -> None:
    if not page.url.endswith("/report"):
        page.goto("/report")
    page.get_by_label("用自己的话写下来").fill(words)
    if with_photo:
        page.locator("input[name=photos]").set_input_files([photo()])
    go_on(page)


def choose_category(page: Page) -> None:
    expect(page.get_by_role("heading", name="哪一类事")).to_be_visible()
    go_on(page)


def say_place(page: Page, place: str) -> None:
    expect(page.get_by_role("heading", name="在哪里")).to_be_visible()
    page.get_by_label("哪个小区").select_option("")
    page.get_by_label("或者用自己的话写地点").fill(place)
    go_on(page)


def tap_map(page: Page, right: float = 0.5, down: float = 0.5) -> None:
    """One tap; waits until the point is in the form and the place has its name."""
    page.get_by_text("在地图上点，或填经纬度").click()
    page.get_by_role("button", name="在地图上选").click()
    picture = page.locator("[data-island=map][data-ready]")
    picture.wait_for()
    box = picture.bounding_box()
    assert box is not None
    picture.locator("canvas").tap(position={"x": box["width"] * right, "y": box["height"] * down})
    expect(page.get_by_label("经度")).to_have_value(re.compile(r"118\.\d+"))
    expect(page.locator("[data-map-place]")).to_contain_text("网格")


def leave_number(page: Page, phone: str = PHONE_NUMBER, name: str = "林阿姨") -> None:
    expect(page.get_by_role("heading", name="可以给您打电话吗")).to_be_visible()
    page.get_by_label("手机号").fill(phone)
    page.get_by_label("怎么称呼您").fill(name)
    go_on(page)


def send(page: Page) -> Sent:
    """Sends; whoever is as quick as a machine is asked once to look again, and does."""
    expect(page.get_by_role("heading", name="核对一下")).to_be_visible()
    go_on(page, "提交")
    again = page.get_by_text("请再看一眼", exact=True)
    expect(again.or_(page.locator(".receipt-number"))).to_be_visible()
    if again.is_visible():
        go_on(page, "提交")
    found = REFERENCE.search(page.locator(".receipt-number").inner_text())
    assert found
    return Sent(found.group(), page.locator("#link").input_value())


def report(page: Page, words: str = WORDS, place: str = "闻韶路菜市场东门") -> Sent:
    """All pages at once, with the place in words."""
    write_words(page, words)
    choose_category(page)
    say_place(page, place)
    leave_number(page)
    return send(page)


def step_box(page: Page, step: str) -> Any:
    """The folded form of a step, opened."""
    box = page.locator(f"#step-{step}")
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    return box


def take(page: Page, step: str, text: str = "", **choices: str) -> None:
    """Fill in a step's form and press its button; `choices`: name of the field = label or value."""
    box = step_box(page, step)
    if text:
        box.locator("textarea[name=text]").fill(text)
    for name, value in choices.items():
        field = box.locator(f"[name={name}]")
        if field.first.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            box.get_by_role("group", name=name).or_(box).get_by_label(value, exact=True).first.check()
    press(box)


def press(box: Any) -> None:
    box.locator("form > button").click()


def state_is(page: Page, words: str) -> None:
    expect(page.locator(".case-badges")).to_contain_text(words)
