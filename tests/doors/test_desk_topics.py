"""Hot topics at the desk: the list, why it was proposed, the cases behind it under one's own scope, steps, effect."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from baiying.cases.models import Case
from baiying.kit import clock
from baiying.topics import services
from baiying.topics.models import Topic
from baiying.topics.services import StepData
from tests.cast import Cast
from tests.topics.known import a_topic, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(cast: Cast) -> list[Case]:
    return [cast.case(text=f"东门的灯第{n}次不亮") for n in range(4)]


@pytest.fixture
def topic(cast: Cast, cases: list[Case]) -> Topic:
    return a_topic(cast, cases)


def text_of(cast: Cast, person: str, address: str, status: int = 200) -> str:
    page = cast.client(person).get(address)
    assert page.status_code == status, address
    return page.content.decode()


def test_the_page_says_why_in_plain_words_and_leads_to_the_cases(
    cast: Cast, topic: Topic, cases: list[Case]
) -> None:
    listed = text_of(cast, "dispatch_clerk_zhang", "/desk/topics/")
    assert ("东门的灯又不亮了" in listed, "短期集中" in listed) == (True, True)
    page = text_of(cast, "dispatch_clerk_zhang", f"/desk/topics/{topic.id}/")
    assert "有 4 人反映。照以前的情况，这段时间大约 0.4 人。" in page
    assert "纯属碰巧的可能不到万分之一。" in page
    assert f"/desk/cases/?topic={topic.id}" in page and "看背后的 4 件诉求" in page
    behind = text_of(cast, "dispatch_clerk_zhang", f"/desk/cases/?topic={topic.id}")
    assert [case.reference in behind for case in cases] == [True] * 4
    assert "东门的灯又不亮了" in behind  # the condition is named by the topic's title


def test_the_list_shows_only_what_the_reader_may_see(cast: Cast, topic: Topic, cases: list[Case]) -> None:
    other = text_of(cast, "community_head_chen", f"/desk/cases/?topic={topic.id}")
    assert [case.reference in other for case in cases] == [False] * 4
    text_of(cast, "community_head_chen", f"/desk/topics/{topic.id}/", status=404)
    assert "东门的灯又不亮了" not in text_of(cast, "community_head_chen", "/desk/topics/")
    owner = StepData(post_id=cast.posts["department_handler_sun"].pk)
    services.take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="open", data=owner)
    assert "东门的灯又不亮了" in text_of(cast, "department_handler_sun", "/desk/topics/?show=mine")
    behind = text_of(cast, "department_handler_sun", f"/desk/cases/?topic={topic.id}")
    assert [case.reference in behind for case in cases] == [False] * 4  # handed to nobody yet
    text_of(cast, "grid_worker_lu", "/desk/topics/", status=403)


def test_steps_are_taken_on_the_page(cast: Cast, topic: Topic) -> None:
    clerk, address = cast.client("dispatch_clerk_zhang"), f"/desk/topics/{topic.id}"
    empty = clerk.post(f"{address}/steps/open", {"version": 0, "post": ""})
    assert (empty.status_code, "没有选责任人" in empty.content.decode()) == (422, True)
    post = cast.posts["department_handler_sun"].pk
    assert clerk.post(f"{address}/steps/open", {"version": 0, "post": post}).status_code == 302
    stale = clerk.post(f"{address}/steps/hand_over", {"version": 0, "post": post})
    assert (stale.status_code, "有人刚刚改动过" in stale.content.decode()) == (409, True)
    assert clerk.post(f"{address}/steps/propose_again", {"version": 1}).status_code == 404
    handler = cast.client("department_handler_sun")
    with later(40):
        today = timezone.localdate(clock.now())
        done = handler.post(
            f"{address}/steps/take_measure", {"version": 1, "text": "换了线路", "day": str(today)}
        )
        assert done.status_code == 302
    with later(80):
        page = text_of(cast, "dispatch_clerk_zhang", f"{address}/")
    assert ("采取措施以后" in page, "还看不出来" in page) == (True, True)  # 4 cases are too few to tell


def test_cases_are_put_in_and_taken_out(cast: Cast, topic: Topic, cases: list[Case]) -> None:
    clerk, address = cast.client("dispatch_clerk_zhang"), f"/desk/topics/{topic.id}/cases"
    out = {"reference": cases[0].reference, "change": "out"}
    assert clerk.post(address, out).status_code == 302
    again = clerk.post(address, out)
    assert (again.status_code, "这件诉求不在这个话题里" in again.content.decode()) == (404, True)
    assert "看背后的 3 件诉求" in text_of(cast, "dispatch_clerk_zhang", f"/desk/topics/{topic.id}/")
    assert clerk.post(address, {"reference": cases[0].reference, "change": "in"}).status_code == 302
    assert cast.client("community_clerk_liu").post(address, out).status_code == 403


def test_three_topics_cost_no_more_than_one(cast: Cast, topic: Topic) -> None:
    client = cast.client("dispatch_clerk_zhang")
    client.get("/desk/topics/")
    with CaptureQueriesContext(connection) as one:
        client.get("/desk/topics/")
    for n in range(2):
        a_topic(cast, [cast.case(text=f"另一件{n}", at=cast.in_grid("w1")) for _n in range(3)])
    with CaptureQueriesContext(connection) as three:
        client.get("/desk/topics/")
    assert len(three) == len(one)
