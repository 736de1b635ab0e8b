"""The three administrators: each has their own pages, and nothing of the business."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baiying.journal.models import Entry
from baiying.org import people
from baiying.org import services as org
from baiying.org.models import Account, Post
from baiying.org.rules import Scope, acting
from tests.cast import PASSWORD, Cast

PAGES = {
    "/desk/accounts/": "security_administrator_wu",
    "/desk/accounts/open": "security_administrator_wu",
    "/desk/audit/": "audit_administrator_zheng",
    "/desk/system/": "system_administrator_tang",
    "/desk/units/": "system_administrator_tang",
}
ADMINISTRATORS = ("security_administrator_wu", "audit_administrator_zheng", "system_administrator_tang")


@pytest.mark.parametrize("place", PAGES)
@pytest.mark.parametrize("person", [*ADMINISTRATORS, "leader_zhou", "dispatch_clerk_zhang", "grid_worker_li"])
def test_administration_opens_to_its_own_administrator_only(cast: Cast, place: str, person: str) -> None:
    response = cast.client(person).get(place)
    assert response.status_code == (200 if PAGES[place] == person else 403)
    if response.status_code == 403:
        text = response.content.decode()
        assert "试验街道" in text or "单位" in text


@pytest.mark.parametrize("person", ADMINISTRATORS)
def test_administrators_see_no_business(cast: Cast, person: str) -> None:
    case = cast.case(text="路灯坏了，电话 13805330009", phone="13805330009", name="王先生")
    client = cast.client(person)
    assert client.get("/desk/").status_code == 302
    for place in (
        "/desk/cases/",
        "/desk/cases/?q=路灯",
        "/desk/cases/count",
        "/desk/rail",
        f"/desk/cases/{case.reference}/",
    ):
        denied = client.get(place)
        assert denied.status_code == 403, place
        assert "查看诉求" in denied.content.decode()
    own = client.get(next(place for place, who in PAGES.items() if who == person)).content.decode()
    for word in ("路灯", "13805330009", "王先生", case.reference):
        assert word not in own


def test_an_account_is_opened_appointed_and_used(cast: Cast) -> None:
    client = cast.client("security_administrator_wu")
    page = client.post("/desk/accounts/open", {"username": "New_Worker", "name": "新来的"}).content.decode()
    password = re.search(r"<code[^>]*>([a-z-]+-\d{4})</code>", page)
    assert password is not None
    account = Account.objects.get(username="new_worker")
    assert client.post(f"/desk/accounts/{account.id}/posts", {"role": "grid_worker", "unit": cast.units["e1"].id}).status_code == 302  # fmt: skip
    worker = Client()
    entered = worker.post("/desk/login", {"username": "new_worker", "password": password[1]})
    assert entered.status_code == 302
    assert worker.get("/desk/").headers["Location"] == "/desk/me/password"
    assert password[1] not in client.get(f"/desk/accounts/{account.id}").content.decode()
    again = client.post("/desk/accounts/open", {"username": "new_worker", "name": "又一个"})
    assert again.status_code == 422 and "已经有人用了" in again.content.decode()


def test_the_exclusion_of_administrators_is_told(cast: Cast) -> None:
    client = cast.client("security_administrator_wu")
    account = cast.accounts["grid_worker_li"]
    wanted = {"role": "audit_administrator", "unit": cast.units["street"].id}
    refused = client.post(f"/desk/accounts/{account.id}/posts", wanted)
    assert refused.status_code == 422 and "互相排斥" in refused.content.decode()
    wrong_level = client.post(f"/desk/accounts/{account.id}/posts", {"role": "grid_worker", "unit": cast.units["street"].id})  # fmt: skip
    assert wrong_level.status_code == 422 and "不能设在" in wrong_level.content.decode()


def test_posts_end_accounts_close_and_keys_are_taken_back(cast: Cast) -> None:
    client, account = cast.client("security_administrator_wu"), cast.accounts["grid_worker_li"]
    post = cast.posts["grid_worker_li"]
    with acting(cast.grid_worker_li.scope):
        token, clear = org.issue_token(cast.grid_worker_li, post=post, label="采集程序")
    assert "采集程序" in client.get(f"/desk/accounts/{account.id}").content.decode()
    client.post(f"/desk/tokens/{token.id}/revoke")
    assert org.actor_of_token(clear) is None
    client.post(f"/desk/posts/{post.id}/end")
    assert Post.objects.get(pk=post.id).to_date is not None
    assert client.post(f"/desk/posts/{post.id}/end").status_code == 404
    worker = cast.client("grid_worker_li")
    assert worker.get("/desk/").status_code == 403
    client.post(f"/desk/accounts/{account.id}/active", {"active": "no"})
    assert worker.get("/desk/").status_code == 302
    client.post(f"/desk/accounts/{account.id}/active", {"active": "yes"})
    own = cast.accounts["security_administrator_wu"]
    assert client.post(f"/desk/accounts/{own.id}/active", {"active": "no"}).status_code == 409


def test_a_password_is_reset_and_sessions_end(cast: Cast) -> None:
    worker = Client()
    worker.post("/desk/login", {"username": "grid_worker_li", "password": PASSWORD})
    assert worker.get("/desk/").status_code == 200
    client, account = cast.client("security_administrator_wu"), cast.accounts["grid_worker_li"]
    page = client.post(f"/desk/accounts/{account.id}/password").content.decode()
    assert "初始密码只显示这一次" in page
    assert worker.get("/desk/").status_code == 302


def test_accounts_of_another_street_do_not_exist_here(cast: Cast) -> None:
    client, stranger = cast.client("security_administrator_wu"), cast.accounts["outsider_zhao"]
    post = cast.posts["outsider_zhao"]
    for place in (f"/desk/accounts/{stranger.id}", f"/desk/accounts/{stranger.id}/password"):
        response = client.post(place) if place.endswith("password") else client.get(place)
        assert response.status_code == 404
    assert client.post(f"/desk/posts/{post.id}/end").status_code == 404
    assert "outsider" not in client.get("/desk/accounts/").content.decode()
    assert "outsider" not in client.get("/desk/accounts/?q=outsider").content.decode().replace(
        'value="outsider"', ""
    )


@pytest.mark.usefixtures("steady_map")
def test_accounts_cost_the_same_for_few_and_many(cast: Cast) -> None:
    client = cast.client("security_administrator_wu")
    client.get("/desk/accounts/")
    with CaptureQueriesContext(connection) as before:
        client.get("/desk/accounts/?q=grid_worker_li")
    with CaptureQueriesContext(connection) as after:
        client.get("/desk/accounts/")
    # Once a second the street's map is asked whether it is still the newest.
    few, many = (
        [q["sql"] for q in asked if 'FROM "org_tenant"' not in q["sql"]] for asked in (before, after)
    )
    assert len(few) == len(many)
    assert [p.account.username for p in people.people(cast.tenant.id, after="grid", most=2)] == [
        "grid_worker_li",
        "grid_worker_lu",
    ]


def test_the_journal_shows_who_did_what_and_no_words(cast: Cast) -> None:
    case = cast.lead(cast.case(text="路灯坏了三天"), "closed")
    client = cast.client("audit_administrator_zheng")
    page = client.get("/desk/audit/").content.decode()
    for said in ("登记诉求", "派给单位", "办结", "张敏", str(case.id)[-8:]):
        assert said in page
    assert "路灯" not in page and "灯头" not in page
    only = client.get("/desk/audit/", {"event": "cases.handled"}).content.decode()
    assert only.count("<tr>") == 2 and "孙涛" in only
    assert "孙涛" not in client.get("/desk/audit/", {"actor": "张敏"}).content.decode().replace(
        'value="张敏"', ""
    )
    assert client.get("/desk/audit/", {"first": "2020-01-01", "last": "2020-01-02"}).status_code == 200
    assert client.get("/desk/audit/", {"first": "yesterday"}).status_code == 422
    assert client.get("/desk/audit/", {"event": "cases.lost"}).status_code == 422
    assert client.get("/desk/audit/", {"cursor": "x"}).status_code == 400


def test_the_journal_is_paged_by_key(cast: Cast) -> None:
    for n in range(60):
        cast.case(text=f"路灯坏了 {n}")
    client = cast.client("audit_administrator_zheng")
    with acting(Scope(cast.tenant.id, "audit")):
        count = Entry.objects.filter(tenant_id=cast.tenant.id).count()
    seen, address = 0, "/desk/audit/"
    while address:
        page = client.get(address).content.decode()
        seen += page.count("<tr>") - 1
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    assert seen == count > 60


def test_the_system_page_tells_versions_worker_and_map(cast: Cast) -> None:
    cast.case()
    client = cast.client("system_administrator_tang")
    page = client.get("/desk/system/").content.decode()
    for said in ("PostgreSQL", "等待后台处理的事件", "街道地图版本"):
        assert said in page
    tree = client.get("/desk/units/").content.decode()
    for said in ("东风社区", "西园社区", "综合行政执法中队", "340"):
        assert said in tree
