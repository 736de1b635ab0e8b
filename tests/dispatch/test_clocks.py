"""Clocks follow a case's steps, stand still visibly, and keep the limit they started with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from baiying.cases import clocks as case_clocks
from baiying.cases import extending, steps
from baiying.cases.models import Case, Line
from baiying.cases.services import StepData, take_step
from baiying.dispatch import limits, ruling
from baiying.dispatch.clocks import clocks_of
from baiying.dispatch.models import Clock, ClockChange, Order
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Denied, Invalid
from baiying.org import queries as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


def heard(cast: Cast) -> None:
    """What the worker does with the journal, with the clocks alone listening."""
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, [case_clocks.hear])


def running(cast: Cast, case: Case) -> dict[str, Clock]:
    scope = Scope(cast.tenant.id, "street")
    with acting(scope):
        return {row.what: row for row in clocks_of(scope, [case.id]) if row.stopped_at is None}


def changes(cast: Cast, case: Case) -> list[ClockChange]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(ClockChange.objects.get_queryset().filter(subject_id=case.id).order_by("id"))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("state", "whats"),
    [
        (steps.RECEIVED, {"accept", "handle"}),
        (steps.ACCEPTED, {"hand_out", "handle"}),
        (steps.HANDED_OUT, {"acknowledge", "handle"}),
        (steps.RETURNED, {"hand_out", "handle"}),
        (steps.IN_PROGRESS, {"handle"}),
        (steps.WAITING, {"handle"}),
        (steps.PARKED, {"handle"}),
        (steps.HANDLED, {"check"}),
        (steps.CHECKED, {"call_back"}),
        (steps.RATED, set()),
        (steps.CLOSED, set()),
        (steps.DECLINED, set()),
        (steps.REOPENED, {"accept", "handle"}),
    ],
)
def test_a_case_has_the_clocks_of_its_state(cast: Cast, state: str, whats: set[str]) -> None:
    case = cast.case()
    heard(cast)
    case = cast.lead(case, state)
    found = running(cast, case)
    assert set(found) == whats
    if "handle" in found:
        assert found["handle"].due_at == case.due_at
        assert (found["handle"].state == "paused") == (state in steps.PAUSED)
        assert (found["handle"].next_at is None) == (state in steps.PAUSED)
    heard(cast)  # news that is heard again changes nothing
    assert set(running(cast, case)) == whats


def test_receiving_writes_no_clock_and_the_worker_brings_them(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.case()
    assert running(cast, case) == {}
    heard(cast)
    found = running(cast, case)
    assert found["accept"].due_at == local(2026, 11, 24, 18)
    assert found["handle"].due_at == local(2026, 11, 30, 18) == case.due_at
    assert found["handle"].warn_at == found["handle"].next_at == local(2026, 11, 30, 8, 30)
    assert (found["handle"].limit_value, found["handle"].limit_unit, found["handle"].grade) == (
        5,
        "working_day",
        "A",
    )


def test_a_step_that_comes_before_the_worker_brings_its_own(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    assert set(running(cast, case)) == {"acknowledge", "handle"}
    heard(cast)
    assert set(running(cast, case)) == {"acknowledge", "handle"}


def test_open_cases_from_before_there_were_clocks_are_caught_up(cast: Cast) -> None:
    with clock.telling(MONDAY):
        cases = [cast.case(), cast.lead(cast.case(), steps.PARKED), cast.lead(cast.case(), steps.CLOSED)]
    with acting(Scope(cast.tenant.id, "street")):
        Clock.objects.get_queryset().update(stopped_at=MONDAY, state="stopped")
    with clock.telling(MONDAY + timedelta(hours=1)):
        assert case_clocks.catch_up(cast.tenant.id) == 2
        assert case_clocks.catch_up(cast.tenant.id) == 0
    assert [set(running(cast, case)) for case in cases] == [{"accept", "handle"}, {"handle"}, set()]
    assert running(cast, cases[1])["handle"].state == "paused"


def test_a_pause_is_written_down_with_its_reason_and_its_end(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
        data = StepData(reason="park-material", text="等灯头到货", until=date(2026, 12, 3))
        take_step(cast.department_handler_sun, case_id=case.id, step="park", data=data)
    with clock.telling(MONDAY + timedelta(days=3)):
        take_step(cast.department_handler_sun, case_id=case.id, step="unpark")
    (pause,) = changes(cast, case)
    said = (pause.kind, pause.reason, pause.text, pause.by_name, pause.until, pause.ended_at)
    ended = MONDAY + timedelta(days=3)
    assert said == ("pause", "park-material", "等灯头到货", "孙涛", local(2026, 12, 3), ended)
    assert (pause.due_before, pause.due_after) == (local(2026, 11, 30, 18), local(2026, 12, 3, 18))
    handle = running(cast, case)["handle"]
    assert (handle.state, handle.due_at, handle.next_at) == (
        "running",
        local(2026, 12, 3, 18),
        local(2026, 12, 3, 8, 30),
    )
    assert cast.read(case.id).due_at == handle.due_at


def test_a_question_pauses_until_the_days_set_are_over(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.case()
        heard(cast)
        take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="ask", data=StepData(text="哪一栋？"))
    found = running(cast, case)
    assert {what: (row.state, row.pause_until) for what, row in found.items()} == {
        "accept": ("paused", local(2026, 11, 30, 18)),
        "handle": ("paused", local(2026, 11, 30, 18)),
    }
    with clock.telling(MONDAY + timedelta(days=1)):
        take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=StepData(text="3 号楼"))
    found = running(cast, case)
    assert {what: (row.state, row.due_at) for what, row in found.items()} == {
        "accept": ("running", local(2026, 11, 25, 18)),
        "handle": ("running", local(2026, 12, 1, 18)),
    }


def test_a_corrected_category_moves_the_limit_and_says_so(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.case(category="street-light-out")
        heard(cast)
        case = take_step(
            cast.dispatch_clerk_zhang, case_id=case.id, step="accept", data=StepData(category="manhole-cover")
        )
    assert case.due_at == local(2026, 11, 24, 18) == running(cast, case)["handle"].due_at
    (change,) = changes(cast, case)
    assert (change.kind, change.reason, change.by_name) == ("change", "accept", "张敏")
    assert (change.due_before, change.due_after) == (local(2026, 11, 30, 18), local(2026, 11, 24, 18))


def test_clocks_go_along_when_the_place_is_set_right(cast: Cast) -> None:
    from baiying.cases.said import Correction
    from baiying.cases.services import correct

    case = cast.case()
    heard(cast)
    west = cast.units["w1"]
    correct(
        cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=Correction(grid_id=west.id)
    )
    scope = Scope(cast.tenant.id, "grid", west.id)
    with acting(scope):
        assert {row.what for row in clocks_of(scope, [case.id])} == {"accept", "handle"}


# -- profiles and the street's own limits ------------------------------------------------------------------


def test_a_changed_rule_moves_no_running_clock(cast: Cast) -> None:
    with clock.telling(MONDAY):
        case = cast.case(category="street-light-out")
        heard(cast)
        ruling.choose_profile(cast.leader_zhou, profile="beijing", valid_from=MONDAY.date(), reason="试行")
        ruling.set_limit(
            cast.leader_zhou, step="handle", category="rubbish-not-cleared", value=3, unit="working_hour",
            valid_from=MONDAY.date(), reason="创城期间",
        )  # fmt: skip
        org.forget()
        heard(cast)
        assert running(cast, case)["handle"].due_at == case.due_at == local(2026, 11, 30, 18)
        later, rubbish = cast.case(category="street-light-out"), cast.case(category="rubbish-not-cleared")
        hole = cast.case(category="manhole-cover")
    assert later.due_at == local(2026, 11, 30, 18)  # 7 days
    assert rubbish.due_at == local(2026, 11, 23, 13, 30) - timedelta(
        hours=1, minutes=30
    )  # noon: 3 working hours
    assert hole.due_at == local(
        2026, 11, 24, 18
    )  # the catalogue's own shorter limit holds under every profile
    heard(cast)
    found = running(cast, later)
    assert (found["accept"].limit_value, found["accept"].limit_unit) == (2, "hour")
    assert found["accept"].due_at == MONDAY + timedelta(hours=2)


def test_an_own_limit_ends_from_its_date_on(cast: Cast) -> None:
    tenant = cast.tenant.id
    with clock.telling(MONDAY):
        day = MONDAY.date()
        ruling.set_limit(
            cast.leader_zhou,
            step="accept",
            category="",
            value=4,
            unit="working_hour",
            valid_from=day,
            reason="快一点",
        )
        ruling.set_limit(
            cast.leader_zhou, step="accept", category="", value=None, unit="working_day",
            valid_from=day + timedelta(days=7), reason="恢复",
        )  # fmt: skip
        org.forget()
        first, then = (
            limits.rule_for(tenant, "accept"),
            limits.rule_for(tenant, "accept", on=day + timedelta(days=7)),
        )
    assert first is not None and (first.value, first.unit, first.is_local_choice) == (4, "working_hour", True)
    assert then is not None and (then.value, then.unit, then.profile) == (1, "working_day", "shandong")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"step": "extend"}, "step"),
        ({"unit": "week"}, "unit"),
        ({"value": 0}, "value"),
        ({"value": 400}, "value"),
        ({"reason": " "}, "reason"),
        ({"valid_from": date(2026, 11, 22)}, "valid_from"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(cast: Cast, more: dict[str, object], field: str) -> None:
    good = {"step": "handle", "category": "", "value": 3, "unit": "working_day", "valid_from": MONDAY.date()}
    with clock.telling(MONDAY), pytest.raises(Invalid) as refused, transaction.atomic():
        ruling.set_limit(cast.leader_zhou, **(good | {"reason": "好"} | more))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_only_the_leader_sets_limits(cast: Cast) -> None:
    for person in ("dispatch_clerk_zhang", "community_head_wang", "system_administrator_tang"):
        with pytest.raises(Denied), transaction.atomic():
            ruling.choose_profile(
                getattr(cast, person), profile="national", valid_from=clock.today(), reason="换"
            )


# -- more time ------------------------------------------------------------------------------------------------


def test_the_office_extends_visibly_and_within_the_rule(cast: Cast) -> None:
    clerk = cast.dispatch_clerk_zhang
    with clock.telling(MONDAY):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
        more = {"reason": "extend-works", "text": "要等灯杆基础养护。"}
        extended = extending.extend(clerk, case_id=case.id, version=case.version, days=6, **more)
        assert extended.due_at == local(2026, 12, 8, 18)
        assert extending.days_left(extended) == 4
        with pytest.raises(Invalid) as refused, transaction.atomic():
            extending.extend(clerk, case_id=case.id, version=None, days=5, **more)
    assert (refused.value.field, "4" in str(refused.value.problem)) == ("days", True)
    assert running(cast, case)["handle"].due_at == cast.read(case.id).due_at == extended.due_at
    (change,) = changes(cast, case)
    assert (change.kind, change.reason, change.text, change.by_name) == (
        "extend",
        "extend-works",
        more["text"],
        "张敏",
    )
    with acting(Scope(cast.tenant.id, "street")):
        line = Line.objects.get_queryset().filter(case_id=case.id).order_by("id").last()
        order = Order.objects.get_queryset().get(subject_id=case.id)
        events = set(Entry.objects.filter(subject_id=str(case.id)).values_list("event", flat=True))
    assert line is not None and (line.step, line.is_public, line.text) == ("extend", True, more["text"])
    assert order.due_at == extended.due_at
    assert {"cases.extended", "dispatch.limit_changed"} <= events


def test_what_is_overdue_or_paused_is_not_extended(cast: Cast) -> None:
    more = {"version": None, "days": 2, "reason": "extend-works", "text": "再等等"}
    with clock.telling(MONDAY):
        case, parked = cast.lead(cast.case(), steps.IN_PROGRESS), cast.lead(cast.case(), steps.PARKED)
        with pytest.raises(Conflict) as paused, transaction.atomic():
            extending.extend(cast.dispatch_clerk_zhang, case_id=parked.id, **more)  # type: ignore[arg-type]
        with pytest.raises(Denied), transaction.atomic():
            extending.extend(cast.department_handler_sun, case_id=case.id, **more)  # type: ignore[arg-type]
    with (
        clock.telling(case.due_at + timedelta(minutes=1)),
        pytest.raises(Conflict) as late,
        transaction.atomic(),
    ):
        extending.extend(cast.dispatch_clerk_zhang, case_id=case.id, **more)  # type: ignore[arg-type]
    assert (paused.value.field, late.value.field) == ("state", "days")
    assert cast.read(case.id).due_at == case.due_at and changes(cast, case) == []


def test_a_profile_without_extension_says_so(cast: Cast) -> None:
    with clock.telling(MONDAY):
        ruling.choose_profile(cast.leader_zhou, profile="national", valid_from=MONDAY.date(), reason="试行")
        org.forget()
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
        assert not extending.may_extend(cast.dispatch_clerk_zhang, case)
        with pytest.raises(Invalid) as refused, transaction.atomic():
            extending.extend(
                cast.dispatch_clerk_zhang,
                case_id=case.id,
                version=None,
                days=1,
                reason="extend-works",
                text="等",
            )
    assert "没有延期" in str(refused.value.problem)
