"""Call-backs: who is called, by whom, how often; and what an answer leads to by itself."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import transaction

from baiying.cases import aftermath, call_back_results, call_backs, catalogue, raising, steps
from baiying.cases.call_backs import Task
from baiying.cases.models import CallBack, Case, Line
from baiying.cases.services import Correction, StepData, correct, take_step
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast, found_cast
from tests.database import Database, close_all

PHONE = "13805330001"
ANSWER = StepData(contacted=True, solved=True, rating="satisfied", text="挺好")


def task_for(cast: Cast, **more: str) -> Task:
    """The task of a case that was checked three days ago."""
    with clock.telling(clock.now() - timedelta(days=3)):
        cast.lead(cast.case(phone=PHONE, **more), "checked")
    assert call_backs.open_call_backs(cast.tenant.id) == 1
    clerk = cast.dispatch_clerk_zhang
    with acting(clerk.scope):
        return call_backs.tasks(clerk.scope, clerk)[0]


def row(cast: Cast, task: Task) -> CallBack:
    with acting(Scope(cast.tenant.id, "street")):
        return CallBack.objects.get(id=task.call_back.id)


def test_only_who_left_a_number_and_was_silent_long_enough_is_called(cast: Cast) -> None:
    with clock.telling(clock.now() - timedelta(hours=49)):
        silent = cast.lead(cast.case(phone=PHONE), "checked")
        cast.lead(cast.case(), "checked")
        cast.lead(cast.case(phone=PHONE), "rated")
    cast.lead(cast.case(phone=PHONE), "checked")
    assert call_backs.open_call_backs(cast.tenant.id) == 1
    assert call_backs.open_call_backs(cast.tenant.id) == 0
    clerk = cast.dispatch_clerk_zhang
    with acting(clerk.scope):
        assert [t.case.id for t in call_backs.tasks(clerk.scope, clerk)] == [silent.id]
    west = cast.community_head_chen
    with acting(west.scope):
        assert call_backs.tasks(west.scope, west) == []


def test_an_answer_by_telephone_is_rated_as_such(cast: Cast) -> None:
    task, clerk = task_for(cast), cast.dispatch_clerk_zhang
    assert call_backs.take(clerk, call_back_id=task.call_back.id).is_mine
    case = call_back_results.record_answer(clerk, call_back_id=task.call_back.id, data=ANSWER)
    assert (case.state, case.rating, case.rate_method) == (steps.RATED, "satisfied", "phone")
    assert (row(cast, task).result, row(cast, task).tries) == ("answered", 1)


def test_a_task_goes_where_its_case_goes(cast: Cast) -> None:
    task, east, west = task_for(cast), cast.community_head_wang, cast.community_head_chen
    changes = Correction(grid_id=cast.units["w1"].id)
    correct(cast.dispatch_clerk_zhang, case_id=task.case.id, version=task.case.version, changes=changes)
    with pytest.raises(NotFound), transaction.atomic():
        call_backs.take(east, call_back_id=task.call_back.id)
    with acting(west.scope):
        assert [t.case.id for t in call_backs.tasks(west.scope, west)] == [task.case.id]
    assert call_backs.take(west, call_back_id=task.call_back.id).is_mine


def test_a_bad_answer_changes_nothing(cast: Cast) -> None:
    task, clerk = task_for(cast), cast.dispatch_clerk_zhang
    with pytest.raises(Invalid), transaction.atomic():
        call_back_results.record_answer(
            clerk, call_back_id=task.call_back.id, data=StepData(contacted=True, solved=True, rating="great")
        )
    assert row(cast, task).ended_at is None


def test_after_the_last_try_it_counts_as_no_response(cast: Cast) -> None:
    task, clerk = task_for(cast), cast.dispatch_clerk_zhang
    now = clock.now()
    for number in (1, 2, 3):
        with clock.telling(now + timedelta(hours=21 * number)):
            kept = call_back_results.record_no_answer(clerk, call_back_id=task.call_back.id)
            assert (kept.tries, kept.ended_at is not None) == (number, number == 3)
            with acting(clerk.scope):
                assert [t.is_due for t in call_backs.tasks(clerk.scope, clerk)] == (
                    [False] if number < 3 else []
                )
    assert row(cast, task).result == "no_response"
    after = cast.read(task.case.id)
    assert (after.state, after.rating, after.rate_method) == (steps.RATED, "no_answer", "")
    with pytest.raises(Conflict), transaction.atomic():
        call_back_results.record_no_answer(clerk, call_back_id=task.call_back.id)


def test_an_answer_online_meanwhile_ends_the_task_kindly(cast: Cast) -> None:
    task, clerk = task_for(cast), cast.dispatch_clerk_zhang
    take_step(cast.reporter_of(task.case), case_id=task.case.id, step="rate", data=ANSWER)
    assert row(cast, task).result == "online"
    assert cast.read(task.case.id).rate_method == "online"
    with pytest.raises(Conflict) as refused, transaction.atomic():
        call_backs.take(clerk, call_back_id=task.call_back.id)
    assert "已经在网上评价" in str(refused.value.problem)


def test_who_holds_a_task_too_long_may_be_relieved(cast: Cast) -> None:
    task, zhang, bai = task_for(cast), cast.dispatch_clerk_zhang, cast.dispatch_clerk_bai
    call_backs.take(zhang, call_back_id=task.call_back.id)
    for act in (call_backs.take, call_backs.not_reached, call_backs.answered):
        with pytest.raises(Conflict) as refused, transaction.atomic():
            act(bai, call_back_id=task.call_back.id)
        assert "张敏" in str(refused.value.problem)
    with clock.telling(clock.now() + timedelta(minutes=31)):
        assert call_backs.take(bai, call_back_id=task.call_back.id).is_mine
        assert row(cast, task).taken_by == bai.account_id


def test_others_cannot_take_it(cast: Cast) -> None:
    task = task_for(cast)
    for person in ("community_head_chen", "outsider_zhao", "department_handler_sun"):
        with pytest.raises((NotFound, Denied)), transaction.atomic():
            call_backs.take(getattr(cast, person), call_back_id=task.call_back.id)
    assert row(cast, task).taken_by is None


def test_two_at_once_one_gets_it_and_the_other_is_told_who(committed_database: Database) -> None:
    cast = found_cast()
    task = task_for(cast)
    together, told = Barrier(2), []

    def take(person: str) -> None:
        together.wait(30)
        try:
            call_backs.take(getattr(cast, person), call_back_id=task.call_back.id)
            told.append("taken")
        except Conflict as refused:
            told.append(str(refused.problem))
        close_all()

    threads = [Thread(target=take, args=(p,)) for p in ("dispatch_clerk_zhang", "dispatch_clerk_bai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told)[-1] == "taken" or "taken" in told
    assert len([t for t in told if t == "taken"]) == 1
    assert len([t for t in told if "刚刚领了这一件" in t]) == 1


# -- dissatisfied, with a reason that the rules name --------------------------------------------------------


def rated(cast: Cast, reason: str, case: Case | None = None) -> Case:
    case = case or cast.lead(cast.case(), "checked")
    data = StepData(contacted=True, solved=False, rating="dissatisfied", reason=reason, text="还是老样子")
    take_step(cast.reporter_of(case), case_id=case.id, step="rate", data=data)
    return cast.read(case.id)


def test_a_reason_of_the_rules_reopens_by_itself_one_level_higher_once(cast: Cast) -> None:
    case = rated(cast, "rate-not-done")
    assert (case.state, case.raise_count, case.reopen_count, case.rating) == (steps.REOPENED, 1, 0, "")
    with acting(Scope(cast.tenant.id, "street")):
        lines = list(Line.objects.filter(case_id=case.id).order_by("id"))
        [raised] = raising.raisings_of(case)
    assert [(line.step, line.actor_kind) for line in lines[-2:]] == [
        ("rate", "reporter"),
        ("reopen_higher", "system"),
    ]
    assert (lines[-2].data["rating"], lines[-2].data["reason"], lines[-2].text) == (
        "dissatisfied", "rate-not-done", "还是老样子",
    )  # fmt: skip
    assert raised.why == "dissatisfied"
    for person, step in (
        ("dispatch_clerk_zhang", "accept"), ("dispatch_clerk_zhang", "hand_out"),
        ("department_handler_sun", "acknowledge"), ("department_handler_sun", "handle"), ("checker_qian", "check"),
    ):  # fmt: skip
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    assert (
        rated(cast, "rate-not-done", case).state == steps.RATED
    )  # by itself once; people may still reopen it


@pytest.mark.parametrize("reason", ["", "rate-slow", "rate-not-my-wish"])
def test_other_reasons_do_not(cast: Cast, reason: str) -> None:
    case = rated(cast, reason)
    assert (case.state, case.raised_at, case.rating) == (steps.RATED, None, "dissatisfied")


def test_a_satisfied_reporter_reopens_nothing_and_unknown_reasons_are_refused(cast: Cast) -> None:
    case = cast.lead(cast.case(), "checked")
    with pytest.raises(Invalid) as refused, transaction.atomic():
        rated(cast, "reopen-not-done", case)
    assert refused.value.field == "reason"
    data = StepData(contacted=True, solved=True, rating="satisfied", reason="rate-not-done")
    take_step(cast.reporter_of(case), case_id=case.id, step="rate", data=data)
    assert cast.read(case.id).state == steps.RATED


@pytest.mark.django_db
def test_every_reason_that_reopens_is_a_listed_reason() -> None:
    assert aftermath.reasons_that_reopen() <= {reason.code for reason in catalogue.reasons_for("rate")}
    assert aftermath.reasons_that_reopen() == {"rate-not-done", "rate-came-back", "rate-nobody-came"}
