"""An escalation over National Day 2026, with the Saturday made up for: counted fairly, told up the chain, answered once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from baiying.cases import catalogue
from baiying.cases.services import StepData, Words, receive, take_step
from baiying.dispatch import ringing
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org import queries as org
from baiying.org.models import Account, Post
from baiying.org.rules import Actor, Scope, acting
from tests.browser.conftest import People
from tests.browser.reporting import photo, press, step_box
from tests.database import connected_to
from tests.live import LiveStreet

WEDNESDAY = datetime(2026, 9, 30, 10, tzinfo=ZONE)
DUE = datetime(2026, 10, 13, 18, tzinfo=ZONE)  # 8, 9, Saturday 10, 12, 13 October
A_DAY_LATER = datetime(2026, 10, 14, 18, tzinfo=ZONE)


def told_in_october(street: LiveStreet) -> str:
    """A case of the enforcement team that nobody handled: red on the 13th, up to the office on the 14th."""
    org.forget()
    catalogue.forget()
    tenant = org.tenant_by_code("370305002")
    assert tenant is not None
    Post.objects.filter(tenant_id=tenant.id).update(from_date=date(2026, 1, 1))
    resident = Actor(kind="reporter", name="居民", scope=Scope(tenant.id, "public"))
    clerk, handler = actor("dispatch_wang"), actor("handler_enforcement")
    with clock.telling(WEDNESDAY):
        words = Words(text="夜市的棚子占了盲道，轮椅过不去", category="street-light-out")
        receipt = receive(resident, words=words)
        for by, step, data in (
            (clerk, "accept", StepData()), (clerk, "hand_out", StepData(unit_id=handler.unit_id)),
            (handler, "acknowledge", StepData()), (handler, "start", StepData()),
        ):  # fmt: skip
            case = take_step(by, case_id=receipt.case_id, step=step, data=data)
    assert case.due_at == DUE
    for moment in (DUE, A_DAY_LATER):
        with clock.telling(moment), acting(Scope(tenant.id, "street")):
            assert ringing.ring_batch(tenant.id) == 1
    return receipt.reference


def actor(username: str) -> Actor:
    account = Account.objects.get(username=username)
    return org.actor_for(org.posts_of(account)[0], account)


def test_an_escalation_over_national_day(people: People, django_db_blocker: Any) -> None:
    street = people.street
    if not isinstance(street, LiveStreet):
        pytest.skip("the story writes into the suite's own street")
    street.stop("worker")  # the story sets its own clock
    try:
        with django_db_blocker.unblock(), connected_to(street.database):
            reference = told_in_october(street)
        told(people.staff("dispatch_wang"), reference)
        answered_once(people.staff("dispatch_wang"), people.staff("dispatch_wang"), reference)
        handled(people.staff("handler_enforcement"), reference)
        page = people.staff("dispatch_wang")
        page.goto("/desk/escalations/")
        expect(page.get_by_text(reference)).to_have_count(0)
    finally:
        street.start("worker")


def told(page: Page, reference: str) -> None:
    page.goto(f"/desk/cases/{reference}/")
    box = page.locator("#clocks")
    expect(box).to_contain_text("5 个工作日：9月30日 10:00 起，10月13日 18:00 前")
    expect(box).to_contain_text("10月13日 18:00 超期上报第 1 级 承办单位")
    expect(box).to_contain_text("10月14日 18:00 超期上报第 2 级 一呼百应办公室：王慧敏")
    expect(box).to_contain_text("还没有确认")


def answered_once(first: Page, second: Page, reference: str) -> None:
    for page in (first, second):
        page.goto("/desk/escalations/")
    panel = first.locator("li.panel", has_text=reference)
    panel.get_by_label("打算怎么办").fill("今晚去现场盯着清走")
    panel.get_by_role("button", name="我来督办").click()
    expect(first.locator("li.panel", has_text=reference)).to_contain_text("今晚去现场盯着清走")
    second.locator("li.panel", has_text=reference).get_by_role("button", name="已知悉").click()
    expect(second.locator("#problems")).to_contain_text("已经确认过了")


def handled(page: Page, reference: str) -> None:
    page.goto(f"/desk/cases/{reference}/")
    box = step_box(page, "handle")
    box.locator("textarea[name=text]").fill("棚子已经清走，盲道通了。")
    box.get_by_label("已解决", exact=True).check()
    box.locator("input[name=photos]").set_input_files([photo("清走以后.jpg", "green")])
    press(box)
    expect(page.locator("#clocks")).to_contain_text("超期完成")
