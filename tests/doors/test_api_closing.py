"""Programs do what follows on an answer: call back, look on the spot, explain what is not counted, ask somebody outside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from baiying.cases import sampling, steps
from baiying.kit import clock
from baiying.org.rules import acting
from tests.cases.after_answer import call_back_of, checked_case
from tests.cast import Cast
from tests.doors.test_api_changing import get, send
from tests.doors.test_api_orders import bearer

pytestmark = pytest.mark.django_db


def test_a_reporter_is_called_back_by_one_at_a_time(cast: Cast) -> None:
    zhang, bai = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "dispatch_clerk_bai")
    cast.draw_none()
    with clock.telling(clock.now() - timedelta(days=3)):
        row = call_back_of(cast, phone="13805330005", name="李女士")
    [task] = get("call-backs", zhang).json()["call_backs"]
    assert (task["id"], task["is_due"], task["held_by"]) == (str(row.id), True, None)
    here = f"call-backs/{row.id}"
    taken = send(f"{here}/take", zhang).json()
    assert taken["call_back"]["is_mine"] and taken["contact"] == {"name": "李女士", "phone": "13805330005"}
    assert send(f"{here}/take", bai).status_code == 409
    missed = send(f"{here}/no-answer", zhang).json()
    assert missed["tries"] == 1 and missed["next_try_at"] is not None
    wrong = send(f"{here}/answer", zhang, contacted=True, solved=True, rating="so-so")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "rating")
    done = send(f"{here}/answer", zhang, contacted=True, solved=True, rating="satisfied")
    assert (done.status_code, done.json()["state"], done.json()["rating"]) == (200, "rated", "satisfied")
    assert send(f"{here}/answer", zhang, contacted=True, solved=True, rating="satisfied").status_code == 409


def test_a_worker_looks_on_the_spot(cast: Cast) -> None:
    li, zhang = bearer(cast, "grid_worker_li"), bearer(cast, "dispatch_clerk_zhang")
    case = checked_case(cast)
    with acting(cast.dispatch_clerk_zhang.scope):
        [draw] = sampling.draws_of(case)
    [row] = get("inspections", li).json()["to_do"]
    assert (row["id"], row["request"], row["result"]) == (str(draw.id), case.reference, None)
    assert get(f"requests/{case.reference}", li).status_code == 404  # the draw, and nothing else
    assert get("inspections", zhang).status_code == 403
    silent = send(f"inspections/{draw.id}/result", li, result="still_there")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "note")
    seen = send(f"inspections/{draw.id}/result", li, result="still_there", note="灯还是不亮")
    assert (seen.status_code, seen.json()["result"], seen.json()["is_open"]) == (200, "still_there", False)
    assert cast.read(case.id).state == "reopened"
    assert send(f"inspections/{draw.id}/result", li, result="solved").status_code == 409


def test_two_people_decide_what_is_not_counted(cast: Cast) -> None:
    zhang = bearer(cast, "dispatch_clerk_zhang")
    leader = bearer(cast, "leader_zhou")
    case = cast.lead(cast.case(), steps.HANDLED)
    said = {"reason_class": "unlawful", "text": "要求违法，已解释"}
    made = send(f"requests/{case.reference}/exclusions", zhang, **said)
    assert (made.status_code, made.json()["state"], made.json()["is_own"]) == (201, "proposed", True)
    assert send(f"requests/{case.reference}/exclusions", zhang, **said).status_code == 409
    listed = get("exclusions", leader).json()
    assert [one["request"] for one in listed["waiting"]] == [case.reference]
    assert "unlawful" in [one["code"] for one in listed["classes"]]
    address = f"exclusions/{made.json()['id']}/decision"
    assert send(address, zhang, agrees=True, text="x").status_code in (403, 409)
    decided = send(address, leader, agrees=True, text="同意")
    assert (decided.status_code, decided.json()["state"]) == (200, "agreed"), decided.content
    assert cast.read(case.id).is_not_counted


def test_somebody_outside_gets_a_link(cast: Cast) -> None:
    zhang, chen = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_chen")
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    [order] = get(f"requests/{case.reference}", zhang).json()["orders"]
    made = send(f"requests/{case.reference}/outside-links", zhang, order=order["id"], to_name="供电公司")
    assert (made.status_code, made.json()["state"]) == (201, "ready"), made.content
    again = send(f"requests/{case.reference}/outside-links", zhang, order=order["id"], to_name="x")
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "order")
    here = f"outside-links/{made.json()['id']}"
    sent = send(f"{here}/steps/sent", zhang).json()
    assert (sent["state"], sent["sent_by"]) == ("sent", "hand")
    assert Client().get(sent["address"].removeprefix("http://testserver")).status_code == 200
    assert get(here, zhang).json()["state"] == "opened"
    withdrawn = send(f"{here}/steps/withdraw", zhang).json()
    assert (withdrawn["failure"], withdrawn["address"]) == ("withdrawn", None)
    [row] = get("outside-links?state=failed", zhang).json()["links"]
    assert row["request"] == case.reference and "address" not in row
    assert get(here, chen).status_code == 404
