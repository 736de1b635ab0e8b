"""A return that fails, and somebody outside who answers on the phone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import reporting
from tests.browser.conftest import People
from tests.browser.making import asked_outside
from tests.browser.reporting import photo, press, state_is, step_box, take

PARKS, ENFORCEMENT = "市政园林服务中心", "综合行政执法中队"
HANDLERS = {PARKS: "handler_municipal", ENFORCEMENT: "handler_enforcement"}
WHY = "两家会商后定：路灯由市政养护，请市政牵头。"


def open_case(page: Page, reference: str) -> None:
    page.goto(f"/desk/cases/{reference}/")
    expect(page.locator("h1")).to_contain_text(reference)


def returned(people: People, unit: str, reference: str) -> None:
    handler = people.staff(HANDLERS[unit])
    open_case(handler, reference)
    box = step_box(handler, "return")
    box.locator("select[name=reason]").select_option("return-not-ours")
    box.locator("textarea[name=text]").fill("不属于本单位职责。")
    press(box)


def test_a_return_that_fails_after_the_office_has_decided(people: People) -> None:
    sent = reporting.report(people.resident())
    clerk = people.staff("dispatch_wang")
    open_case(clerk, sent.reference)
    press(step_box(clerk, "accept"))
    for unit in (PARKS, ENFORCEMENT):
        open_case(clerk, sent.reference)
        take(clerk, "hand_out", unit=unit)
        state_is(clerk, "已派单")
        returned(people, unit, sent.reference)
    open_case(clerk, sent.reference)
    take(clerk, "hand_out", unit=PARKS)
    expect(clerk.get_by_text("这次派单是最后决定").first).to_be_visible()
    take(clerk, "hand_out", WHY, unit=PARKS)
    state_is(clerk, "已派单")
    handler = people.staff(HANDLERS[PARKS])
    open_case(handler, sent.reference)
    expect(handler.locator("#step-return")).to_have_count(0)
    expect(handler.get_by_text("多次退单以后，派单员研判决定由本单位办理").first).to_be_visible()
    handler.get_by_text("为什么派给这里").first.click()
    expect(handler.get_by_text(re.compile("派单规则第 1 版")).first).to_be_visible()
    press(step_box(handler, "acknowledge"))
    state_is(handler, "已签收")


def test_somebody_outside_answers_on_the_phone(people: People) -> None:
    sent = reporting.report(people.resident())
    clerk = people.staff("dispatch_wang")
    open_case(clerk, sent.reference)
    press(step_box(clerk, "accept"))
    take(clerk, "hand_out", unit=PARKS)
    link = asked_outside(clerk)

    phone = people.resident()
    phone.goto(link)
    expect(phone.get_by_text("请断电并到场配合更换灯杆。")).to_be_visible()
    expect(phone.get_by_text(reporting.PHONE_NUMBER)).to_have_count(0)
    phone.get_by_role("button", name="提交答复").tap()
    expect(phone.locator("#problems")).to_be_visible()
    phone.get_by_label("办好了").check()
    phone.get_by_label("做了什么").fill("已断电，灯杆换好。")
    phone.locator("input[name=photos]").set_input_files([photo()])
    phone.get_by_role("button", name="提交答复").tap()
    expect(phone.get_by_text("收到您的答复，谢谢")).to_be_visible()
    phone.goto(link)
    expect(phone.get_by_text("这个链接已经答复过了")).to_be_visible()

    open_case(clerk, sent.reference)
    expect(clerk.locator("#orders li", has_text="供电服务站")).to_contain_text("已解决")
    clerk.goto("/desk/outside/?state=answered")
    expect(clerk.locator("tbody tr", has_text=sent.reference)).to_contain_text("办好了")
