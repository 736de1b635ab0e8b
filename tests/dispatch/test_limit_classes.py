"""Every row of a profile that concerns a step starts its clock on the cases it is for; what cannot be timed says why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from baiying.cases import case_limits, hard_cases, services, steps, tracking
from baiying.cases import clocks as case_clocks
from baiying.cases.models import Case, Line
from baiying.cases.said import Correction
from baiying.cases.services import StepData, take_step
from baiying.dispatch import limits, ringing, ruling
from baiying.dispatch.clocks import clocks_of
from baiying.dispatch.limit_uses import CLOCK, PART, REFERENCE, USES
from baiying.dispatch.models import Clock, ClockChange, Escalation, Order
from baiying.doors.resident.letters import letter
from baiying.insight import clock_checks
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.calendar import USUAL, ZONE
from baiying.kit.refusals import Conflict, Denied, Invalid
from baiying.org import queries as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
URGENT = "小区门口电线掉下来了，有人触电"
LIGHT, WATER, SNOW = "street-light-out", "water-quality", "snow-ice"


def follow(cast: Cast, profile: str) -> None:
    ruling.choose_profile(cast.leader_zhou, profile=profile, valid_from=MONDAY.date(), reason="试行")
    org.forget()


def heard(cast: Cast) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, [case_clocks.hear])


def running(cast: Cast, case: Case) -> dict[str, Clock]:
    scope = Scope(cast.tenant.id, "street")
    with acting(scope):
        return {row.what: row for row in clocks_of(scope, [case.id]) if row.stopped_at is None}


def limit_of(cast: Cast, case: Case, what: str) -> tuple[int, str] | None:
    row = running(cast, case).get(what)
    return (row.limit_value, row.limit_unit) if row is not None else None


def wrong(cast: Cast) -> list[object]:
    with acting(Scope(cast.tenant.id, "street")):
        return [*clock_checks.wrong_limits(cast.tenant.id), *clock_checks.wrong_feedback(cast.tenant.id)]


def hard(cast: Cast, case: Case, **more: object) -> Case:
    said = {"version": None, "reason": "hard-history", "text": "涉及三个部门，正在查当年的图纸。"} | more
    return hard_cases.mark(cast.dispatch_clerk_zhang, case_id=case.id, **said)  # type: ignore[arg-type]


# -- which rows start which clock --------------------------------------------------------------------------------


def test_every_row_says_what_it_does_and_every_clock_row_has_its_clock() -> None:
    rows = limits.profile_rules()
    assert {rule.step for rule in rows} <= set(USES) == set(limits.STEPS) - {"call_back"}
    for rule in rows:
        use = USES[rule.step]
        assert (use.kind == CLOCK) == bool(use.what), rule.step
        assert use.kind != REFERENCE or rule.step not in limits.SETTABLE
        assert use.kind == REFERENCE or rule.grade != "D" or rule.step in limits.SETTABLE, rule.step
    assert {step for step, use in USES.items() if use.kind == REFERENCE} == {
        "answer_call", "answer_message", "answer_mailbox", "connect_rate",
    }  # fmt: skip
    assert {use.kind for use in USES.values()} == {CLOCK, PART, REFERENCE}


@pytest.mark.parametrize(
    ("text", "category", "hand_out", "feedback"),
    [
        (URGENT, LIGHT, (1, "hour"), (2, "hour")),
        ("自来水发黄", WATER, (2, "hour"), (24, "hour")),
        ("路上结冰", SNOW, (2, "hour"), None),
        ("路灯不亮", LIGHT, (24, "hour"), None),
    ],
)
def test_beijings_classes_start_their_clocks(
    cast: Cast, text: str, category: str, hand_out: tuple[int, str], feedback: tuple[int, str] | None
) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = cast.case(text=text, category=category)
        accepted = cast.lead(case, steps.ACCEPTED)
        assert limit_of(cast, accepted, "hand_out") == hand_out
        out = take_step(
            cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=cast.data_for("hand_out")
        )
        assert limit_of(cast, out, "feedback") == feedback
        if feedback is not None:
            row = running(cast, out)["feedback"]
            assert (row.started_at, row.grade) == (MONDAY, "B") and "DB11/T 2021-2022" in row.source
            assert row.due_at == MONDAY + timedelta(hours=feedback[0])
    follow_day = case_limits.step_rule(
        cast.tenant.id, "feedback", category=category, is_urgent=case.is_urgent, on=MONDAY.date() - timedelta(days=1)
    )  # fmt: skip
    assert follow_day is None  # Shandong, which was followed until then, knows no such limit


# -- feedback ------------------------------------------------------------------------------------------------------


def test_feedback_runs_warns_climbs_and_stops_with_a_word_to_the_resident(cast: Cast) -> None:
    for post in cast.posts.values():
        post.from_date = datetime(2026, 6, 1, tzinfo=ZONE).date()
        post.save(update_fields=["from_date"])
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = cast.lead(cast.case(text=URGENT, category=LIGHT), steps.IN_PROGRESS)
    for minutes in (90, 120):
        with clock.telling(MONDAY + timedelta(minutes=minutes)):
            ringing.ring(cast.tenant.id)
    row = running(cast, case)["feedback"]
    assert (row.warned_at, row.overdue_at) == (
        MONDAY + timedelta(minutes=90), MONDAY + timedelta(minutes=120),
    )  # fmt: skip
    with acting(Scope(cast.tenant.id, "street")):
        told = Escalation.objects.get_queryset().filter(subject_id=case.id, what="feedback")
        assert told.values_list("name", flat=True)[0] == "孙涛"
    with clock.telling(MONDAY + timedelta(hours=3)):
        sun = cast.department_handler_sun
        services.add_note(sun, case_id=case.id, text="只给同事看", is_public=False)
        assert "feedback" in running(cast, case)
        services.add_note(sun, case_id=case.id, text="已断电围挡，抢修队在路上", is_public=True)
    assert set(running(cast, case)) == {"handle"}
    with acting(Scope(cast.tenant.id, "street")):
        assert [e.ended_at for e in Escalation.objects.get_queryset().filter(what="feedback")] == [
            MONDAY + timedelta(hours=3)
        ]
        (kept,) = Clock.objects.get_queryset().filter(subject_id=case.id, what="feedback")
    assert kept.stopped_at == MONDAY + timedelta(hours=3)
    assert wrong(cast) == []


@pytest.mark.parametrize("step", ["ask", "park", "handle", "return", "recall"])
def test_feedback_ends_with_the_step_that_gives_it_or_takes_the_order_away(cast: Cast, step: str) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        state = steps.ACKNOWLEDGED if step == "return" else steps.IN_PROGRESS
        case = cast.lead(cast.case(category=WATER), state)
        assert "feedback" in running(cast, case)
        by = cast.dispatch_clerk_zhang if step == "recall" else cast.department_handler_sun
        take_step(by, case_id=case.id, step=step, data=cast.data_for(step))
        assert "feedback" not in running(cast, case)
        if step == "ask":
            take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=StepData(text="三楼"))
            assert "feedback" not in running(cast, case)
    assert wrong(cast) == []


def test_the_next_unit_owes_feedback_anew(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = cast.lead(cast.case(category=WATER), steps.RETURNED)
    with clock.telling(MONDAY + timedelta(hours=5)):
        other = StepData(unit_id=cast.units["dept-municipal"].id)
        take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=other)
    assert running(cast, case)["feedback"].due_at == MONDAY + timedelta(hours=29)


def test_a_changed_profile_moves_no_feedback_and_a_new_order_follows_it(cast: Cast) -> None:
    with clock.telling(MONDAY):
        before = cast.lead(cast.case(category=WATER), steps.HANDED_OUT)
        follow(cast, "beijing")
        take_step(cast.department_handler_sun, case_id=before.id, step="acknowledge")
        assert set(running(cast, before)) == {"handle"}  # handed out under Shandong's rules
        after = cast.lead(cast.case(category=WATER), steps.HANDED_OUT)
        row = running(cast, after)["feedback"]
        ruling.set_limit(
            cast.leader_zhou, step="feedback_utilities", category="", value=4, unit="hour",
            valid_from=MONDAY.date(), reason="抗旱期间",
        )  # fmt: skip
        ruling.choose_profile(cast.leader_zhou, profile="national", valid_from=MONDAY.date(), reason="改")
        org.forget()
        take_step(cast.department_handler_sun, case_id=after.id, step="acknowledge")
        assert running(cast, after)["feedback"].due_at == row.due_at == MONDAY + timedelta(hours=24)
        third = cast.lead(cast.case(category=WATER), steps.HANDED_OUT)
        assert limit_of(cast, third, "feedback") == (4, "hour")  # the street's own holds under every profile
        assert running(cast, third)["feedback"].grade == "D"


def test_a_limit_for_one_category_counts_for_every_step(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        for step in ("hand_out", "feedback"):
            ruling.set_limit(
                cast.leader_zhou, step=step, category=WATER, value=30, unit="minute",
                valid_from=MONDAY.date(), reason="水质",
            )  # fmt: skip
        org.forget()
        case = cast.lead(cast.case(category=WATER), steps.ACCEPTED)
        assert limit_of(cast, case, "hand_out") == (30, "minute")
        urgent = cast.lead(cast.case(text=URGENT, category=WATER), steps.ACCEPTED)
        assert limit_of(cast, urgent, "hand_out") == (
            1,
            "hour",
        )  # danger goes first, by the profile's own row
        out = cast.lead(cast.case(category=WATER), steps.HANDED_OUT)
        assert limit_of(cast, out, "feedback") == (30, "minute")


def test_a_corrected_category_brings_its_limits_and_says_so(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        waiting, out = (cast.lead(cast.case(category=LIGHT), s) for s in (steps.ACCEPTED, steps.HANDED_OUT))
        for case in (waiting, out):
            services.correct(
                cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=Correction(category=WATER)
            )  # fmt: skip
        assert limit_of(cast, waiting, "hand_out") == (2, "hour")
        assert running(cast, waiting)["hand_out"].due_at == MONDAY + timedelta(hours=2)
        assert limit_of(cast, out, "feedback") == (24, "hour")
    with acting(Scope(cast.tenant.id, "street")):
        moved = ClockChange.objects.get_queryset().filter(clock__what="hand_out")
        assert list(moved.values_list("kind", "reason", "due_after")) == [
            ("change", "correct", MONDAY + timedelta(hours=2))
        ]
    assert wrong(cast) == []


# -- hard cases ---------------------------------------------------------------------------------------------------


def test_a_hard_case_gets_its_limit_visibly(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = cast.lead(cast.case(category=LIGHT), steps.IN_PROGRESS)
        assert hard_cases.may_mark(cast.dispatch_clerk_zhang, case)
        done = hard(cast, case)
        due = datetime(2026, 12, 8, 18, 0, tzinfo=ZONE)
        assert (done.is_hard, done.due_at) == (True, due)
        assert not hard_cases.may_mark(cast.dispatch_clerk_zhang, done)
        row = running(cast, case)["handle"]
        assert (row.limit_value, row.limit_unit, row.due_at, row.grade) == (15, "natural_day", due, "B")
        assert row.warn_at == USUAL.warn_at(MONDAY, due, "natural_day")
        with pytest.raises(Conflict), transaction.atomic():
            hard(cast, case)
    with acting(Scope(cast.tenant.id, "street")):
        change = ClockChange.objects.get_queryset().get(subject_id=case.id)
        line = Line.objects.get_queryset().filter(case_id=case.id).order_by("id").last()
        events = set(Entry.objects.filter(subject_id=str(case.id)).values_list("event", flat=True))
        assert Order.objects.get_queryset().get(subject_id=case.id).due_at == due
    assert (change.kind, change.reason, change.by_name) == ("hard", "hard-history", "张敏")
    assert (change.due_before, change.due_after) == (datetime(2026, 11, 30, 18, 0, tzinfo=ZONE), due)
    assert line is not None and (line.step, line.is_public) == ("mark_hard", True)
    assert {"cases.marked_hard", "dispatch.limit_changed"} <= events
    assert wrong(cast) == []


def test_hard_stays_hard_when_it_comes_back(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = hard(cast, cast.lead(cast.case(category=LIGHT), steps.ACCEPTED))
        cast_on = [
            ("dispatch_clerk_zhang", "hand_out"), ("department_handler_sun", "acknowledge"),
            ("department_handler_sun", "handle"), ("checker_qian", "check"), ("dispatch_clerk_zhang", "rate"),
        ]  # fmt: skip
        for person, step in cast_on:
            take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
        again = take_step(
            cast.dispatch_clerk_zhang, case_id=case.id, step="reopen", data=cast.data_for("reopen")
        )
        assert again.due_at == datetime(2026, 12, 8, 18, 0, tzinfo=ZONE)
        assert limit_of(cast, again, "handle") == (15, "natural_day")
    assert wrong(cast) == []


def test_what_cannot_be_marked_hard_is_refused_and_changes_nothing(cast: Cast) -> None:
    with clock.telling(MONDAY):
        plain = cast.lead(cast.case(category=LIGHT), steps.IN_PROGRESS)
        assert not hard_cases.may_mark(cast.dispatch_clerk_zhang, plain)
        with pytest.raises(Invalid) as no_rule, transaction.atomic():
            hard(cast, plain)  # Shandong extends instead
        follow(cast, "beijing")
        case, parked = (cast.lead(cast.case(category=LIGHT), s) for s in (steps.IN_PROGRESS, steps.PARKED))
        for more, kind, field in [
            ({"reason": "nonsense"}, Invalid, "reason"), ({"text": " "}, Invalid, "text"),
            ({"version": 0}, Conflict, "version"),
        ]:  # fmt: skip
            with pytest.raises(kind) as refused, transaction.atomic():
                hard(cast, case, **more)
            assert refused.value.field == field
        with pytest.raises(Conflict), transaction.atomic():
            hard(cast, parked)
        with pytest.raises(Denied), transaction.atomic():
            hard_cases.mark(
                cast.department_handler_sun, case_id=case.id, version=None, reason="hard-history", text="难"
            )
    with clock.telling(case.due_at + timedelta(minutes=1)), pytest.raises(Conflict), transaction.atomic():
        hard(cast, case)
    assert "没有疑难时限" in str(no_rule.value.problem)
    assert cast.read(case.id).due_at == case.due_at and not cast.read(case.id).is_hard
    with acting(Scope(cast.tenant.id, "street")):
        assert not ClockChange.objects.get_queryset().exclude(kind="pause").exists()


# -- what the resident reads, what verify finds ---------------------------------------------------------------------


def test_the_resident_is_told_the_running_clocks_date(cast: Cast) -> None:
    """Feedback comes first where it is due first; a rule that changes meanwhile moves no date that was told."""
    with clock.telling(MONDAY):
        follow(cast, "beijing")
        case = cast.lead(cast.case(text=URGENT, category=LIGHT), steps.HANDED_OUT)
        told = letter(case, [])
        assert (told.next_what, told.next_by.at if told.next_by else None) == (
            "先告诉您办得怎么样了", MONDAY + timedelta(hours=2),
        )  # fmt: skip
        received = cast.case(category=LIGHT)
        heard(cast)
        ruling.set_limit(
            cast.leader_zhou, step="accept", category="", value=30, unit="minute", valid_from=MONDAY.date(), reason="快"
        )  # fmt: skip
        org.forget()
        due = tracking.next_step(received, []).due
        assert due is not None and due.at == MONDAY + timedelta(hours=2)


def test_verify_finds_a_missing_and_a_lingering_feedback_and_a_wrong_limit(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow(cast, "beijing")
    with clock.telling(MONDAY + timedelta(days=1)):
        case = cast.lead(cast.case(category=WATER), steps.HANDED_OUT)
        assert wrong(cast) == []
        rows = Clock.objects.get_queryset().filter(subject_id=case.id, what="feedback")
        with acting(Scope(cast.tenant.id, "street")):
            rows.update(limit_value=23)
            ((reference, _said),) = clock_checks.wrong_limits(cast.tenant.id)
            assert reference == case.reference
            rows.update(what="lost")
            assert clock_checks.wrong_feedback(cast.tenant.id) == [case.reference]
            transaction.set_rollback(True)
        services.add_note(cast.department_handler_sun, case_id=case.id, text="正在查", is_public=True)
        with acting(Scope(cast.tenant.id, "street")):
            rows.update(stopped_at=None, state="running")
            assert clock_checks.wrong_feedback(cast.tenant.id) == [case.reference]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"step": "rate", "unit": "hour"}, "unit"), ({"step": "wait_for_reporter", "unit": "natural_day"}, "unit"),
        ({"step": "reopen", "unit": "natural_day", "category": WATER}, "category"), ({"step": "answer_call"}, "step"),
    ],
)  # fmt: skip
def test_a_limit_that_could_not_be_kept_is_refused(cast: Cast, more: dict[str, str], field: str) -> None:
    said = {"category": "", "value": 3, "unit": "working_day", "valid_from": MONDAY.date(), "reason": "好"}
    with clock.telling(MONDAY), pytest.raises(Invalid) as refused, transaction.atomic():
        ruling.set_limit(cast.leader_zhou, **(said | more))  # type: ignore[arg-type]
    assert refused.value.field == field
