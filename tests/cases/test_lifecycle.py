"""Every step of the table from every state: what is allowed happens once and is told once, all else changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import transaction

from baiying.cases import services, steps
from baiying.cases.facts import facts_of
from baiying.cases.models import Case, Line
from baiying.cases.services import StepData, may_take, take_step
from baiying.dispatch.models import Order
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.lifecycle import RESUME, Step
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.rules import PERMISSIONS, Actor, Scope, acting
from tests.cast import Cast, a_photo, found_cast
from tests.database import Database, close_all

TABLE = steps.LIFECYCLE.steps
STATES = list(steps.NUMBER)
FIELD_OF_NEED = {"proof": "photos"}  # where the refusal points, when it is not the need's own name
WITHOUT: dict[str, dict[str, Any]] = {
    "text": {"text": "  "},
    "reason": {"reason": ""},
    "unit": {"unit_id": None},
    "until": {"until": None},
    "outcome": {"outcome": ""},
    "proof": {"no_photo_reason": " ", "photos": ()},
    "rating": {"rating": ""},
    "contacted": {"contacted": None},
    "solved": {"solved": None},
}


def hand_for(cast: Cast, step: Step, case: Case) -> Actor:
    """Somebody who may take this step on this case."""
    if step.name in ("acknowledge", "return", "start", "park", "unpark", "handle"):
        return cast.department_handler_sun
    if step.name in ("check", "send_back"):
        return cast.checker_qian
    if step.name == "answer":
        return cast.reporter_of(case)
    if step.name in ("stop_waiting", "reopen_higher", "close_with_whole") or step.name.endswith("_with_lead"):
        return cast.system
    if step.name in ("inspect", "find_unsolved"):
        return cast.inspector_of(case)
    return cast.dispatch_clerk_zhang


class Undone(Exception):
    """Ends an attempt that shall leave no trace."""


@contextmanager
def attempt() -> Iterator[None]:
    """What is done inside is taken back at the end."""
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass


def everything_of(cast: Cast, case: Case) -> list[Any]:
    """All rows of a case, for comparing."""
    with acting(Scope(cast.tenant.id, "street")):
        return [
            list(Case.objects.filter(id=case.id).values()),
            list(Line.objects.filter(case_id=case.id).order_by("id").values()),
            list(Order.objects.filter(subject_id=case.id).order_by("id").values()),
            list(Entry.objects.filter(subject_id=str(case.id)).order_by("id").values()),
        ]


@pytest.mark.parametrize("state", STATES)
def test_every_step_from_this_state(cast: Cast, state: str) -> None:
    cast.draw_all()
    case = cast.lead(cast.case(), state)
    before = everything_of(cast, case)
    for step in TABLE:
        by, data = hand_for(cast, step, case), cast.data_for(step.name)
        with attempt():
            if state in step.from_states:
                take_step(by, case_id=case.id, step=step.name, data=data, version=case.version)
                check_that_it_happened_once(cast, case, step, by, before)
            else:
                with pytest.raises(Conflict) as refused:
                    take_step(cast.dispatch_clerk_zhang, case_id=case.id, step=step.name, data=data)
                assert refused.value.extra["state"] == state
                assert everything_of(cast, case) == before


def check_that_it_happened_once(cast: Cast, case: Case, step: Step, by: Actor, before: list[Any]) -> None:
    after, rows = cast.read(case.id), everything_of(cast, case)
    assert after.state == (case.resume_state if step.to == RESUME else step.to)
    assert after.version == case.version + 1
    assert (after.resume_state == case.state) if step.to in steps.PAUSED else (after.resume_state == "")
    line, entry = rows[1][-1], rows[3][-1]
    assert (len(rows[1]), len(rows[3])) == (len(before[1]) + 1, len(before[3]) + 1)
    assert (line["step"], line["is_public"], line["actor_id"]) == (step.name, True, by.account_id)
    assert (entry["event"], entry["from_state"], entry["to_state"]) == (step.event, case.state, after.state)
    assert (entry["before"], entry["after"]) == (facts_of(case), facts_of(after))
    running = [o for o in rows[2] if o["state"] in ("handed_out", "acknowledged")]
    assert len(running) == (1 if after.state in steps.WITH_UNIT | steps.PAUSED and after.unit_id else 0)


@pytest.mark.parametrize(("step", "need"), [(s.name, need) for s in TABLE for need in s.needs])
def test_a_missing_need_is_named_and_nothing_changes(cast: Cast, step: str, need: str) -> None:
    row = steps.LIFECYCLE.step(step)
    assert row is not None
    case = cast.lead(cast.case(), row.from_states[0])
    before = everything_of(cast, case)
    data = replace(cast.data_for(step), **WITHOUT[need])
    with pytest.raises(Invalid) as refused, transaction.atomic():
        take_step(hand_for(cast, row, case), case_id=case.id, step=step, data=data)
    assert refused.value.field == FIELD_OF_NEED.get(need, need)
    assert refused.value.problem
    assert refused.value.remedy
    assert everything_of(cast, case) == before


@pytest.mark.parametrize("step", [s.name for s in TABLE])
def test_without_leave_the_refusal_names_permission_and_unit(cast: Cast, step: str) -> None:
    row = steps.LIFECYCLE.step(step)
    assert row is not None
    case = cast.lead(cast.case(), row.from_states[-1])
    before = everything_of(cast, case)
    able = cast.dispatch_clerk_zhang
    unable = replace(able, permissions=frozenset(PERMISSIONS) - {row.permission})
    with pytest.raises(Denied) as refused, transaction.atomic():
        take_step(unable, case_id=case.id, step=step, data=cast.data_for(step))
    assert refused.value.permission == (PERMISSIONS[row.permission].name if "staff" in row.by else row.label)
    assert refused.value.unit == "试验街道"
    assert everything_of(cast, case) == before
    assert row not in may_take(unable, case)


@pytest.mark.parametrize(
    "person", ["outsider_zhao", "community_head_chen", "grid_worker_lu", "department_handler_he"]
)
def test_a_case_of_others_does_not_exist(cast: Cast, person: str) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    with pytest.raises(NotFound), transaction.atomic():
        take_step(getattr(cast, person), case_id=case.id, step="acknowledge")
    with pytest.raises(NotFound), transaction.atomic():
        services.add_note(getattr(cast, person), case_id=case.id, text="看看", is_public=False)


def test_an_unknown_step_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        take_step(cast.dispatch_clerk_zhang, case_id=cast.case().id, step="vanish")
    assert refused.value.field == "step"


def test_the_system_administrator_sees_no_case(cast: Cast) -> None:
    case = cast.case()
    for person in ("system_administrator_tang", "security_administrator_wu", "audit_administrator_zheng"):
        with pytest.raises(NotFound), transaction.atomic():
            take_step(getattr(cast, person), case_id=case.id, step="accept")


def test_may_take_offers_only_what_would_succeed(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    assert [s.name for s in may_take(cast.department_handler_sun, case)] == ["acknowledge", "return"]
    assert [s.name for s in may_take(cast.dispatch_clerk_zhang, case)] == ["recall"]
    assert may_take(cast.leader_zhou, case) == []
    # The community's head sees the case but does not hold it.
    assert [s.name for s in may_take(cast.community_head_wang, case)] == ["recall"]


def test_a_community_works_for_its_own_grids(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    data = StepData(unit_id=cast.units["e1"].id)
    take_step(cast.community_head_wang, case_id=case.id, step="hand_out", data=data)
    take_step(cast.community_head_wang, case_id=case.id, step="acknowledge")
    assert cast.read(case.id).state == steps.ACKNOWLEDGED


def test_a_grid_is_given_only_what_lies_in_it(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    for unit in ("e2", "west"):
        data = StepData(unit_id=cast.units[unit].id)
        with pytest.raises(Conflict) as refused, transaction.atomic():
            take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)
        assert refused.value.field == "unit"
    assert cast.read(case.id).unit_id is None


def test_nobody_checks_their_own_work(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    head = cast.community_head_wang
    take_step(head, case_id=case.id, step="hand_out", data=StepData(unit_id=cast.units["east"].id))
    take_step(head, case_id=case.id, step="acknowledge")
    take_step(head, case_id=case.id, step="handle", data=cast.data_for("handle"))
    case = cast.read(case.id)
    assert case.handled_by == head.account_id
    for step in ("check", "send_back"):
        with pytest.raises(Conflict) as refused, transaction.atomic():
            take_step(head, case_id=case.id, step=step, data=cast.data_for(step))
        assert refused.value.field == "checker"
    assert may_take(head, case) == []
    take_step(cast.checker_qian, case_id=case.id, step="check")
    assert cast.read(case.id).state == steps.CHECKED


def test_the_reporter_reopens_within_ten_days_and_once(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.CLOSED)
    reporter, words = cast.reporter_of(case), StepData(text="又坏了")
    assert case.closed_at is not None
    with (
        clock.telling(case.closed_at + timedelta(days=10, minutes=1)),
        pytest.raises(Conflict),
        transaction.atomic(),
    ):
        take_step(reporter, case_id=case.id, step="reopen", data=words)
    with clock.telling(case.closed_at + timedelta(days=9, hours=23)):
        reopened = take_step(reporter, case_id=case.id, step="reopen", data=words)
        assert (reopened.state, reopened.reopen_count, reopened.unit_id) == (steps.REOPENED, 1, None)
        assert reopened.due_at > clock.now()
        close_again(cast, case)
        with pytest.raises(Conflict) as refused, transaction.atomic():
            take_step(reporter, case_id=case.id, step="reopen", data=words)
        assert refused.value.field == "state"
        take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="reopen", data=words)
    again = cast.read(case.id)
    assert (again.state, again.reopen_count) == (steps.REOPENED, 1)


def close_again(cast: Cast, case: Case) -> None:
    ways = [("dispatch_clerk_zhang", "accept"), ("dispatch_clerk_zhang", "hand_out")]
    ways += [("department_handler_sun", "acknowledge"), ("department_handler_sun", "handle")]
    ways += [
        ("checker_qian", "check"),
        ("dispatch_clerk_zhang", "go_unrated"),
        ("dispatch_clerk_zhang", "close"),
    ]
    for person, step in ways:
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    assert cast.read(case.id).state == steps.CLOSED


def test_reporter_may_not_do_the_offices_work(cast: Cast) -> None:
    case = cast.case()
    for step in ("accept", "decline", "ask"):
        with pytest.raises(Denied), transaction.atomic():
            take_step(cast.reporter_of(case), case_id=case.id, step=step, data=cast.data_for(step))


@pytest.mark.parametrize(("pause", "resume"), [("ask", "answer"), ("park", "unpark")])
def test_a_pause_moves_the_limit_by_the_working_days_that_passed(cast: Cast, pause: str, resume: str) -> None:
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
    with clock.telling(monday):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
        data = replace(cast.data_for(pause), until=date(2026, 12, 20) if pause == "park" else None)
        paused = take_step(cast.department_handler_sun, case_id=case.id, step=pause, data=data)
        assert (paused.due_at, paused.paused_at) == (case.due_at, monday)
    with clock.telling(monday + timedelta(days=2, hours=3)):
        by = cast.reporter_of(case) if resume == "answer" else cast.department_handler_sun
        resumed = take_step(by, case_id=case.id, step=resume, data=cast.data_for(resume))
    assert (resumed.state, resumed.paused_at, resumed.parked_until) == (steps.IN_PROGRESS, None, None)
    assert resumed.due_at - case.due_at == timedelta(
        days=2
    )  # to the end of a working day, as it was promised
    assert resumed.promised_by == case.promised_by


def test_an_old_version_is_told_who_was_faster(cast: Cast) -> None:
    case = cast.case()
    take_step(cast.dispatch_clerk_bai, case_id=case.id, step="ask", data=StepData(text="哪一栋？"))
    take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=StepData(text="3 号楼"))
    with pytest.raises(Conflict) as refused, transaction.atomic():
        take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="accept", version=case.version)
    assert "居民" in str(refused.value.problem)
    assert refused.value.extra == {"state": steps.RECEIVED, "version": 2}


def test_two_at_once_one_wins_and_nothing_is_lost(committed_database: Database) -> None:
    cast = found_cast()
    cases = [cast.lead(cast.case(), steps.ACCEPTED) for _ in range(4)]
    units = (cast.units["dept-enforcement"].id, cast.units["dept-municipal"].id)
    answers: list[tuple[Case, object]] = []
    together = Barrier(2)

    def hand_out(by: Actor, unit: int) -> None:
        for case in cases:
            together.wait(30)
            try:
                data = StepData(unit_id=unit)
                answers.append(
                    (case, take_step(by, case_id=case.id, step="hand_out", data=data, version=case.version))
                )
            except Refusal as refused:
                answers.append((case, refused))
        close_all()

    threads = [
        Thread(target=hand_out, args=(by, unit))
        for by, unit in zip((cast.dispatch_clerk_zhang, cast.dispatch_clerk_bai), units, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for case in cases:
        outcomes = [answer for of, answer in answers if of.id == case.id]
        winners = [one for one in outcomes if isinstance(one, Case)]
        losers = [one for one in outcomes if isinstance(one, Conflict)]
        assert (len(winners), len(losers)) == (1, 1)
        rows = everything_of(cast, case)
        assert rows[0][0]["unit_id"] == winners[0].unit_id
        assert [line["step"] for line in rows[1]] == ["receive", "accept", "hand_out"]
        assert [order["state"] for order in rows[2]] == ["handed_out"]
        assert rows[1][-1]["actor_name"] in str(losers[0].problem)


def test_handling_needs_a_photo_or_a_reason(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    data = StepData(text="灯已换好", outcome="solved", photos=[a_photo()])
    done = take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=data)
    assert (done.state, done.photo_count, done.outcome) == (steps.HANDLED, 1, "solved")
    with acting(Scope(cast.tenant.id, "street")):
        assert [p.purpose for p in done.photos.all()] == ["proof"]
        line = Line.objects.filter(case=done).order_by("-id").first()
    assert line is not None
    assert "no_photo_reason" not in line.data
