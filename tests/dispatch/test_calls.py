"""Raising a call and what hangs on it: whose it is, when it is due, who sees it, meetings, tasks, both assessments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from baiying.cases import calling, queries, steps, wording
from baiying.cases.models import Line
from baiying.dispatch import calls, calls_limits, calls_meetings, calls_rating, calls_reading
from baiying.dispatch.calls import Party
from baiying.dispatch.calls_meetings import Minutes
from baiying.dispatch.models import Call, CallLine, CallSubject, CallTask, Meeting, Order, Summons
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.queries import scope_of
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.dispatch.calling import everything_of, in_state, led, raised, summons_of

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
THREE = ("dept-enforcement", "dept-municipal", "e1")


def test_a_call_of_the_street_goes_out_at_once_to_all(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.case(text="独有的居民原话")
        call = raised(cast, *THREE, cases=[case])
    assert (call.state, call.respond_by, call.limit["grade"]) == ("open", MONDAY + timedelta(hours=24), "D")
    with acting(Scope(cast.tenant.id, "street")):
        rows = list(
            Summons.objects.filter(call=call).order_by("id").values_list("unit_id", "state", "respond_by")
        )
        entry = Entry.objects.get(event="dispatch.call_raised")
    assert rows == [(cast.units[unit].id, "called", call.respond_by) for unit in THREE]
    assert entry.data == {
        "number": call.number, "kind": "everyday", "respond_by": call.respond_by.isoformat(),
        "unit_ids": sorted(cast.units[unit].id for unit in THREE), "account_ids": [], "caller_unit_id": cast.units["street"].id,
    }  # fmt: skip
    assert "独有的居民原话" not in f"{everything_of(cast, call)}"


def test_the_reporter_reads_that_units_are_called_and_nothing_more(cast: Cast) -> None:
    case = cast.case()
    call = raised(cast, cases=[case])
    with acting(Scope(cast.tenant.id, "case", case=case.id)):
        line = queries.lines_of(case, public_only=True)[-1]
        assert (wording.say_line(line, "reporter"), line.text) == ("街道已召集有关单位联合处理", "")
        assert (Call.objects.count(), Summons.objects.count()) == (0, 0)
    assert wording.say_line(line, "staff") == f"召集有关单位（呼叫 {call.number}）"


def test_one_call_on_several_cases_each_once(cast: Cast) -> None:
    first, second = cast.case(), cast.case(text="另一件")
    call = raised(cast, cases=[first, second, first])
    with acting(cast.dispatch_clerk_zhang.scope):
        assert calling.calls_of(cast.dispatch_clerk_zhang.scope, second) == [call]
        assert [label for label, _case in calling.cases_of(cast.dispatch_clerk_zhang.scope, call)] == sorted(
            [first.reference, second.reference]
        )
    assert Line.objects.filter(step="call").count() == 2


@pytest.mark.parametrize(("kind", "length"), [("everyday", timedelta(hours=24)), ("joint", timedelta(hours=24)), ("emergency", timedelta(minutes=30))])  # fmt: skip
def test_the_time_to_respond_by_kind(cast: Cast, kind: str, length: timedelta) -> None:
    with clock.telling(MONDAY):
        assert raised(cast, "e1", kind=kind).respond_by == MONDAY + length


def test_a_hard_problem_is_called_by_date_and_an_emergency_never(cast: Cast) -> None:
    friday = clock.now() + timedelta(days=4)
    assert raised(cast, kind="hard", respond_by=friday).respond_by == friday
    for kind, when in (("hard", None), ("hard", clock.now() - timedelta(days=1)), ("emergency", friday)):
        with pytest.raises(Invalid) as refused, transaction.atomic():
            raised(cast, kind=kind, respond_by=when)
        assert refused.value.field == "respond_by"


def test_a_street_may_set_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = calls_limits._rows()
    own = rows[0] | {"street": "370399001", "value": "8", "valid_from": "2026-03-01", "grade": "D"}
    monkeypatch.setattr(calls_limits, "_rows", lambda: (own, *rows))
    on = date(2026, 11, 23)
    assert [k.value for k in calls_limits.kinds("370399001", on) if k.code == "everyday"] == [8]
    assert [k.value for k in calls_limits.kinds("370399002", on) if k.code == "everyday"] == [24]
    assert [k.value for k in calls_limits.kinds("370399001", date(2026, 2, 1)) if k.code == "everyday"] == [
        24
    ]
    assert {(k.grade, "local choice" in k.source) for k in calls_limits.kinds("370399002", on)} == {
        ("D", True)
    }


def test_a_community_calls_its_own_itself_and_others_through_the_street(cast: Cast) -> None:
    head = cast.community_head_wang
    assert raised(cast, "e1", "e2", by=head).state == "open"
    asked = raised(cast, "e1", "dept-enforcement", by=head)
    assert (asked.state, summons_of(cast, asked, "e1").state) == ("asked", "waiting")
    with acting(cast.department_handler_sun.scope):
        assert list(Call.objects.all()) == []
    with pytest.raises(Refusal), transaction.atomic():
        calling.take_call_step(head, call_id=asked.id, step="issue")
    with acting(Scope(cast.tenant.id, "street")):
        lines_before = Line.objects.filter(step="call").count()
    sent = calling.take_call_step(cast.dispatch_clerk_bai, call_id=asked.id, step="issue")
    assert (sent.state, summons_of(cast, asked, "dept-enforcement").state) == ("open", "called")
    with acting(Scope(cast.tenant.id, "street")):
        assert Line.objects.filter(step="call").count() == lines_before + 1
    with acting(cast.department_handler_sun.scope):
        assert list(Call.objects.all()) == [asked]


def test_an_emergency_of_a_community_goes_to_everybody_at_once(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement", "west", by=cast.community_head_wang, kind="emergency")
    assert (call.state, summons_of(cast, call, "west").state) == ("open", "called")
    added = calls.add_parties(
        cast.community_head_wang, call_id=call.id, parties=[Party(cast.units["dept-municipal"].id)]
    )
    assert [s.state for s in added] == ["called"]


def test_more_units_are_called_while_it_is_open(cast: Cast) -> None:
    call = raised(cast, "e1", by=cast.community_head_wang)
    with pytest.raises(Denied) as refused, transaction.atomic():
        calls.add_parties(
            cast.community_head_wang, call_id=call.id, parties=[Party(cast.units["dept-municipal"].id)]
        )
    assert str(refused.value.field) == "parties"
    with pytest.raises(Invalid), transaction.atomic():
        calls.add_parties(cast.community_head_wang, call_id=call.id, parties=[Party(cast.units["e1"].id)])
    calls.add_parties(cast.community_head_wang, call_id=call.id, parties=[Party(cast.units["e2"].id)])
    with acting(cast.grid_worker_lu.scope):
        assert [s.unit_id for s in Summons.objects.all()] == [cast.units["e2"].id]
        assert [s.label for s in CallSubject.objects.all()] != []


BAD: dict[str, Callable[[Cast], dict[str, object]]] = {
    "kind": lambda cast: {"kind": "whistle"},
    "title": lambda cast: {"title": " "},
    "text": lambda cast: {"text": "字" * 2001},
    "place": lambda cast: {"place": "字" * 201},
}


@pytest.mark.parametrize("field", sorted(BAD))
def test_what_is_wrong_with_a_call_is_named(cast: Cast, field: str) -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        raised(cast, **BAD[field](cast))  # type: ignore[arg-type]
    assert (refused.value.field, Call.objects.count()) == (field, 0)


def test_who_cannot_be_called(cast: Cast) -> None:
    clerk, case = cast.dispatch_clerk_zhang, cast.case()
    sun = cast.accounts["department_handler_sun"]
    wrong = [
        [], [Party(cast.units["street"].id)], [Party(cast.other_units["e1"].id)], [Party(10**9)],
        [Party(cast.units["e1"].id), Party(cast.units["e1"].id)],
        [Party(cast.units["dept-municipal"].id, account_id=sun.id)],
    ]  # fmt: skip
    for parties in wrong:
        words = calls.CallWords(kind="everyday", title="标题", text="内容", parties=parties)
        with pytest.raises(Invalid) as refused, transaction.atomic():
            calling.raise_call(clerk, case_ids=[case.id], said=words)
        assert refused.value.field == "parties"
    named = [
        Party(cast.units["dept-enforcement"].id, account_id=sun.id),
        Party(cast.units["dept-enforcement"].id),
    ]
    words = calls.CallWords(kind="everyday", title="标题", text="内容", parties=named)
    call = calling.raise_call(clerk, case_ids=[case.id], said=words)
    with acting(clerk.scope):
        assert sorted(s.person for s in calls_reading.summonses_of(clerk.scope, call)) == ["", "孙涛"]


def test_a_closed_or_foreign_case_is_not_called_about(cast: Cast) -> None:
    closed = cast.lead(cast.case(), steps.CLOSED)
    with pytest.raises(Conflict), transaction.atomic():
        raised(cast, cases=[closed])
    with pytest.raises(NotFound), transaction.atomic():
        raised(cast, "w1", by=cast.community_head_chen, cases=[cast.case()])
    for person in ("department_handler_sun", "grid_worker_li", "checker_qian", "leader_zhou"):
        with pytest.raises(Denied), transaction.atomic():
            raised(cast, by=getattr(cast, person))


def test_a_meeting_with_minutes_and_tasks_that_are_orders(cast: Cast) -> None:
    clerk, sun = cast.dispatch_clerk_zhang, cast.department_handler_sun
    call = raised(cast, *THREE)
    meeting = calls_meetings.plan_meeting(
        clerk, call_id=call.id, place="东门广场", planned_at=clock.now() + timedelta(hours=1)
    )
    minutes = Minutes(
        held_at=clock.now(), present_ids=[cast.units["e1"].id, cast.units["dept-enforcement"].id], minutes="看了现场。",
        decisions="一周内划线。",
    )  # fmt: skip
    for wrong in (Minutes(held_at=clock.now(), minutes="一", decisions="二"), Minutes(held_at=None, present_ids=minutes.present_ids, minutes="一", decisions="二")):  # fmt: skip
        with pytest.raises(Invalid), transaction.atomic():
            calls_meetings.record_meeting(clerk, meeting_id=meeting.id, said=wrong)
    calls_meetings.record_meeting(clerk, meeting_id=meeting.id, said=minutes)
    with pytest.raises(Conflict), transaction.atomic():
        calls_meetings.record_meeting(clerk, meeting_id=meeting.id, said=minutes)
    due = clock.now() + timedelta(days=7)
    unit = cast.units["dept-enforcement"].id
    task = calls_meetings.give_task(
        clerk, call_id=call.id, unit_id=unit, text="划线", due_at=due, meeting_id=meeting.id
    )
    with pytest.raises(Invalid) as refused, transaction.atomic():
        calls_meetings.give_task(
            clerk, call_id=call.id, unit_id=cast.units["west"].id, text="划线", due_at=due
        )
    assert refused.value.field == "unit"
    with acting(sun.scope):
        assert list(Order.objects.values_list("subject_kind", "subject_id", "state")) == [
            ("call", task.id, "handed_out")
        ]
    with pytest.raises(Conflict), transaction.atomic():
        calls_meetings.take_task_step(cast.department_handler_he, task_id=task.id, step="acknowledge")
    calls_meetings.take_task_step(sun, task_id=task.id, step="acknowledge")
    calls_meetings.take_task_step(sun, task_id=task.id, step="finish", text="已划好。")
    with pytest.raises(Conflict), transaction.atomic():
        calls_meetings.take_task_step(sun, task_id=task.id, step="give_back", text="不办")
    with acting(clerk.scope):
        [(done, order)] = calls_reading.tasks_of(clerk.scope, call)
        assert (done.result, order and order.state) == ("已划好。", "finished")


def test_both_sides_are_assessed_once_and_with_reasons(cast: Cast) -> None:
    summons = in_state(cast, "reported")
    sun, clerk = cast.department_handler_sun, cast.dispatch_clerk_zhang
    with pytest.raises(Invalid), transaction.atomic():
        calls_rating.rate_call(sun, summons_id=summons.id, justified="no")
    with pytest.raises(Conflict), transaction.atomic():
        calls_rating.rate_response(
            cast.community_head_wang, summons_id=_seen_by_east(cast).id, response="good"
        )
    calls_rating.rate_call(sun, summons_id=summons.id, justified="partly", why="一家就能办。")
    calls_rating.rate_response(clerk, summons_id=summons.id, response="good")
    for again in (
        lambda: calls_rating.rate_call(sun, summons_id=summons.id, justified="yes"),
        lambda: calls_rating.rate_response(clerk, summons_id=summons.id, response="good"),
    ):
        with pytest.raises(Conflict), transaction.atomic():
            again()
    since = clock.now() - timedelta(days=1)
    with acting(clerk.scope):
        assert calls_rating.calls_assessed(clerk.scope, since=since) == [
            calls_rating.Assessed(cast.units["street"].id, {"partly": 1})
        ]
        [response] = calls_rating.responses_assessed(clerk.scope, since=since)
    assert (response.counts, response.total, response.is_enough) == ({"good": 1}, 1, False)
    assert calls_rating.Assessed(1, {"good": 7, "poor": 3}).is_enough


def _seen_by_east(cast: Cast) -> Summons:
    return led(
        cast, raised(cast, "e1"), "e1", ("grid_worker_li", "acknowledge"), ("dispatch_clerk_zhang", "arrive")
    )  # fmt: skip


def test_nothing_is_assessed_before_there_is_a_result(cast: Cast) -> None:
    summons = in_state(cast, "acknowledged")
    with pytest.raises(Conflict), transaction.atomic():
        calls_rating.rate_call(cast.department_handler_sun, summons_id=summons.id, justified="yes")


def test_who_is_missing_and_who_is_late(cast: Cast) -> None:
    with clock.telling(MONDAY):
        call = raised(cast, *THREE)
        led(cast, call, "dept-enforcement", ("department_handler_sun", "acknowledge"))
    clerk = cast.dispatch_clerk_zhang
    with acting(clerk.scope):
        for after, late in ((timedelta(hours=1), []), (timedelta(hours=3), ["dept-enforcement"]), (timedelta(hours=25), list(THREE))):  # fmt: skip
            with clock.telling(MONDAY + after):
                [standing] = calls_reading.open_calls(clerk.scope)
                assert sorted(s.unit_id for s in standing.late) == sorted(cast.units[u].id for u in late), (
                    after
                )
                assert len(standing.missing) == 3


def test_a_reading_costs_the_same_for_one_call_and_for_three(
    cast: Cast, django_assert_num_queries: object
) -> None:
    clerk = cast.dispatch_clerk_zhang
    for count in (1, 3):
        while Call.objects.count() < count:
            raised(cast, *THREE)
        with acting(clerk.scope), django_assert_num_queries(2):  # type: ignore[operator]
            assert len(calls_reading.open_calls(clerk.scope)) == count


def test_exactly_whom_it_concerns_sees_the_rows(cast: Cast) -> None:
    """Straight at the tables, as the service's role."""
    call = raised(cast, "dept-enforcement", "e2")
    clerk = cast.dispatch_clerk_zhang
    calls_meetings.plan_meeting(
        clerk, call_id=call.id, place="东门", planned_at=clock.now() + timedelta(hours=1)
    )
    due = clock.now() + timedelta(days=1)
    calls_meetings.give_task(clerk, call_id=call.id, unit_id=cast.units["e2"].id, text="量尺寸", due_at=due)
    tables = (Call, CallSubject, Summons, CallLine, Meeting, CallTask)
    seen = {}
    for person, post in cast.posts.items():
        with acting(scope_of(post)):
            seen[person] = [model.objects.count() for model in tables]
    everything, called, own = [1, 1, 2, 3, 1, 1], [1, 1, 1, 3, 1, 1], [1, 1, 1, 3, 1, 1]
    nothing = [0] * 6
    wanted = dict.fromkeys(cast.posts, nothing) | {
        "leader_zhou": everything, "dispatch_clerk_zhang": everything, "dispatch_clerk_bai": everything,
        "checker_qian": everything, "department_handler_sun": called, "grid_worker_lu": called,
        # The community of the case and of the called grid.
        "community_head_wang": own, "community_clerk_liu": own,
    }  # fmt: skip
    assert seen == wanted


def test_nobody_writes_a_call_of_others(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    for scope in (
        Scope(cast.other_tenant.id, "street"),
        Scope(cast.tenant.id, "unit", cast.units["dept-municipal"].id),
    ):
        with acting(scope):
            assert Call.objects.filter(id=call.id).update(state="ended") == 0
            assert Summons.objects.filter(call_id=call.id).update(state="absent") == 0
    with pytest.raises(DatabaseError, match="permission denied"), acting(Scope(cast.tenant.id, "street")):
        CallLine.objects.filter(call_id=call.id).update(text="改写")
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting(Scope(cast.tenant.id, "street")),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM dispatch_call")
