"""Programs merge what is about the same thing and take it apart again, and lead topics, in the version that was read."""

from __future__ import annotations

import pytest

from baiying.cases import following, steps
from baiying.kit import clock
from tests.cast import Cast
from tests.doors.test_api_changing import get, send
from tests.doors.test_api_orders import bearer
from tests.topics.known import a_topic

pytestmark = pytest.mark.django_db

LAMP, SAME = "小区东门口路灯坏了三天，晚上看不见路", "东门那盏路灯不亮，老人摔了一跤"


def test_merged_and_taken_apart_by_a_program(cast: Cast) -> None:
    zhang, li = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "grid_worker_li")
    lead = cast.lead(cast.case(text=LAMP), steps.IN_PROGRESS)
    part = cast.case(text=SAME)
    following.follow(cast.tenant.id, case_id=lead.id)
    following.follow(cast.tenant.id, case_id=part.id)
    [candidate] = get(f"requests/{lead.reference}/candidates", zhang).json()["candidates"]
    assert candidate["request"]["reference"] == part.reference and "路灯" in "".join(candidate["words"])
    tag = get(f"requests/{lead.reference}", zhang).headers["ETag"]
    said = {"requests": [part.reference], "match": tag, "key": "m-1"}
    merged = send(f"requests/{lead.reference}/merges", zhang, **said)
    assert (merged.status_code, merged.json()["merged"]) == (200, [part.reference]), merged.content
    again = send(f"requests/{lead.reference}/merges", zhang, **said)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert {h: again.headers[h] for h in ("ETag", "Cache-Control")} == {
        h: merged.headers[h] for h in ("ETag", "Cache-Control")
    }
    once_more = send(f"requests/{lead.reference}/merges", zhang, requests=[part.reference], match="*")
    assert (once_more.status_code, once_more.json()["errors"][0]["field"]) == (409, "merge")
    assert get(f"requests/{lead.reference}/followers", zhang).json() == {"count": 2}
    below = get(f"requests/{part.reference}", zhang)
    assert (below.json()["merged_into"], below.json()["steps"]) == (lead.reference, [])
    assert get(f"requests/{part.reference}/candidates", zhang).json() == {"candidates": []}
    stale = send(f"requests/{part.reference}/unmerge", zhang, reason="两盏灯", match='"0"')
    assert (stale.status_code, stale.json()["code"]) == (412, "version_differs")
    refused = send(f"requests/{part.reference}/unmerge", li, reason="x", match="*")
    assert refused.status_code == 403
    apart = send(f"requests/{part.reference}/unmerge", zhang, reason="两盏灯", match=below.headers["ETag"])
    assert (apart.status_code, apart.json()["merged_into"]) == (200, None), apart.content
    [story] = get(f"requests/{lead.reference}/merges", zhang).json()["merges"]
    assert (story["request"], story["lead"], story["until_reason"]) == (
        part.reference,
        lead.reference,
        "两盏灯",
    )


def test_all_are_merged_or_none(cast: Cast) -> None:
    zhang, wang = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "community_head_wang")
    lead, part, west = cast.case(text=LAMP), cast.case(text=SAME), cast.case(at=cast.in_grid("w2"))
    far = send(
        f"requests/{lead.reference}/merges", zhang, requests=[part.reference, west.reference], match="*"
    )
    assert (far.status_code, far.json()["errors"][0]["field"]) == (422, "reason")
    assert cast.read(part.id).merged_into_id is None
    wanted = [part.reference, west.reference]
    unseen = send(f"requests/{lead.reference}/merges", wang, requests=wanted, reason="同一个", match="*")
    assert (unseen.status_code, unseen.json()["errors"][0]["field"]) == (404, "requests[1]")


def test_a_topic_is_opened_measured_and_closed_by_a_program(cast: Cast) -> None:
    zhang, sun = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "department_handler_sun")
    cases = [cast.case(text=LAMP), cast.case(text=SAME)]
    topic = a_topic(cast, cases[:1])
    [row] = get("topics", zhang).json()["topics"]
    assert (row["id"], row["evidence"]["observed"]) == (str(topic.id), 1)
    here, read = f"topics/{topic.id}", get(f"topics/{topic.id}", zhang)
    assert (read.json()["requests"], read.json()["steps"]) == ([cases[0].reference], ["open", "dismiss"])
    added = send(f"{here}/requests", zhang, request=cases[1].reference)
    assert sorted(added.json()["requests"]) == sorted(case.reference for case in cases)
    owners = get("topic-owners", zhang).json()["owners"]
    post = cast.posts["department_handler_sun"].id
    assert post in [one["id"] for one in owners] and get("topic-owners", sun).status_code == 403
    opened = send(f"{here}/steps/open", zhang, post=post, match=read.headers["ETag"])
    assert (opened.status_code, opened.json()["state"]) == (200, "open"), opened.content
    late = send(f"{here}/steps/hand_over", zhang, post=post, match=read.headers["ETag"])
    assert (late.status_code, late.json()["code"]) == (412, "version_differs")
    today = f"{clock.today():%F}"
    done = send(f"{here}/steps/take_measure", sun, text="换了灯", day=today, match=opened.headers["ETag"])
    assert (done.json()["state"], done.json()["effect"]["verdict"]) == ("measured", "early"), done.content
    early = send(f"{here}/steps/close", zhang, text="少了", match="*")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")


def test_by_which_numbers_others_are_proposed(cast: Cast) -> None:
    leader, zhang = bearer(cast, "leader_zhou"), bearer(cast, "dispatch_clerk_zhang")
    before = get("similar-rules", zhang)
    usual = before.json()["rules"][0]
    assert (usual["category"], usual["source"], before.json()["version"]) == (None, "local choice", 0)
    said = {"category": "street-light-out", "metres": 60, "days": 10, "percent": 30, "reason": "灯杆隔得近"}
    tag = before.headers["ETag"]
    assert send("similar-rules", zhang, match=tag, **said).status_code == 403
    assert send("similar-rules", leader, **said).status_code == 428
    done = send("similar-rules", leader, match=tag, key="s-1", **said)
    assert done.status_code == 200, done.content
    own = {r["category"]["code"]: r for r in done.json()["rules"] if r["category"]}["street-light-out"]
    assert (own["metres"], own["days"], own["percent"], own["source"]) == (60, 10, 30, "street")
    again = send("similar-rules", leader, match=tag, key="s-1", **said)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (done.content, "true")
    late = send("similar-rules", leader, match=tag, **said)
    assert (late.status_code, late.json()["version"]) == (412, done.json()["version"])
    wrong = send("similar-rules", leader, match="*", **said | {"metres": 9})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "metres")
    for_all = {"metres": 90, "days": 20, "percent": 40, "reason": "统一"}
    assert (
        send("similar-rules", leader, match=done.headers["ETag"], **for_all).json()["rules"][0]["metres"]
        == 90
    )
    page = get("similar-rules/history?limit=1", zhang).json()
    rest = get(f"similar-rules/history?cursor={page['next']}", zhang).json()
    settings = page["settings"] + rest["settings"]
    assert [(one["category"], one["reason"], one["by"]) for one in settings] == [
        (None, "统一", cast.leader_zhou.name), ("street-light-out", "灯杆隔得近", cast.leader_zhou.name),
    ]  # fmt: skip
    assert rest["next"] is None
