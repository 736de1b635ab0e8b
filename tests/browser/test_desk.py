"""The desk by hand and by keyboard: lists, two people at once, sessions that end, passwords that are wrong."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import reporting
from tests.browser.conftest import DESK, People
from tests.browser.reporting import press, state_is, step_box
from tests.browser.test_pages import settle

# What a row may hold, whatever came in that day: a word, a line, as much as there is room for, no blank to break at.
WORST_ROWS = (
    "漏",
    "楼道灯坏了",
    "电梯走到六楼咯噔一下，往下掉了一截，" * 8,
    "a" * 200,
    "五金店把货摆到人行道，" * 3,
    "井盖",
)
CHIPS = '<span class="badge">并入 12 件</span><span class="badge">已并入别的件</span>'


def test_a_list_is_worked_by_keyboard_alone(people: People) -> None:
    page = people.staff("dispatch_wang")
    page.goto("/desk/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("路灯")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/cases/?q=*")
    rows = page.locator("tr[data-case]")
    expect(rows.nth(1)).to_be_visible()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class("cases-here")
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class("cases-here")
    page.keyboard.press("x")
    expect(rows.nth(0).get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 1 件")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    chosen = rows.nth(0).locator(".reference").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/cases/{chosen}/")
    expect(page.locator("h1")).to_contain_text(chosen)
    page.keyboard.press("u")
    page.wait_for_url("**/desk/cases/")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/new/**")


def test_no_row_has_a_link_that_is_easily_missed(people: People, axe: str) -> None:
    page = people.staff("dispatch_wang")
    page.goto("/desk/cases/")
    page.locator("tr[data-case]").first.wait_for()
    page.evaluate(
        """([words, chips]) => document.querySelectorAll(".cases-line").forEach((line, n) => {
          const link = line.querySelector("a");
          link.textContent = words[n % words.length];
          if (n % 3 === 1) line.insertAdjacentHTML("beforeend", chips);
          if (n % 4 === 1) link.insertAdjacentHTML("afterbegin", '<span class="badge">紧急</span> ');
        })""",
        [list(WORST_ROWS), CHIPS],
    )
    page.evaluate(axe)
    found = {}
    for width in (1440, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        found[width] = page.evaluate(
            """async () => {
              const small = [...document.querySelectorAll("main a")].filter(a => {
                const box = a.getBoundingClientRect();
                return box.height < 24 || box.width < 24;
              });
              const {violations} = await axe.run(document, {runOnly: ["target-size"], resultTypes: ["violations"]});
              return [...small.map(a => a.textContent), ...violations.flatMap(v => v.nodes.map(n => n.target[0]))];
            }"""
        )
    assert found == {1440: [], 1024: [], 768: [], 390: []}


def test_two_clerks_press_at_once(people: People) -> None:
    sent = reporting.report(people.resident(), "消防通道被一辆面包车堵了半个月")
    first, second = people.staff("dispatch_wang"), people.staff("dispatch_sun")
    for page in (first, second):
        page.goto(f"/desk/cases/{sent.reference}/")
    press(step_box(first, "accept"))
    state_is(first, "已受理")
    words = "这件先和交警核对车主，再答复居民。"
    box = step_box(second, "accept")
    box.locator("textarea[name=text]").fill(words)
    press(box)
    told = second.locator("#problems")
    expect(told).to_be_visible()
    expect(told).to_contain_text("王慧敏")
    expect(second.locator("#kept")).to_have_value(words)


def test_words_survive_a_session_that_ended(people: People) -> None:
    sent = reporting.report(people.resident(), "楼前井盖翘起来了，孩子骑车摔了一跤")
    page = people.context(viewport=DESK).new_page()
    people.sign_in(page, "dispatch_sun")
    page.goto(f"/desk/cases/{sent.reference}/")
    words = "已请网格员先放一个警示锥，下午两点前到。"
    page.locator("#note-text").fill(words)
    kept = [c for c in page.context.cookies() if "session" not in c["name"]]
    page.context.clear_cookies()
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.locator("form", has=page.locator("#note-text")).get_by_role("button").last.click()
    expect(page.get_by_text("您刚才填写的内容还在")).to_be_visible()
    page.get_by_label("用户名").fill("dispatch_sun")
    page.get_by_label("密码").fill(people.street.cast["dispatch_sun"]["password"])
    page.get_by_role("button", name="登录").click()
    expect(page.locator("blockquote")).to_contain_text(words)
    page.get_by_role("button", name="继续提交").click()
    expect(page.locator(".timeline").first).to_contain_text(words)


def test_five_wrong_passwords_lock_and_say_for_how_long(people: People) -> None:
    page = people.context(viewport=DESK).new_page()
    for attempt in range(5):
        people.sign_in(page, "partner_lift", password="不是这个")
        if attempt < 4:
            expect(page.locator("#problems")).to_contain_text("用户名或密码不对")
    expect(page.get_by_role("heading", name="暂时锁定")).to_be_visible()
    expect(page.get_by_text("15 分钟后可以再试")).to_be_visible()
