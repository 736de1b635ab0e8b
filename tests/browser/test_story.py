"""One request from the first words to rated closure and once more, as those concerned live it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import reporting
from tests.browser.conftest import People
from tests.browser.reporting import press, state_is, step_box, take

AREA = re.compile("单家")  # of the community 单家社区
DEPARTMENT = "市政园林服务中心"
QUESTION = "请问是东门往南第几根灯杆？"
ANSWER = "东门往南第二根，杆上贴着 0217。"
DONE = "11月23日更换灯头一只，夜里已亮。"


def overview_figure(page: Page, name: str) -> tuple[int, str]:
    """(the figure, where it leads) on the overview that is open."""
    tile = page.locator(".figure", has=page.get_by_role("heading", name=name, exact=True))
    said = tile.locator(".figure-value a")
    return int(said.inner_text().replace(",", "")), str(said.get_attribute("href"))


def totals(page: Page, addresses: dict[str, str]) -> dict[str, int]:
    """How many cases each list says it holds."""
    found = {}
    for name, address in addresses.items():
        page.goto(address)
        expect(page.locator("#total")).to_have_text(re.compile(r"^共 [\d,]+ 件$"))
        found[name] = int(re.sub(r"\D", "", page.locator("#total").inner_text()))
    return found


def count_rows(page: Page) -> int:
    """All rows of the list that is open, over all its pages."""
    total = 0
    while True:
        total += page.locator("tbody tr[data-case]").count()
        older = page.get_by_role("link", name="较早的")
        if not older.count():
            return total
        address = older.get_attribute("href")
        page.goto(f"/desk/cases/{address}" if str(address).startswith("?") else str(address))


def figures(page: Page) -> dict[str, int]:
    page.goto("/desk/overview/")
    return {
        name: overview_figure(page, name)[0]
        for name in ("收到", "未结案", "办结", "结案", "重开", "有效回访")
    }


def changes(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - n for name, n in before.items() if after[name] != n}


def open_case(page: Page, reference: str) -> None:
    page.goto(f"/desk/cases/{reference}/")
    expect(page.locator("h1")).to_contain_text(reference)


def found_in_queue(page: Page, queue: str, reference: str) -> Locator:
    page.goto("/desk/")
    page.locator(".queue-tile", has_text=queue).click()
    row = page.locator("tr[data-case]", has_text=reference)
    expect(row).to_be_visible()
    return row


def reported(resident: Page) -> reporting.Sent:
    """Words, a photo, a tap on the map, a number to call."""
    reporting.write_words(resident, with_photo=True)
    reporting.choose_category(resident)
    reporting.tap_map(resident)
    reporting.go_on(resident)
    reporting.leave_number(resident)
    expect(resident.get_by_text("1 张照片")).to_be_visible()
    return reporting.send(resident)


def handed_out(clerk: Page, reference: str) -> None:
    """The clerk finds it in the queue, accepts it and hands it to a department."""
    found_in_queue(clerk, "待受理", reference).get_by_role("link").click()
    expect(clerk.locator(".said").first).to_have_text(reporting.WORDS)
    expect(clerk.locator(".photos img").first).to_be_visible()
    press(step_box(clerk, "accept"))
    state_is(clerk, "已受理")
    take(clerk, "hand_out", unit=DEPARTMENT)
    state_is(clerk, "已派单")


def asked_and_answered(handler: Page, resident: Page, sent: reporting.Sent) -> None:
    """The department takes it up and asks one question; the resident answers by the link."""
    open_case(handler, sent.reference)
    press(step_box(handler, "acknowledge"))
    press(step_box(handler, "start"))
    state_is(handler, "办理中")
    take(handler, "ask", QUESTION)
    state_is(handler, "待居民补充")
    resident.goto(sent.link)
    expect(resident.locator(".asked")).to_have_text(QUESTION)
    assert "k=" not in resident.url
    resident.get_by_label("您的补充").fill(ANSWER)
    resident.get_by_role("button", name="提交补充").tap()
    expect(resident.get_by_text("您的补充已经转给承办人")).to_be_visible()
    open_case(handler, sent.reference)
    expect(handler.locator(".timeline").first).to_contain_text(ANSWER)


def handled(page: Page, answer: str) -> None:
    """Done, with a photo as proof."""
    box = step_box(page, "handle")
    box.locator("textarea[name=text]").fill(answer)
    box.get_by_label("已解决", exact=True).check()
    box.locator("input[name=photos]").set_input_files([reporting.photo("修好.jpg")])
    press(box)
    state_is(page, "已办结")


def rated(resident: Page) -> None:
    resident.reload()
    expect(resident.locator(".letter")).to_contain_text(DONE)
    for question, answer in (("事情解决了吗", "是"), ("工作人员联系过您吗", "是"), ("您满意吗", "满意")):
        resident.get_by_role("group", name=question).get_by_label(answer, exact=True).check()
    resident.get_by_role("button", name="提交评价").tap()
    expect(resident.get_by_text("谢谢您的评价")).to_be_visible()


def reopened(resident: Page, reference: str) -> None:
    """Once; there is no second time."""
    resident.goto(f"/t/{reference}")
    resident.get_by_label("哪里还没有解决").fill("昨晚又灭了")
    resident.get_by_role("button", name="申请重新办理").tap()
    expect(resident.get_by_text("已经重新办理").first).to_be_visible()
    expect(resident.get_by_role("button", name="申请重新办理")).to_have_count(0)


def test_one_request_from_the_phone_to_rated_closure_and_once_more(people: People) -> None:
    clerk, resident = people.staff("dispatch_wang"), people.resident()
    before = figures(clerk)
    sent = reported(resident)
    handed_out(clerk, sent.reference)
    handler = people.staff("handler_municipal")
    asked_and_answered(handler, resident, sent)
    handled(handler, DONE)
    checker = people.staff("checker_qian")
    open_case(checker, sent.reference)
    press(step_box(checker, "check"))
    state_is(checker, "已核查")
    rated(resident)
    open_case(clerk, sent.reference)
    press(step_box(clerk, "close"))
    state_is(clerk, "已结案")
    after = figures(clerk)
    assert changes(before, after) == {"收到": 1, "办结": 1, "结案": 1, "有效回访": 1}
    reopened(resident, sent.reference)
    found_in_queue(clerk, "待受理", sent.reference)
    again = figures(clerk)
    assert (again["重开"] - after["重开"], again["未结案"] - after["未结案"]) == (1, 1)


def test_each_figure_opens_exactly_its_cases(people: People) -> None:
    """Compared in a moment of rest: while the figures are read, the street's worker may have closed a case."""
    page = people.staff("dispatch_wang")
    names = ("收到", "未结案", "已超期", "办结", "结案", "重开", "不予受理", "有效回访")
    page.goto("/desk/overview/")
    addresses = {name: overview_figure(page, name)[1] for name in names}
    for _moment in range(5):
        told = totals(page, addresses)
        page.goto("/desk/overview/")
        said = {name: overview_figure(page, name)[0] for name in names}
        opened = {}
        for name, address in addresses.items():
            page.goto(address)
            opened[name] = count_rows(page)
        if told == opened:
            break
    assert said == opened == told


def test_community_head_works_a_case_of_her_own_and_the_next_community_sees_nothing(people: People) -> None:
    head = people.staff("community_head_shanjia")
    head.goto("/desk/overview/")
    expect(head.locator("h1")).to_have_text("单家社区")
    expect(head.get_by_role("heading", name="各网格")).to_be_visible()
    response = head.goto("/desk/overview/370305002012/")
    assert response is not None and response.status in (403, 404)

    resident = people.resident()
    reporting.write_words(resident, "单元门口的下水道堵了，污水往外冒")
    reporting.choose_category(resident)
    areas = resident.get_by_label("哪个小区").locator("option", has_text=AREA)
    resident.get_by_label("哪个小区").select_option(areas.first.get_attribute("value"))
    reporting.go_on(resident)
    resident.get_by_label("哪一栋楼").select_option(index=1)
    reporting.go_on(resident)
    reporting.leave_number(resident)
    sent = reporting.send(resident)

    open_case(head, sent.reference)
    press(step_box(head, "accept"))
    take(head, "hand_out", unit="单家社区")
    press(step_box(head, "acknowledge"))
    press(step_box(head, "start"))
    handled(head, "当天疏通，已冲洗地面。")
    expect(head.locator("#step-check")).to_have_count(0)  # nobody checks their own work

    stranger = people.staff("community_head_xuegong")
    response = stranger.goto(f"/desk/cases/{sent.reference}/")
    assert response is not None and response.status == 404
    stranger.goto(f"/desk/cases/?q={sent.reference}")
    expect(stranger.locator("tr[data-case]")).to_have_count(0)
