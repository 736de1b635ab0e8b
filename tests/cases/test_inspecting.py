"""Checks on site: who is drawn, who may look, and what "still there" does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from baiying.cases import closure, inspecting, raising, sampling, steps
from baiying.cases.closure import Rule, rules_of, set_rules
from baiying.cases.models import Case, Draw, Line
from baiying.cases.services import StepData, take_step
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo


def drawn(cast: Cast, case: Case) -> Draw:
    with acting(Scope(cast.tenant.id, "street")):
        return sampling.draws_of(case)[0]


def handled(cast: Cast, **more: object) -> Case:
    cast.draw_all()
    return cast.lead(cast.case(**more), "handled")


def test_every_handling_is_drawn_for_with_its_chance_and_reasons(cast: Cast) -> None:
    case = cast.lead(cast.case(), "handled")
    draw = drawn(cast, case)
    assert draw.reasons == [["sample_base", 10], ["risk_no_photo", 20], ["risk_quick", 10]]
    assert draw.probability == 0.4
    assert draw.handled_at == case.handled_at
    assert draw.number == sampling.number_of(draw.seed, case.id, draw.handled_at)
    assert draw.is_drawn == (draw.number < draw.probability)


def test_the_numbers_spread_evenly_and_come_out_the_same_again() -> None:
    at = clock.now()
    ids = [uuid4() for _ in range(4000)]
    numbers = [sampling.number_of("seed", i, at) for i in ids]
    assert numbers == [sampling.number_of("seed", i, at) for i in ids]
    assert all(0 <= n < 1 for n in numbers)
    tenths = [sum(1 for n in numbers if int(n * 10) == part) for part in range(10)]
    assert all(300 < count < 500 for count in tenths)
    assert sampling.number_of("other", ids[0], at) != numbers[0]


@given(st.lists(st.sampled_from(["risk_no_photo", "risk_far", "risk_reused", "risk_again"]), unique=True))
def test_risks_add_up_to_the_most(risks: list[str]) -> None:
    points = {"sample_base": 10, "risk_no_photo": 20, "risk_far": 20, "risk_reused": 40, "risk_again": 25}
    known = {k: Rule(k, v, v, "percent", k, k, "", "") for k, v in (points | {"sample_most": 90}).items()}
    numbers = closure.ClosureRules("shandong", known)
    chance, parts = sampling.probability(numbers, risks)
    assert chance == min(10 + sum(points[r] for r in risks), 90) / 100
    assert [key for key, _points in parts] == ["sample_base", *risks]


def test_the_inspector_is_of_another_grid_and_never_the_handlers(cast: Cast) -> None:
    case = handled(cast)
    street, e1, e2 = street_map(cast.tenant.id), cast.units["e1"].id, cast.units["e2"].id
    assert [g.id for g in sampling.inspectors(street, case, case.unit_id)] == [e2]
    west = cast.case(at=cast.in_grid("w1"))
    assert [g.id for g in sampling.inspectors(street, west, None)] == [
        e2,
        e1,
    ]  # neighbours, the nearest first
    assert sampling.inspectors(street, case, cast.units["e2"].id) == []
    assert sampling.inspectors(street, case, cast.units["east"].id) == []  # they answer to the handler


def test_where_nobody_is_independent_it_is_said_and_not_counted_as_drawn(cast: Cast) -> None:
    cast.draw_all()
    case = cast.lead(cast.case(), steps.ACCEPTED)
    head, east = cast.community_head_wang, cast.units["east"].id
    take_step(head, case_id=case.id, step="hand_out", data=StepData(unit_id=east))
    take_step(head, case_id=case.id, step="acknowledge")
    take_step(head, case_id=case.id, step="handle", data=cast.data_for("handle"))
    draw = drawn(cast, case)
    assert (draw.is_drawn, draw.probability, draw.reasons[-1]) == (False, 0.0, ["nobody_independent", 0])


def test_still_there_takes_the_case_back_one_level_higher(cast: Cast) -> None:
    case = handled(cast)
    draw, lu = drawn(cast, case), cast.grid_worker_lu
    assert [check.case.id for check in inspecting.checks_to_do(lu)] == [case.id]
    point = (case.lon, case.lat)
    inspecting.record_check(
        lu, draw_id=draw.id, result="still_there", note="灯还是不亮", pictures=[a_photo()],
        device=point,  # type: ignore[arg-type]
    )  # fmt: skip
    back = cast.read(case.id)
    assert (back.state, back.unit_id, back.handled_at, back.reopen_count) == (steps.REOPENED, None, None, 0)
    with acting(Scope(cast.tenant.id, "street")):
        draw.refresh_from_db()
        [raised] = raising.raisings_of(back)
        line = Line.objects.filter(case_id=case.id).latest("id")
        entry = Entry.objects.filter(subject_id=str(case.id)).latest("id")
        photos = list(back.photos.values_list("purpose", "metres", "placed_by"))
    assert (draw.result, draw.note, draw.metres, draw.result_by) == (
        "still_there",
        "灯还是不亮",
        0,
        lu.account_id,
    )
    assert (raised.why, raised.label) == ("inspection", "一呼百应办公室")
    assert back.raised_at == raised.at
    assert (line.step, line.text, line.data["inner"], line.actor_name) == (
        "find_unsolved",
        "",
        "灯还是不亮",
        "陆平",
    )
    assert (entry.event, entry.data["label"]) == ("cases.found_unsolved", raised.label)
    assert photos == [("inspection", 0, "device")]
    assert inspecting.checks_to_do(lu) == []
    assert [check.draw.id for check in inspecting.checks_done(lu)] == [draw.id]


@pytest.mark.parametrize(
    ("before", "result", "state", "step"),
    [
        ("handled", "solved", "checked", "inspect"),
        ("handled", "cannot_tell", "handled", "sample"),
        ("closed", "solved", "closed", "sample"),
        ("closed", "still_there", "reopened", "find_unsolved"),
    ],
)
def test_what_a_result_does(cast: Cast, before: str, result: str, state: str, step: str) -> None:
    cast.draw_all()
    case = cast.lead(cast.case(), before)
    inspecting.record_check(cast.grid_worker_lu, draw_id=drawn(cast, case).id, result=result, note="看过")
    assert cast.read(case.id).state == state
    with acting(Scope(cast.tenant.id, "street")):
        assert Line.objects.filter(case_id=case.id).latest("id").step == step


def test_nobody_else_writes_a_result(cast: Cast) -> None:
    case = handled(cast)
    draw = drawn(cast, case)
    for person in ("grid_worker_li", "outsider_zhao", "department_handler_sun", "dispatch_clerk_zhang"):
        with pytest.raises((NotFound, Denied)), transaction.atomic():
            inspecting.record_check(getattr(cast, person), draw_id=draw.id, result="solved", note="")
    able = replace(cast.grid_worker_li, permissions=cast.grid_worker_li.permissions)
    with pytest.raises(NotFound), transaction.atomic():
        inspecting.check_by_id(able, draw.id)
    assert cast.read(case.id).version == case.version


def test_bad_results_are_refused_and_change_nothing(cast: Cast) -> None:
    case = handled(cast)
    draw = drawn(cast, case)
    for result, note, field in (
        ("", "", "result"),
        ("still_there", " ", "note"),
        ("solved", "字" * 501, "note"),
    ):
        with pytest.raises(Invalid) as refused, transaction.atomic():
            inspecting.record_check(cast.grid_worker_lu, draw_id=draw.id, result=result, note=note)
        assert refused.value.field == field
    assert cast.read(case.id).version == case.version


def test_a_check_that_is_over_is_refused(cast: Cast) -> None:
    case = handled(cast)
    draw = drawn(cast, case)
    with clock.telling(draw.open_until + timedelta(minutes=1)), pytest.raises(Conflict), transaction.atomic():
        inspecting.record_check(cast.grid_worker_lu, draw_id=draw.id, result="solved", note="")
    take_step(cast.checker_qian, case_id=case.id, step="send_back", data=cast.data_for("send_back"))
    with pytest.raises(Conflict), transaction.atomic():
        inspecting.record_check(cast.grid_worker_lu, draw_id=draw.id, result="solved", note="")
    take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=cast.data_for("handle"))
    again = drawn(cast, case)
    assert again.id != draw.id
    inspecting.record_check(cast.grid_worker_lu, draw_id=again.id, result="solved", note="")
    with pytest.raises(Conflict), transaction.atomic():
        inspecting.record_check(cast.grid_worker_lu, draw_id=again.id, result="solved", note="")


def test_a_street_sets_its_own_numbers_with_a_reason(cast: Cast) -> None:
    set_rules(
        cast.leader_zhou, values={"sample_base": 25, "near_metres": 150}, profile="beijing", reason="试行"
    )
    numbers = rules_of(cast.tenant.id)
    assert (numbers["sample_base"], numbers["near_metres"], numbers.profile) == (25, 150, "beijing")
    assert rules_of(cast.other_tenant.id)["sample_base"] == 10
    [row] = closure.rule_history(cast.leader_zhou.scope)
    assert row.values == {"sample_base": 25}  # what equals the file's number follows the file
    bad: list[tuple[dict[str, int], str, str, str]] = [
        ({"same_bits": 8}, "shandong", "x", "same_bits"), ({"sample_base": 101}, "shandong", "x", "sample_base"),
        ({"unknown": 1}, "shandong", "x", "unknown"), ({}, "mars", "x", "profile"), ({}, "shandong", " ", "reason"),
    ]  # fmt: skip
    for values, profile, reason, field in bad:
        with pytest.raises(Invalid) as refused, transaction.atomic():
            set_rules(cast.leader_zhou, values=values, profile=profile, reason=reason)
        assert refused.value.field == field
    with pytest.raises(Denied):
        set_rules(cast.dispatch_clerk_zhang, values={}, profile="shandong", reason="x")


def test_colleagues_of_one_post_do_not_check_one_another(cast: Cast) -> None:
    case = cast.lead(cast.case(), "handled")
    colleague = replace(
        cast.department_handler_sun, account_id=cast.accounts["checker_qian"].id,
        permissions=cast.checker_qian.permissions,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused, transaction.atomic():
        take_step(colleague, case_id=case.id, step="check")
    assert refused.value.field == "checker"
