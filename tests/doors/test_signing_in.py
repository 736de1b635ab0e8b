"""Signing in and out, the second factor, lock-out, lost sessions that keep their words, one's own keys."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from baiying.cases.models import Line
from baiying.journal.models import Entry
from baiying.org import services as org
from baiying.org.models import Account, ApiToken, Role
from baiying.org.rules import Scope, acting
from tests.cast import PASSWORD, Cast
from tests.doors.reader import Page

LOGIN = "/desk/login"


def enter(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password} | more)


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ("dispatch_clerk_zhang", "/desk/"),
        ("grid_worker_li", "/desk/"),
        ("security_administrator_wu", "/desk/accounts/"),
        ("audit_administrator_zheng", "/desk/audit/"),
        ("system_administrator_tang", "/desk/system/"),
    ],
)
def test_everybody_begins_on_the_page_of_their_work(cast: Cast, person: str, place: str) -> None:
    client = Client()
    response = enter(client, person.upper() + " ")
    assert (response.status_code, response.headers["Location"]) == (302, place)
    assert client.get(place).status_code == 200
    with acting(Scope(cast.tenant.id, "audit")):
        assert Entry.objects.filter(event="org.signed_in", actor_name=cast.accounts[person].name).count() == 1
    assert client.get(LOGIN).status_code == 302
    assert client.post("/desk/logout").headers["Location"] == LOGIN
    assert client.get("/desk/").headers["Location"].startswith(LOGIN)


def test_a_wrong_password_says_so_and_tells_no_more(cast: Cast) -> None:
    known = enter(Client(), "grid_worker_li", "wrong")
    unknown = enter(Client(), "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    for response in (known, unknown):
        page = Page(response.content.decode())
        assert "登录没有成功" in page.text
        assert "用户名或密码不对。请核对后把密码再输一次；连续输错 5 次会锁定 15 分钟。" in page.text
        assert "您填写的都还在" not in page.text


def test_nothing_typed_is_asked_for_by_name(cast: Cast) -> None:
    page = Page(enter(Client(), " ", "").content.decode())
    assert "还没有填用户名。" in page.text and "还没有填密码。" in page.text


def test_five_wrong_passwords_lock_the_name_here_with_a_friendly_page(cast: Cast) -> None:
    client = Client()
    for _n in range(4):
        assert enter(client, "grid_worker_li", "wrong").status_code == 422
    locked = enter(client, "grid_worker_li", "wrong")
    assert locked.status_code == 429 and "暂时锁定" in locked.content.decode()
    assert enter(client, "grid_worker_li").status_code == 429
    assert enter(Client(REMOTE_ADDR="10.1.1.1"), "grid_worker_li").status_code == 302
    assert enter(client, "community_head_wang").status_code == 302


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/desk/cases/?state=received", "/desk/cases/?state=received"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/", "/desk/"),
        ("/\\evil.example/", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
        ("desk/cases", "/desk/"),
    ],
)
def test_signing_in_leads_nowhere_else(cast: Cast, target: str, goes_to: str) -> None:
    response = enter(Client(), "dispatch_clerk_zhang", next=target)
    assert response.headers["Location"] == goes_to


def test_words_typed_into_a_lost_session_come_back_and_are_sent_by_hand_only(cast: Cast) -> None:
    case = cast.case()
    client = Client()
    path, words = f"/desk/cases/{case.reference}/notes", "已经问过物业，说是<b>线路</b>老化，明天来修。"
    lost = client.post(path, {"text": words, "is_public": "", "password": "not kept"})
    assert lost.status_code == 401 and "您刚才填写的内容还在" in lost.content.decode()
    carried = hidden(lost.content.decode())
    wrong = enter(client, "dispatch_clerk_zhang", "wrong", **carried)
    assert wrong.status_code == 422
    kept = enter(client, "dispatch_clerk_zhang", **hidden(wrong.content.decode()))
    page = kept.content.decode()
    assert kept.status_code == 200 and "继续提交" in page and f'action="{path}"' in page
    assert hidden(page)["text"] == words and "not kept" not in page and "<b>线路</b>" not in page
    with acting(Scope(cast.tenant.id, "street")):
        assert not Line.objects.filter(case_id=case.id, step="note").exists()


def test_carried_words_lead_nowhere_else(cast: Cast) -> None:
    for path in ("https://evil.example/x", "//evil.example", "evil", 7):
        import json

        packed = json.dumps([path, "/desk/", [["text", "x"]], False])
        assert enter(Client(), "dispatch_clerk_zhang", kept_words=packed).headers["Location"] == "/desk/"
    assert enter(Client(), "dispatch_clerk_zhang", kept_words="{broken").headers["Location"] == "/desk/"


def test_a_second_factor_is_set_up_asked_for_and_removed(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    page = client.post("/desk/me/authenticator").content.decode()
    assert "<svg" in page and "style=" not in page
    assert client.post("/desk/me/authenticator", {"code": "000000"}).status_code == 422
    device = TOTPDevice.objects.get(user=cast.accounts["dispatch_clerk_zhang"])
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert client.post("/desk/me/authenticator", {"code": f"{totp(device.bin_key):06d}"}).status_code == 302
    TOTPDevice.objects.update(last_t=-1)

    other = Client()
    asked = enter(other, "dispatch_clerk_zhang", next="/desk/cases/")
    assert asked.status_code == 200 and "第二步验证" in asked.content.decode()
    assert other.get("/desk/").status_code == 302  # not in yet
    assert other.post("/desk/login/code", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0)
    done = other.post("/desk/login/code", {"code": f" {totp(device.bin_key):06d} "})
    assert done.headers["Location"] == "/desk/cases/"
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert enter(Client(), "dispatch_clerk_zhang").status_code == 200

    assert client.post("/desk/me/authenticator/remove", {"password": "wrong"}).status_code == 422
    assert client.post("/desk/me/authenticator/remove", {"password": PASSWORD}).status_code == 302
    assert enter(Client(), "dispatch_clerk_zhang").status_code == 302


def test_a_code_without_a_password_or_too_late_leads_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "重新输入用户名和密码" in Client().post("/desk/login/code", {"code": "123456"}).content.decode()
    account = cast.accounts["dispatch_clerk_zhang"]
    device = TOTPDevice.objects.create(user=account, confirmed=True)
    client = Client()
    enter(client, "dispatch_clerk_zhang")
    now = time.time()
    monkeypatch.setattr("baiying.doors.desk.signing_in.time.time", lambda: now + 301)
    late = client.post("/desk/login/code", {"code": f"{totp(device.bin_key):06d}"})
    assert "重新输入用户名和密码" in late.content.decode()
    assert client.get("/desk/").status_code == 302


def test_a_password_set_by_somebody_else_must_be_changed_first(cast: Cast) -> None:
    account = cast.accounts["grid_worker_li"]
    with acting(cast.security_administrator_wu.scope):
        org.set_password(
            cast.security_administrator_wu, account=account, password="chu-shi-mi-ma-2026", must_change=True
        )
    client = Client()
    enter(client, "grid_worker_li", "chu-shi-mi-ma-2026")
    for place in ("/desk/", "/desk/cases/", "/desk/me"):
        assert client.get(place).headers["Location"] == "/desk/me/password"
    assert "先设一个自己的密码" in client.get("/desk/me/password").content.decode()
    change = {"old": "chu-shi-mi-ma-2026", "password": "wo-zi-ji-de-mi-ma", "again": "wo-zi-ji-de-mi-ma"}
    assert client.post("/desk/me/password", change | {"password": "1234567890"}).status_code == 422
    assert client.post("/desk/me/password", change | {"old": "wrong"}).status_code == 422
    assert client.post("/desk/me/password", change).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_a_new_password_ends_other_sessions(cast: Cast) -> None:
    here, there = Client(), Client()
    enter(here, "grid_worker_li")
    enter(there, "grid_worker_li")
    change = {"old": PASSWORD, "password": "wo-zi-ji-de-mi-ma", "again": "wo-zi-ji-de-mi-ma"}
    here.post("/desk/me/password", change)
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302


def test_somebody_with_two_posts_changes_between_them_and_takes_no_other(cast: Cast) -> None:
    account = cast.accounts["grid_worker_li"]
    with acting(cast.security_administrator_wu.scope):
        second = org.appoint(
            cast.security_administrator_wu, account=account, unit=cast.units["e2"],
            role=Role.objects.get(code="grid_worker"),
        )  # fmt: skip
    west = cast.case(text="路灯坏了", at=cast.in_grid("e2"))
    client = cast.client("grid_worker_li")
    assert west.reference not in client.get("/desk/cases/").content.decode()
    client.post("/desk/switch", {"post": second.id})
    assert west.reference in client.get("/desk/cases/").content.decode()
    assert client.post("/desk/switch", {"post": cast.posts["leader_zhou"].id}).status_code == 403
    assert client.post("/desk/switch", {"post": "x"}).status_code == 403


def test_own_keys_are_shown_once_and_taken_back(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    page = client.post("/desk/me/tokens", {"label": "小程序后台", "days": "90"}).content.decode()
    shown = re.search(r"by_[\w-]{40,}", page)
    assert shown is not None
    actor = org.actor_of_token(shown[0])
    assert actor is not None and actor.account_id == cast.accounts["dispatch_clerk_zhang"].id
    assert shown[0] not in client.get("/desk/me").content.decode()
    token = ApiToken.objects.get()
    assert cast.client("grid_worker_li").post(f"/desk/me/tokens/{token.id}/revoke").status_code == 404
    client.post(f"/desk/me/tokens/{token.id}/revoke")
    assert org.actor_of_token(shown[0]) is None
    assert client.post("/desk/me/tokens", {"label": "", "days": "9999"}).status_code == 422


def test_a_closed_account_is_out_at_once(cast: Cast) -> None:
    client = cast.client("grid_worker_li")
    assert client.get("/desk/").status_code == 200
    Account.objects.filter(username="grid_worker_li").update(is_active=False)
    assert client.get("/desk/").status_code == 302
    assert enter(Client(), "grid_worker_li").status_code == 422
