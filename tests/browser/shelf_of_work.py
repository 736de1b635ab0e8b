"""The kinds of pages that belong to calls, checks, links of the chain and the parts of a case; `shelf` has the others."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import FilePayload, Page, expect

from tests.browser import reporting
from tests.browser.conftest import People
from tests.browser.making import asked_outside, everything_is_drawn, made
from tests.browser.shelf import DISPATCH, GRID, HEAD, Kind, Way, going, one_case

HEAD_OF_CHAIN: Final = "community_head_huangong"
LEADER: Final = "street_leader_zhao"
HANDLER: Final = "handler_enforcement"
INSPECTOR: Final = re.compile(r"等(.+?)的网格员")


def first_of(address: str, links: str) -> Way:
    """A list, then the first that it leads to."""

    def way(page: Page, people: People) -> None:
        page.goto(address)
        page.locator(links).first.click()
        page.wait_for_load_state()

    return way


def new_call(page: Page, people: People, reporter: str = DISPATCH) -> None:
    page.goto(f"/desk/calls/new?case={one_case(page, people, 'in_progress', reporter)[0]}")
    expect(page.get_by_role("button", name="发出呼叫")).to_be_visible()


def new_call_of_a_community(page: Page, people: People) -> None:
    new_call(page, people, "community_clerk_shanjia")


def new_call_refused(page: Page, people: People) -> None:
    new_call(page, people)
    page.get_by_role("button", name="发出呼叫").click()
    expect(page.locator("#problems")).to_be_visible()


def everything_open(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true })")


def call_all_open(page: Page, people: People) -> None:
    page.goto("/desk/calls/")
    page.locator("tbody a").first.click()
    expect(page.locator("#called")).to_be_visible()
    everything_open(page)


def summons_all_open(page: Page, people: People) -> None:
    page.goto("/desk/summons/")
    page.locator("main .panel h2 a").first.click()
    expect(page.get_by_text("谁在呼叫")).to_be_visible()
    everything_open(page)


def topic_all_open(page: Page, people: People) -> None:
    page.goto("/desk/topics/")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="为什么提出来")).to_be_visible()
    everything_open(page)


def topic_refused(page: Page, people: People) -> None:
    topic_all_open(page, people)
    page.get_by_role("button", name="立项，定责任人").click()
    expect(page.locator("#problems")).to_be_visible()


def worker_of(people: People, desk: Page) -> str:
    """Of the case that is open: the user name of whoever is to look at it on site; "" where the lot fell on nobody we know."""
    workers = {
        row["unit"]: user for user, row in people.street.cast.items() if user.startswith("grid_worker")
    }
    found = INSPECTOR.search(desk.locator("main").inner_text())
    return workers.get(found[1], "") if found else ""


def inspector(people: People) -> str:
    """Who is to look at some case; where none of those waits that we know, all are drawn for a while."""
    desk = people.staff(DISPATCH)
    for state in ("handled", "checked"):
        desk.goto(f"/desk/cases/?state={state}")
        for reference in desk.locator("tr[data-case] .reference").all_inner_texts():
            desk.goto(f"/desk/cases/{reference}/")
            if user := worker_of(people, desk):
                return user
    everything_is_drawn(people, 100)
    try:
        for _case in range(10):
            desk.goto(f"/desk/cases/{made(people, 'handled', GRID)}/")
            if user := worker_of(people, desk):
                return user
    finally:
        everything_is_drawn(people, 10)
    raise AssertionError("ten cases, and nobody of the cast is to look at one of them")


def check_on_site(page: Page, people: People) -> None:
    """As the worker of the grid that the lot fell on."""
    user = inspector(people)
    people.staff(user)
    page.context.add_cookies(people.signed_in[user]["cookies"])
    page.goto("/desk/inspections/")
    page.locator("main li.panel a").first.click()
    expect(page.get_by_role("button", name="提交看到的结果")).to_be_visible()


def check_on_site_refused(page: Page, people: People) -> None:
    check_on_site(page, people)
    page.get_by_role("button", name="提交看到的结果").click()
    expect(page.locator("#problems")).to_be_visible()


def closure_rules_refused(page: Page, people: People) -> None:
    page.goto("/desk/closure-rules/")
    page.get_by_text("改数字").click()
    page.locator("input[name=sample_base]").fill("很多")
    page.get_by_role("button", name="改", exact=True).click()
    expect(page.locator("#problems")).to_be_visible()


def not_counted_refused(page: Page, people: People) -> None:
    page.goto(f"/desk/cases/{one_case(page, people, 'closed')[0]}/exclusion")
    page.locator("main form button").last.click()
    expect(page.locator("#problems")).to_be_visible()


def tracking_returned(page: Page, people: People) -> None:
    """The office hands out again what comes back, so there may be none: one is sent and returned."""
    sent = reporting.report(page)
    desk = people.staff(DISPATCH)
    desk.goto(f"/desk/cases/{sent.reference}/")
    reporting.press(reporting.step_box(desk, "accept"))
    reporting.take(desk, "hand_out", unit="综合行政执法中队")
    handler = people.staff(HANDLER)
    handler.goto(f"/desk/cases/{sent.reference}/")
    box = reporting.step_box(handler, "return")
    box.locator("select[name=reason]").select_option("return-not-ours")
    box.locator("textarea[name=text]").fill("不属于本单位职责。")
    reporting.press(box)
    reporting.state_is(handler, "已退单")
    page.goto(sent.link)
    expect(page.locator(".letter")).to_be_visible()


def case_in_parts(page: Page, people: People) -> None:
    """A case that has been split, with the form for one part more."""
    page.goto(f"/desk/cases/{one_case(page, people, 'accepted')[0]}/")
    everything_open(page)


def holder(page: Page, people: People) -> None:
    page.goto("/desk/chain/holders/?q=谭慧敏")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("link", name="移交")).to_be_visible()
    everything_open(page)


def hand_over(page: Page, people: People) -> None:
    holder(page, people)
    page.get_by_role("link", name="移交").click()
    expect(page.get_by_role("button", name="全部移交")).to_be_visible()
    everything_open(page)


def hand_over_refused(page: Page, people: People) -> None:
    hand_over(page, people)
    page.get_by_role("button", name="全部移交").click()
    expect(page.locator("#problems")).to_be_visible()


def building(page: Page, people: People) -> None:
    page.goto("/desk/chain/units/370305002001001")
    for level in ("courtyards", "buildings"):
        page.locator(f"main a[href*='/chain/{level}/']").first.click()
        page.wait_for_url(f"**/chain/{level}/*")


def webhook_refused(page: Page, people: People) -> None:
    page.goto("/desk/webhooks/")
    page.locator("details.panel summary").click()
    page.locator("form.stack button.button-main").click()


def webhook_made(page: Page, people: People) -> None:
    page.goto("/desk/webhooks/")
    page.locator("details.panel summary").click()
    page.locator("[name=label]").fill("区平台")
    page.locator("[name=url]").fill("https://9.9.9.9/events")
    page.locator("[name=cases]").first.check()
    page.locator("form.stack button.button-main").click()


def api_open(page: Page, people: People) -> None:
    page.goto("/developers/#take_step")
    page.locator("#take_step summary").click()


def public_version_refused(page: Page, people: People) -> None:
    page.goto(f"/desk/cases/{one_case(page, people, 'handled')[0]}/public")
    page.get_by_role("button", name="隐去", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()


def blurring(page: Page, people: People) -> None:
    """Of the first handled case that has a photo."""
    if not to_blurring(page):
        made(people, "handled")
        assert to_blurring(page)
    page.get_by_label("第 1 行第 1 列").check()


def to_blurring(page: Page) -> bool:
    page.goto("/desk/cases/?state=handled")
    for reference in page.locator("tr[data-case] .reference").all_inner_texts():
        page.goto(f"/desk/cases/{reference}/public")
        if page.get_by_role("link", name="做打码照片").count():
            page.get_by_role("link", name="做打码照片").first.click()
            return True
    return False


def chain_list(page: Page, people: People) -> None:
    page.goto("/desk/chain/import")
    rows = "级别,对象编码,责任人编号,姓名,职务,开始日期\n7,x,nobody,,,去年\n2,370305002001001,brand-new,试,网格支部书记,2026-11-23\n"
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="名单.csv", mimeType="text/csv", buffer=rows.encode())
    )
    page.get_by_role("button", name="看看会有什么变化").click()
    expect(page.get_by_text("还没有导入。下面是会有的变化。")).to_be_visible()


def merged(page: Page, people: People) -> None:
    """Two cases merged by reference, the page of the lead with everything open; once for all widths."""
    page.goto("/desk/cases/?merged=yes")
    if not page.locator("tr[data-case]").count():
        part, lead = one_case(page, people, "received")[0], one_case(page, people, "accepted")[0]
        page.goto(f"/desk/cases/{lead}/")
        everything_open(page)
        page.locator("#similar input[name=other]").fill(part)
        page.locator("#similar input[name=reason]").fill("同一处")
        page.locator("#similar button").last.click()
        page.goto("/desk/cases/?merged=yes")
    page.locator("tr[data-case] a").first.click()
    page.locator("#merged a.reference").first.click()
    expect(page.locator("#merged")).to_be_visible()
    everything_open(page)


def part_of_it(page: Page, people: People) -> None:
    merged(page, people)
    page.locator("#merged a.reference").first.click()
    expect(page.get_by_text("这件诉求由主件一起办：")).to_be_visible()
    everything_open(page)


def follow_new(page: Page, people: People) -> None:
    """What lies near by is offered on the last page of a report; the page that follows it."""
    for _again in range(2):  # whoever comes first reports it
        page.goto("/report")
        reporting.write_words(page, "菜市场东门的路灯闪了两个晚上，一会儿亮一会儿灭")
        reporting.choose_category(page)
        page.get_by_label("哪个小区").select_option(index=2)
        reporting.go_on(page)
        reporting.go_on(page)
        reporting.leave_number(page)
        if page.get_by_text("附近已有人反映过类似问题").count():
            break
        reporting.send(page)
    page.get_by_role("link", name="我也遇到").first.click()
    expect(page.get_by_role("heading", name="关注这一件")).to_be_visible()


def followed(page: Page, people: People) -> None:
    follow_new(page, people)
    page.get_by_role("button", name="关注").click()
    expect(page.get_by_role("heading", name="您关注的事")).to_be_visible()


def links_outside(people: People) -> Page:
    """The office's list of links, with one at least that nobody has answered yet."""
    desk = people.staff(DISPATCH)
    desk.goto("/desk/outside/")
    if not desk.locator("tbody tr", has_not_text="已答复").count():
        desk.goto(f"/desk/cases/{made(people, 'handed_out')}/")
        asked_outside(desk)
        desk.goto("/desk/outside/")
    return desk


def a_link(page: Page, people: People) -> None:
    links_outside(people)
    page.goto("/desk/outside/")
    page.locator("tbody a").first.click()


def outside_answer(page: Page, people: People) -> None:
    """What somebody outside sees of a link that runs."""
    desk = links_outside(people)
    desk.locator("tbody tr", has_not_text="已答复").locator("a").first.click()
    page.goto(desk.locator("#outside-address").input_value())
    expect(page.locator("#answer")).to_be_visible()


WORK: Final = (
    Kind("case, merged into it", DISPATCH, merged),
    Kind("case, merged into another", DISPATCH, part_of_it),
    Kind("follow", "", follow_new),
    Kind("followed", "", followed),
    Kind("tracking returned", "", tracking_returned),
    Kind("office", DISPATCH, going("/desk/office/")),
    Kind("office, answered", DISPATCH, going("/desk/office/answered/")),
    Kind("calls", DISPATCH, going("/desk/calls/")),
    Kind("calls, all", LEADER, going("/desk/calls/?show=all")),
    Kind("calls of a community", HEAD, going("/desk/calls/")),
    Kind("calls, assessed", DISPATCH, going("/desk/calls/assessed/")),
    Kind("call, everything open", DISPATCH, call_all_open),
    Kind("new call", DISPATCH, new_call),
    Kind("new call, refused", DISPATCH, new_call_refused),
    Kind("new call of a community", HEAD, new_call_of_a_community),
    Kind("summonses", HANDLER, going("/desk/summons/")),
    Kind("summonses, none", HEAD, going("/desk/summons/")),
    Kind("summons, everything open", HANDLER, summons_all_open),
    Kind("inbox, supporting", HANDLER, going("/desk/inbox/?part=support")),
    Kind("case, everything open", DISPATCH, case_in_parts),
    Kind("public version, refused", DISPATCH, public_version_refused),
    Kind("blurring a photo", DISPATCH, blurring),
    Kind("check on site", "", check_on_site),
    Kind("check on site, refused", "", check_on_site_refused),
    Kind("closure rules", LEADER, going("/desk/closure-rules/")),
    Kind("topics", LEADER, going("/desk/topics/")),
    Kind("topics, none", LEADER, going("/desk/topics/?show=ended")),
    Kind("topic, everything open", DISPATCH, topic_all_open),
    Kind("topic, refused", DISPATCH, topic_refused),
    Kind("similar rules", LEADER, going("/desk/similar-rules/")),
    Kind("closure rules, refused", LEADER, closure_rules_refused),
    Kind("explained, one decided", DISPATCH, first_of("/desk/exclusions/", "main td a[href*='/exclusions/']")),
    Kind("propose not to count, refused", DISPATCH, not_counted_refused),
    Kind("chain change", HEAD_OF_CHAIN, first_of("/desk/chain/units/370305002001", "a[href*='/children/']")),
    Kind("chain courtyard", HEAD_OF_CHAIN, first_of("/desk/chain/units/370305002001001", "a[href*='/courtyards/']")),
    Kind("chain building", HEAD_OF_CHAIN, building),
    Kind("chain holder", HEAD_OF_CHAIN, holder),
    Kind("chain holder, new", HEAD_OF_CHAIN, going("/desk/chain/holders/new")),
    Kind("chain hand-over", HEAD_OF_CHAIN, hand_over),
    Kind("chain hand-over, refused", HEAD_OF_CHAIN, hand_over_refused),
    Kind("chain import, shown", HEAD_OF_CHAIN, chain_list),
    Kind("overview of one community", DISPATCH, going("/desk/overview/370305002001/")),
    Kind("wall of one community", DISPATCH, going("/screen/370305002001/")),
    Kind("who, nothing asked", "", going("/who")),
    Kind("API", "", api_open),
    Kind("exports", DISPATCH, going("/desk/exports/?format=csv&state=received")),
    Kind("learning", LEADER, going("/desk/learning/")),
    Kind("webhooks", DISPATCH, going("/desk/webhooks/")),
    Kind("webhooks, refused", DISPATCH, webhook_refused),
    Kind("webhook", DISPATCH, webhook_made),
    Kind("links outside", DISPATCH, going("/desk/outside/")),
    Kind("link outside", DISPATCH, a_link),
    Kind("outside answer", "", outside_answer),
    Kind("outside answer, wrong link", "", going("/o/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
)  # fmt: skip
