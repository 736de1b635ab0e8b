"""Programs read: lists with the desk's filters, page by page, in as many statements for ten as for one; and what is public."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baiying.cases import rulebook, suggesting
from baiying.cases.services import add_note, take_step
from baiying.doors.shared.case_filters import FilterForm
from baiying.kit.paging import Edge, encode_cursor
from baiying.org import services as org
from baiying.org.rules import acting
from tests.cast import Cast, a_photo
from tests.doors.test_api_orders import bearer

pytestmark = pytest.mark.django_db
FORGED = encode_cursor(
    Edge("next", (5, float("inf"))), ("-received_at", "-id")
)  # numbers for a moment and an id


def get(address: str, headers: dict[str, str], **more: Any) -> Any:
    return Client().get(f"/api/v1/{address}", headers={"Accept-Language": "en"} | headers, **more)


def references(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["reference"] for row in answer.json()["requests"]]


def test_the_list_is_walked_both_ways_and_counted(cast: Cast) -> None:
    zhang = bearer(cast, "dispatch_clerk_zhang")
    cases = [cast.case(text=f"第{n}件").reference for n in range(5)][::-1]
    first = get("requests?limit=2", zhang)
    assert (references(first), first.json()["total"], first.json()["previous"]) == (cases[:2], 5, None)
    second = get(f"requests?limit=2&cursor={first.json()['next']}", zhang)
    assert references(second) == cases[2:4]
    assert references(get(f"requests?limit=2&cursor={second.json()['previous']}", zhang)) == cases[:2]
    assert first.headers["RateLimit-Limit"] == "600"


def test_filters_are_those_of_the_desk(cast: Cast) -> None:
    zhang, wang = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_wang")
    east = cast.case(text="东边的路灯不亮", category="street-light-out")
    west = cast.case(text="西边垃圾没人清", at=cast.in_grid("w1"), phone="13805330001", name="王女士")
    handed = cast.lead(cast.case(text="要派的一件"), "handed_out")
    grid = cast.units["w1"].code
    unit = cast.units["dept-enforcement"].code
    wanted = {
        "state=received": [west, east], f"grid={grid}": [west], f"unit={unit}": [handed], "category=street-light-out": [east],
        "q=路灯": [east], "q=13805330001": [west], "state=received&state=handed_out": [handed, west, east],
    }  # fmt: skip
    for query, cases in wanted.items():
        assert references(get(f"requests?{query}", zhang)) == [case.reference for case in cases], query
    assert references(get("requests", wang)) == [handed.reference, east.reference]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("nonsense=1", 422, None), ("state=gone", 422, "state"), ("received_from=23.11.2026", 422, "received_from"),
        ("limit=0", 422, "limit"), ("limit=x", 422, "limit"), ("cursor=abc", 400, "cursor"), ("q=灯", 422, "q"),
        (f"q=路灯&cursor={FORGED}", 400, "cursor"), (f"cursor={FORGED}", 400, "cursor"),
        ("q=%00ab", 422, "q"),
    ],
)  # fmt: skip
def test_a_filter_that_does_not_fit_is_named(cast: Cast, query: str, status: int, field: str | None) -> None:
    answer = get(f"requests?{query}", bearer(cast, "dispatch_clerk_zhang"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


@pytest.mark.parametrize("address", ["requests", "orders", "calls?show=all", "chain/links", "summonses"])
def test_a_list_takes_as_many_statements_for_three_as_for_one(
    cast: Cast, steady_map: None, address: str
) -> None:
    sun = bearer(cast, "community_head_wang" if "chain" in address else "dispatch_clerk_zhang")
    if address == "orders":
        sun = bearer(cast, "department_handler_sun")

    def count() -> int:
        get(address, sun)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert get(address, sun).status_code == 200
        return len(queries)

    cast.lead(cast.case(), "handed_out")
    one = count()
    for _n in range(2):
        cast.lead(cast.case(), "handed_out")
    assert count() == one


def test_one_request_with_its_timeline_and_photos(cast: Cast) -> None:
    case = cast.lead(cast.case(photos=(a_photo(),), text="路灯坏了"), "in_progress")
    add_note(cast.dispatch_clerk_zhang, case_id=case.id, text="只给同事看", is_public=False)
    sun, address = bearer(cast, "department_handler_sun"), f"requests/{case.reference}"
    answer = get(address, sun)
    told = answer.json()
    assert (told["state"], told["text"], told["unit"]["code"], told["version"]) == (
        "in_progress", "路灯坏了", "dept-enforcement", cast.read(case.id).version,
    )  # fmt: skip
    assert {"handle", "park", "ask"} <= set(told["steps"])
    assert answer.headers["ETag"].startswith(f'"{told["version"]}.')
    assert get(address, sun | {"If-None-Match": answer.headers["ETag"]}).status_code == 304
    lines = get(f"{address}/timeline", sun).json()["lines"]
    assert [line["step"] for line in lines] == [
        "receive", "accept", "hand_out", "acknowledge", "start", "note",
    ]  # fmt: skip
    assert (lines[-1]["text"], lines[-1]["is_public"], lines[1]["says"]) == ("只给同事看", False, "Accepted")
    [photo] = get(f"{address}/photos", sun).json()["photos"]
    picture = Client().get(photo["address"], headers=sun)
    assert (picture.status_code, picture["Content-Type"], picture.content[:2]) == (
        200, "image/jpeg", b"\xff\xd8",
    )  # fmt: skip
    other = bearer(cast, "department_handler_he")
    assert Client().get(photo["address"], headers=other).status_code == 404


def test_clocks_and_suggestions_stand_beside_a_request(cast: Cast) -> None:
    zhang = bearer(cast, "dispatch_clerk_zhang")
    case = cast.lead(cast.case(text="小区东门路灯不亮", category="street-light-out"), "in_progress")
    park = cast.data_for("park")
    take_step(cast.department_handler_sun, case_id=case.id, step="park", data=park)
    here = f"requests/{case.reference}"
    clocks = {one["what"]: one for one in get(f"{here}/clocks", zhang).json()["clocks"]}
    handling = clocks["handle"]
    assert (handling["state"], handling["changes"][0]["kind"], handling["changes"][0]["by"]) == (
        "paused", "pause", cast.department_handler_sun.name,
    )  # fmt: skip
    assert handling["changes"][0]["due_after"] is None and handling["source"] != ""
    assert clocks["acknowledge"]["state"] == "stopped"
    said = get(f"{here}/suggestions", zhang).json()
    first = said["categories"][0]
    assert (first["category"]["code"], "路灯" in "".join(first["words"])) == ("street-light-out", True)
    with acting(cast.dispatch_clerk_zhang.scope):
        _asked, answer, _book = rulebook.suggest(cast.dispatch_clerk_zhang, cast.read(case.id))
    assert said["handing_out"]["unit"]["code"] == answer.lead != ""
    danger = cast.case(text="3号楼煤气泄漏，有人晕倒")
    said_of_danger = get(f"requests/{danger.reference}/suggestions", zhang).json()
    for text, told in ((case.text, said), (danger.text, said_of_danger)):
        found = suggesting.urgency(text, tenant_id=cast.tenant.id)
        assert (told["urgent"], told["urgent_probability"]) == (
            list(found.words),
            round(found.probability, 4),
        )
    assert said["urgent_probability"] < suggesting.THRESHOLD < said_of_danger["urgent_probability"]
    chen = bearer(cast, "community_head_chen")
    assert {get(f"{here}/{name}", chen).status_code for name in ("clocks", "suggestions")} == {404}


def test_a_narrow_token_does_less_and_sees_less(cast: Cast) -> None:
    zhang, post = cast.dispatch_clerk_zhang, cast.posts["dispatch_clerk_zhang"]
    east, west = cast.case(), cast.case(at=cast.in_grid("w1"))
    with acting(zhang.scope):
        _token, clear = org.issue_token(
            zhang, post=post, label="看板", permissions=["cases.read"], unit=cast.units["west"]
        )
    narrow = {"Authorization": f"Bearer {clear}"}
    assert references(get("requests", narrow)) == [west.reference]
    assert get(f"requests/{east.reference}", narrow).status_code == 404
    refused = Client().post(
        f"/api/v1/requests/{west.reference}/steps/accept", "{}", content_type="application/json",
        headers=narrow | {"If-Match": "*", "Accept-Language": "en"},
    )  # fmt: skip
    assert (refused.status_code, refused.json()["permission"]) == (403, "Accept")


def test_a_token_is_never_wider_than_its_post(cast: Cast) -> None:
    wang, post = cast.community_head_wang, cast.posts["community_head_wang"]
    page = cast.client("community_head_wang")
    offered = page.get("/desk/me").content.decode()
    assert cast.units["e1"].code in offered and cast.units["w1"].code not in offered
    said = {"label": "看板", "days": "30", "permissions": ["cases.read"], "unit": cast.units["e1"].code}
    assert page.post("/desk/me/tokens", said).status_code == 200
    assert page.post("/desk/me/tokens", said | {"permissions": ["cases.decide"]}).status_code == 422
    assert page.post("/desk/me/tokens", said | {"unit": cast.units["w1"].code}).status_code == 422
    for wrong in ({"permissions": ["cases.decide"]}, {"unit": cast.units["w1"]}):
        with pytest.raises(Exception, match="invalid"), acting(wang.scope):
            org.issue_token(wang, post=post, label="x", **wrong)  # type: ignore[arg-type]


def test_the_rate_of_a_token_is_told_and_kept(cast: Cast, settings: Any) -> None:
    settings.API_PER_MINUTE = 3
    zhang = bearer(cast, "dispatch_clerk_zhang")
    left = [get("requests", zhang).headers["RateLimit-Remaining"] for _n in range(3)]
    assert left == ["2", "1", "0"]
    refused = get("requests", zhang)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert (refused.headers["RateLimit-Limit"], refused.headers["RateLimit-Remaining"]) == ("3", "0")
    assert 0 < int(refused.headers["Retry-After"]) <= 20
    assert get("requests", bearer(cast, "community_head_wang")).status_code == 200


def test_what_is_public_needs_no_token(cast: Cast) -> None:
    steps = Client().get("/api/v1/steps").json()
    assert [s["name"] for s in steps["request"]["steps"]][:3] == ["accept", "decline", "hand_out"]
    limits = get("limits", bearer(cast, "grid_worker_li")).json()
    assert limits["profile"] == "shandong" and {"accept", "handle"} <= {r["step"] for r in limits["limits"]}


def test_the_schema_says_every_operation_filter_and_step(cast: Cast) -> None:
    whole = Client().get("/api/openapi.json").json()
    assert whole["openapi"] == "3.1.0"
    listed = whole["paths"]["/api/v1/requests"]
    assert set(listed) == {"get", "post"}
    assert {p["name"] for p in listed["get"]["parameters"]} == {
        *FilterForm.base_fields,
        "cursor",
        "limit",
        "count",
    }
    step = whole["paths"]["/api/v1/requests/{reference}/steps/{step}"]["post"]
    handle = next(row for row in step["x-steps"] if row["name"] == "handle")
    assert (handle["needs"], handle["permission"], handle["guard"]) == (
        ["text", "outcome", "proof"], "cases.handle", "unit_has_it",
    )  # fmt: skip
    page = Client().get("/developers/")
    assert page.status_code == 200 and "take_step" in page.content.decode()
    words = page.content.decode()
    assert 'href="/desk/me"' in words and 'href="/open311/v2/discovery.xml"' in words
    for name, message in whole["webhooks"].items():  # what we send is on the page as well, with its types
        kind = message["post"]["requestBody"]["content"]["application/cloudevents+json"]["schema"][
            "properties"
        ]["type"]
        assert message["post"]["operationId"] in words, name
        assert [t for t in kind.get("enum", [kind.get("const")]) if t not in words] == [], name
