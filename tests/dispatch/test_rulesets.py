"""Versions of the rules: drafted, tested on past cases, released by a second person; each order keeps why."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from baiying.cases import backtest, rulebook, steps
from baiying.cases.models import Case
from baiying.cases.services import StepData, take_step
from baiying.dispatch import rulesets
from baiying.dispatch.models import Order, RuleSet
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def states(cast: Cast) -> dict[int, str]:
    with acting(Scope(cast.tenant.id, "street")):
        return dict(RuleSet.objects.order_by("version").values_list("version", "state"))


def order_of(cast: Cast, case: Case) -> Order:
    with acting(Scope(cast.tenant.id, "street")):
        return Order.objects.select_related("unit").get(subject_id=case.id)


def new_version(cast: Cast, *rows: rulesets.Wanted) -> int:
    clerk = cast.dispatch_clerk_zhang
    fresh = rulesets.draft(clerk, note="试一试")
    for row in rows:
        rulebook.put_row(clerk, number=fresh.version, row_id=None, wanted=row)
    return fresh.version


def test_the_first_version_says_what_the_catalogue_said(cast: Cast) -> None:
    assert rulebook.found_first(cast.tenant.id) > 0
    assert rulebook.found_first(cast.tenant.id) == 0  # once
    assert states(cast) == {1: "live"}
    case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
    _asked, answer, book = rulebook.suggest(cast.dispatch_clerk_zhang, case)
    assert (answer.lead, book.version) == ("dept-municipal", 1)
    assert answer.row is not None and answer.row.category == "street-light-out"


def test_before_the_first_version_the_same_is_said(cast: Cast) -> None:
    case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
    before = rulebook.suggest(cast.dispatch_clerk_zhang, case)[1]
    rulebook.found_first(cast.tenant.id)
    after = rulebook.suggest(cast.dispatch_clerk_zhang, case)[1]
    assert (before.lead, before.saying) == (after.lead, after.saying) == ("dept-municipal", "")


def test_an_order_keeps_rule_version_and_inputs_and_says_why(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
    data = StepData(unit_id=cast.units["dept-municipal"].id)
    take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)
    order = order_of(cast, case)
    assert (order.rule_version, order.rule["suggested"], order.rule["inputs"]["grid"]) == (
        1, "dept-municipal", cast.units["e1"].code,
    )  # fmt: skip
    why = rulebook.explain(order)
    assert (
        "派单规则第 1 版" in why[0] and "路灯不亮" in why[0] and cast.units["dept-municipal"].name in why[0]
    )
    assert len(why) == 2


def test_a_choice_against_the_rules_is_said(cast: Cast) -> None:
    case = cast.lead(cast.case(category="street-light-out"), steps.HANDED_OUT)  # to dept-enforcement
    why = rulebook.explain(order_of(cast, case))
    assert cast.units["dept-municipal"].name in why[-1] and cast.units["dept-enforcement"].name in why[-1]


def test_a_matter_without_a_rule_goes_to_the_territory(cast: Cast) -> None:
    case = cast.lead(cast.case(category="stair-clutter"), steps.ACCEPTED)
    answer = rulebook.suggest(cast.dispatch_clerk_zhang, case)[1]
    assert (answer.lead, answer.saying) == (cast.units["east"].code, "@territory")
    data = StepData(unit_id=cast.units["east"].id)
    take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)
    assert "事件先属地、后属主" in rulebook.explain(order_of(cast, case))[0]


def test_draft_test_release_and_the_old_one_retires(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    zhang, bai = cast.dispatch_clerk_zhang, cast.dispatch_clerk_bai
    number = new_version(
        cast,
        rulesets.Wanted(category="street-light-out", area=cast.units["e1"].code, lead="dept-enforcement"),
    )
    for _n in range(3):
        cast.case(category="street-light-out", at=cast.in_grid("e1"))
    cast.case(category="street-light-out", at=cast.in_grid("w1"))
    with pytest.raises(Conflict), transaction.atomic():
        rulesets.release(bai, number=number)
    found = backtest.run(zhang, number=number).test
    assert (found["cases"], found["changed"], found["conflicts"]) == (4, 3, [])
    assert [(m["from"], m["to"], m["count"]) for m in found["moves"]] == [
        ("dept-municipal", "dept-enforcement", 3)
    ]
    load = {one["unit"]: (one["before"], one["after"]) for one in found["load"]}
    assert load == {"dept-municipal": (4, 1), "dept-enforcement": (0, 3)}
    with pytest.raises(Conflict) as own, transaction.atomic():
        rulesets.release(zhang, number=number)
    assert "另一个人" in str(own.value.problem)
    rulesets.release(bai, number=number)
    assert states(cast) == {1: "retired", 2: "live"}
    case = cast.lead(cast.case(category="street-light-out", at=cast.in_grid("e1")), steps.HANDED_OUT)
    order = order_of(cast, case)
    assert (order.rule_version, order.rule["suggested"]) == (2, "dept-enforcement")


def test_an_edit_after_the_test_asks_for_a_new_test(cast: Cast) -> None:
    number = new_version(cast, rulesets.Wanted(lead="dept-municipal"))
    backtest.run(cast.dispatch_clerk_zhang, number=number)
    row = rulebook.put_row(
        cast.dispatch_clerk_zhang,
        number=number,
        row_id=None,
        wanted=rulesets.Wanted(kind="help", lead="dept-enforcement"),
    )
    assert states(cast)[number] == "draft"
    rulesets.remove_row(cast.dispatch_clerk_zhang, number=number, row_id=row.pk)
    with pytest.raises(Conflict), transaction.atomic():
        rulesets.release(cast.dispatch_clerk_bai, number=number)


def test_rows_that_contradict_one_another_are_not_released(cast: Cast) -> None:
    number = new_version(
        cast, rulesets.Wanted(category="street-light-out", kind="help", lead="dept-municipal"),
        rulesets.Wanted(category="street-light-out", what="component", lead="dept-enforcement"),
    )  # fmt: skip
    cast.case(category="street-light-out", kind="help")
    found = backtest.run(cast.dispatch_clerk_zhang, number=number).test
    assert found["conflicts"] == [{"rows": [1, 2], "count": 1}]
    with pytest.raises(Conflict) as refused, transaction.atomic():
        rulesets.release(cast.dispatch_clerk_bai, number=number)
    assert "矛盾" in str(refused.value.problem)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"lead": "nobody"}, "lead"),
        ({"lead": "dept-municipal", "category": "no-such"}, "category"),
        ({"lead": "dept-municipal", "kind": "no-such"}, "kind"),
        ({"lead": "dept-municipal", "area": "dept-enforcement"}, "area"),
        ({"lead": "dept-municipal", "supports": ("dept-municipal",)}, "supports"),
        ({"lead": "dept-municipal", "supports": ("x",)}, "supports"),
        ({"lead": "dept-municipal", "limit_days": 0}, "limit_days"),
    ],
)
def test_a_wrong_row_names_its_field(cast: Cast, wanted: dict[str, object], field: str) -> None:
    number = new_version(cast)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        rulebook.put_row(
            cast.dispatch_clerk_zhang,
            number=number,
            row_id=None,
            wanted=rulesets.Wanted(**wanted),  # type: ignore[arg-type]
        )
    assert refused.value.field == field


def test_a_rule_pushes_nothing_down_to_a_community(cast: Cast) -> None:
    number, east = new_version(cast), cast.units["east"].code
    with pytest.raises(Conflict) as refused, transaction.atomic():
        rulebook.put_row(
            cast.dispatch_clerk_zhang, number=number, row_id=None,
            wanted=rulesets.Wanted(category="street-light-out", lead=east),
        )  # fmt: skip
    assert refused.value.field == "lead"
    allowed = rulesets.Wanted(category="neighbour-dispute", lead=east)
    rulebook.put_row(cast.dispatch_clerk_zhang, number=number, row_id=None, wanted=allowed)


def test_what_is_live_never_changes(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    for act in (
        lambda: rulesets.put_row(
            cast.dispatch_clerk_zhang, number=1, row_id=None, wanted=rulesets.Wanted(lead="dept-municipal")
        ),
        lambda: rulesets.discard(cast.dispatch_clerk_zhang, number=1),
        lambda: backtest.run(cast.dispatch_clerk_zhang, number=1),
    ):
        with pytest.raises(Refusal), transaction.atomic():
            act()
    assert states(cast) == {1: "live"}


def test_one_draft_at_a_time_and_one_live_in_the_database(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    new_version(cast)
    with pytest.raises(Conflict), transaction.atomic():
        rulesets.draft(cast.dispatch_clerk_bai, note="")
    with (
        pytest.raises(IntegrityError, match="rule_set_one_live_per_street"),
        acting(Scope(cast.tenant.id, "street")),
    ):
        RuleSet.objects.filter(version=2).update(state="live")


def test_who_may_write_and_release(cast: Cast) -> None:
    number = new_version(cast)
    for person in ("community_head_wang", "department_handler_sun", "leader_zhou"):
        with pytest.raises(Denied), transaction.atomic():
            rulesets.draft(getattr(cast, person), note="")
    with pytest.raises(NotFound), transaction.atomic():
        rulesets.discard(cast.outsider_zhao, number=number)
    backtest.run(cast.dispatch_clerk_zhang, number=number)
    assert rulesets.release(cast.leader_zhou, number=number).state == "live"


def test_returns_are_counted_for_the_rule_that_sent_them(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    for _n in range(2):
        case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
        data = StepData(unit_id=cast.units["dept-municipal"].id)
        take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)
    take_step(cast.department_handler_he, case_id=case.id, step="return", data=cast.data_for("return"))
    scope = cast.dispatch_clerk_zhang.scope
    with acting(scope):
        row = next(
            r for r in rulesets.rows_of(rulesets.version(scope, 1)) if r.category == "street-light-out"
        )
        assert rulesets.declined(scope, [row.pk]) == {row.pk: (2, 1)}
    again = rulebook.suggest(cast.dispatch_clerk_zhang, cast.read(case.id))[1]
    assert (again.lead, again.passed) == (cast.units["east"].code, ("dept-municipal",))
