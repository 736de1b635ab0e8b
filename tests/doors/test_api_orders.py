"""The programs' door hands out: lead, supports and limit in one piece, and shows what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from baiying.cases import splitting, steps, supporting
from baiying.cases.models import Case
from baiying.cases.services import take_step
from baiying.dispatch.models import Order
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org import services as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


@pytest.fixture
def zhang(cast: Cast) -> dict[str, str]:
    return bearer(cast, "dispatch_clerk_zhang")


def bearer(cast: Cast, person: str) -> dict[str, str]:
    actor = getattr(cast, person)
    with acting(actor.scope):
        _token, clear = org.issue_token(actor, post=cast.posts[person], label="派单系统")
    return {"Authorization": f"Bearer {clear}"}


def hand_out(case: Case, headers: dict[str, str], **said: Any) -> Any:
    address = f"/api/v1/requests/{case.reference}/hand-out"
    return Client().post(address, json.dumps(said), content_type="application/json", headers=headers)


def read(case: Case, headers: dict[str, str]) -> Any:
    return Client().get(f"/api/v1/requests/{case.reference}", headers=headers).json()


def orders_in(cast: Cast) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return Order.objects.count()


def test_lead_supports_and_limit_are_handed_out_in_one_piece(cast: Cast, zhang: dict[str, str]) -> None:
    municipal, enforcement, east = (
        cast.units[code].code for code in ("dept-municipal", "dept-enforcement", "east")
    )
    with clock.telling(MONDAY):
        case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
        tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
        answer = hand_out(
            case, zhang, unit=municipal, text="今晚前看现场", due_at=wednesday.isoformat(), version=case.version,
            supports=[{"unit": enforcement, "text": "维持秩序", "due_at": tuesday.isoformat()}, {"unit": east}],
        )  # fmt: skip
    assert answer.status_code == 200, answer.json()
    told = answer.json()
    assert (told["state"], told["unit"]["code"]) == ("handed_out", municipal)
    found = {
        order["unit"]["code"]: (order["part"], datetime.fromisoformat(order["due_at"]))
        for order in told["orders"]
    }
    assert found == {
        municipal: ("lead", wednesday), enforcement: ("support", tuesday), east: ("support", wednesday),
    }  # fmt: skip
    assert {order["state"] for order in told["orders"]} == {"handed_out"}
    assert read(case, zhang) == told
    assert read(case, bearer(cast, "department_handler_he"))["orders"] == told["orders"]


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"unit": "nowhere"}, 422, "unit"),
        ({"unit": "dept-municipal", "supports": [{"unit": "nowhere"}]}, 422, "supports[0].unit"),
        ({"unit": "dept-municipal", "supports": [{"unit": "dept-enforcement"}]}, 422, "supports[0].text"),
        (
            {"unit": "dept-municipal", "text": "看", "supports": [{"unit": "dept-municipal"}]},
            409,
            "supports[0].unit",
        ),
        ({"unit": "dept-municipal", "due_at": "2026-11-20T09:00:00+08:00"}, 422, "due_at"),
        ({"unit": "dept-municipal", "due_at": "2027-11-20T09:00:00+08:00"}, 422, "due_at"),
        ({"unit": "dept-municipal", "due_at": "2026-11-25T09:00:00"}, 422, "due_at"),
        ({"unit": "dept-municipal", "version": 7}, 409, "version"),
        ({"unit": "dept-municipal", "whom": "x"}, 422, "whom"),
    ],
)
def test_what_cannot_be_handed_out_changes_nothing(
    cast: Cast, zhang: dict[str, str], said: dict[str, Any], status: int, field: str
) -> None:
    def code(name: str) -> str:
        return cast.units[name].code if name in cast.units else name

    said = said | {"unit": code(said["unit"])}
    if "supports" in said:
        said["supports"] = [{"unit": code(s["unit"])} for s in said["supports"]]
    with clock.telling(MONDAY):
        case = cast.lead(cast.case(), steps.ACCEPTED)
        answer = hand_out(case, zhang, **said)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.json()
    assert (cast.read(case.id).state, orders_in(cast)) == (steps.ACCEPTED, 0)


def test_only_whoever_may_hand_out_does(cast: Cast, zhang: dict[str, str]) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    municipal = cast.units["dept-municipal"].code
    assert hand_out(case, {}, unit=municipal).status_code == 401
    assert hand_out(case, bearer(cast, "grid_worker_li"), unit=municipal).status_code == 403
    assert hand_out(case, bearer(cast, "outsider_zhao"), unit=municipal).status_code == 404
    assert Client().get(f"/api/v1/requests/{case.reference}/hand-out", headers=zhang).status_code == 405
    assert (cast.read(case.id).state, orders_in(cast)) == (steps.ACCEPTED, 0)


def test_parts_are_shown_with_the_whole(cast: Cast, zhang: dict[str, str]) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    unit = cast.units["dept-municipal"]
    wanted = splitting.Part(text="换灯头", category="", place="", unit_id=unit.id, area_id=None)
    part = splitting.split(cast.dispatch_clerk_zhang, case_id=case.id, part=wanted)
    told = read(case, zhang)
    assert [(p["reference"], p["unit"]["code"], p["state"]) for p in told["parts"]] == [
        (part.reference, unit.code, "handed_out")
    ]
    assert (told["whole"], told["orders"]) == (None, [])
    below = read(part, zhang)
    assert (below["whole"], below["parts"]) == (case.reference, [])
    assert [order["part"] for order in below["orders"]] == ["lead"]


def test_whoever_has_an_order_sees_what_was_reported_and_nothing_else(cast: Cast) -> None:
    sun, he = bearer(cast, "department_handler_sun"), bearer(cast, "department_handler_he")
    case = cast.lead(cast.case(photos=(a_photo(),)), steps.IN_PROGRESS)
    zhang = cast.dispatch_clerk_zhang
    order = supporting.hand_out_support(
        zhang, case_id=case.id, unit_id=cast.units["dept-municipal"].id, text="帮着看"
    )
    done = replace(cast.data_for("handle"), photos=(a_photo("blue"),), without_supports="不用等")
    take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=done)
    here = f"/api/v1/orders/{order.id}"
    [photo] = Client().get(here, headers=he).json()["photos"]
    assert photo["purpose"] == "report"
    picture = Client().get(f"{photo['address']}?size=thumb", headers=he)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    held = Client().get(f"/api/v1/requests/{case.reference}/photos", headers=sun).json()["photos"]
    [other] = [one["id"] for one in held if one["id"] != photo["id"]]
    assert Client().get(f"{here}/photos/{other}", headers=he).status_code == 404
    assert Client().get(photo["address"], headers=bearer(cast, "community_head_chen")).status_code == 404
