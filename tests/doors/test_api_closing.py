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
    assert send(f"{here}/take", zhang).status_code == 428
    answer = send(f"{here}/take", zhang, match=f'"{task["version"]}"')
    taken = answer.json()
    assert taken["call_back"]["is_mine"] and taken["contact"] == {"name": "李女士", "phone": "13805330005"}
    late = send(f"{here}/take", bai, match=f'"{task["version"]}"')
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (
        412, "version_differs", taken["call_back"]["version"],
    )  # fmt: skip
    assert send(f"{here}/take", bai, match=get(here, bai).headers["ETag"]).status_code == 409
    assert get(here, zhang | {"If-None-Match": get(here, zhang).headers["ETag"]}).status_code == 304
    missing = send(f"{here}/no-answer", zhang, match=answer.headers["ETag"])
    missed = missing.json()
    assert missed["tries"] == 1 and missed["next_try_at"] is not None
    wrong = send(f"{here}/answer", zhang, match="*", contacted=True, solved=True, rating="so-so")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "rating")
    said = {"contacted": True, "solved": True, "rating": "satisfied"}
    assert send(f"{here}/answer", zhang, match=answer.headers["ETag"], **said).status_code == 412
    done = send(f"{here}/answer", zhang, match=missing.headers["ETag"], **said)
    assert (done.status_code, done.json()["state"], done.json()["rating"]) == (200, "rated", "satisfied")
    assert send(f"{here}/answer", zhang, match=done.headers["ETag"], **said).status_code == 409
    over = get(here, zhang)
    assert (over.json()["result"], over.headers["ETag"].partition(".")[0]) == (
        "answered", done.headers["ETag"].partition(".")[0],
    )  # fmt: skip


def test_a_worker_looks_on_the_spot(cast: Cast) -> None:
    li, zhang = bearer(cast, "grid_worker_li"), bearer(cast, "dispatch_clerk_zhang")
    case = checked_case(cast)
    with acting(cast.dispatch_clerk_zhang.scope):
        [draw] = sampling.draws_of(case)
    [row] = get("inspections", li).json()["to_do"]
    assert (row["id"], row["request"], row["result"]) == (str(draw.id), case.reference, None)
    assert get(f"requests/{case.reference}", li).status_code == 404  # the draw, and nothing else
    assert get("inspections", zhang).status_code == 403
    tag = get(f"inspections/{draw.id}", li).headers["ETag"]
    assert tag.partition(".")[0] == f'"{row["version"]}'
    silent = send(f"inspections/{draw.id}/result", li, match=tag, result="still_there")
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "note")
    seen = send(f"inspections/{draw.id}/result", li, match=tag, result="still_there", note="灯还是不亮")
    assert (seen.status_code, seen.json()["result"], seen.json()["is_open"]) == (200, "still_there", False)
    assert cast.read(case.id).state == "reopened"
    tags = {"": 428, tag: 412, seen.headers["ETag"]: 409, "*": 409}
    for match, status in tags.items():
        matched = {"match": match} if match else {}
        again = send(f"inspections/{draw.id}/result", li, result="solved", **matched)
        assert again.status_code == status, match


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
    tag = get(f"exclusions/{made.json()['id']}", leader).headers["ETag"]
    assert tag.partition(".")[0] == made.headers["ETag"].partition(".")[0]
    assert send(address, zhang, match=tag, agrees=True, text="x").status_code in (403, 409)
    assert send(address, leader, agrees=True, text="同意").status_code == 428
    decided = send(address, leader, match=tag, agrees=True, text="同意")
    assert (decided.status_code, decided.json()["state"]) == (200, "agreed"), decided.content
    assert cast.read(case.id).is_not_counted
    assert send(address, leader, match=tag, agrees=False, text="又不同意").status_code == 412
    assert send(address, leader, match="*", agrees=False, text="又不同意").status_code == 409


def test_somebody_outside_gets_a_link(cast: Cast) -> None:
    zhang, chen = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_chen")
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    [order] = get(f"requests/{case.reference}", zhang).json()["orders"]
    made = send(f"requests/{case.reference}/outside-links", zhang, order=order["id"], to_name="供电公司")
    assert (made.status_code, made.json()["state"]) == (201, "ready"), made.content
    again = send(f"requests/{case.reference}/outside-links", zhang, order=order["id"], to_name="x")
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "order")
    here = f"outside-links/{made.json()['id']}"
    assert send(f"{here}/steps/sent", zhang).status_code == 428
    answer = send(f"{here}/steps/sent", zhang, match=made.headers["ETag"])
    sent = answer.json()
    assert (sent["state"], sent["sent_by"]) == ("sent", "hand")
    assert Client().get(sent["address"].removeprefix("http://testserver")).status_code == 200
    assert get(here, zhang).json()["state"] == "opened"
    assert send(f"{here}/steps/withdraw", zhang, match=answer.headers["ETag"]).status_code == 412
    assert get(here, zhang).json()["state"] == "opened"
    withdrawn = send(f"{here}/steps/withdraw", zhang, match=get(here, zhang).headers["ETag"]).json()
    assert (withdrawn["failure"], withdrawn["address"]) == ("withdrawn", None)
    [row] = get("outside-links?state=failed", zhang).json()["links"]
    assert row["request"] == case.reference and "address" not in row
    assert row["version"] == withdrawn["version"]
    assert get(here, chen).status_code == 404
