"""Programs change things: every step by one address, in the version that was read, and nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from baiying.cases.models import Case, Line
from baiying.dispatch import ringing, ruling
from baiying.kit import clock
from baiying.org import queries as org
from baiying.org.models import Repeat
from baiying.org.rules import Scope, acting
from tests.cast import Cast, jpeg
from tests.doors.test_api_orders import bearer
from tests.doors.test_chain_pages import Chain

pytestmark = pytest.mark.django_db


def send(address: str, headers: dict[str, str], **said: Any) -> Any:
    key = {"Idempotency-Key": said.pop("key")} if "key" in said else {}
    match = {"If-Match": said.pop("match")} if "match" in said else {}
    return Client().post(
        f"/api/v1/{address}", json.dumps(said), content_type="application/json",
        headers={"Accept-Language": "en"} | headers | key | match,
    )  # fmt: skip


def get(address: str, headers: dict[str, str]) -> Any:
    return Client().get(f"/api/v1/{address}", headers=headers)


def step(case: Case, name: str, headers: dict[str, str], *, match: str = "*", **said: Any) -> Any:
    return send(f"requests/{case.reference}/steps/{name}", headers, match=match, **said)


def test_a_request_is_led_from_receipt_to_closure(cast: Cast) -> None:
    zhang, sun, qian = (
        bearer(cast, who) for who in ("dispatch_clerk_zhang", "department_handler_sun", "checker_qian")
    )
    cast.draw_none()
    case = cast.case()
    way: list[tuple[str, dict[str, str], dict[str, Any]]] = [
        ("accept", zhang, {"kind": "complaint"}),
        ("hand_out", zhang, {"unit": "dept-enforcement", "text": "今晚看", "supports": ["dept-municipal"]}),
        ("acknowledge", sun, {}),
        ("handle", sun, {"text": "换了", "outcome": "solved", "no_photo_reason": "夜里", "without_supports": "不用等"}),
        ("check", qian, {}),
        ("rate", zhang, {"rating": "satisfied", "contacted": True, "solved": True}),
        ("close", zhang, {"outcome": "solved"}),
    ]  # fmt: skip
    states, tag = [], get(f"requests/{case.reference}", zhang).headers["ETag"]
    for name, who, said in way:
        answer = step(case, name, who, match=tag, **said)
        assert answer.status_code == 200, (name, answer.content.decode())
        states.append(answer.json()["state"])
        tag = answer.headers["ETag"]
    assert states == [
        "accepted", "handed_out", "acknowledged", "handled", "checked", "rated", "closed",
    ]  # fmt: skip
    assert (cast.read(case.id).kind, cast.read(case.id).outcome) == ("complaint", "solved")


def test_the_version_that_was_read_counts(cast: Cast) -> None:
    zhang, case = bearer(cast, "dispatch_clerk_zhang"), cast.case()
    tag = get(f"requests/{case.reference}", zhang).headers["ETag"]
    missing = send(f"requests/{case.reference}/steps/accept", zhang)
    assert (missing.status_code, missing.json()["code"]) == (428, "version_needed")
    assert step(case, "accept", zhang, match=tag).status_code == 200
    late = step(case, "accept", zhang, match=tag)
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (
        412,
        "version_differs",
        "accepted",
    )
    assert step(case, "accept", zhang, match='"x"').status_code == 412
    now = get(f"requests/{case.reference}", zhang).headers["ETag"]
    impossible = step(case, "close", zhang, match=now, outcome="solved")
    assert (impossible.status_code, impossible.json()["errors"][0]["field"]) == (409, "version")
    unknown = step(case, "fly", zhang)
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "step")


def test_the_same_key_does_nothing_twice(cast: Cast) -> None:
    zhang, wang, case = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_wang"), cast.case()
    first = send(f"requests/{case.reference}/notes", zhang, key="n-1", text="记一笔")
    again = send(f"requests/{case.reference}/notes", zhang, key="n-1", text="记一笔")
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = send(f"requests/{case.reference}/notes", zhang, key="n-1", text="另一笔")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "Idempotency-Key")
    refused = send(f"requests/{case.reference}/notes", zhang, key="n-2", text=" ")
    mended = send(f"requests/{case.reference}/notes", zhang, key="n-2", text="补上")
    assert (refused.status_code, mended.status_code) == (422, 201)
    assert send(f"requests/{case.reference}/notes", wang, key="n-1", text="王的").status_code == 201
    with acting(Scope(cast.tenant.id, "street")):
        notes = Line.objects.get_queryset().filter(case_id=case.id, step="note").order_by("id")
        assert [line.text for line in notes] == ["记一笔", "补上", "王的"]


def test_what_was_answered_is_kept_sealed(cast: Cast) -> None:
    zhang, case = bearer(cast, "dispatch_clerk_zhang"), cast.case(name="王先生", phone="13805331234")
    first = send(f"requests/{case.reference}/contact", zhang, key="c-1")
    assert first.json()["phone"] == "13805331234"
    with acting(Scope(cast.tenant.id, "street")):
        [kept] = Repeat.objects.filter(tenant=cast.tenant)
    assert "13805331234" not in kept.answer and "c-1" not in kept.key_hash
    again = send(f"requests/{case.reference}/contact", zhang, key="c-1")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    Repeat.objects.filter(id=kept.id).update(answer="gAAAAA of another secret")
    lost = send(f"requests/{case.reference}/contact", zhang, key="c-1")
    assert (lost.status_code, lost.json()["errors"][0]["field"]) == (409, "Idempotency-Key")


def test_photos_come_as_parts_beside_the_words(cast: Cast) -> None:
    sun = bearer(cast, "department_handler_sun")
    case = cast.lead(cast.case(), "acknowledged")
    said = {"text": "换了灯头", "outcome": "solved"}
    parts = {
        "said": json.dumps(said), "photos": SimpleUploadedFile("a.jpg", jpeg("red"), "image/jpeg"),
        "before_photos": SimpleUploadedFile("b.jpg", jpeg("blue"), "image/jpeg"),
    }  # fmt: skip
    address = f"/api/v1/requests/{case.reference}/steps/handle"
    answer = Client().post(address, parts, headers=sun | {"If-Match": "*"})
    assert answer.status_code == 200, answer.content.decode()
    found = get(f"requests/{case.reference}/photos", sun).json()["photos"]
    assert sorted(photo["purpose"] for photo in found) == ["before", "proof"]


def test_contact_only_with_leave_and_not_unseen(cast: Cast) -> None:
    case = cast.case(name="李女士", phone="13805330002")
    answer = send(f"requests/{case.reference}/contact", bearer(cast, "dispatch_clerk_zhang"))
    assert answer.json() == {"name": "李女士", "phone": "13805330002"}
    assert send(f"requests/{case.reference}/contact", bearer(cast, "leader_zhou")).status_code == 403


def test_what_is_no_step(cast: Cast) -> None:
    zhang = bearer(cast, "dispatch_clerk_zhang")
    case = cast.case(category="street-light-out")
    set_right = send(
        f"requests/{case.reference}/corrections", zhang, match="*", kind="complaint", place="东门"
    )
    assert (set_right.json()["kind"], set_right.json()["place"]) == ("complaint", "东门")
    half = send(f"requests/{case.reference}/corrections", zhang, match="*", lon=118.3)
    assert (half.status_code, half.json()["errors"][0]["field"]) == (422, "lon")
    turned = send(f"requests/{case.reference}/corrections", zhang, match="*", is_urgent=True)
    assert turned.json()["is_urgent"] is True
    silent = send(f"requests/{case.reference}/corrections", zhang, match="*", is_urgent=False)
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "urgency_reason")
    taken = step(case, "accept", zhang, is_urgent=False, urgency_reason="已经处置")
    assert (taken.json()["is_urgent"], taken.json()["state"]) == (False, "accepted")
    late = step(case, "hand_out", zhang, unit="dept-municipal", is_urgent=True)
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "is_urgent")
    case = cast.read(case.id)
    part = send(f"requests/{case.reference}/parts", zhang, text="井盖另外修", unit="dept-municipal")
    assert (part.status_code, part.json()["whole"], part.json()["state"]) == (
        201, case.reference, "handed_out",
    )  # fmt: skip
    case = cast.lead(cast.case(), "handed_out")
    order = send(f"requests/{case.reference}/supports", zhang, unit="dept-municipal", text="帮着看").json()
    he = bearer(cast, "department_handler_he")
    held = get("orders", he).json()["orders"]
    assert (order["part"], order["id"]) == ("support", held[-1]["order"]["id"])
    tag = get(f"orders/{order['id']}", he).headers["ETag"]
    assert tag.partition(".")[0] == f'"{order["version"]}'
    assert send(f"orders/{order['id']}/steps/acknowledge", he).status_code == 428
    taken = send(f"orders/{order['id']}/steps/acknowledge", he, match=tag)
    assert (taken.status_code, taken.json()["state"]) == (200, "acknowledged")
    late = send(f"orders/{order['id']}/steps/acknowledge", he, match=tag)
    assert (late.status_code, late.json()["state"], late.json()["version"]) == (
        412, "acknowledged", taken.json()["version"],
    )  # fmt: skip
    assert get(f"orders/{order['id']}", he).json()["order"]["version"] == taken.json()["version"]
    assert get(f"orders/{order['id']}", he).json()["steps"] == ["report", "return"]
    assert get(f"orders/{order['id']}", bearer(cast, "community_head_chen")).status_code == 404


def test_a_call_from_raising_to_its_end(cast: Cast) -> None:
    zhang, sun = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "department_handler_sun")
    case, soon = cast.case(), clock.now() + timedelta(hours=1)
    raised = send(
        "calls", zhang, kind="everyday", title="东门积水", text="请来看", requests=[case.reference],
        parties=[{"unit": "dept-enforcement"}], key="c-1",
    )  # fmt: skip
    assert raised.status_code == 201, raised.content.decode()
    call = raised.json()
    assert (call["state"], call["requests"]) == ("open", [case.reference])
    [summons] = get("summonses", sun).json()["summonses"]
    address = f"summonses/{summons['id']}"
    tag = get(address, sun).headers["ETag"]
    said = send(f"{address}/steps/acknowledge", sun, match=tag, expected_at=soon.isoformat())
    assert (said.status_code, said.json()["state"]) == (200, "acknowledged")
    assert (
        send(f"{address}/steps/acknowledge", sun, match=tag, expected_at=soon.isoformat()).status_code == 412
    )
    meeting = send(f"calls/{call['id']}/meetings", zhang, place="东门", planned_at=soon.isoformat())
    assert meeting.status_code == 201
    task = send(
        f"calls/{call['id']}/tasks", zhang, unit="dept-enforcement", text="抽水", due_at=soon.isoformat()
    )
    assert (task.status_code, task.json()["order"]["state"]) == (201, "handed_out")
    done = send(f"call-tasks/{task.json()['id']}/steps/acknowledge", sun)
    assert (done.status_code, done.json()["order"]["state"]) == (200, "acknowledged")
    assert len(get("calls?show=missing", zhang).json()["calls"]) == 1
    came = send(f"{address}/steps/arrive", zhang, match="*", arrived_at=clock.now().isoformat())
    assert came.json()["state"] == "arrived"
    held = {
        "held_at": clock.now().isoformat(),
        "present": ["dept-enforcement"],
        "minutes": "看了",
        "decisions": "抽水",
    }
    assert send(f"meetings/{meeting.json()['id']}/minutes", zhang, **held).status_code == 200
    assert send(f"{address}/steps/report", sun, match="*", text="抽完了").json()["state"] == "reported"
    assert send(f"{address}/rating", sun, justified="yes").json()["justified"] == "yes"
    ended = send(f"calls/{call['id']}/steps/end", zhang, match="*", text="办完了")
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")


def test_the_chain_says_who_answers_and_changes_hands(cast: Cast) -> None:
    chain, wang = Chain(cast), bearer(cast, "community_head_wang")
    lon, lat = cast.in_grid("e1")
    found = get(f"chain/answering?lon={lon}&lat={lat}", wang).json()
    assert [(a["level"], a["holder"] and a["holder"]["code"]) for a in found["answering"]] == [
        (0, "worker"), (2, "head"), (1, "sponsor"),
    ]  # fmt: skip
    assert get(f"chain/answering?grid={cast.units['w1'].code}", wang).status_code == 404
    home = get(f"chain/answering?home={chain.homes[0].pk}", wang).json()
    assert [a["level"] for a in home["answering"]] == [6, 5, 4, 0, 3, 2, 1]
    outside = get(f"chain/answering?building={chain.building.pk}", bearer(cast, "community_head_chen"))  # type: ignore[union-attr]
    assert outside.status_code == 404
    assert [link["level"] for link in get("chain/links", wang).json()["links"]] == [1, 2, 3, 4, 5, 6]
    gaps = get("chain/gaps", wang).json()["grids"]
    e1 = next(g for g in gaps if g["grid"]["code"] == cast.units["e1"].code)
    assert (e1["has_holder"], e1["homes_without"]) == (True, 1)
    today = clock.today()
    made = send(
        "chain/links", wang, level=6, child=chain.homes[1].pk, holder=chain.people["contact"].pk,
        from_date=today.isoformat(),
    )  # fmt: skip
    assert made.status_code == 201, made.content.decode()
    link = made.json()["links"][0]["id"]
    ended = send(f"chain/links/{link}/end", wang, until_date=(today + timedelta(days=1)).isoformat())
    assert (ended.status_code, ended.json()["links"][0]["until_date"]) == (
        200, (today + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    assert get("chain/holders?q=head", wang).json()["holders"][0]["code"] == "head"


def test_persons_enter_the_chain_and_are_set_right(cast: Cast) -> None:
    chain, wang = Chain(cast), bearer(cast, "community_head_wang")
    said = {"unit": cast.units["e1"].code, "name": "周新", "duty": "网格专员", "phone": "0533-2180001"}
    made = send("chain/holders", wang, **said, key="h-1")
    assert (made.status_code, made.json()["name"], made.json()["account"]) == (201, "周新", None), (
        made.content
    )
    here = f"chain/holders/{made.json()['id']}"
    tag = get(here, wang).headers["ETag"]
    wrong = send(f"{here}/corrections", wang, match=tag, account="nobody")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "account")
    assert send(f"{here}/corrections", wang, duty="专职网格员").status_code == 428
    done = send(f"{here}/corrections", wang, match=tag, duty="专职网格员", account="community_head_wang")
    assert (done.json()["duty"], done.json()["account"]) == ("专职网格员", "community_head_wang"), (
        done.content
    )
    assert (done.json()["name"], done.json()["phone"]) == ("周新", made.json()["phone"])
    assert send(f"{here}/corrections", wang, match=tag, duty="x").status_code == 412
    chen = bearer(cast, "community_head_chen")
    assert (
        send("chain/holders", chen, **said).status_code in (403, 404) and get(here, chen).status_code == 404
    )
    past = get(f"chain/history?level=2&child={cast.units['e1'].id}", wang).json()["links"]
    assert [link["holder"]["id"] for link in past] == [chain.people["head"].pk]
    home = f"chain/history?level=6&child={chain.homes[0].pk}"
    assert get(home, chen).status_code == 404
    assert get(home, bearer(cast, "leader_zhou")).status_code == 403


def test_nobody_of_another_branch_moves_anything(cast: Cast) -> None:
    zhang, chen = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_chen")
    case, soon = cast.lead(cast.case(), "accepted"), (clock.now() + timedelta(hours=1)).isoformat()
    call = send(
        "calls", zhang, kind="everyday", title="积水", text="请来", requests=[case.reference],
        parties=[{"unit": "dept-enforcement"}],
    ).json()  # fmt: skip
    summons, one = call["summonses"][0]["id"], f"requests/{case.reference}"
    tries: list[tuple[str, dict[str, Any]]] = [
        (f"{one}/steps/hand_out", {"unit": "dept-enforcement"}), (f"{one}/notes", {"text": "x"}), (f"{one}/contact", {}),
        (f"{one}/corrections", {"kind": "help"}), (f"{one}/parts", {"text": "x"}),
        (f"{one}/supports", {"unit": "dept-municipal", "text": "x"}), (f"{one}/hand-out", {"unit": "dept-enforcement"}),
        ("calls", {"kind": "everyday", "title": "x", "text": "x", "requests": [case.reference], "parties": [{"unit": "dept-municipal"}]}),
        (f"calls/{call['id']}/steps/end", {"text": "x"}), (f"calls/{call['id']}/tasks", {"unit": "dept-municipal", "text": "x", "due_at": soon}),
        (f"calls/{call['id']}/meetings", {"place": "x", "planned_at": soon}),
        (f"summonses/{summons}/steps/acknowledge", {"expected_at": soon}), (f"summonses/{summons}/rating", {"justified": "yes"}),
    ]  # fmt: skip
    answers = {address: send(address, chen, match="*", **said).status_code for address, said in tries}
    assert set(answers.values()) == {404}, answers
    assert cast.read(case.id).version == case.version


def test_whoever_is_told_of_a_broken_promise_answers_once(cast: Cast) -> None:
    zhang, sun = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "department_handler_sun")
    case = cast.lead(cast.case(), "in_progress")
    with clock.telling(case.due_at + timedelta(minutes=1)):
        ringing.ring(cast.tenant.id)
    [told] = [one for one in get("escalations", sun).json()["escalations"] if one["what"] == "handle"]
    assert (told["request"], told["is_mine"], told["reply"]) == (case.reference, True, None)
    listed = get("escalations?show=all", zhang).json()["escalations"]
    assert {one["id"] for one in listed} >= {told["id"]} and get(
        "escalations?show=all", sun
    ).status_code == 403
    address, match = f"escalations/{told['id']}/acknowledge", f'"{told["version"]}"'
    assert send(address, sun, reply="noted").status_code == 428
    assert send(address, zhang, match=match, reply="noted").status_code == 403
    done = send(address, sun, match=match, reply="take_charge", note="今晚修好")
    assert (done.status_code, done.json()["reply"], done.json()["note"]) == (200, "take_charge", "今晚修好")
    assert send(address, sun, match=match, reply="noted").status_code == 412
    assert send(address, sun, match=done.headers["ETag"], reply="noted").status_code == 409


def test_a_request_is_found_hard_where_the_rules_know_that(cast: Cast) -> None:
    zhang, sun = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "department_handler_sun")
    case = cast.lead(cast.case(category="street-light-out"), "in_progress")
    address = f"requests/{case.reference}"
    said = {"reason": "hard-history", "text": "涉及三个部门，正在查当年的图纸。"}
    assert send(f"{address}/hard", zhang, match='"0"', **said).status_code == 412
    assert send(f"{address}/hard", sun, match="*", **said).status_code == 403
    none = send(f"{address}/hard", zhang, match="*", **said)
    assert (none.status_code, none.json()["errors"][0]["field"]) == (422, "reason")
    leader, today = cast.leader_zhou, clock.today()
    ruling.choose_profile(leader, profile="beijing", valid_from=today, reason="试验")
    org.forget()
    tag = get(address, zhang).headers["ETag"]
    done = send(f"{address}/hard", zhang, match=tag, **said)
    assert done.status_code == 200, done.json()
    assert done.json()["is_hard"]
    assert done.json()["due_at"] > case.due_at.isoformat()
    assert send(f"{address}/hard", zhang, match=done.headers["ETag"], **said).status_code == 409


def test_a_form_that_cannot_be_taken_apart_is_refused_in_plain_words(cast: Cast) -> None:
    zhang, here = bearer(cast, "dispatch_clerk_zhang"), f"/api/v1/requests/{cast.case().reference}/photos"
    answer = Client().generic("POST", here, b"--x", content_type="multipart/form-data", headers=zhang)
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()["code"]) == (
        400, "application/problem+json", "refused",
    )  # fmt: skip
    many = "".join(
        f'--x\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n'
        for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)
    )
    answer = Client().generic(
        "POST", here, f"{many}--x--", content_type="multipart/form-data; boundary=x", headers=zhang
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    by_hand = Client(enforce_csrf_checks=True)  # the check takes the form apart before any page of ours
    by_hand.cookies["csrftoken"] = "x" * 32
    page = by_hand.generic("POST", "/report", b"--x", content_type="multipart/form-data")
    assert (page.status_code, "请求的格式不对" in page.content.decode()) == (400, True)
