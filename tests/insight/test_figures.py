"""Figures are exact at every moment: folded or not, whatever happened to the cases."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.cases import exclusions, steps
from baiying.cases import services as cases
from baiying.cases.aftermath import reasons_that_reopen
from baiying.cases.models import Case
from baiying.cases.services import StepData
from baiying.insight import queries, services
from baiying.insight.queries import Figures, Period
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.refusals import Denied, Refusal
from baiying.org.rules import Scope, acting
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
ALWAYS = Period(date(2000, 1, 1), date(2030, 12, 31))


def drain_street(cast: Cast, most: int = 2000) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return drain(cast.tenant.id, (services.fold,), most=most)


def all_cases(cast: Cast) -> list[Case]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Case.objects.filter(tenant_id=cast.tenant.id))


def counted(rows: list[Case], period: Period, now: datetime) -> Figures:
    """What the figures must be, counted one by one."""

    def within(at: datetime | None) -> bool:
        return at is not None and period.first <= timezone.localdate(at) <= period.last

    found: Counter[str] = Counter()
    for case in rows:
        found["received"] += within(case.received_at)
        found["handled"] += within(case.handled_at)
        found["reopened"] += within(case.reopened_at)
        found["declined" if case.state == steps.DECLINED else "closed"] += within(case.closed_at)
        found["open"] += case.state in steps.OPEN
        found["overdue"] += case.state in steps.RUNNING and case.due_at < now
        found["raised"] += within(case.raised_at)
        if within(case.rated_at):
            if case.is_not_counted:
                found["not_counted"] += 1
            elif case.rating == "no_answer":
                found["unanswered"] += 1
            else:
                found["called_back"] += 1
                found[case.rating] += 1
                if case.rate_method:
                    found[case.rate_method] += 1
                found["contacted"] += bool(case.is_contacted)
                found["solved"] += bool(case.is_solved)
    return Figures(**found)


def assert_exact(cast: Cast, now: datetime) -> None:
    rows = all_cases(cast)
    scope = Scope(cast.tenant.id, "street")
    with clock.telling(now), acting(scope):
        assert services.differences(cast.tenant.id) == []
        for period in (ALWAYS, NOVEMBER, Period(date(2026, 10, 20), date(2026, 11, 10))):
            seen = queries.overview(scope, period)
            assert seen.total == counted(rows, period, now)
            assert queries.figures(scope, period) == seen.total
            for key, found in seen.communities.items():
                mine = [c for c in rows if (c.community_id or 0) == key]
                assert found == counted(mine, period, now)
            for key, found in seen.categories.items():
                assert found == counted([c for c in rows if c.category_id == key], period, now)
        states = Counter(case.state for case in rows)
        assert queries.stock(scope) == {code: states[code] for code in steps.NUMBER}
    east = Scope(cast.tenant.id, "community", cast.units["east"].id)
    mine = [c for c in rows if c.community_id == east.unit]
    with clock.telling(now), acting(east):
        seen = queries.overview(east, ALWAYS)
        assert seen.total == counted(mine, ALWAYS, now)
        assert sum(seen.categories.values(), Figures()) == seen.total
        assert seen.communities == {}
        for key, found in seen.grids.items():
            assert found == counted([c for c in mine if (c.grid_id or 0) == key], ALWAYS, now)


PEOPLE = (
    "dispatch_clerk_zhang", "department_handler_sun", "department_handler_he", "community_head_wang", "checker_qian",
)  # fmt: skip


def random_step(cast: Cast, dice: random.Random, case: Case) -> None:
    possible = steps.LIFECYCLE.steps_from(case.state, by=("staff",))
    for step in dice.sample(possible, len(possible)):
        data = cast.data_for(step.name)
        if step.name == "hand_out":
            unit = dice.choice(("dept-enforcement", "dept-municipal"))
            data = StepData(unit_id=cast.units[unit].id)
        if step.name == "rate":
            rating = dice.choice(("satisfied", "basically_satisfied", "dissatisfied"))
            data = StepData(rating=rating, contacted=dice.random() < 0.8, solved=dice.random() < 0.5)
            why = dice.choice(("", *sorted(reasons_that_reopen()))) if rating == "dissatisfied" else ""
            data = replace(data, method=dice.choice(("", "phone", "on_site")), reason=why)
        for person in dice.sample(PEOPLE, len(PEOPLE)):
            try:
                cases.take_step(getattr(cast, person), case_id=case.id, step=step.name, data=data)
            except Refusal:
                continue
            return


def random_exclusion(cast: Cast, dice: random.Random, case: Case) -> None:
    """Explained and not counted: proposed by one, agreed or refused by the other."""
    try:
        row = exclusions.propose(
            cast.dispatch_clerk_zhang, case_id=case.id, class_code="unlawful", text="试验"
        )
        agrees = dice.random() < 0.7
        exclusions.decide(cast.leader_zhou, exclusion_id=row.id, agrees=agrees, text="试验")
    except Refusal:
        return


def random_correction(cast: Cast, dice: random.Random, case: Case) -> None:
    unit = cast.units[dice.choice(("e1", "e2", "w1", "w2"))]
    changes = cases.Correction(category=dice.choice(("street-light", "other")), grid_id=unit.id)
    try:
        cases.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=changes)
    except Refusal:
        return


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 2**32), moves=st.lists(st.sampled_from("rrllsssssssscxfff"), min_size=5, max_size=30)
)
def test_figures_equal_the_cases_at_every_moment(cast: Cast, seed: int, moves: list[str]) -> None:
    with transaction.atomic():
        live_through(cast, random.Random(seed), moves)
        transaction.set_rollback(True)


def live_through(cast: Cast, dice: random.Random, moves: list[str]) -> None:
    now = NOW
    known: list[UUID] = []
    for move in moves:
        now += timedelta(minutes=dice.choice((1, 20, 300, 3000)))
        with clock.telling(now):
            if move == "r" or not (known or move == "l"):
                place = dice.choice(("e1", "e2", "w1", None))
                at = cast.in_grid(place) if place else (117.0, 36.0)
                known.append(cast.case(at=at, text=dice.choice(("路灯不亮", "楼道有异味"))).id)
            elif move == "l":
                known.append(cast.lead(cast.case(), dice.choice(sorted(steps.NUMBER))).id)
            elif move == "s":
                random_step(cast, dice, cast.read(dice.choice(known)))
            elif move == "x":
                random_exclusion(cast, dice, cast.read(dice.choice(known)))
            elif move == "c":
                random_correction(cast, dice, cast.read(dice.choice(known)))
            else:
                drain_street(cast, most=dice.choice((1, 3, 100)))
        assert_exact(cast, now)


def test_rates_of_a_period_with_their_numerators_and_denominators(cast: Cast) -> None:
    with clock.telling(NOW):
        for rating, contacted, solved in (
            ("satisfied", True, True), ("satisfied", True, True), ("basically_satisfied", True, True),
            ("basically_satisfied", True, False), ("dissatisfied", False, False),
        ):  # fmt: skip
            case = cast.lead(cast.case(), steps.CHECKED)
            data = StepData(rating=rating, contacted=contacted, solved=solved)
            cases.take_step(cast.checker_qian, case_id=case.id, step="rate", data=data)
        unanswered = cast.lead(cast.case(), steps.CHECKED)
        cases.take_step(cast.checker_qian, case_id=unanswered.id, step="go_unrated")
        with acting(cast.leader_zhou.scope):
            seen = queries.figures(cast.leader_zhou.scope, NOVEMBER)
    assert seen == Figures(
        open=6, received=6, handled=6, called_back=5, contacted=4, solved=3, satisfied=2, basically_satisfied=2,
        dissatisfied=1, unanswered=1, phone=5,
    )  # fmt: skip
    assert (seen.response.numerator, seen.response.denominator) == (4, 5)
    assert (seen.solution.numerator, seen.solution.denominator) == (3, 5)
    beijing, shandong = seen.satisfaction(Decimal("0.9")), seen.satisfaction(Decimal(1))
    assert (beijing.numerator, beijing.denominator, beijing.value) == (Decimal("3.8"), 5, Decimal("0.76"))
    assert (shandong.numerator, shandong.value) == (4, Decimal("0.8"))
    assert (seen.coverage.numerator, seen.coverage.denominator) == (5, 6)
    assert (seen.no_response.numerator, seen.no_response.denominator) == (1, 6)
    assert (seen.not_counted_share.numerator, seen.not_counted_share.denominator) == (0, 6)


def test_without_call_backs_there_is_no_rate(cast: Cast) -> None:
    scope = cast.leader_zhou.scope
    with acting(scope):
        seen = queries.figures(scope, NOVEMBER)
    assert seen == Figures()
    assert (seen.response.value, seen.solution.value, seen.satisfaction(Decimal(1)).value) == (
        None,
        None,
        None,
    )


def test_overdue_is_exact_to_the_second(cast: Cast) -> None:
    with clock.telling(NOW):
        case = cast.case()
    drain_street(cast)
    scope = cast.leader_zhou.scope
    seen = []
    for seconds in (-1, 0, 1, 3600, 86400):
        with clock.telling(case.due_at + timedelta(seconds=seconds)), acting(scope):
            seen.append(queries.figures(scope, NOVEMBER).overdue)
    assert seen == [0, 0, 1, 1, 1]


@pytest.mark.usefixtures("steady_map")
@pytest.mark.parametrize("folded", [False, True])
def test_the_number_of_queries_does_not_grow(cast: Cast, folded: bool) -> None:
    scope = cast.leader_zhou.scope
    counts = []
    for more in (1, 3):
        for _ in range(more):
            cast.lead(cast.case(), steps.HANDLED)
        if folded:
            drain_street(cast)
        with acting(scope), CaptureQueriesContext(connection) as queries_made:
            queries.overview(scope, ALWAYS)
        counts.append(len([q for q in queries_made if "insight" in q["sql"]]))
    assert counts == [1, 1]


def test_a_case_that_moves_leaves_the_figures_of_its_old_community_at_once(cast: Cast) -> None:
    case = cast.case()
    drain_street(cast)
    changes = cases.Correction(grid_id=cast.units["w1"].id)
    cases.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=changes)
    for actor, received in ((cast.community_head_wang, 0), (cast.community_head_chen, 1)):
        with acting(actor.scope):
            assert queries.figures(actor.scope, ALWAYS) == Figures(open=received, received=received)
    drain_street(cast)
    for actor, received in ((cast.community_head_wang, 0), (cast.community_head_chen, 1)):
        with acting(actor.scope):
            assert queries.figures(actor.scope, ALWAYS) == Figures(open=received, received=received)


def test_nobody_reads_figures_of_another_branch(cast: Cast) -> None:
    cast.case()
    drain_street(cast)
    wang, sun = cast.community_head_wang, cast.department_handler_sun
    for scope, community in (
        (wang.scope, cast.units["west"].id), (sun.scope, None), (cast.leader_zhou.scope, cast.units["e1"].id),
        (cast.leader_zhou.scope, cast.other_units["east"].id),
    ):  # fmt: skip
        with acting(scope), pytest.raises(Denied):
            queries.overview(scope, ALWAYS, community)
    outside = cast.outsider_zhao.scope
    with acting(outside):
        assert queries.overview(outside, ALWAYS).total == Figures()
    for table in ("insight_figure", "insight_flow"):
        with acting(sun.scope), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)
    with acting(wang.scope), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT community_id FROM insight_figure")
        assert cursor.fetchall() == [(cast.units["east"].id,)]


def test_stock_at_every_level(cast: Cast) -> None:
    cast.case(at=cast.in_grid("e1"))
    cast.lead(cast.case(at=cast.in_grid("w1")), steps.IN_PROGRESS)
    for turn in range(2):
        for person, expected in (
            ("leader_zhou", {"received": 1, "in_progress": 1}), ("community_head_wang", {"received": 1}),
            ("grid_worker_li", {"received": 1}), ("grid_worker_lu", {}), ("department_handler_sun", {"in_progress": 1}),
        ):  # fmt: skip
            scope = getattr(cast, person).scope
            with acting(scope):
                assert queries.stock(scope) == dict.fromkeys(steps.NUMBER, 0) | expected, (person, turn)
        scope = cast.leader_zhou.scope
        with acting(scope):
            unit = cast.units["dept-enforcement"].id
            assert queries.held(scope) == {unit: dict.fromkeys(steps.NUMBER, 0) | {"in_progress": 1}}
        drain_street(cast)


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        (date(2026, 11, 3), date(2026, 11, 20), [("", 20760, 20777)]),
        (date(2026, 11, 1), date(2026, 11, 30), [("_by_month", 24322, 24322)]),
        (
            date(2026, 10, 31),
            date(2026, 12, 1),
            [("", 20757, 20757), ("_by_month", 24322, 24322), ("", 20788, 20788)],
        ),
        (date(2026, 1, 1), date(2026, 12, 31), [("_by_month", 24312, 24323)]),
        (date(2026, 11, 2), date(2026, 12, 30), [("", 20759, 20817)]),
    ],
)
def test_a_period_is_read_as_months_where_it_can_be(
    first: date, last: date, spans: list[tuple[str, int, int]]
) -> None:
    assert list(Period(first, last).spans()) == spans


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 11, 2), date(2026, 11, 1))
