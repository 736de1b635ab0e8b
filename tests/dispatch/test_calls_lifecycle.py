"""Every step of both tables from every state: what is allowed happens once and is told once, all else changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.cases import calling
from baiying.command.environment import Database
from baiying.dispatch import calls, calls_answers, calls_steps
from baiying.dispatch.calls_answers import Answer
from baiying.dispatch.models import Call, Summons
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.rules import PERMISSIONS, Actor
from tests.cast import Cast, found_cast
from tests.database import close_all
from tests.dispatch.calling import answer_for, everything_of, in_state, led, raised, summons_of

BY_STAFF = [s for s in calls_steps.SUMMONS.steps if "staff" in s.by]
BY_SYSTEM = [s for s in calls_steps.SUMMONS.steps if "staff" not in s.by]
STATES = [s.code for s in calls_steps.SUMMONS.states]


def hand_for(cast: Cast, step: Step) -> Actor:
    """Somebody who may take this step on a summons of dept-enforcement in a call of the street's office."""
    if step.guard in ("is_called", "is_itself", "may_object"):
        return cast.department_handler_sun
    if step.guard in ("may_decide", "is_street"):
        return cast.leader_zhou
    return cast.dispatch_clerk_zhang


class Undone(Exception):
    """Ends an attempt that shall leave no trace."""


@contextmanager
def attempt() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
def test_every_step_of_a_summons_from_this_state(cast: Cast, state: str) -> None:
    summons = in_state(cast, state)
    assert summons.state == state
    before = everything_of(cast, summons.call)
    for step in BY_STAFF:
        with attempt():
            if state in step.from_states:
                by, answer = hand_for(cast, step), answer_for(step.name)
                calls_answers.take_step(
                    by, summons_id=summons.id, step=step.name, answer=answer, version=summons.version
                )
                told = everything_of(cast, summons.call)
                row, line, entry = told[1][0], told[2][-1], told[3][-1]
                assert (row["state"], row["version"]) == (step.to, summons.version + 1)
                assert (len(told[2]), len(told[3])) == (len(before[2]) + 1, len(before[3]) + 1)
                assert (line["step"], line["actor_id"], line["summons_id"]) == (
                    step.name,
                    by.account_id,
                    summons.id,
                )
                assert (entry["event"], entry["from_state"], entry["to_state"]) == (
                    step.event,
                    state,
                    step.to,
                )
            else:
                with pytest.raises(Conflict) as refused:
                    calls_answers.take_step(
                        cast.dispatch_clerk_zhang,
                        summons_id=summons.id,
                        step=step.name,
                        answer=answer_for(step.name),
                    )
                assert refused.value.extra["state"] == state
                assert everything_of(cast, summons.call) == before


@pytest.mark.django_db
@pytest.mark.parametrize("step", BY_SYSTEM, ids=lambda s: s.name)
def test_what_follows_the_call_is_no_button(cast: Cast, step: Step) -> None:
    summons = in_state(cast, step.from_states[0])
    with pytest.raises(Denied):
        calls_answers.take_step(cast.dispatch_clerk_zhang, summons_id=summons.id, step=step.name)


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "need"), [(s.name, need) for s in BY_STAFF for need in s.needs])
def test_a_missing_need_is_named_and_nothing_changes(cast: Cast, step: str, need: str) -> None:
    row = calls_steps.SUMMONS.step(step)
    assert row is not None
    summons = in_state(cast, row.from_states[0])
    before = everything_of(cast, summons.call)
    answer = replace(answer_for(step), **{need: " " if need == "text" else None})
    with pytest.raises(Invalid) as refused, transaction.atomic():
        calls_answers.take_step(hand_for(cast, row), summons_id=summons.id, step=step, answer=answer)
    assert (refused.value.field, bool(refused.value.problem), bool(refused.value.remedy)) == (
        need,
        True,
        True,
    )
    assert everything_of(cast, summons.call) == before


@pytest.mark.django_db
@pytest.mark.parametrize("step", [s.name for s in BY_STAFF])
def test_without_leave_the_refusal_names_the_permission(cast: Cast, step: str) -> None:
    row = calls_steps.SUMMONS.step(step)
    assert row is not None
    summons = in_state(cast, row.from_states[-1])
    before = everything_of(cast, summons.call)
    unable = replace(hand_for(cast, row), permissions=frozenset())
    with pytest.raises(Denied) as refused, transaction.atomic():
        calls_answers.take_step(unable, summons_id=summons.id, step=step, answer=answer_for(step))
    assert refused.value.permission == PERMISSIONS[row.permission].name
    assert everything_of(cast, summons.call) == before
    assert calls_answers.may_take(unable, summons.call, summons) == []


def call_in(cast: Cast, state: str) -> Call:
    asked = raised(cast, "dept-enforcement", by=cast.community_head_wang)
    ways = {
        "asked": [], "open": [(cast.dispatch_clerk_bai, "issue")], "withdrawn": [(cast.community_head_wang, "withdraw")],
        "turned_down": [(cast.dispatch_clerk_bai, "turn_down")],
        "ended": [(cast.dispatch_clerk_bai, "issue"), (cast.community_head_wang, "end")],
    }  # fmt: skip
    for by, step in ways[state]:
        if step == "end":
            settle(cast, asked)
        calling.take_call_step(by, call_id=asked.id, step=step, text="写清楚的一句话。")
    asked.refresh_from_db()
    return asked


def settle(cast: Cast, call: Call) -> None:
    summons = summons_of(cast, call, "dept-enforcement")
    calls_answers.take_step(
        cast.community_head_wang,
        summons_id=summons.id,
        step="mark_absent",
        answer=Answer(text="电话说车坏了。"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("state", [s.code for s in calls_steps.CALL.states])
def test_every_step_of_a_call_from_this_state(cast: Cast, state: str) -> None:
    call = call_in(cast, state)
    assert call.state == state
    before = everything_of(cast, call)
    for step in calls_steps.CALL.steps:
        by = cast.dispatch_clerk_bai if step.guard == "is_street" else cast.community_head_wang
        with attempt():
            if state in step.from_states:
                settled = 1 if step.name == "end" else 0
                if settled:
                    settle(cast, call)
                done = calls.take_step(by, call_id=call.id, step=step.name, text="写清楚的一句话。")
                told = everything_of(cast, call)
                assert (done.state, told[0][0]["state"], told[0][0]["version"]) == (
                    step.to,
                    step.to,
                    call.version + 1,
                )
                assert (told[2][-1]["step"], len(told[2])) == (step.name, len(before[2]) + 1 + settled)
                assert [told[3][-1][k] for k in ("event", "from_state", "to_state")] == [
                    step.event,
                    state,
                    step.to,
                ]
            else:
                with pytest.raises(Conflict) as refused:
                    calls.take_step(by, call_id=call.id, step=step.name, text="写清楚的一句话。")
                assert refused.value.extra["state"] == state
                assert everything_of(cast, call) == before


@pytest.mark.django_db
def test_a_call_does_not_end_while_somebody_is_missing_without_a_reason(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement", "dept-municipal", "e1")
    clerk = cast.dispatch_clerk_zhang
    led(
        cast,
        call,
        "dept-enforcement",
        ("department_handler_sun", "acknowledge"),
        ("dispatch_clerk_zhang", "arrive"),
    )
    led(cast, call, "dept-municipal", ("department_handler_he", "refuse"))
    before = everything_of(cast, call)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        calls.take_step(clerk, call_id=call.id, step="end", text="摊位线已划好。")
    assert refused.value.extra["missing"] == ["市政园林服务中心", "东风社区第1网格"]
    assert everything_of(cast, call) == before
    led(cast, call, "e1", ("dispatch_clerk_zhang", "release"))
    led(cast, call, "dept-municipal", ("leader_zhou", "refer"))
    assert calls.take_step(clerk, call_id=call.id, step="end", text="摊位线已划好。").state == "ended"
    late = led(cast, call, "dept-enforcement", ("department_handler_sun", "report"))
    assert (late.state, late.report) == ("reported", "写清楚的一句话。")
    with pytest.raises(Conflict):
        calls_answers.take_step(clerk, summons_id=late.id, step="arrive", answer=answer_for("arrive"))


@pytest.mark.django_db
def test_a_refusal_goes_up_with_a_record_and_the_leader_decides(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    refused = led(cast, call, "dept-enforcement", ("department_handler_sun", "refuse"))
    entry = everything_of(cast, call)[3][-1]
    assert (entry["event"], entry["data"]["goes_to_leader"]) == ("dispatch.call_refused", True)
    assert entry["data"]["unit_ids"] == [cast.units["dept-enforcement"].id]
    assert "写清楚" not in str(entry["data"])
    with pytest.raises(Denied), transaction.atomic():
        calls_answers.take_step(
            cast.dispatch_clerk_zhang, summons_id=refused.id, step="insist", answer=Answer(text="要来")
        )
    again = led(cast, call, "dept-enforcement", ("leader_zhou", "insist"))
    assert (again.state, again.acknowledged_at) == ("called", None)
    assert (
        again.respond_by is not None
        and refused.respond_by is not None
        and again.respond_by > refused.respond_by
    )


@pytest.mark.django_db
def test_a_unit_objects_once_and_nobody_decides_about_their_own_call(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    summons = led(cast, call, "dept-enforcement", ("department_handler_sun", "object"))
    with pytest.raises(Denied) as denied, transaction.atomic():
        calls_answers.take_step(
            cast.dispatch_clerk_bai, summons_id=summons.id, step="overrule", answer=Answer(text="不成立")
        )
    assert denied.value.permission == PERMISSIONS["dispatch.decide_refusal"].name
    led(cast, call, "dept-enforcement", ("leader_zhou", "overrule"))
    with pytest.raises(Conflict) as once, transaction.atomic():
        calls_answers.take_step(
            cast.department_handler_sun, summons_id=summons.id, step="object", answer=Answer(text="再提")
        )
    assert once.value.field == "objection"
    # Of a community's call the street's office decides.
    asked = raised(cast, "e1", by=cast.community_head_wang)
    own = summons_of(cast, asked, "e1")
    calls_answers.take_step(
        cast.grid_worker_li, summons_id=own.id, step="object", answer=Answer(text="不在班")
    )
    with pytest.raises(Denied), transaction.atomic():
        calls_answers.take_step(
            cast.community_head_wang, summons_id=own.id, step="uphold", answer=Answer(text="成立")
        )
    done = calls_answers.take_step(
        cast.dispatch_clerk_bai, summons_id=own.id, step="uphold", answer=Answer(text="成立")
    )
    assert done.state == "excused"


@pytest.mark.django_db
def test_the_caller_writes_down_a_telephone_answer_but_never_a_refusal(cast: Cast) -> None:
    call = raised(cast, "dept-municipal")
    summons = led(cast, call, "dept-municipal", ("dispatch_clerk_zhang", "acknowledge"))
    assert everything_of(cast, call)[2][-1]["data"] == {"by_telephone": True}
    with pytest.raises(Denied), transaction.atomic():
        calls_answers.take_step(
            cast.dispatch_clerk_zhang, summons_id=summons.id, step="refuse", answer=Answer(text="不来")
        )


@pytest.mark.django_db
def test_only_the_called_and_the_caller_see_a_summons(cast: Cast) -> None:
    summons = in_state(cast, "called")
    for person in ("department_handler_he", "grid_worker_li", "community_head_chen", "outsider_zhao"):
        with pytest.raises(NotFound), transaction.atomic():
            calls_answers.take_step(
                getattr(cast, person),
                summons_id=summons.id,
                step="acknowledge",
                answer=answer_for("acknowledge"),
            )


def test_two_acknowledgements_at_once_one_is_told_kindly(committed_database: Database) -> None:
    cast = found_cast()
    summonses = [in_state(cast, "called") for _ in range(4)]
    handlers = (cast.department_handler_sun, replace(cast.department_handler_sun, name="孙二"))
    outcomes: list[tuple[Summons, object]] = []
    together = Barrier(2)

    def acknowledge(by: Actor) -> None:
        for summons in summonses:
            together.wait(30)
            try:
                done = calls_answers.take_step(
                    by, summons_id=summons.id, step="acknowledge", answer=answer_for("acknowledge"), version=0
                )
                outcomes.append((summons, done))
            except Refusal as refused:
                outcomes.append((summons, refused))
        close_all()

    threads = [Thread(target=acknowledge, args=(by,)) for by in handlers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for summons in summonses:
        answers = [one for of, one in outcomes if of.id == summons.id]
        losers = [one for one in answers if isinstance(one, Conflict)]
        assert (len(answers), len(losers)) == (2, 1)
        rows = everything_of(cast, summons.call)
        assert (rows[1][0]["state"], rows[1][0]["version"]) == ("acknowledged", 1)
        assert [line["step"] for line in rows[2]] == ["issue", "acknowledge"]
        assert rows[2][-1]["actor_name"] in str(losers[0].problem)


HANDS = (
    "dispatch_clerk_zhang", "department_handler_sun", "department_handler_he", "leader_zhou", "community_head_wang",
    "grid_worker_li",
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([s.name for s in BY_STAFF]), st.sampled_from(HANDS)), max_size=12))
def test_steps_in_any_order_keep_to_the_table(cast: Cast, tried: list[tuple[str, str]]) -> None:
    """Each step either happens as the table says, told once, or changes nothing; one objection at most."""
    with attempt():
        summons = in_state(cast, "called")
        for name, person in tried:
            step = calls_steps.SUMMONS.step(name)
            assert step is not None
            before = everything_of(cast, summons.call)
            try:
                with transaction.atomic():
                    calls_answers.take_step(
                        getattr(cast, person), summons_id=summons.id, step=name, answer=answer_for(name)
                    )
            except Refusal:
                assert everything_of(cast, summons.call) == before
                continue
            after = everything_of(cast, summons.call)
            was, now = before[1][0], after[1][0]
            assert was["state"] in step.from_states and now["state"] == step.to
            assert now["version"] == was["version"] + 1
            assert (len(after[2]), len(after[3])) == (len(before[2]) + 1, len(before[3]) + 1)
            assert (now["arrived_at"] is not None) == (now["state"] in calls_steps.CAME)
        lines = everything_of(cast, summons.call)[2]
        assert [line["step"] for line in lines].count("object") <= 1
