"""The programs' door: what it takes, what it refuses and in which words, and that nothing happens twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.cases.models import Case, Contact
from baiying.kit import clock, geometry
from baiying.kit.ids import parse_reference
from baiying.org import services as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast

ADDRESS = "/api/v1/requests"
TABLES = ("cases_case", "cases_contact", "cases_line", "cases_intakekey", "journal_entry", "dispatch_order")


def post(body: Any, *, key: str | None = None, language: str = "zh-hans", **more: Any) -> Any:
    """The answer to one request; `body` as JSON, or bytes as they are."""
    headers = {"Accept-Language": language} | ({"Idempotency-Key": key} if key is not None else {})
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    kind = more.pop("content_type", "application/json")
    return Client().post(
        ADDRESS, content, content_type=kind, headers=headers | more.pop("headers", {}), **more
    )


def counts(cast: Cast) -> list[int]:
    """Rows of everything that intake writes."""
    found = []
    with acting(Scope(cast.tenant.id, "street")), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found.append(cursor.fetchone()[0])
    return found


def said(cast: Cast, **more: Any) -> dict[str, Any]:
    """A good body in grid e1 of the street."""
    lon, lat = cast.in_grid("e1")
    return {"text": "小区东门的路灯坏了三天", "lon": lon, "lat": lat, "street": cast.tenant.code} | more


def stored(cast: Cast, answer: Any) -> Case:
    with acting(Scope(cast.tenant.id, "street")):
        case: Case = Case.objects.select_related("category").get(reference=answer.json()["reference"])
        return case


# -- what is taken ---------------------------------------------------------------------------------------


def test_everything_said_is_kept(cast: Cast) -> None:
    happened = (clock.now() - timedelta(hours=3)).replace(microsecond=0)
    body = said(
        cast, category="street-light-out", kind="complaint", crs="wgs84", place="东门岗亭旁", channel="wechat",
        contact={"name": "李女士", "phone": "138 0533 0000"}, occurred_at=happened.isoformat(),
    )  # fmt: skip
    answer = post(body, key="k-1")
    assert answer.status_code == 201, answer.content.decode()
    given_back = answer.json()
    assert set(given_back) == {
        "reference", "tracking_url", "state", "grid", "community", "located_by", "category", "kind", "received_at",
        "promised_by", "is_estimated",
    }  # fmt: skip
    assert given_back["grid"]["code"] == cast.units["e1"].code
    assert given_back["community"]["code"] == cast.units["east"].code
    assert (given_back["state"], given_back["located_by"]) == ("received", "point")
    assert parse_reference(given_back["reference"]) == given_back["reference"]
    assert answer["Location"] == f"{ADDRESS}/{given_back['reference']}"
    case = stored(cast, answer)
    assert (case.category.code, case.kind, case.channel, case.place) == (
        "street-light-out",
        "complaint",
        "wechat",
        "东门岗亭旁",
    )
    assert (case.occurred_at, case.is_anonymous) == (happened, False)
    with acting(Scope(cast.tenant.id, "street")):
        assert Contact.objects.values_list("name", "phone").get(case_id=case.id) == ("李女士", "13805330000")
    page = Client().get(given_back["tracking_url"].partition("testserver")[2], follow=True)
    assert page.status_code == 200 and case.reference in page.content.decode()


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_points_of_every_system_fall_into_their_grid(cast: Cast, crs: str) -> None:
    lon, lat = cast.in_grid("e2")
    moved = geometry.wgs84_to_gcj02(lon, lat)
    turned = {"wgs84": (lon, lat), "gcj02": moved, "bd09": geometry.gcj02_to_bd09(*moved)}[crs]
    answer = post(said(cast, lon=turned[0], lat=turned[1], crs=crs))
    assert answer.json()["grid"]["code"] == cast.units["e2"].code
    case = stored(cast, answer)
    assert (case.lon, case.lat) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))


def test_a_point_outside_every_grid_is_kept_and_says_so(cast: Cast) -> None:
    answer = post(said(cast, lon=118.9, lat=36.9))
    assert (answer.status_code, answer.json()["located_by"]) == (201, "outside")
    assert (answer.json()["grid"], answer.json()["community"]) == (None, None)


def test_no_place_at_all_goes_to_the_office(cast: Cast) -> None:
    answer = post({"text": "想咨询办证时间", "street": cast.tenant.code})
    assert (answer.status_code, answer.json()["located_by"]) == (201, "unknown")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("字" * 5000, "字" * 5000),
        ("路灯坏了😀👨‍👩‍👧‍👦🇨🇳", "路灯坏了😀👨‍👩‍👧‍👦🇨🇳"),
        ("a\x00b\x07c\r\nd\u202ee\ufeff", "abc\nde"),
        ("  两头空白  ", "两头空白"),
        (
            "<script>alert(1)</script>'; DROP TABLE cases_case; --",
            "<script>alert(1)</script>'; DROP TABLE cases_case; --",
        ),
    ],
    ids=["5000", "emoji", "control", "blanks", "code"],
)
def test_odd_texts_are_handled_not_dropped(cast: Cast, text: str, kept: str) -> None:
    answer = post(said(cast, text=text))
    assert answer.status_code == 201, answer.content.decode()
    assert stored(cast, answer).text == kept


def test_a_guessed_category_asks_for_no_telephone(cast: Cast) -> None:
    words = {"text": "健身卡不给退款，商家不理人"}  # a consumer dispute, by its words
    guessed = post(said(cast, **words))
    assert (guessed.status_code, guessed.json()["category"]["code"]) == (201, "other")
    reachable = post(said(cast, **words, contact={"phone": "19900000001"}))
    assert reachable.json()["category"]["code"] == "consumer-dispute"
    chosen = post(said(cast, **words, category="consumer-dispute"))
    assert (chosen.status_code, chosen.json()["errors"][0]["field"]) == (422, "contact.phone")


def test_a_program_acts_under_its_post(cast: Cast) -> None:
    clerk = cast.community_clerk_liu
    with acting(clerk.scope):
        _token, clear = org.issue_token(clerk, post=cast.posts["community_clerk_liu"], label="电话系统")
    answer = post(
        {"text": "来电：楼道灯不亮", "channel": "phone"}, headers={"Authorization": f"Bearer {clear}"}
    )
    assert (answer.status_code, answer.json()["located_by"]) == (201, "desk")
    assert stored(cast, answer).received_by == clerk.account_id
    other = post(
        {"text": "x", "street": cast.other_tenant.code}, headers={"Authorization": f"Bearer {clear}"}
    )
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "street")
    checker = cast.checker_qian
    with acting(checker.scope):
        _token, clear = org.issue_token(checker, post=cast.posts["checker_qian"], label="x")
    denied = post({"text": "x"}, headers={"Authorization": f"Bearer {clear}"})
    assert (denied.status_code, denied.json()["permission"], denied.json()["unit"]) == (
        403,
        "登记诉求",
        "试验街道",
    )


# -- what is refused -------------------------------------------------------------------------------------

FUTURE = "2999-01-01T00:00:00+08:00"
# (what is wrong, status, field, a word of the Chinese problem, a word of the remedy)
REFUSALS: list[tuple[dict[str, Any] | bytes, int, str, str, str]] = [
    ({"text": 5}, 422, "text", "要的是文字，收到的是数字", "改成文字"),
    ({"text": None}, 422, "text", "收到的是空值", "改成文字"),
    ({"text": "   "}, 422, "text", "还没有写是什么事", "一两句"),
    ({"text": "字" * 10_001}, 422, "text", "10001", "短一些"),
    ({"place": "字" * 301}, 422, "place", "301", "短一些"),
    ({"contact": {"name": "字" * 61}}, 422, "contact.name", "61", "短一些"),
    ({"lon": "118.3"}, 422, "lon", "要的是数字，收到的是文字", "改成数字"),
    ({"lon": True}, 422, "lon", "收到的是是或否", "改成数字"),
    ({"lon": 0, "lat": 0}, 422, "lon", "(0, 0)", "地图上重新点选"),
    ({"lat": None}, 422, "lat", "缺了一半", "一起填"),
    ({"lon": 200.0, "lat": 36.8}, 422, "lon", "超出范围", "重新点选"),
    ({"crs": "mars"}, 422, "crs", "坐标系", "gcj02"),
    ({"contact": []}, 422, "contact", "要的是对象，收到的是列表", "改成对象"),
    ({"contact": {"phone": 1}}, 422, "contact.phone", "要的是文字", "改成文字"),
    ({"contact": {"phone": "12"}}, 422, "contact.phone", "不像一个电话号码", "11 位"),
    ({"contact": {"tel": "1"}}, 422, "contact.tel", "没有“tel”这一项", "接口文档"),
    ({"colour": "red"}, 422, "colour", "没有“colour”这一项", "接口文档"),
    ({"category": "nonsense"}, 422, "category", "没有“nonsense”这个类别", "/api/v1/categories"),
    ({"kind": "nonsense"}, 422, "kind", "没有“nonsense”这种性质", "可用"),
    ({"channel": "fax"}, 422, "channel", "没有这个渠道", "可用的渠道"),
    ({"occurred_at": FUTURE}, 422, "occurred_at", "在将来", "核对"),
    ({"occurred_at": "昨天"}, 422, "occurred_at", "不是一个时间", "+08:00"),
    ({"occurred_at": "2026-11-01T08:00:00"}, 422, "occurred_at", "时区", "+08:00"),
    ({"occurred_at": "1990-01-01T00:00:00Z"}, 422, "occurred_at", "十年以前", "核对"),
    ({"street": "000000"}, 404, "street", "没有代码", "首页"),
    (b"[]", 422, "body", "要的是对象，收到的是列表", "改成对象"),
    (b"{}", 422, "text", "缺少“text”", "补上"),
    (b" ", 400, "body", "不是完整的 JSON", "UTF-8"),
    (b'{"text": "a"', 400, "body", "不是完整的 JSON", "UTF-8"),
    (b'{"text": a}', 400, "body", "第 10 个字节", "UTF-8"),
    (b'{"text": "\xff\xfe"}', 400, "body", "UTF-8", "UTF-8"),
    (b'{"text": "\\ud800"}', 400, "body", "JSON", "UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "status", "field", "problem", "remedy"), REFUSALS, ids=lambda v: str(v)[:40]
)
def test_a_refusal_names_field_problem_and_remedy_and_changes_nothing(
    cast: Cast, wrong: dict[str, Any] | bytes, status: int, field: str, problem: str, remedy: str
) -> None:
    body = wrong if isinstance(wrong, bytes) else said(cast) | wrong
    before = counts(cast)
    answer = post(body, key="k")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content.decode()
    )
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert problem in error["problem"], error
    assert remedy in error["remedy"], error
    assert counts(cast) == before
    english = post(body, key="k", language="en")
    assert english.status_code == status and english["Content-Language"] == "en"
    assert english.json()["errors"][0]["field"] == field
    told = english.json()["errors"][0]
    assert told["problem"] != error["problem"] and told["remedy"] != error["remedy"], "English is missing"


def test_swapped_coordinates_offer_the_swap(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    answer = post(said(cast, lon=lat, lat=lon))
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"]) == (422, "point_swapped")
    assert error["swapped"] == {"lon": lon, "lat": lat}
    assert post(said(cast, **error["swapped"])).status_code == 201


@pytest.mark.django_db
def test_refusals_of_the_message_itself(cast: Cast) -> None:
    before = counts(cast)
    huge = post(said(cast, text="字" * 400_000))
    assert (huge.status_code, huge.json()["errors"][0]["field"]) == (413, "text")
    form = post(b"text=x", content_type="application/x-www-form-urlencoded")
    assert (form.status_code, form.json()["errors"][0]["field"]) == (415, "Content-Type")
    for header in ("Bearer by_wrong", "Basic eDp5", "Bearer"):
        denied = post(said(cast), headers={"Authorization": header})
        assert (denied.status_code, denied.json()["errors"][0]["field"]) == (401, "Authorization"), header
    for method in ("put", "delete", "patch"):
        answer = getattr(Client(), method)(ADDRESS)
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json"), method
    for key in ("", "k" * 201, "a\tb"):
        refused = post(said(cast), key=key)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "Idempotency-Key"), key
    assert counts(cast) == before


# -- the same again --------------------------------------------------------------------------------------


def test_the_same_again_is_the_same_answer(cast: Cast) -> None:
    first = post(said(cast), key="k-1")
    before = counts(cast)
    again = post(said(cast), key="k-1")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, first.json(), "true")
    other = post(said(cast, text="另一件事"), key="k-1")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "Idempotency-Key")
    assert counts(cast) == before
    assert "Idempotency-Replayed" not in first


def test_keys_of_one_program_are_not_those_of_another(cast: Cast) -> None:
    answers = [post(said(cast), key="k-1").json()["reference"]]
    for person in ("community_clerk_liu", "dispatch_clerk_zhang"):
        actor = getattr(cast, person)
        with acting(actor.scope):
            _token, clear = org.issue_token(actor, post=cast.posts[person], label="x")
        for _again in range(2):
            answer = post(said(cast), key="k-1", headers={"Authorization": f"Bearer {clear}"})
            answers.append(answer.json()["reference"])
    assert len(set(answers)) == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 2)), max_size=8))
def test_any_order_of_keys_and_bodies_does_what_a_dictionary_would(
    cast: Cast, sent: list[tuple[str | None, int]]
) -> None:
    run = clock.now().isoformat()
    known: dict[str, tuple[int, str]] = {}
    before = counts(cast)[0]
    made = 0
    for key, number in sent:
        answer = post(said(cast, text=f"第 {number} 件事"), key=None if key is None else f"{run}-{key}")
        if key in known and known[key][0] != number:
            assert answer.status_code == 409
        elif key in known:
            assert answer.json()["reference"] == known[key][1]
        else:
            made += 1
            assert answer.status_code == 201
            if key is not None:
                known[key] = (number, answer.json()["reference"])
    assert counts(cast)[0] == before + made
