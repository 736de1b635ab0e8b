"""A check on site finds the problem still there: the grid worker's telephone, then the desk, then the resident."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import reporting
from tests.browser.conftest import PHONE, People
from tests.browser.making import everything_is_drawn
from tests.browser.reporting import press, state_is, step_box
from tests.browser.test_pages import sound
from tests.browser.test_story import handed_out, handled, open_case, reported

SEEN = "到场看，灯还是不亮。"


def inspector_of(people: People, page: Page) -> str:
    """The user name of the worker of the grid that the case's page names."""
    said = page.locator("section", has=page.get_by_role("heading", name="现场抽查", exact=True)).inner_text()
    names = {row["unit"]: user for user, row in people.street.cast.items() if user.startswith("grid_worker")}
    return next(user for unit, user in names.items() if f"等{unit}的网格员" in said)


def test_a_check_on_site_finds_the_problem_still_there(people: People, axe: str) -> None:
    everything_is_drawn(people, 100)
    clerk, resident = people.staff("dispatch_wang"), people.resident()
    sent = reported(resident)
    handed_out(clerk, sent.reference)
    handler = people.staff("handler_municipal")
    open_case(handler, sent.reference)
    press(step_box(handler, "acknowledge"))
    handled(handler, "已更换灯头。")
    open_case(clerk, sent.reference)
    worker = people.staff(inspector_of(people, clerk), viewport=PHONE)
    worker.goto("/desk/inspections/")
    sound(worker, axe)
    worker.get_by_role("link", name=reporting.WORDS[:20]).first.click()
    expect(worker.get_by_role("heading", name=reporting.WORDS)).to_be_visible()
    expect(worker.get_by_text(reporting.PHONE_NUMBER)).to_have_count(0)
    sound(worker, axe)
    worker.get_by_label("问题还在").check()
    worker.get_by_label("说明").fill(SEEN)
    worker.locator("input[name=photos]").set_input_files([reporting.photo("还是不亮.jpg")])
    worker.get_by_role("button", name="提交看到的结果").click()
    expect(worker.get_by_text("已经记下：问题还在")).to_be_visible()
    open_case(clerk, sent.reference)
    state_is(clerk, "已重开")
    expect(clerk.get_by_text("提级重办：")).to_be_visible()
    expect(clerk.locator(".timeline").first).to_contain_text(SEEN)
    resident.goto(sent.link)
    expect(resident.locator(".letter")).to_contain_text("问题还在，已交给")
    expect(resident.get_by_text(SEEN)).to_have_count(0)
    sound(resident, axe)
    everything_is_drawn(people, 10)
