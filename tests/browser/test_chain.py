"""Somebody leaves the chain: everything they answer for goes to a successor in one step, and nothing is orphaned."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import People

COMMUNITY, GRID = "/desk/chain/units/370305002001", "/desk/chain/units/370305002001003"
SUCCESSOR = "许接任"


def gaps(page: Page) -> str:
    page.goto(COMMUNITY)
    return page.locator("main p", has_text="空缺").first.inner_text()


def registered(page: Page) -> str:
    """The successor enters the chain; returns the address of their page."""
    page.goto("/desk/chain/holders/")
    page.get_by_role("link", name="登记责任人").click()
    page.get_by_label("所在单位").select_option(label="桓公路社区第三网格")
    page.get_by_label("姓名").fill(SUCCESSOR)
    page.get_by_label("职务").fill("网格支部委员")
    page.locator("main form button").last.click()
    expect(page.get_by_text(f"已登记{SUCCESSOR}")).to_be_visible()
    assert held(page) == []
    return page.url


def held(page: Page) -> list[str]:
    """The places that the person of this page answers for."""
    return page.locator("section[aria-labelledby=links] li a").all_inner_texts()


def leaver(page: Page) -> str:
    """Whoever holds the first courtyard of the grid; returns the address of the courtyard's history."""
    page.goto(GRID)
    page.locator("main a[href*='/children/3/']").first.click()
    place = page.url
    page.locator("section[aria-labelledby=now] a").click()
    expect(page.get_by_role("heading", name="负责", exact=True)).to_be_visible()
    return place


def test_somebody_leaves_and_nothing_is_orphaned(people: People) -> None:
    head = people.staff("community_head_huangong")
    before, successor = gaps(head), registered(head)
    place = leaver(head)
    address, everything = head.url, held(head)
    assert len(everything) > 1

    head.get_by_role("link", name="移交").click()
    head.get_by_role("button", name="全部移交").click()
    expect(head.locator("#problems")).to_be_visible()
    head.goto(address)
    assert held(head) == everything  # without a successor nothing was changed

    head.get_by_role("link", name="移交").click()
    choice = head.get_by_label("全部交给").locator("option", has_text=SUCCESSOR)
    head.get_by_label("全部交给").select_option(choice.get_attribute("value"))
    head.get_by_role("button", name="全部移交").click()
    expect(head.get_by_text(f"{len(everything)} 项挂包已全部移交")).to_be_visible()
    assert held(head) == []

    head.goto(successor)
    assert held(head) == everything
    head.goto(place)
    expect(head.locator("section[aria-labelledby=now]")).to_contain_text(SUCCESSOR)
    expect(head.locator("section[aria-labelledby=before] tbody tr").first).to_contain_text("至今")
    assert gaps(head) == before
