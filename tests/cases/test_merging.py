"""Cases about the same thing merged into one: one answer, everybody's own thread, and undone as if it had never been."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from baiying.cases import (
    calling,
    clocks,
    extending,
    jobs,
    merging,
    notices,
    services,
    splitting,
    steps,
    supporting,
    together,
)
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Case, Line, Merge
from baiying.cases.services import Correction, StepData, may_take, take_step
from baiying.dispatch import calls
from baiying.dispatch.models import Clock, Order
from baiying.doors.shared import case_counts
from baiying.insight import checking
from baiying.insight import queries as figures
from baiying.insight.queries import Period
from baiying.insight.services import differences
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

METRE = 1 / 111_000


def merge(cast: Cast, lead: Case, *parts: Case, reason: str = "") -> None:
    merging.merge(
        cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id for part in parts], reason=reason
    )


def unmerge(cast: Cast, part: Case) -> Case:
    return merging.unmerge(cast.dispatch_clerk_zhang, part_id=part.id, reason="不是同一盏灯")


def steps_of(cast: Cast, case: Case) -> list[str]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Line.objects.filter(case_id=case.id).order_by("id").values_list("step", flat=True))


def done(cast: Cast, case: Case, *ways: tuple[str, str]) -> Case:
    for person, step in ways:
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    return cast.read(case.id)


HANDLE, CHECK = ("department_handler_sun", "handle"), ("checker_qian", "check")
RATE, CLOSE = ("dispatch_clerk_zhang", "rate"), ("dispatch_clerk_zhang", "close")


def everything_holds(cast: Cast) -> None:
    findings = checking.check(cast.tenant)
    assert [f for f in findings if f.check not in ("seals", "photo_files")] == []


def test_one_answer_for_all_and_each_rates_for_themselves(cast: Cast) -> None:
    lead = cast.lead(cast.case(name="王建国", phone="13805330001"), steps.IN_PROGRESS)
    part = cast.case(phone="13805330002")
    other = cast.lead(cast.case(), steps.WAITING)
    merge(cast, lead, part, other)
    answer = StepData(text="王建国先生，灯头已换。", outcome="solved", no_photo_reason="夜间拍不清楚")
    take_step(cast.department_handler_sun, case_id=lead.id, step="handle", data=answer)
    with acting(Scope(cast.tenant.id, "street")):
        told = Line.objects.get(case_id=part.id, step="handle_with_lead")
    assert "灯头已换" in told.text and "王建国" not in told.text
    done(cast, lead, CHECK, RATE, CLOSE)
    assert [cast.read(c.id).state for c in (lead, part, other)] == ["closed", "checked", "checked"]
    take_step(
        cast.reporter_of(part), case_id=part.id, step="rate",
        data=StepData(rating="dissatisfied", contacted=True, solved=False),
    )  # fmt: skip
    ended = cast.read(part.id)
    assert (ended.state, ended.rating, ended.merged_into_id, cast.read(lead.id).rating) == (
        "closed", "dissatisfied", None, "satisfied",
    )  # fmt: skip
    with clock.telling(clock.now() + timedelta(days=11)):
        jobs.go_unrated(cast.tenant.id)
    assert (cast.read(other.id).state, cast.read(other.id).rating) == ("closed", "no_answer")
    assert steps_of(cast, part) == [
        "receive", "merge", "handle_with_lead", "check_with_lead", "rate", "close_with_lead",
    ]  # fmt: skip
    everything_holds(cast)


@pytest.mark.parametrize("state", sorted(together._BEFORE_THE_ANSWER))
def test_unmerging_after_the_end_gives_back_what_was(cast: Cast, state: str) -> None:
    cast.draw_none()
    lead = cast.lead(cast.case(), steps.IN_PROGRESS)
    part = cast.lead(cast.case(phone="13805330002"), state)
    with acting(Scope(cast.tenant.id, "street")):
        clocks.bring_up(cast.tenant.id, [part.id])  # as the worker does for what was received
    was = all_of(cast, part)
    merge(cast, lead, part)
    done(cast, lead, HANDLE, CHECK, RATE, CLOSE)
    done(cast, part, ("dispatch_clerk_zhang", "rate"))
    assert cast.read(part.id).state == steps.CLOSED
    unmerge(cast, part)
    now = all_of(cast, part)
    assert (now[:4], now[4][: len(was[4])]) == (was[:4], was[4])
    assert [line["step"] for line in now[4][len(was[4]) :]] == ["rate"]
    assert cast.read(lead.id).state == steps.CLOSED
    everything_holds(cast)


def all_of(cast: Cast, case: Case) -> list[Any]:
    """Everything but the lines of merging, versions and who looked last."""
    with acting(Scope(cast.tenant.id, "street")):
        (row,) = Case.objects.filter(id=case.id).values()
        running = list(Clock.objects.filter(subject_id=case.id).order_by("id"))
        return [
            {k: v for k, v in row.items() if k not in ("version", "updated_at")},
            list(Order.objects.filter(subject_id=case.id).order_by("id").values()),
            [{k: v for k, v in c.__dict__.items() if k != "_state"} for c in running],
            [list(c.changes.order_by("id").values()) for c in running],
            list(case.lines.filter(step__in=OWN_STEPS).order_by("id").values()),
        ]


OWN_STEPS = [s.name for s in steps.LIFECYCLE.steps if not s.name.endswith("_with_lead")] + ["receive"]


def test_a_merged_case_is_not_worked_on_by_itself(cast: Cast) -> None:
    lead, part = cast.case(), cast.lead(cast.case(), steps.IN_PROGRESS)
    merge(cast, lead, part)
    sun, zhang = cast.department_handler_sun, cast.dispatch_clerk_zhang
    assert [s.name for s in may_take(sun, cast.read(part.id)) + may_take(zhang, cast.read(part.id))] == []
    version = cast.read(part.id).version
    said = calls.CallWords(kind="everyday", title="一起看看", text="路灯", parties=())
    for act in (
        lambda: take_step(sun, case_id=part.id, step="handle", data=cast.data_for("handle")),
        lambda: take_step(zhang, case_id=part.id, step="recall", data=cast.data_for("recall")),
        lambda: services.correct(zhang, case_id=part.id, version=version, changes=Correction(place="西门")),
        lambda: splitting.split(zhang, case_id=part.id, part=splitting.Part(text="换灯")),
        lambda: supporting.hand_out_support(zhang, case_id=part.id, unit_id=cast.units["east"].id, text="来"),
        lambda: extending.extend(zhang, case_id=part.id, version=None, days=1, reason="x", text="x"),
        lambda: calling.raise_call(zhang, case_ids=[part.id], said=said),
    ):
        with pytest.raises(Conflict), transaction.atomic():
            act()
    services.add_note(zhang, case_id=part.id, text="同一盏灯", is_public=False)
    services.add_note(zhang, case_id=part.id, text="正在一起修", is_public=True)


def test_the_reporters_own_steps_go_on(cast: Cast) -> None:
    lead, part = cast.case(), cast.lead(cast.case(), steps.WAITING)
    twin = cast.lead(cast.case(), steps.WAITING)
    merge(cast, lead, part)
    with clock.telling(clock.now() + timedelta(days=2)):
        for case in (part, twin):
            take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=cast.data_for("answer"))
    with clock.telling(clock.now() + timedelta(days=3)):
        unmerge(cast, part)
    own, others = cast.read(part.id), cast.read(twin.id)
    assert (own.state, own.due_at) == (others.state, others.due_at)
    with acting(Scope(cast.tenant.id, "street")):
        running = [
            list(Clock.objects.filter(subject_id=c.id, stopped_at=None).order_by("what").values_list("what", "due_at", "state"))
            for c in (part, twin)
        ]  # fmt: skip
    assert running[0] == running[1] != []


def test_chains_follow_their_head_and_come_apart_link_by_link(cast: Cast) -> None:
    a, b, c = cast.lead(cast.case(), steps.IN_PROGRESS), cast.case(), cast.case()
    merge(cast, b, c)
    merge(cast, a, b)
    done(cast, a, HANDLE)
    assert [cast.read(x.id).state for x in (a, b, c)] == ["handled"] * 3
    done(cast, a, ("checker_qian", "send_back"))
    assert [cast.read(x.id).state for x in (a, b, c)] == ["in_progress", "received", "received"]
    done(cast, a, HANDLE, CHECK)
    unmerge(cast, b)
    assert [cast.read(x.id).state for x in (a, b, c)] == ["checked", "received", "received"]
    assert (cast.read(b.id).merged_into_id, cast.read(c.id).merged_into_id) == (None, b.id)
    everything_holds(cast)


def test_what_cannot_be_merged_says_why(cast: Cast) -> None:
    lead, part = cast.case(), cast.lead(cast.case(), steps.IN_PROGRESS)
    splitting.split(cast.dispatch_clerk_zhang, case_id=part.id, part=splitting.Part(text="换灯"))
    closed, merged = cast.lead(cast.case(), steps.CLOSED), cast.case()
    merge(cast, lead, merged)
    for one, other in (
        (lead, part),
        (lead, closed),
        (closed, lead),
        (merged, cast.case()),
        (cast.case(), merged),
    ):
        with pytest.raises(Conflict) as refused, transaction.atomic():
            merge(cast, one, other)
        assert refused.value.problem and refused.value.remedy
    for wrong in ([], [lead.id]):
        with pytest.raises(Invalid):
            merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=wrong)
    with pytest.raises(Conflict):
        merge(cast, merged, lead)  # a ring
    with pytest.raises(Invalid):
        merging.unmerge(cast.dispatch_clerk_zhang, part_id=merged.id, reason=" ")
    with pytest.raises(Conflict):
        unmerge(cast, lead)


def test_far_apart_needs_a_reason_and_the_sight_of_both(cast: Cast) -> None:
    lead, far = cast.case(at=cast.in_grid("e1")), cast.case(at=cast.in_grid("w2"))
    with pytest.raises(Invalid) as refused, transaction.atomic():
        merge(cast, lead, far)
    assert refused.value.field == "reason"
    with pytest.raises(NotFound):
        merging.merge(cast.community_head_wang, lead_id=lead.id, part_ids=[far.id], reason="同一个变压器")
    with pytest.raises(Denied):
        merging.merge(cast.checker_qian, lead_id=lead.id, part_ids=[far.id], reason="同一个变压器")
    merge(cast, lead, far, reason="同一个变压器坏了")
    with acting(Scope(cast.tenant.id, "street")):
        assert Merge.objects.get(part_id=far.id).metres is not None


def test_figures_count_each_demand_and_the_work_once(cast: Cast) -> None:
    lead, part = cast.lead(cast.case(), steps.IN_PROGRESS), cast.lead(cast.case(), steps.IN_PROGRESS)
    scope, today = Scope(cast.tenant.id, "street"), clock.today()
    merge(cast, lead, part)
    with acting(scope):
        assert figures.stock(scope)[steps.IN_PROGRESS] == 1
        assert figures.figures(scope, Period(today, today)).received == 2
        for wanted, cases in (
            (CaseFilter(), [lead]),
            (CaseFilter(states=("in_progress",)), [lead]),
            (CaseFilter(unit=lead.unit_id), [lead]),
            (CaseFilter(received=filters_period(today)), [lead, part]),
            (CaseFilter(merged="yes"), [part]),
            (CaseFilter(merged="any"), [lead, part]),
        ):
            found = set(case_counts.rows_of(scope, wanted).values_list("id", flat=True))
            assert found == {case.id for case in cases}
            assert case_counts.count_exactly(scope, wanted) == len(cases)
        assert differences(cast.tenant.id) == []
    done(cast, lead, HANDLE, CHECK, RATE, CLOSE)
    done(cast, part, RATE)
    with acting(scope):
        counted = figures.figures(scope, Period(today, today))
        assert (counted.handled, counted.closed, counted.satisfied) == (2, 2, 2)
        assert case_counts.count_exactly(scope, CaseFilter(states=("closed",))) == 2
        assert differences(cast.tenant.id) == []


def filters_period(today: Any) -> Any:
    from baiying.cases.filters import Period as Days

    return Days(today, today)


def test_taken_up_again_after_the_answer_it_goes_alone(cast: Cast) -> None:
    lead, part = cast.lead(cast.case(), steps.IN_PROGRESS), cast.case()
    merge(cast, lead, part)
    done(cast, lead, HANDLE, CHECK, RATE, CLOSE)
    done(cast, part, RATE)
    take_step(cast.reporter_of(part), case_id=part.id, step="reopen", data=StepData(text="我这盏还是黑的"))
    again = cast.read(part.id)
    assert (again.state, again.merged_into_id, together.in_force(again)) == ("reopened", None, None)
    assert cast.read(lead.id).state == "closed"
    done(cast, part, ("dispatch_clerk_zhang", "accept"), ("dispatch_clerk_zhang", "hand_out"))
    everything_holds(cast)


def test_declined_together(cast: Cast) -> None:
    lead, part = cast.case(), cast.case()
    merge(cast, lead, part)
    done(cast, lead, ("dispatch_clerk_zhang", "decline"))
    assert (cast.read(part.id).state, cast.read(part.id).merged_into_id) == ("declined", None)
    unmerge(cast, part)
    assert cast.read(part.id).state == "received"
    everything_holds(cast)


def test_everybody_gets_their_own_letter(cast: Cast) -> None:
    lead = cast.lead(cast.case(phone="13805330001"), steps.IN_PROGRESS)
    part = cast.lead(cast.case(phone="13805330002"), steps.HANDED_OUT)
    merge(cast, lead, part)
    done(cast, lead, HANDLE, CHECK)
    with acting(Scope(cast.tenant.id, "street")):
        told = [
            (entry.event, posting.to.addresses.get("sms") or posting.to.name)
            for entry in Entry.objects.filter(subject_id=str(part.id)).order_by("id")
            for posting in notices.letters_for(entry)
            if hasattr(posting, "to") and entry.event.startswith(("cases.merged", "cases.checked"))
        ]
    assert told == [("cases.merged", "孙涛"), ("cases.checked_with_lead", "13805330002")]
