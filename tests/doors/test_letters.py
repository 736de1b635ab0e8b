"""Pages of letters: the inbox, one's own ways of being told, telephone tasks, the ledger, the calendar."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baiying.cases import notices as case_notices
from baiying.cases import order_notices
from baiying.cases.services import take_step
from baiying.command.carriers import carry
from baiying.config import wiring
from baiying.dispatch import notices as dispatch_notices
from baiying.doors.desk.letter_words import KINDS
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.notify import jobs, services
from baiying.notify.gateways import Web
from baiying.notify.letters import Letter, Recipient
from baiying.notify.models import PhoneTask, Posted, Preference
from baiying.org.rules import Scope, acting
from baiying.topics import notices as topic_notices
from tests.cast import Cast
from tests.doors.reader import Page
from tests.notify.fakes import web_gateway

pytestmark = pytest.mark.django_db
PHONE = "13905330009"


def hear(cast: Cast, **later: float) -> None:
    with clock.telling(clock.now() + timedelta(**later)), acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, wiring.LISTENERS)
        jobs.fall_back(cast.tenant.id)


def post(cast: Cast, person: str, title: str, *, key: str = "") -> Posted:
    account = cast.accounts[person]
    with acting(Scope(cast.tenant.id, "street")):
        services.post(
            tenant_id=cast.tenant.id, key=key or title, to=Recipient(account_id=account.id, name=account.name),
            letter=Letter(kind="cases.returned", title=title, body=f"{title}的正文", link="/desk/"),
            subject_kind="case", subject_id="00000000-0000-0000-0000-000000000001",
        )  # fmt: skip
        return Posted.objects.get(key=key or title)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:1500]
    return Page(answer.content.decode()).text


def unread_shown(client: Client) -> str:
    html = client.get("/desk/").content.decode()
    found = re.search(r'letters-count number"[^>]*>([^<]+)', html)
    return found[1] if found else ""


def test_opening_a_letter_reads_it(cast: Cast) -> None:
    letter = post(cast, "dispatch_clerk_zhang", "第一封")
    post(cast, "dispatch_clerk_zhang", "第二封")
    client = cast.client("dispatch_clerk_zhang")
    assert unread_shown(client) == "2"
    page = f"/desk/letters/{letter.id}/"
    client.get(page, headers={"sec-purpose": "prefetch"})
    assert unread_shown(client) == "2"
    assert "第一封的正文" in text_of(client, page)
    assert unread_shown(client) == "1"
    shown = text_of(client, "/desk/letters/?show=unread")
    assert ("第二封" in shown, "第一封" in shown) == (True, False)


def test_letters_of_others_are_not_there(cast: Cast) -> None:
    letter = post(cast, "dispatch_clerk_zhang", "只给张敏")
    other = cast.client("dispatch_clerk_bai")
    assert "只给张敏" not in text_of(other, "/desk/letters/")
    assert "没有这封通知" in text_of(other, f"/desk/letters/{letter.id}/", 404)
    with acting(Scope(cast.tenant.id, "street")):
        assert Posted.objects.get(id=letter.id).read_at is None


def test_all_are_put_away_up_to_the_newest_that_was_shown(cast: Cast) -> None:
    post(cast, "dispatch_clerk_zhang", "早的")
    client = cast.client("dispatch_clerk_zhang")
    form = Page(client.get("/desk/letters/").content.decode()).form("/letters/read")
    with clock.telling(clock.now() + timedelta(seconds=5)):
        post(cast, "dispatch_clerk_zhang", "刚来的")
    client.post(form.action, form.values)
    shown = text_of(client, "/desk/letters/?show=unread")
    assert ("刚来的" in shown, "早的" in shown) == (True, False)
    assert client.post(form.action, {"until": "yesterday"}).status_code == 422


def test_long_inbox_is_paged_by_key_and_costs_the_same(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    costs = []
    for count in (1, 3, 35):
        for number in range(count):
            post(cast, "dispatch_clerk_zhang", f"信{number:02}", key=f"{number}")
        client.get("/desk/letters/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            html = client.get("/desk/letters/").content.decode()
        costs.append(len(queries))
    assert len(set(costs)) == 1
    older = re.search(r'rel="next" href="([^"]+)"', html)
    assert older is not None
    rest = client.get(older[1].replace("&amp;", "&")).content.decode()
    titles = re.findall(r"信\d\d", html) + re.findall(r"信\d\d", rest)
    assert titles == [f"信{number:02}" for number in reversed(range(35))]


def test_words_that_are_gone_leave_a_line(cast: Cast) -> None:
    letter = post(cast, "dispatch_clerk_zhang", "会消失的")
    with clock.telling(clock.now() + timedelta(days=91)), acting(Scope(cast.tenant.id, "street")):
        jobs.forget_contents(cast.tenant.id)
    client = cast.client("dispatch_clerk_zhang")
    assert "退单（内容已按期删除）" in text_of(client, "/desk/letters/")
    assert "只留下这条记录" in text_of(client, f"/desk/letters/{letter.id}/")


def test_settings_are_kept_and_wrong_ones_named(cast: Cast, settings: Any) -> None:
    settings.LETTER_GATEWAYS = {"sms": Web("https://sms.example/"), "wecom": Web("https://wecom.example/")}
    client = cast.client("department_handler_sun")
    good = {"sms": PHONE, "first": "sms", "quiet_from": "22:00", "quiet_to": "06:30", "digest_at": "17:00"}
    assert client.post("/desk/me/letters", good).status_code == 302
    account = cast.accounts["department_handler_sun"].id
    with acting(Scope(cast.tenant.id, "none", account=account)):
        kept = Preference.objects.get()
    assert (kept.channels, kept.addresses, kept.quiet_from, kept.quiet_to, kept.digest_at) == (
        ["sms"], {"sms": PHONE}, time(22), time(6, 30), time(17),
    )  # fmt: skip
    for wrong, said in (
        ({"sms": "12345"}, "这个地址不对"),
        ({"sms": ""}, "没有填地址"),
        ({"quiet_to": ""}, "要一起填"),
        ({"second": "sms"}, "只能排一次"),
        ({"quiet_to": "22:00"}, "不能是同一时刻"),
    ):
        answer = client.post("/desk/me/letters", good | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (422, True), wrong
    with acting(Scope(cast.tenant.id, "none", account=account)):
        assert Preference.objects.get().addresses == {"sms": PHONE}
    with acting(Scope(cast.tenant.id, "street")):
        noted = Entry.objects.get(event="notify.addresses_changed")
    assert (noted.data, PHONE in str(noted.__dict__)) == ({"channels": ["sms"]}, False)


def test_unread_order_is_telephoned_and_then_vanishes(cast: Cast, settings: Any) -> None:
    settings.LETTER_GATEWAYS = {"sms": Web("https://sms.example/")}
    cast.client("department_handler_sun").post("/desk/me/letters", {"sms": PHONE})
    case = cast.lead(cast.case(), "handed_out")
    hear(cast)
    hear(cast, days=20)
    client = cast.client("dispatch_clerk_zhang")
    page = text_of(client, "/desk/phone-tasks/")
    assert ("孙涛" in page, case.reference in page, PHONE in page) == (True, True, False)
    with acting(Scope(cast.tenant.id, "street")):
        task = PhoneTask.objects.get()
    client.post(f"/desk/phone-tasks/{task.id}/number")
    assert PHONE in text_of(client, "/desk/phone-tasks/")
    with acting(Scope(cast.tenant.id, "street")):
        assert Entry.objects.get(event="notify.number_read").actor_name == "张敏"
    assert client.post(f"/desk/phone-tasks/{task.id}/done", {}).status_code == 422
    assert (
        client.post(f"/desk/phone-tasks/{task.id}/done", {"result": "reached", "note": "已告知"}).status_code
        == 302
    )
    assert "没有要打的电话" in text_of(client, "/desk/phone-tasks/")
    on_case = text_of(client, f"/desk/cases/{case.reference}/")
    assert "张敏打电话：打通了，已告知" in on_case
    assert client.post(f"/desk/phone-tasks/{task.id}/done", {"result": "reached"}).status_code == 404


def test_question_without_gateway_is_telephoned_to_the_reporter(cast: Cast) -> None:
    cast.lead(cast.case(phone=PHONE, name="王先生"), "waiting")
    hear(cast)
    client = cast.client("community_head_wang")
    page = text_of(client, "/desk/phone-tasks/")
    assert ("反映人" in page, PHONE in page, "王先生" in page) == (True, False, False)
    with acting(Scope(cast.tenant.id, "street")):
        task = PhoneTask.objects.get()
    client.post(f"/desk/phone-tasks/{task.id}/number")
    shown = text_of(client, "/desk/phone-tasks/")
    assert (PHONE in shown, "王先生" in shown) == (True, True)
    with acting(Scope(cast.tenant.id, "street")):
        assert Entry.objects.filter(event="cases.contact_read").count() == 1
    outside = cast.client("community_head_chen")
    assert outside.post(f"/desk/phone-tasks/{task.id}/number").status_code == 404


def test_ledger_shows_ways_and_answers_but_no_address(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://street.example"
    with web_gateway() as fake:
        fake.answer = lambda _number: (400, {"error": "blacklisted"})
        settings.LETTER_GATEWAYS = {"sms": Web(fake.url)}
        cast.client("department_handler_sun").post("/desk/me/letters", {"sms": PHONE, "first": "sms"})
        case = cast.lead(cast.case(), "handed_out")
        with clock.telling(clock.now()):
            hear(cast)
        with clock.telling(clock.now() + timedelta(hours=10)):
            carry(cast.tenant.id, "sms")
    client = cast.client("dispatch_clerk_zhang")
    failed = text_of(client, "/desk/ledger/?show=failed")
    assert [word in failed for word in ("孙涛", "139****0009", "HTTP 400 blacklisted", PHONE)] == [
        True,
        True,
        True,
        False,
    ]
    assert "没有这样的通知" in text_of(client, "/desk/ledger/?show=waiting")
    on_case = text_of(client, f"/desk/cases/{case.reference}/")
    assert [word in on_case for word in ("新派单", "139****0009", "发送失败", "请在")] == [
        True,
        True,
        True,
        False,
    ]
    assert "孙涛" not in text_of(cast.client("community_head_chen"), "/desk/ledger/")


def test_system_administrator_tries_a_channel_on_themselves(cast: Cast, settings: Any) -> None:
    settings.PUBLIC_ADDRESS = "https://street.example"
    client = cast.client("system_administrator_tang")
    with web_gateway() as fake:
        settings.LETTER_GATEWAYS = {"sms": Web(fake.url, "key")}
        assert client.post("/desk/gateways/test", {"channel": "sms"}).status_code == 422
        client.post("/desk/me/letters", {"sms": PHONE})
        assert client.post("/desk/gateways/test", {"channel": "sms"}).status_code == 302
        assert client.post("/desk/gateways/test", {"channel": "email"}).status_code == 422
        carry(cast.tenant.id, "sms")
        page = text_of(client, "/desk/gateways/")
    assert len(fake.delivered) == 1
    assert [word in page for word in (fake.url.split("/")[2], "HTTP 200 m-1", "sesame", PHONE)] == [
        True,
        True,
        False,
        False,
    ]
    assert cast.client("dispatch_clerk_zhang").get("/desk/gateways/").status_code == 403


def test_calendar_shows_deadlines_without_a_word_of_residents(cast: Cast) -> None:
    case = cast.lead(cast.case(text="独有的诉求原文", place="独有的地点", name="王先生"), "acknowledged")
    cast.lead(cast.case(text="办完的"), "handled")
    client = cast.client("department_handler_sun")
    shown = client.post("/desk/me/calendar").content.decode()
    found = re.search(r"http://testserver(/desk/calendar/[\w\-]+\.ics)", shown)
    assert found is not None
    feed = Client().get(found[1])
    assert (feed.status_code, feed["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    words = feed.content.decode().replace("\r\n ", "")
    assert re.findall(r"SUMMARY:(.*)\r", words) == [f"到期：诉求 {case.reference}"]
    assert [word for word in ("独有", "王先生", "路灯", "孙涛") if word in words] == []
    again = client.post("/desk/me/calendar").content.decode()
    assert found[1] not in again
    assert Client().get(found[1]).status_code == 404  # the old address ended
    renewed = re.search(r"http://testserver(/desk/calendar/[\w\-]+\.ics)", again)
    assert renewed is not None and Client().get(renewed[1]).status_code == 200
    client.post("/desk/me/calendar/close")
    assert Client().get(renewed[1]).status_code == 404


@pytest.mark.parametrize(
    "key", ["x", "1-2", "1-2-", "9999999999-1-abc", "1-99999999999999999999-abc", "-1-1-a", "１-1-a"]
)
def test_wrong_calendar_address_is_not_there(cast: Cast, key: str) -> None:
    assert Client().get(f"/desk/calendar/{key}.ics").status_code == 404


def test_closed_account_has_no_calendar(cast: Cast) -> None:
    from baiying.org import services as org

    shown = cast.client("department_handler_sun").post("/desk/me/calendar").content.decode()
    found = re.search(r"http://testserver(/desk/calendar/[\w\-]+\.ics)", shown)
    assert found is not None
    org.set_account_active(
        cast.security_administrator_wu, account=cast.accounts["department_handler_sun"], active=False
    )
    assert Client().get(found[1]).status_code == 404


def test_letter_leads_from_the_inbox_to_the_case(cast: Cast) -> None:
    case = cast.lead(cast.case(), "handed_out")
    take_step(cast.department_handler_sun, case_id=case.id, step="return", data=cast.data_for("return"))
    hear(cast)
    client = cast.client("dispatch_clerk_bai")
    (address,) = set(
        re.findall(r'href="(/desk/letters/[\w-]{36}/)"', client.get("/desk/letters/").content.decode())
    )
    assert f'href="/desk/cases/{case.reference}/"' in client.get(address).content.decode()


def test_every_kind_of_letter_has_a_name_at_the_desk() -> None:
    worded = {"webhooks.paused", "notify.test"}
    for room in (case_notices, order_notices, dispatch_notices, topic_notices):
        worded |= set(vars(room)["_NOTICES"])
    assert worded - set(KINDS) == set()
