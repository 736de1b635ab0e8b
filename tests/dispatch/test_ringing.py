"""Yellow, red, and up the named chain: level by level, never into an empty seat, each told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from baiying.cases import clocks as case_clocks
from baiying.cases import steps
from baiying.cases.models import Case
from baiying.cases.services import take_step
from baiying.dispatch import clocks, ringing
from baiying.dispatch.models import Clock, Escalation
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Denied, NotFound
from baiying.org import queries as org
from baiying.org import services as org_services
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

BEFORE_HOLIDAY = datetime(2026, 9, 30, 10, 0, tzinfo=ZONE)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.fixture(autouse=True)
def served_since_summer(cast: Cast) -> None:
    """The cast took office before the story begins."""
    for post in cast.posts.values():
        post.from_date = local(2026, 6, 1).date()
        post.save(update_fields=["from_date"])


def ring_at(cast: Cast, moment: datetime) -> int:
    with clock.telling(moment):
        return ringing.ring(cast.tenant.id)


def end_post(cast: Cast, person: str) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        org_services.end_post(org.system_actor(cast.tenant.id), post=cast.posts[person])


def told(cast: Cast, case: Case) -> list[dict[str, Any]]:
    """What the journal says of the case's clocks, in order: event and what matters of its data."""
    with acting(Scope(cast.tenant.id, "street")):
        rows = Entry.objects.filter(subject_id=str(case.id), event__startswith="dispatch.").order_by("id")
        keep = ("what", "level", "to_name", "at_top")
        return [{"event": e.event} | {k: e.data[k] for k in keep if k in e.data} for e in rows]


def open_for(cast: Cast, person: str) -> list[Escalation]:
    actor = getattr(cast, person)
    with acting(actor.scope):
        rows = Escalation.objects.within(actor.scope).filter(
            account_id=actor.account_id, ended_at__isnull=True
        )
        return list(rows.order_by("at", "what"))


def working_case(cast: Cast) -> Case:
    with clock.telling(BEFORE_HOLIDAY):
        return cast.lead(cast.case(), steps.IN_PROGRESS)


def test_an_escalation_over_national_day(cast: Cast) -> None:
    """Five working days from Wednesday 30 September: 8, 9, Saturday 10 (made up), 12, 13 October."""
    case = working_case(cast)
    assert case.due_at == local(2026, 10, 13, 18)
    moments = {
        local(2026, 10, 12, 18): 0,
        local(2026, 10, 13, 8, 30): 1,  # yellow: one working day left
        local(2026, 10, 13, 17, 59): 0,
        local(2026, 10, 13, 18): 1,  # red, and the unit's own people
        local(2026, 10, 14, 17): 0,
        local(2026, 10, 14, 18): 1,  # a working day later: the office
        local(2026, 10, 15, 18): 1,  # another: the leader
        local(2026, 10, 16, 18): 0,  # nobody is above
    }
    assert {moment: ring_at(cast, moment) for moment in moments} == moments
    handle = {"what": "handle"}
    assert told(cast, case) == [
        {"event": "dispatch.warned"} | handle,
        {"event": "dispatch.overdue"} | handle,
        {"event": "dispatch.escalated", "level": 1, "to_name": "孙涛", "at_top": False} | handle,
        {"event": "dispatch.escalated", "level": 2, "to_name": "张敏", "at_top": False} | handle,
        {"event": "dispatch.escalated", "level": 3, "to_name": "周明", "at_top": True} | handle,
    ]
    assert [len(open_for(cast, who)) for who in ("department_handler_sun", "dispatch_clerk_zhang", "leader_zhou")] == [
        0, 0, 1,
    ]  # fmt: skip


def test_ringing_twice_at_one_moment_tells_once(cast: Cast) -> None:
    case = working_case(cast)
    assert [ring_at(cast, case.due_at) for _ in range(3)] == [1, 0, 0]
    assert len(open_for(cast, "department_handler_sun")) == 1


def test_an_empty_seat_is_passed_over_and_named(cast: Cast) -> None:
    for person in ("department_handler_sun", "dispatch_clerk_zhang", "dispatch_clerk_bai"):
        end_post(cast, person)
    with clock.telling(BEFORE_HOLIDAY):
        case = cast.case()
        with acting(Scope(cast.tenant.id, "street")):
            drain(cast.tenant.id, [case_clocks.hear])
    assert ring_at(cast, clock.now()) == 2  # accepting and handling, both long overdue
    rows = open_for(cast, "leader_zhou")
    assert [(row.what, row.level, row.is_top) for row in rows if row.what == "accept"] == [
        ("accept", 2, True)
    ]
    office = {"label": "一呼百应办公室", "duty": "", "name": "", "why": "empty"}
    assert [row.skipped for row in rows if row.what == "accept"] == [[office]]
    assert told(cast, case)[-1]["event"] == "dispatch.escalated"


def test_nobody_at_all_is_said_too(cast: Cast) -> None:
    case = working_case(cast)
    for person in ("department_handler_sun", "dispatch_clerk_zhang", "dispatch_clerk_bai", "leader_zhou"):
        end_post(cast, person)
    assert ring_at(cast, clock.now() + timedelta(days=1)) == 1
    last = told(cast, case)[-1]
    assert (last["event"], last["to_name"], last["at_top"]) == ("dispatch.escalated", "", True)
    with acting(Scope(cast.tenant.id, "street")):
        row = Clock.objects.get_queryset().get(subject_id=case.id, what="handle")
        assert (row.is_at_top, row.next_at, Escalation.objects.get_queryset().count()) == (True, None, 0)


def test_whoever_takes_charge_gets_time_and_a_second_press_is_refused(cast: Cast) -> None:
    case = working_case(cast)
    ring_at(cast, case.due_at)
    (row,) = open_for(cast, "department_handler_sun")
    sun = cast.department_handler_sun
    with clock.telling(local(2026, 10, 14, 9)), acting(sun.scope):
        done = clocks.acknowledge_escalation(
            sun, escalation_id=row.id, as_what="take_charge", note="今晚修好"
        )
        assert (done.acknowledged_by, done.acknowledged_as, done.note) == (
            sun.account_id,
            "take_charge",
            "今晚修好",
        )
        with pytest.raises(Conflict) as again, transaction.atomic():
            clocks.acknowledge_escalation(sun, escalation_id=row.id, as_what="noted")
    assert "已经确认过" in str(again.value.problem)
    assert ring_at(cast, local(2026, 10, 16, 17)) == 0  # two working days
    assert ring_at(cast, local(2026, 10, 16, 18)) == 1
    assert [row.level for row in open_for(cast, "dispatch_clerk_zhang")] == [2]
    events = [row["event"] for row in told(cast, case)]
    assert events == [
        "dispatch.overdue", "dispatch.escalated", "dispatch.escalation_acknowledged", "dispatch.escalated",
    ]  # fmt: skip


def test_nobody_else_acknowledges(cast: Cast) -> None:
    case = working_case(cast)
    ring_at(cast, case.due_at)
    (row,) = open_for(cast, "department_handler_sun")
    for person, refusal in (
        ("dispatch_clerk_zhang", Denied), ("department_handler_he", NotFound), ("outsider_zhao", NotFound),
    ):  # fmt: skip
        actor = getattr(cast, person)
        with acting(actor.scope), pytest.raises(refusal):
            clocks.acknowledge_escalation(actor, escalation_id=row.id, as_what="noted")


def test_what_is_done_ends_the_escalation(cast: Cast) -> None:
    case = working_case(cast)
    ring_at(cast, case.due_at)
    (row,) = open_for(cast, "department_handler_sun")
    with clock.telling(local(2026, 10, 14, 9)):
        take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=cast.data_for("handle"))
    assert open_for(cast, "department_handler_sun") == []
    sun = cast.department_handler_sun
    with acting(sun.scope), pytest.raises(Conflict) as late:
        clocks.acknowledge_escalation(sun, escalation_id=row.id, as_what="noted")
    assert "已经办好" in str(late.value.problem)
    with acting(Scope(cast.tenant.id, "street")):
        assert Clock.objects.get_queryset().get(subject_id=case.id, what="handle").next_at is None


def test_a_pause_silences_the_clock(cast: Cast) -> None:
    case = working_case(cast)
    with clock.telling(local(2026, 10, 9, 9)):
        take_step(cast.department_handler_sun, case_id=case.id, step="ask", data=cast.data_for("ask"))
    assert ring_at(cast, local(2026, 10, 20, 9)) == 0
    with clock.telling(local(2026, 10, 20, 9)):
        take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=cast.data_for("answer"))
    # The 10th (made up), 12 to 16, 19 and 20 October passed: eight working days later than the 13th.
    assert cast.read(case.id).due_at == local(2026, 10, 23, 18)


def test_one_index_finds_what_is_due(cast: Cast) -> None:
    working_case(cast)
    with acting(Scope(cast.tenant.id, "street")), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM dispatch_clock WHERE tenant_id = %s AND next_at <= now() ORDER BY next_at LIMIT 500",
            [cast.tenant.id],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using clock_next" in plan and "Sort" not in plan
