"""A topic from proposal to closing: who may do what, what is kept as it was, what the night does to it."""

from datetime import timedelta

import pytest

from baiying.cases.models import Case
from baiying.config import wiring
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.notify.models import Content
from baiying.org.rules import acting
from baiying.topics import jobs, queries, services, steps
from baiying.topics.effects import report
from baiying.topics.models import Tie, Topic
from baiying.topics.services import StepData, take_step
from tests.cast import Cast
from tests.topics.known import a_topic, finding, ids_of, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(cast: Cast) -> list[Case]:
    """Five requests about the same light in grid e1."""
    return [cast.case(text="东门的灯又不亮了") for _n in range(5)]


@pytest.fixture
def topic(cast: Cast, cases: list[Case]) -> Topic:
    return a_topic(cast, cases[:4])


def opened(cast: Cast, topic: Topic) -> Topic:
    """Given to dept-enforcement."""
    data = StepData(post_id=cast.posts["department_handler_sun"].pk)
    return take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="open", data=data)


def seen(cast: Cast, *people: str) -> list[str]:
    """Who of these sees any topic."""
    found = []
    for person in people:
        actor = getattr(cast, person)
        with acting(actor.scope):
            if Topic.objects.within(actor.scope).exists() and Tie.objects.filter(removed_at=None).exists():
                found.append(person)
    return found


def read(cast: Cast, topic: Topic) -> Topic:
    with acting(cast.system.scope):
        return Topic.objects.get(id=topic.id)


def test_a_topic_goes_its_way_and_tells_what_became_of_the_rate(cast: Cast, topic: Topic) -> None:
    topic = opened(cast, topic)
    assert (topic.state, topic.unit_id, topic.owner_name) == (
        "open",
        cast.units["dept-enforcement"].id,
        "孙涛",
    )
    today = clock.today()
    measured = take_step(
        cast.department_handler_sun, topic_id=topic.id, step="take_measure",
        data=StepData(text="换了整条线路", day=today),
    )  # fmt: skip
    assert (measured.state, measured.measure_on, measured.measure) == ("measured", today, "换了整条线路")
    closing = StepData(text="没有再坏")
    with later(27), pytest.raises(Conflict, match="too_early"):
        take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="close", data=closing)
    with later(40):
        closed = take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="close", data=closing)
    assert (closed.state, closed.effect["after_days"], closed.effect["verdict"]) == ("closed", 40, "early")
    with acting(cast.system.scope):
        events = Entry.objects.filter(subject_kind="topic").order_by("id").values_list("event", flat=True)
        assert list(events) == ["topics.proposed", "topics.opened", "topics.measure_taken", "topics.closed"]
        assert [line.step for line in queries.lines_of(closed)] == [
            "propose",
            "open",
            "take_measure",
            "close",
        ]


def test_before_and_after_are_counted_by_the_same_place_and_category(cast: Cast, topic: Topic) -> None:
    opened(cast, topic)
    with later(30):
        cast.case(text="另一个网格的灯不亮", at=cast.in_grid("e2"))
        data = StepData(text="换了线路", day=clock.today())
        measured = take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="take_measure", data=data)
    with later(50):
        cast.case(text="西园的灯不亮", at=cast.in_grid("w1"))
    with later(90), acting(cast.system.scope):
        effect = queries.effect(measured)
        assert effect is not None
        assert (effect.before, effect.before_days, effect.after, effect.after_days) == (5, 30, 0, 60)
        assert effect.verdict == "fell"


def test_who_may_not(cast: Cast, topic: Topic) -> None:
    owner = StepData(post_id=cast.posts["department_handler_sun"].pk)
    with pytest.raises(Denied):
        take_step(cast.community_clerk_liu, topic_id=topic.id, step="open", data=owner)
    with pytest.raises(NotFound):
        take_step(cast.community_head_chen, topic_id=topic.id, step="open", data=owner)
    with pytest.raises(Invalid, match="post"):
        take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="open", data=StepData())
    opened(cast, topic)
    measure = StepData(text="换灯", day=clock.today())
    with pytest.raises(Conflict):
        take_step(cast.community_clerk_liu, topic_id=topic.id, step="take_measure", data=measure)
    tomorrow = StepData(text="换灯", day=clock.today() + timedelta(days=1))
    with pytest.raises(Invalid, match="day"):
        take_step(cast.department_handler_sun, topic_id=topic.id, step="take_measure", data=tomorrow)
    with pytest.raises(Conflict):  # somebody was quicker
        take_step(cast.dispatch_clerk_zhang, topic_id=topic.id, step="hand_over", data=owner, version=0)


def test_a_topic_is_seen_by_its_own_community_and_by_its_owner(cast: Cast, topic: Topic) -> None:
    people = ("dispatch_clerk_zhang", "community_head_wang", "community_head_chen", "department_handler_sun",
              "department_handler_he", "audit_administrator_zheng", "outsider_zhao")  # fmt: skip
    assert seen(cast, *people) == ["dispatch_clerk_zhang", "community_head_wang"]
    opened(cast, topic)
    assert seen(cast, *people) == ["dispatch_clerk_zhang", "community_head_wang", "department_handler_sun"]


def test_cases_are_put_in_and_taken_out_by_name_and_the_night_respects_it(
    cast: Cast, topic: Topic, cases: list[Case]
) -> None:
    by = cast.dispatch_clerk_zhang
    services.tie_case(by, topic_id=topic.id, case=cases[4])
    services.untie_case(by, topic_id=topic.id, case=cases[0])
    with pytest.raises(Conflict):
        services.tie_case(by, topic_id=topic.id, case=cases[4])
    assert jobs.take(cast.tenant.id, [finding(cases)]) == 0
    with acting(by.scope):
        assert set(queries.case_ids(by.scope, topic.id)) == {case.id for case in cases[1:]}
        out = Tie.objects.get(topic=topic, case_id=cases[0].id)
    assert (out.removed_name, out.added_name) == (by.name, "系统")


def test_a_night_that_finds_the_same_proposes_nothing_new(
    cast: Cast, topic: Topic, cases: list[Case]
) -> None:
    assert jobs.take(cast.tenant.id, [finding(cases[:4])]) == 0
    assert jobs.take(cast.tenant.id, [finding(cases)]) == 1
    found = read(cast, topic)
    assert ids_of(cast) == [topic.id]
    assert (found.evidence["observed"], found.latest["observed"]) == (4, 5)


def test_what_was_dismissed_is_proposed_again_only_when_it_grew(
    cast: Cast, topic: Topic, cases: list[Case]
) -> None:
    take_step(cast.leader_zhou, topic_id=topic.id, step="dismiss", data=StepData(text="已在改造计划里"))
    assert jobs.take(cast.tenant.id, [finding(cases)]) == 0
    assert read(cast, topic).state == steps.DISMISSED
    more = [*cases, *(cast.case(text="东门的灯又不亮了") for _n in range(2))]
    assert jobs.take(cast.tenant.id, [finding(more)]) == 1
    found = read(cast, topic)
    assert (found.state, found.evidence["observed"], ids_of(cast)) == (steps.PROPOSED, 7, [topic.id])


def test_the_night_finds_what_was_put_in(cast: Cast) -> None:
    """The one test that starts the search's own process."""
    assert jobs.look(cast.tenant.id) == 0  # a street with nothing in it is not looked at
    now = clock.now()
    texts = (
        "垃圾没有清运",
        "路面有坑",
        "水压太小",
        "门口乱停车",
        "楼上漏水",
        "井盖响动",
        "树枝断了",
        "商贩占道",
    )
    grids = ("e1", "e2", "w1", "w2")
    for n in range(40):
        with clock.telling(now - timedelta(days=90 - 2 * n)):
            cast.case(text=f"{texts[n % 8]}，请来看看第{n}处", at=cast.in_grid(grids[n // 8 % 4]))
    wanted = []
    for n in range(7):
        with clock.telling(now - timedelta(hours=100 - 12 * n)):
            wanted.append(cast.case(text="菜市场后门的抽烟机整夜轰响", at=cast.in_grid("w1")).id)
    assert jobs.look(cast.tenant.id) == 1
    [topic_id] = ids_of(cast)
    with acting(cast.system.scope):
        topic = Topic.objects.get(id=topic_id)
        assert (topic.kind, topic.evidence["observed"], topic.community_id) == (
            "burst",
            7,
            cast.units["west"].id,
        )
        assert set(queries.case_ids(cast.system.scope, topic_id)) == set(wanted)
    assert jobs.look(cast.tenant.id) == 0


def letters_of(cast: Cast, person: str) -> list[str]:
    """The titles of what came in about topics, the earliest first."""
    with acting(cast.system.scope):
        drain(cast.tenant.id, wiring.LISTENERS)
        rows = Content.objects.filter(
            account_id=getattr(cast, person).account_id, posted__subject_kind="topic"
        )
        return list(rows.order_by("posted_id").values_list("title", flat=True))


def test_the_owner_is_written_to_and_hears_once_whether_the_measure_helped(cast: Cast, topic: Topic) -> None:
    owner, measure = "department_handler_sun", StepData(text="换了线路", day=clock.today())
    opened(cast, topic)
    assert letters_of(cast, owner) == ["一个热点话题由您负责"]
    take_step(cast.department_handler_sun, topic_id=topic.id, step="take_measure", data=measure)
    with later(27):
        assert report(cast.tenant.id) == 0
    with later(29):
        assert [report(cast.tenant.id), report(cast.tenant.id)] == [1, 0]
        assert letters_of(cast, owner) == [
            "一个热点话题由您负责",
            "一个热点话题可以看出效果了：件数太少，还看不出来",
        ]
        assert letters_of(cast, "dispatch_clerk_zhang") == letters_of(cast, owner)[1:]
        again = StepData(text="又换了灯头", day=clock.today())
        take_step(cast.department_handler_sun, topic_id=topic.id, step="take_measure", data=again)
        assert report(cast.tenant.id) == 0
    with later(58):
        assert report(cast.tenant.id) == 1
