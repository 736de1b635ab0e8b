"""Supporting orders beside the lead one: handed out, acknowledged, returned, reported; the case's state never moves by them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from baiying.cases import services, steps, supporting
from baiying.cases.models import Case, Line, Photo
from baiying.cases.services import StepData, take_step
from baiying.dispatch import queries, reference, ringing
from baiying.dispatch.models import Clock, Escalation, Order
from baiying.kit import clock
from baiying.kit.calendar import add_working_days
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo

pytestmark = pytest.mark.django_db


def ask(cast: Cast, case: Case, unit: str = "dept-municipal", **more: object) -> Order:
    return supporting.hand_out_support(
        cast.dispatch_clerk_zhang, case_id=case.id, unit_id=cast.units[unit].id, text="请派一辆清障车", **more
    )  # type: ignore[arg-type]


def orders(cast: Cast, case: Case) -> list[tuple[str, str, str, str]]:
    with acting(Scope(cast.tenant.id, "street")):
        rows = Order.objects.filter(subject_id=case.id).select_related("unit").order_by("handed_out_at", "id")
        return [(o.part, o.unit.code, o.state, o.result) for o in rows]


def steps_told(cast: Cast, case: Case) -> list[str]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Line.objects.filter(case=case).order_by("id").values_list("step", flat=True))


def test_a_supporting_unit_takes_its_own_steps_and_the_case_stays(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    order = ask(cast, case)
    helper = cast.department_handler_he
    supporting.take_order_step(helper, order_id=order.id, step="acknowledge", data=StepData())
    data = StepData(result="solved", text="车已拖走", photos=[a_photo()])
    supporting.take_order_step(helper, order_id=order.id, step="report", data=data)
    assert orders(cast, case) == [
        ("lead", "dept-enforcement", "acknowledged", ""), ("support", "dept-municipal", "finished", "solved"),
    ]  # fmt: skip
    assert steps_told(cast, case)[-3:] == ["support_out", "support_ack", "support_result"]
    after = cast.read(case.id)
    assert (after.state, after.unit_id, after.version) == (case.state, case.unit_id, case.version)
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
        assert Order.objects.get(id=order.id).photo_ids == [photo.id]


def test_one_lead_runs_and_the_database_says_so(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    with acting(Scope(cast.tenant.id, "street")):
        lead = queries.lead_of(Scope(cast.tenant.id, "street"), case.id)
        assert lead is not None
        lead.id = case.id
        with pytest.raises(IntegrityError, match="order_one_lead_per_subject"), transaction.atomic():
            lead.save(force_insert=True)


def test_a_unit_supports_once_at_a_time_and_not_itself(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    ask(cast, case)
    for unit in ("dept-municipal", "dept-enforcement", "west"):
        with pytest.raises(Conflict) as refused, transaction.atomic():
            ask(cast, case, unit)
        assert refused.value.field == "unit"
    assert len(orders(cast, case)) == 2


def test_without_a_unit_in_charge_nobody_supports(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    with pytest.raises(Conflict), transaction.atomic():
        ask(cast, case)
    assert orders(cast, case) == []


def test_the_unit_in_charge_may_ask_and_others_may_not(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    order = supporting.hand_out_support(
        cast.department_handler_sun, case_id=case.id, unit_id=cast.units["dept-municipal"].id, text="请断水"
    )
    assert order.handed_out_by == cast.accounts["department_handler_sun"].id
    with pytest.raises(NotFound), transaction.atomic():  # it does not see the case, only its order
        supporting.hand_out_support(
            cast.department_handler_he, case_id=case.id, unit_id=cast.units["east"].id, text="请断水"
        )
    with pytest.raises(Denied), transaction.atomic():
        supporting.hand_out_support(
            cast.community_clerk_liu, case_id=case.id, unit_id=cast.units["e1"].id, text="请看看"
        )


def test_a_department_does_not_push_its_duty_to_a_community(cast: Cast) -> None:
    case = cast.lead(cast.case(category="street-light-out"), steps.IN_PROGRESS)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        supporting.hand_out_support(
            cast.department_handler_sun, case_id=case.id, unit_id=cast.units["east"].id, text="请社区去修"
        )
    assert "社区事项清单" in str(refused.value.problem) + str(refused.value.remedy)
    light, talk = (
        reference.is_community_task(code, clock.today()) for code in ("street-light-out", "neighbour-dispute")
    )
    assert (light, talk) == (False, True)
    ask(cast, case, "east")  # the office may ask the community for a hand


def test_the_lead_waits_for_supports_or_says_why_not(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    ask(cast, case)
    sun, done = cast.department_handler_sun, cast.data_for("handle")
    with pytest.raises(Conflict) as refused, transaction.atomic():
        take_step(sun, case_id=case.id, step="handle", data=done)
    assert refused.value.field == "without_supports"
    assert cast.units["dept-municipal"].name in str(refused.value.problem)
    words = StepData(
        text="已处理", outcome="solved", no_photo_reason="夜间", without_supports="清障车已不需要"
    )
    take_step(sun, case_id=case.id, step="handle", data=words)
    assert orders(cast, case) == [
        ("lead", "dept-enforcement", "finished", "solved"), ("support", "dept-municipal", "recalled", "cancelled"),
    ]  # fmt: skip
    assert steps_told(cast, case)[-2:] == ["support_cancel", "handle"]


def test_a_support_that_has_ended_takes_no_more_steps(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    order = ask(cast, case)
    he = cast.department_handler_he
    data = StepData(reason="return-not-ours", text="没有清障车")
    supporting.take_order_step(he, order_id=order.id, step="return", data=data)
    before = steps_told(cast, case)
    for step in ("acknowledge", "return", "report"):
        with pytest.raises(Conflict), transaction.atomic():
            supporting.take_order_step(he, order_id=order.id, step=step, data=data)
    assert steps_told(cast, case) == before
    assert orders(cast, case)[1] == ("support", "dept-municipal", "returned", "")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (StepData(text="好了", no_photo_reason="夜间"), "result"),
        (StepData(result="cancelled", text="好了", no_photo_reason="夜间"), "result"),
        (StepData(result="solved", no_photo_reason="夜间"), "text"),
        (StepData(result="solved", text="好了"), "photos"),
        (StepData(result="solved", text="好了", no_photo_reason="长" * 10_001), "no_photo_reason"),
    ],
)
def test_a_report_needs_result_words_and_proof(cast: Cast, data: StepData, field: str) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    order = ask(cast, case)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        supporting.take_order_step(cast.department_handler_he, order_id=order.id, step="report", data=data)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "person", ["outsider_zhao", "outsider_handler_jin", "community_head_chen", "grid_worker_lu"]
)
def test_an_order_of_others_does_not_exist(cast: Cast, person: str) -> None:
    order = ask(cast, cast.lead(cast.case(), steps.IN_PROGRESS))
    with pytest.raises(NotFound), transaction.atomic():
        supporting.take_order_step(
            getattr(cast, person), order_id=order.id, step="acknowledge", data=StepData()
        )


def test_the_lead_unit_cannot_answer_for_the_supporting_one(cast: Cast) -> None:
    order = ask(cast, cast.lead(cast.case(), steps.IN_PROGRESS))
    with pytest.raises(NotFound), transaction.atomic():
        supporting.take_order_step(
            cast.department_handler_sun, order_id=order.id, step="report", data=StepData()
        )
    with pytest.raises((Conflict, Denied)), transaction.atomic():
        supporting.take_order_step(
            cast.community_head_wang, order_id=order.id, step="acknowledge", data=StepData()
        )


def test_somebody_named_must_work_there(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    unit = cast.units["dept-enforcement"].id
    for wrong in ("何静", "无此人"):
        with pytest.raises(Invalid) as refused, transaction.atomic():
            take_step(
                cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out",
                data=StepData(unit_id=unit, person=wrong),
            )  # fmt: skip
        assert refused.value.field == "person"
    take_step(
        cast.dispatch_clerk_zhang,
        case_id=case.id,
        step="hand_out",
        data=StepData(unit_id=unit, person="孙涛"),
    )
    with acting(Scope(cast.tenant.id, "street")):
        assert Order.objects.get(subject_id=case.id).person_id == cast.accounts["department_handler_sun"].id


# -- return and negotiate -----------------------------------------------------------------------------------


def give_back(cast: Cast, case: Case, person: str = "department_handler_sun") -> None:
    take_step(getattr(cast, person), case_id=case.id, step="return", data=cast.data_for("return"))


def hand(cast: Cast, case: Case, unit: str, text: str = "") -> Case:
    data = StepData(unit_id=cast.units[unit].id, text=text)
    return take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)


def test_a_return_comes_within_two_working_days_or_not_at_all(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    with acting(Scope(cast.tenant.id, "street")):
        handed_out_at = Order.objects.get(subject_id=case.id).handed_out_at
    end = add_working_days(handed_out_at, 2).at
    with clock.telling(end + timedelta(minutes=1)):
        assert "return" not in [s.name for s in services.may_take(cast.department_handler_sun, case)]
        with pytest.raises(Conflict) as refused, transaction.atomic():
            give_back(cast, case)
        assert "2 个工作日" in str(refused.value.problem)
    assert cast.read(case.id).state == steps.HANDED_OUT
    with clock.telling(end):
        give_back(cast, case)
    assert cast.read(case.id).state == steps.RETURNED


def test_a_unit_returns_a_case_once(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.RETURNED)
    hand(cast, case, "dept-enforcement")
    with pytest.raises(Conflict) as refused, transaction.atomic():
        give_back(cast, case)
    assert "已经退过一次" in str(refused.value.problem)


def test_after_two_returns_the_office_decides_and_it_sticks(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.RETURNED)
    hand(cast, case, "dept-municipal")
    give_back(cast, case, "department_handler_he")
    with pytest.raises(Invalid) as invalid, transaction.atomic():
        hand(cast, case, "dept-municipal")
    assert invalid.value.field == "text"
    data = StepData(unit_id=cast.units["dept-municipal"].id, text="会商确定：路灯归市政")
    with pytest.raises(Denied), transaction.atomic():
        take_step(cast.community_head_wang, case_id=case.id, step="hand_out", data=data)
    hand(cast, case, "dept-municipal", "会商确定：路灯归市政")
    with pytest.raises(Conflict) as refused, transaction.atomic():
        give_back(cast, case, "department_handler_he")
    assert "研判决定" in str(refused.value.problem)
    assert [o[2] for o in orders(cast, case)] == ["returned", "returned", "handed_out"]


def test_a_case_taken_up_again_begins_anew(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.RETURNED)
    hand(cast, case, "dept-enforcement")
    for person, step in [
        ("department_handler_sun", "acknowledge"), ("department_handler_sun", "handle"), ("checker_qian", "check"),
        ("dispatch_clerk_zhang", "rate"), ("dispatch_clerk_zhang", "close"), ("dispatch_clerk_zhang", "reopen"),
        ("dispatch_clerk_zhang", "accept"),
    ]:  # fmt: skip
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    hand(cast, case, "dept-enforcement")
    give_back(cast, case)
    assert cast.read(case.id).state == steps.RETURNED


def test_what_a_department_returned_goes_to_the_community_only_by_the_list(cast: Cast) -> None:
    case = cast.lead(cast.case(category="street-light-out"), steps.RETURNED)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        hand(cast, case, "east")
    assert refused.value.field == "unit"
    quarrel = cast.lead(cast.case(category="neighbour-dispute", phone="13805330001"), steps.RETURNED)
    assert hand(cast, quarrel, "east").unit_id == cast.units["east"].id


# -- its own clock ------------------------------------------------------------------------------------------------


def test_a_support_has_a_clock_of_its_own_that_rings_up_the_chain_and_ends_with_it(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    scope = Scope(cast.tenant.id, "street")
    order = ask(cast, case)
    with acting(scope):
        running = Clock.objects.within(scope).get(subject_id=order.id)
        assert (running.what, running.state, running.due_at) == ("order", "running", order.due_at)
    with clock.telling(order.due_at + timedelta(days=1)):
        ringing.ring(cast.tenant.id)
    with acting(scope):
        told = Escalation.objects.within(scope).filter(subject_id=order.id)
        assert [(row.subject_kind, row.what) for row in told] == [("order", "order")]
    page = cast.client("dispatch_clerk_zhang").get("/desk/escalations/all").content.decode()
    assert f"/desk/orders/{order.id}/" in page
    supporting.take_order_step(
        cast.dispatch_clerk_zhang, order_id=order.id, step="cancel", data=StepData(text="不用了")
    )
    with acting(scope):
        assert Clock.objects.within(scope).get(subject_id=order.id).state == "stopped"
        assert not Escalation.objects.within(scope).filter(subject_id=order.id, ended_at=None).exists()
