"""Every kind of page in every state it has: who sees it, and how one gets there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from playwright.sync_api import Page, expect

from baiying.cases import steps
from tests.browser import reporting
from tests.browser.conftest import People
from tests.browser.making import made

Way = Callable[[Page, People], Any]
DISPATCH, HEAD, SYSTEM, SECURITY, AUDIT = (
    "dispatch_wang", "community_head_shanjia", "system_admin_wu", "security_admin_zheng", "audit_admin_feng",
)  # fmt: skip
GRID: Final = "grid_worker_huangong_01"
LONG: Final = "路灯坏了" * 60 + "a" * 120  # no blank to break at


def going(address: str) -> Way:
    """Straight to an address."""
    return lambda page, people: page.goto(address)


def rows_of(page: Page, state: str) -> Any:
    """The rows in this state that have a life of their own: of a merged one hardly a step can be taken."""
    page.goto(f"/desk/cases/?state={state}")
    return page.locator("tr[data-case]", has_not_text="已并入别的件")


def one_case(page: Page, people: People, state: str, reporter: str = DISPATCH) -> tuple[str, str]:
    """(reference, id) of a case in this state, found as a clerk finds it; where the day or another story has left none, of
    a new one that `reporter` wrote down."""
    rows = rows_of(page, state)
    if not rows.count():
        made(people, state, reporter)
        rows = rows_of(page, state)
    row = rows.first
    return row.locator(".reference").inner_text(), str(row.get_attribute("data-case"))


def link_to(people: People, state: str) -> str:
    """The tracking link of such a case, as the resident was given it."""
    reference, case_id = one_case(people.staff(DISPATCH), people, state)
    keys = json.loads(people.street.data.secrets.read_text(encoding="utf-8"))
    digest = hmac.digest(keys["tracking_key"].encode(), f"{UUID(case_id)}|0".encode(), hashlib.sha256)
    return f"/t/{reference}?k={base64.b32encode(digest).decode()[:20].lower()}"


def tracking(state: str) -> Way:
    def way(page: Page, people: People) -> None:
        page.goto(link_to(people, state))
        expect(page.locator(".letter")).to_be_visible()

    return way


def case(state: str, rest: str = "") -> Way:
    return lambda page, people: page.goto(f"/desk/cases/{one_case(page, people, state)[0]}/{rest}")


def call_back_taken(page: Page, people: People) -> None:
    page.goto("/desk/call-backs/")
    page.locator("tbody a").first.click()
    take = page.get_by_role("button", name="领这一件")
    if take.count():
        take.click()
    expect(page.get_by_role("heading", name="可以这样说")).to_be_visible()


def call_back_refused(page: Page, people: People) -> None:
    call_back_taken(page, people)
    page.get_by_role("button", name="登记回访结果").click()
    expect(page.get_by_role("alert")).to_be_visible()


def to_which(page: Page, people: People) -> None:
    reporting.write_words(page, with_photo=True)


def to_where(page: Page, people: People) -> None:
    to_which(page, people)
    reporting.choose_category(page)


def to_map(page: Page, people: People) -> None:
    to_where(page, people)
    reporting.tap_map(page)


def to_building(page: Page, people: People) -> None:
    to_where(page, people)
    page.get_by_label("哪个小区").select_option(index=2)
    reporting.go_on(page)
    expect(page.get_by_role("heading", name="哪一栋楼")).to_be_visible()


def to_who(page: Page, people: People) -> None:
    to_where(page, people)
    reporting.say_place(page, "菜市场东门")


def to_look(page: Page, people: People) -> None:
    to_who(page, people)
    reporting.leave_number(page)


def to_sent(page: Page, people: People) -> None:
    to_look(page, people)
    reporting.send(page)


def empty_words(page: Page, people: People) -> None:
    reporting.write_words(page, " ")
    expect(page.locator("[data-focus], .field-error").first).to_be_visible()


def self_tested(page: Page, people: People) -> None:
    page.goto("/desk/open311/")
    page.get_by_role("button", name="开始自检").click()
    expect(page.get_by_text("条全部通过")).to_be_visible(timeout=30_000)


def danger(page: Page, people: People) -> None:
    reporting.write_words(page, "我家着火了，楼道里全是烟")
    expect(page.get_by_role("heading", name="请先拨打")).to_be_visible()


def kept_photo(page: Page, people: People) -> None:
    to_which(page, people)
    reporting.go_on(page, "上一步")
    expect(page.get_by_label("已经添加的照片")).to_be_visible()


def long_words(page: Page, people: People) -> None:
    reporting.write_words(page, LONG)
    reporting.choose_category(page)
    reporting.say_place(page, "b" * 200)
    reporting.leave_number(page, name="名" * 60)


def wrong_lookup(page: Page, people: People) -> None:
    page.goto("/t/")
    page.get_by_label("受理编号").fill("5002-000000-0")
    page.get_by_label("手机号后四位").fill("1234")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("#problems, .field-error").first).to_be_visible()


def bulk_preview(page: Page, people: People) -> None:
    one_case(page, people, steps.ACCEPTED)
    for row in rows_of(page, steps.ACCEPTED).all()[:3]:
        row.locator("[name=case]").check()
    page.locator("#bulk button").first.click()
    page.locator("select[name=unit]").select_option(index=1)
    page.get_by_role("button", name="先看看会怎样").click()
    expect(page.locator("button[value=do]")).to_be_visible()


def case_refused(page: Page, people: People) -> None:
    page.goto(f"/desk/cases/{one_case(page, people, steps.RECEIVED)[0]}/")
    reporting.press(reporting.step_box(page, "decline"))
    expect(page.locator(".field-error").first).to_be_visible()


def all_steps_open(page: Page, people: People) -> None:
    page.goto(f"/desk/cases/{one_case(page, people, steps.RECEIVED)[0]}/")
    page.locator(".step-list > details").evaluate_all("all => all.forEach(each => { each.open = true })")


def filters_open(page: Page, people: People) -> None:
    page.goto("/desk/cases/?open=yes&q=路灯")
    page.get_by_role("link", name="筛选", exact=True).click()
    expect(page.locator("#filter-box form").first).to_be_visible()


def menus_open(page: Page, people: People) -> None:
    page.goto("/desk/")
    page.locator(".desk-tools details.menu summary").last.click()


def keys_open(page: Page, people: People) -> None:
    page.goto("/desk/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def new_case_refused(page: Page, people: People) -> None:
    page.goto("/desk/new/")
    page.locator("#new-case .button-main").first.click()
    expect(page.locator(".field-error").first).to_be_visible()


def authenticator(page: Page, people: People) -> None:
    page.goto("/desk/me")
    page.get_by_role("button", name="设置第二步验证").click()
    expect(page.get_by_label("六位")).to_be_visible()


def one_letter(page: Page, people: People) -> None:
    page.goto("/desk/letters/")
    page.locator("[data-case] a").first.click()
    expect(page.get_by_role("link", name="打开")).to_be_visible()


def letter_settings_refused(page: Page, people: People) -> None:
    page.goto("/desk/me/letters")
    page.get_by_label("免打扰从").fill("22:00")
    page.locator("input[name=quiet_to]").fill("")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".field-error").first).to_be_visible()


def calendar_address(page: Page, people: People) -> None:
    page.goto("/desk/me/letters")
    page.locator("form[action$='/me/calendar'] button").click()
    expect(page.locator("code")).to_contain_text("/desk/calendar/")


def phone_task_refused(page: Page, people: People) -> None:
    """The demonstration has a few questions that only the telephone can carry."""
    page.goto("/desk/phone-tasks/")
    page.get_by_role("button", name="办完").first.click()
    expect(page.locator(".field-error").first).to_be_visible()


def one_account(page: Page, people: People) -> None:
    page.goto("/desk/accounts/")
    page.locator("table a").first.click()


def wrong_password(page: Page, people: People) -> None:
    page.goto("/desk/login")
    page.get_by_label("用户名").fill("nobody_here")
    page.get_by_label("密码").fill("不知道")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#problems")).to_be_visible()


def locked_out(page: Page, people: People) -> None:
    for _attempt in range(5):
        page.goto("/desk/login")
        page.get_by_label("用户名").fill("locked_person")
        page.get_by_label("密码").fill("不知道")
        page.get_by_role("button", name="登录").click()
        page.wait_for_load_state()
    expect(page.get_by_role("heading", name="暂时锁定")).to_be_visible()


@dataclass(frozen=True)
class Kind:
    """A page to look at. who: "" for the public."""

    name: str
    who: str
    way: Way


def an_order(page: Page, people: People) -> None:
    """The first supporting order of the unit, if it has one."""
    page.goto("/desk/inbox/?part=support")
    row = page.locator("tbody tr a")
    if row.count():
        row.first.click()


SHELF: Final = (
    Kind("start", "", going("/")),
    Kind("report what", "", going("/report")),
    Kind("report what, nothing written", "", empty_words),
    Kind("report what, a photo kept", "", kept_photo),
    Kind("report danger", "", danger),
    Kind("report which", "", to_which),
    Kind("report where", "", to_where),
    Kind("report where, tapped", "", to_map),
    Kind("report building", "", to_building),
    Kind("report who", "", to_who),
    Kind("report look", "", to_look),
    Kind("report look, long words", "", long_words),
    Kind("report sent", "", to_sent),
    Kind("lookup", "", going("/t/")),
    Kind("lookup wrong", "", wrong_lookup),
    Kind("lookup of another's", "", going("/t/5002-104673-5")),
    *(Kind(f"tracking {state}", "", tracking(state)) for state in sorted(steps.NUMBER) if state not in ("rated", "returned")),
    Kind("login", "", going("/desk/login")),
    Kind("login wrong", "", wrong_password),
    Kind("login locked", "", locked_out),
    Kind("404", "", going("/nothing/here")),
    Kind("desk home", DISPATCH, going("/desk/")),
    Kind("desk home, menu", DISPATCH, menus_open),
    Kind("desk home, keys", DISPATCH, keys_open),
    Kind("desk home of a head", HEAD, going("/desk/")),
    Kind("desk home of a handler", "handler_enforcement", going("/desk/")),
    Kind("list", DISPATCH, going("/desk/cases/?open=yes")),
    Kind("list, filters", DISPATCH, filters_open),
    Kind("list, best match", DISPATCH, going("/desk/cases/?q=路灯")),
    Kind("list, near here", DISPATCH, going("/desk/cases/?lon=118.31&lat=36.82&within=2000")),
    Kind("list, where to look around", DISPATCH, going("/desk/cases/around")),
    Kind("list, empty", DISPATCH, going("/desk/cases/?q=没有这样的事情发生过")),
    *(Kind(f"case {state}", DISPATCH, case(state)) for state in ("received", "in_progress", "waiting", "handled", "closed")),
    Kind("case, all steps", DISPATCH, all_steps_open),
    Kind("case refused", DISPATCH, case_refused),
    Kind("case correct", DISPATCH, case("received", "correct")),
    Kind("case public version", DISPATCH, case("received", "public")),
    Kind("case print", DISPATCH, case("closed", "print")),
    Kind("new case", DISPATCH, going("/desk/new/")),
    Kind("new case refused", DISPATCH, new_case_refused),
    Kind("bulk preview", DISPATCH, bulk_preview),
    Kind("me", DISPATCH, going("/desk/me")),
    Kind("letters", DISPATCH, going("/desk/letters/")),
    Kind("letters, none unread", SECURITY, going("/desk/letters/?show=unread")),
    Kind("one letter", DISPATCH, one_letter),
    Kind("letter settings", DISPATCH, going("/desk/me/letters")),
    Kind("letter settings, refused", DISPATCH, letter_settings_refused),
    Kind("calendar address", DISPATCH, calendar_address),
    Kind("phone tasks", DISPATCH, going("/desk/phone-tasks/")),
    Kind("phone tasks, refused", DISPATCH, phone_task_refused),
    Kind("ledger", DISPATCH, going("/desk/ledger/")),
    Kind("ledger, none failed", DISPATCH, going("/desk/ledger/?show=failed")),
    Kind("gateways", SYSTEM, going("/desk/gateways/")),
    Kind("chain", DISPATCH, going("/desk/chain/")),
    Kind("chain community", "community_head_huangong", going("/desk/chain/units/370305002001")),
    Kind("chain grid", "community_head_huangong", going("/desk/chain/units/370305002001001")),
    Kind("chain gaps", DISPATCH, going("/desk/chain/gaps?most=1")),
    Kind("chain home", "community_head_huangong", going("/desk/chain/home?q=1-101")),
    Kind("chain holders", "community_head_huangong", going("/desk/chain/holders/")),
    Kind("chain import", "community_head_huangong", going("/desk/chain/import")),
    Kind("absences", "community_head_huangong", going("/desk/absences/")),
    Kind("who", "", going("/who?grid=370305002001001")),
    Kind("password", DISPATCH, going("/desk/me/password")),
    Kind("authenticator", DISPATCH, authenticator),
    Kind("desk 404", DISPATCH, going("/desk/cases/5002-000000-0/")),
    Kind("desk 403", DISPATCH, going("/desk/accounts/")),
    Kind("accounts", SECURITY, going("/desk/accounts/")),
    Kind("account", SECURITY, one_account),
    Kind("account open", SECURITY, going("/desk/accounts/open")),
    Kind("audit", AUDIT, going("/desk/audit/")),
    Kind("escalations", DISPATCH, going("/desk/escalations/")),
    Kind("escalations of all", DISPATCH, going("/desk/escalations/all")),
    Kind("limits", "street_leader_zhao", going("/desk/limits/")),
    Kind("order-numbers", "street_leader_zhao", going("/desk/limits/orders")),
    Kind("case extend", DISPATCH, case("accepted", "extend")),
    Kind("case hard", DISPATCH, case("accepted", "hard")),
    Kind("working calendar", SYSTEM, going("/desk/calendar/")),
    Kind("working calendar, import", SYSTEM, going("/desk/calendar/import")),
    Kind("system", SYSTEM, going("/desk/system/")),
    Kind("open311 self-test", SYSTEM, going("/desk/open311/")),
    Kind("open311 self-test, run", SYSTEM, self_tested),
    Kind("units", SYSTEM, going("/desk/units/")),
    Kind("call-backs", DISPATCH, going("/desk/call-backs/")),
    Kind("call-back taken", DISPATCH, call_back_taken),
    Kind("call-back refused", DISPATCH, call_back_refused),
    Kind("checks on site, none", GRID, going("/desk/inspections/")),
    Kind("explained, not counted", DISPATCH, going("/desk/exclusions/")),
    Kind("propose not to count", DISPATCH, case("closed", "exclusion")),
    Kind("claim", DISPATCH, going("/desk/overview/claim/")),
    Kind("claim computed", DISPATCH, going("/desk/overview/claim/?accepted=505&percent=99&first=2026-01-01&last=2027-12-31")),
    Kind("claim refused", DISPATCH, going("/desk/overview/claim/?percent=x")),
    Kind("overview", DISPATCH, going("/desk/overview/")),
    Kind("overview, nothing there", DISPATCH, going("/desk/overview/?from=2020-01-01&to=2020-01-02")),
    Kind("overview of a community", HEAD, going("/desk/overview/")),
    Kind("map", DISPATCH, going("/desk/map/")),
    Kind("wall", DISPATCH, going("/screen/")),
    Kind("wall of a community", HEAD, going("/screen/")),
    Kind("inbox", "handler_enforcement", going("/desk/inbox/")),
    Kind("order", "handler_enforcement", an_order),
    Kind("rules", DISPATCH, going("/desk/rules/")),
    Kind("rules, tested", DISPATCH, going("/desk/rules/2/")),
    Kind("rule row", DISPATCH, going("/desk/rules/2/rows/new")),
    Kind("community tasks", DISPATCH, going("/desk/community-tasks/")),
    Kind("outside answer, no such link", "", going("/o/nothing")),
    Kind("kit", DISPATCH, going("/desk/kit/")),
    Kind("kit resident", DISPATCH, going("/desk/kit/resident")),
)  # fmt: skip
