"""The street's own numbers around orders: from a day on, kept, refused when they are nonsense, never backwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from baiying.cases import outside as answers
from baiying.cases import returning, splitting, steps
from baiying.cases.models import Case
from baiying.dispatch import outside, ruling
from baiying.dispatch import queries as orders
from baiying.dispatch.models import LocalNumber, OutsideLink
from baiying.dispatch.order_numbers import KINDS, order_number, street_numbers
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Denied, Invalid
from baiying.org.queries import forget
from baiying.org.rules import Actor, Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=ZONE)
FRIDAY = THURSDAY + timedelta(days=1)


def set_number(
    cast: Cast, rule: str, value: int | None, *, on: date | None = None, by: Actor | None = None
) -> None:
    ruling.set_number(
        by or cast.leader_zhou, rule=rule, value=value, valid_from=on or clock.today(), reason="主任办公会定"
    )
    forget()


def may_return(cast: Cast, case: Case) -> bool:
    with acting(Scope(cast.tenant.id, "street")):
        order = orders.lead_of(Scope(cast.tenant.id, "street"), case.id)
    assert order is not None
    return returning.refusal_of(order) is None


def test_until_the_street_says_otherwise_the_file_counts(cast: Cast) -> None:
    held, today = street_numbers(cast.tenant.id), clock.today()
    assert {rule: held.number(rule, today).value for rule in KINDS} == {
        "return_within": 2, "returns_before_decision": 2, "split_depth": 3, "outside_link": 72, "outside_chase": 24,
        "outside_tries": 3,
    }  # fmt: skip
    assert (held.number("return_within", today).grade, held.number("split_depth", today).grade) == ("B", "D")
    ruling.choose_profile(cast.leader_zhou, profile="beijing", valid_from=today, reason="试验")
    forget()
    borrowed = street_numbers(cast.tenant.id).number("return_within", today)
    assert (borrowed.profile, borrowed.value, borrowed.grade) == ("beijing", 2, "D")


def test_an_order_is_measured_by_the_number_of_its_own_day(cast: Cast) -> None:
    """Shortened from Friday on: what was handed out on Thursday may still be returned on Monday."""
    with clock.telling(THURSDAY):
        before = cast.lead(cast.case(), steps.HANDED_OUT)
        set_number(cast, "return_within", 1, on=FRIDAY.date())
    with clock.telling(FRIDAY):
        after = cast.lead(cast.case(), steps.HANDED_OUT)
    allowed = {}
    for day in (30, 31):  # Monday, Tuesday
        moment = datetime(2026, 11, 30, 9, 0, tzinfo=ZONE) + timedelta(days=day - 30)
        with clock.telling(moment):
            allowed[day] = (may_return(cast, before), may_return(cast, after))
    assert allowed == {30: (True, True), 31: (False, False)}
    with clock.telling(datetime(2026, 11, 30, 18, 1, tzinfo=ZONE)):
        with acting(Scope(cast.tenant.id, "street")):
            order = orders.lead_of(Scope(cast.tenant.id, "street"), after.id)
        assert order is not None
        refusal = returning.refusal_of(order)
    assert refusal is not None and "1 个工作日内" in str(refusal.problem)


def test_how_deep_and_how_often_follow_the_street(cast: Cast) -> None:
    set_number(cast, "split_depth", 1)
    set_number(cast, "returns_before_decision", 1)
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    part = splitting.split(cast.dispatch_clerk_zhang, case_id=case.id, part=splitting.Part(text="换路灯"))
    with pytest.raises(Conflict) as refused, transaction.atomic():
        splitting.split(cast.dispatch_clerk_zhang, case_id=part.id, part=splitting.Part(text="再拆"))
    assert "最多拆分 1 层" in str(refused.value.problem)
    returned = cast.lead(cast.case(), steps.RETURNED)
    unit = orders.leads_returned(cast.dispatch_clerk_zhang.scope, returned.id)[0].unit
    with acting(Scope(cast.tenant.id, "street")):
        reason = returning.final_reason(cast.dispatch_clerk_zhang, returned, unit, "会商定的")
    assert reason == returning.DECIDED


def test_a_link_outside_lives_and_is_chased_by_the_numbers_of_its_day(cast: Cast) -> None:
    set_number(cast, "outside_chase", 4)
    set_number(cast, "outside_link", 10)
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    order = orders.lead_of(Scope(cast.tenant.id, "street"), case.id)
    assert order is not None
    link = answers.make_link(
        cast.dispatch_clerk_zhang, case_id=case.id, order_id=order.id, to_name="路灯公司", to_address="13905330000"
    )  # fmt: skip
    assert link.expires_at - link.made_at == timedelta(hours=10)
    set_number(cast, "outside_chase", 9, on=clock.today() + timedelta(days=1))
    with acting(Scope(cast.tenant.id, "street")):
        outside.mark_sent(cast.dispatch_clerk_zhang, link_id=link.id, channel="sms")
    with clock.telling(clock.now() + timedelta(hours=4.1)):
        assert outside.chase(cast.tenant.id) == 1
    with acting(Scope(cast.tenant.id, "street")):
        again = OutsideLink.objects.get(id=link.id)
    assert (again.state, again.expires_at) == ("ready", link.expires_at)


def test_every_setting_is_kept_and_told(cast: Cast) -> None:
    for value in (5, 4, None):
        set_number(cast, "split_depth", value)
    with acting(Scope(cast.tenant.id, "street")):
        kept = LocalNumber.objects.order_by("id").values_list("rule", "value", "added_name", "reason")
        assert list(kept) == [("split_depth", v, "周明", "主任办公会定") for v in (5, 4, None)]
        told = Entry.objects.filter(event="dispatch.number_set").order_by("id").values_list("data", flat=True)
        assert [data["value"] for data in told] == [5, 4, None]
    assert order_number(cast.tenant.id, "split_depth") == 3
    with acting(Scope(cast.other_tenant.id, "street")):
        assert list(LocalNumber.objects.all()) == []


@pytest.mark.parametrize(
    ("rule", "value", "field"),
    [
        ("return_within", 0, "value"), ("return_within", 31, "value"), ("split_depth", 7, "value"),
        ("outside_tries", -1, "value"), ("nonsense", 2, "rule"), ("outside_chase", 72, "value"),
        ("outside_link", 24, "value"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_changes_nothing(cast: Cast, rule: str, value: int, field: str) -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        set_number(cast, rule, value)
    assert refused.value.field == field
    with acting(Scope(cast.tenant.id, "street")):
        assert LocalNumber.objects.count() == 0


def test_a_later_number_that_would_not_go_with_it_counts_too(cast: Cast) -> None:
    """The link gets shorter next week: a chasing that fits today and not then is refused."""
    next_week = clock.today() + timedelta(days=7)
    set_number(cast, "outside_link", 30, on=next_week)
    with pytest.raises(Invalid), transaction.atomic():
        set_number(cast, "outside_chase", 40)
    set_number(cast, "outside_chase", 29)
    assert order_number(cast.tenant.id, "outside_link") == 72


def test_who_may_not_and_days_that_have_passed(cast: Cast) -> None:
    with pytest.raises(Denied), transaction.atomic():
        set_number(cast, "split_depth", 2, by=cast.dispatch_clerk_zhang)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        set_number(cast, "split_depth", 2, on=clock.today() - timedelta(days=1))
    assert refused.value.field == "valid_from"
