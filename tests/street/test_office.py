"""The demonstration's staff: they come and go with the office's hours, in the order of things, never ahead of time."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

import pytest

from baiying.cases import jobs, steps
from baiying.cases.models import Case, Line
from baiying.kit import clock
from baiying.kit.calendar import ZONE, is_working_day
from baiying.org.rules import Scope, acting
from baiying.street import load
from baiying.street.hours import in_hours
from baiying.street.office import DEPTHS, Office
from tests.cast import Cast

GRID_WORKERS = "网格"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    "moment", ["2025-11-17 08:30", "2025-11-17 12:10", "2025-11-21 17:30", "2025-10-11 15:00"]
)
def test_what_lies_in_office_hours_stays_there(moment: str) -> None:
    assert in_hours(at(moment), random.Random(1)) == at(moment)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2025-11-18 03:00", "2025-11-18 08:30"),
        ("2025-11-18 17:31", "2025-11-19 08:30"),
        ("2025-11-21 20:00", "2025-11-24 08:30"),  # Friday evening
        ("2025-11-22 10:00", "2025-11-24 08:30"),  # Saturday
        ("2025-09-30 18:00", "2025-10-09 08:30"),  # the National Day's week
    ],
)
def test_what_lies_outside_is_done_in_the_next_working_morning(moment: str, opens: str) -> None:
    for seed in range(20):
        moved = in_hours(at(moment), random.Random(seed))
        assert at(opens) <= moved < at(opens) + timedelta(minutes=100)


def test_some_saturday_mornings_are_worked() -> None:
    moved = [in_hours(at("2025-11-21 20:00"), random.Random(n), saturdays=True) for n in range(100)]
    assert {m.date().isoformat() for m in moved} == {"2025-11-22", "2025-11-24"}
    assert max(m.time() for m in moved) < time(12)


def test_staff_act_by_day_in_order_and_never_ahead_of_time(cast: Cast) -> None:
    office = Office(cast.tenant.id, random.Random(7), story=True)
    evening = clock.now().astimezone(ZONE).replace(hour=21, minute=40)
    for days in range(1, 25):
        with clock.telling(evening - timedelta(days=days)):
            case = cast.case()
        office.play(case.id)
    for lines in timelines(cast):
        moments = [line.at for line in lines]
        assert moments == sorted(moments)
        assert moments[-1] < clock.now()
        assert [line for line in lines if line.actor_kind == "staff" and not is_by_day(line)] == []
    assert sum(office.taken.values()) > 50


def test_every_desk_has_something_to_show(cast: Cast) -> None:
    office = Office(cast.tenant.id, random.Random(7), story=True)
    with clock.telling(clock.now() - timedelta(days=12)):
        for _number in range(24):
            cast.case()
    office.fill_every_desk()
    with acting(Scope(cast.tenant.id, "street")):
        shown = set(Case.objects.filter(tenant_id=cast.tenant.id).values_list("state", flat=True))
    assert shown == {state for state, _share in DEPTHS}


def test_what_time_is_about_to_end_does_not_count_as_shown(cast: Cast) -> None:
    now = at(
        "2026-11-20 12:00"
    )  # a Friday: what came four days ago has had every day's hours to be worked on
    with clock.telling(now - timedelta(days=20)):
        old = cast.lead(cast.case(), steps.WAITING)
    with clock.telling(now - timedelta(days=4)):
        for _number in range(24):
            cast.case()
    with clock.telling(now):
        Office(cast.tenant.id, random.Random(7), story=True).fill_every_desk()
        jobs.stop_waiting(cast.tenant.id)
    with acting(Scope(cast.tenant.id, "street")):
        cases = Case.objects.filter(tenant_id=cast.tenant.id)
        assert cases.get(id=old.id).state != steps.WAITING
        assert set(cases.values_list("state", flat=True)) == {state for state, _share in DEPTHS}


def test_what_is_urgent_waits_for_no_morning(cast: Cast) -> None:
    night = clock.now().astimezone(ZONE).replace(hour=22, minute=5) - timedelta(days=20)
    for seed in range(5):
        with clock.telling(night):
            case = cast.case(text="3号楼着火了，有浓烟")
        Office(cast.tenant.id, random.Random(seed), story=True).play(case.id)
        with acting(Scope(cast.tenant.id, "street")):
            first = Line.objects.filter(case=case, actor_kind="staff").order_by("id").first()
        assert first is not None
        assert timedelta(0) < first.at - night <= timedelta(minutes=130)


def test_who_comes_to_the_counter_comes_while_it_is_open() -> None:
    now = at("2025-11-24 07:00")  # Monday, before the office opens
    dice = random.Random(3)
    for _ in range(200):
        moment = load._moment(dice, now, at_counter=True)
        assert moment < now
        assert is_working_day(moment.astimezone(ZONE).date())
        assert time(8, 30) <= moment.astimezone(ZONE).time() <= time(17, 30)


def timelines(cast: Cast) -> list[list[Line]]:
    with acting(Scope(cast.tenant.id, "street")):
        cases = list(Case.objects.filter(tenant_id=cast.tenant.id))
        return [list(Line.objects.filter(case=case).order_by("id")) for case in cases]


def is_by_day(line: Line) -> bool:
    local = line.at.astimezone(ZONE)
    if is_working_day(local.date()):
        return time(8, 30) <= local.time() <= time(17, 30)
    is_saturday_morning = local.weekday() == 5 and time(8, 30) <= local.time() <= time(12)
    return is_saturday_morning and line.unit_name.endswith(GRID_WORKERS)
