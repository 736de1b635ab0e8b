"""Web push on the pages: not there unless switched on, one's own browsers, gone with signing out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from baiying.journal.models import Entry
from baiying.notify.gateways import Push
from baiying.notify.models import Device, Preference
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.doors.reader import Page
from tests.notify.push_service import KEY, Browser

pytestmark = pytest.mark.django_db
PAGE, ADD = "/desk/me/letters", "/desk/me/devices"
BROWSER = Browser("https://push.example/wp/one")


@pytest.fixture
def switched_on(settings: Settings) -> None:
    settings.LETTER_GATEWAYS = {"push": Push(("push.example",), KEY, "mailto:x@street.example")}


def shown(client: Client) -> str:
    return Page(client.get(PAGE).content.decode()).text


def kept(cast: Cast) -> list[tuple[str, str]]:
    names = {account.id: person for person, account in cast.accounts.items()}
    with acting(Scope(cast.tenant.id, "street")):
        return [(names[d.account_id], d.endpoint) for d in Device.objects.order_by("added_at")]


def test_nothing_is_offered_where_it_is_off(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    html = client.get(PAGE).content.decode()
    assert [word in html for word in ("浏览器推送", "push.js", "data-push")] == [False, False, False]
    assert client.get("/push-worker.js").status_code == 404
    assert client.post(ADD, BROWSER.said).status_code == 404
    client.post(PAGE, {"first": "push"})
    with acting(Scope(cast.tenant.id, "street")):
        assert Preference.objects.get().channels == []


@pytest.mark.usefixtures("switched_on")
def test_browser_is_let_in_named_and_taken_out(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    page = shown(client)
    assert ["本设备未开启" in page, "还没有设备开启。" in page, "浏览器推送" in page] == [True, True, True]
    answer = client.post(ADD, BROWSER.said)
    cookie = answer.cookies["baiying_device"]
    assert (answer["Location"], bool(cookie["httponly"]), cookie["samesite"]) == (PAGE, True, "Lax")
    page = shown(client)
    assert ["本设备已开启" in page, "push.example" in page, "/wp/one" in page] == [True, True, False]
    with acting(Scope(cast.tenant.id, "street")):
        device, preference = Device.objects.get(), Preference.objects.get()
        noted = Entry.objects.get(event="notify.device_added")
    assert (preference.channels, preference.addresses, noted.data) == (["push"], {}, {"host": "push.example"})
    other = cast.client("dispatch_clerk_bai")
    assert ("push.example" in shown(other), other.post(f"{ADD}/{device.id}/remove").status_code) == (
        False,
        404,
    )
    assert client.post(f"{ADD}/{device.id}/remove").status_code == 302
    assert kept(cast) == []
    assert "渠道顺序里的浏览器推送会跳过" in shown(client)
    assert client.post(PAGE, {"first": "push", "quiet_from": "22:00", "quiet_to": "07:00"}).status_code == 302


@pytest.mark.usefixtures("switched_on")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"endpoint": "https://10.0.0.1/x"}, "不在允许的名单里"), ({"public_key": "x"}, "密钥不完整")],
)
def test_what_is_wrong_is_said(cast: Cast, wrong: dict[str, str], said: str) -> None:
    answer = cast.client("dispatch_clerk_zhang").post(ADD, BROWSER.said | wrong)
    assert (answer.status_code, said in answer.content.decode(), kept(cast)) == (422, True, [])


@pytest.mark.usefixtures("switched_on")
def test_signing_out_ends_it_on_this_device_and_on_no_other(cast: Cast) -> None:
    desk, phone = cast.client("dispatch_clerk_zhang"), cast.client("dispatch_clerk_zhang")
    desk.post(ADD, BROWSER.said)
    phone.post(ADD, Browser("https://push.example/wp/phone").said)
    answer: Any = desk.post("/desk/logout")
    assert (answer.cookies["baiying_device"].value, kept(cast)) == (
        "", [("dispatch_clerk_zhang", "https://push.example/wp/phone")],
    )  # fmt: skip


@pytest.mark.usefixtures("switched_on")
def test_whoever_lets_a_shared_browser_in_takes_it_over(cast: Cast) -> None:
    zhang, bai = cast.client("dispatch_clerk_zhang"), cast.client("dispatch_clerk_bai")
    zhang.post(ADD, BROWSER.said)
    bai.cookies["baiying_device"] = zhang.cookies["baiying_device"].value
    bai.post(ADD, Browser("https://push.example/wp/new").said)
    assert kept(cast) == [("dispatch_clerk_bai", "https://push.example/wp/new")]
    zhang.post(ADD, Browser("https://push.example/wp/new").said)
    assert kept(cast) == [("dispatch_clerk_zhang", "https://push.example/wp/new")]


@pytest.mark.usefixtures("switched_on")
def test_worker_comes_from_the_root_under_a_policy_of_its_own() -> None:
    answer = Client().get("/push-worker.js")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"], answer["Content-Security-Policy"]) == (
        200, "text/javascript; charset=utf-8", "no-cache", "default-src 'none'; frame-ancestors 'none'",
    )  # fmt: skip


@pytest.mark.usefixtures("switched_on")
def test_administrator_sees_the_services_and_is_told_where_to_begin(cast: Cast) -> None:
    page = Page(cast.client("system_administrator_tang").get("/desk/gateways/").content.decode()).text
    assert ["浏览器推送" in page, "push.example" in page, "先在自己的设备上开启" in page] == [
        True,
        True,
        True,
    ]
