"""What makes orders visible in the demonstration: supports, a split case, a double return that was decided, a link outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from baiying.cases import backtest, outside, rulebook, services, splitting, steps, supporting
from baiying.cases.models import Case
from baiying.cases.services import StepData
from baiying.dispatch import outside as links
from baiying.dispatch import rulesets
from baiying.dispatch.models import Order
from baiying.kit import clock
from baiying.org.models import Unit
from baiying.org.rules import Actor, acting
from baiying.street.office import Office

SUPPORTS = 6
# Who can usually lend a hand.
HELPERS = (
    "partner-property",
    "dept-enforcement",
    "dept-construction",
    "partner-sanitation",
    "dept-emergency",
)
ASKED = ("请派人到现场配合，约居民一起看。", "请提供管线资料并到场指认。", "请协助清理现场，方便施工。")
REASON = "不属于本单位职责范围，附职责依据。"
DECISION = "两家会商后定：设施由贵单位养护，请牵头办理，另一家配合。"


def show_orders(office: Office) -> None:
    """Once, after the cases are there; each part in a transaction of its own."""
    clerk = office.clerks[0]
    with acting(clerk.scope):
        if Order.objects.within(clerk.scope).filter(part=Order.Part.SUPPORT).exists():
            return
    working = _cases(clerk, (steps.IN_PROGRESS, steps.ACKNOWLEDGED), SUPPORTS + 2)
    for number, case in enumerate(working[:SUPPORTS]):
        with transaction.atomic():
            _support(office, clerk, case, number)
    for case in working[SUPPORTS : SUPPORTS + 1]:
        with transaction.atomic():
            _split(office, clerk, case)
    for case in working[SUPPORTS + 1 :]:
        with transaction.atomic():
            _ask_outside(office, clerk, case)
    for case in _cases(clerk, (steps.ACCEPTED,), 1):
        with transaction.atomic():
            _return_twice(office, clerk, case)
    with transaction.atomic():
        _draft_rules(clerk)


def _cases(clerk: Actor, states: tuple[str, ...], most: int) -> list[Case]:
    """Cases of departments and partners in these states that nothing has happened to for an hour."""
    with acting(clerk.scope):
        rows = Case.objects.within(clerk.scope).filter(
            state__in=states, updated_at__lt=clock.now() - timedelta(hours=1)
        )
        return list(rows.select_related("category").order_by("-received_at")[: most * 4])[:most]


@contextmanager
def _minutes_ago(minutes: int) -> Iterator[None]:
    with clock.telling(clock.now() - timedelta(minutes=minutes)):
        yield


def _helper(office: Office, case: Case, number: int) -> Unit | None:
    units = [office.street.by_code.get(code) for code in HELPERS]
    able = [u for u in units if u is not None and u.id in office.by_unit and u.id != case.unit_id]
    return able[number % len(able)] if able else None


def _ask(office: Office, clerk: Actor, case: Case, number: int, minutes: int) -> Order | None:
    unit = _helper(office, case, number)
    if unit is None or not supporting.may_have_supports(case):
        return None
    with _minutes_ago(minutes):
        return supporting.hand_out_support(
            clerk, case_id=case.id, unit_id=unit.id, text=ASKED[number % len(ASKED)]
        )


def _support(office: Office, clerk: Actor, case: Case, number: int) -> None:
    """Every third waits, every third is acknowledged, every third has been reported."""
    order = _ask(office, clerk, case, number, 50)
    if order is None or number % 3 == 0:
        return
    hand = office.by_unit[order.unit_id][0]
    with _minutes_ago(35):
        supporting.take_order_step(hand, order_id=order.id, step="acknowledge", data=StepData())
    if number % 3 == 2:
        done = StepData(result="solved", text="已到场配合，清理完毕。", photos=[office.pictures[number % 8]])
        with _minutes_ago(12):
            supporting.take_order_step(hand, order_id=order.id, step="report", data=done)


def _split(office: Office, clerk: Actor, case: Case) -> None:
    """One matter, two things to do."""
    unit = _helper(office, case, 0)
    with _minutes_ago(40):
        splitting.split(
            clerk, case_id=case.id,
            part=splitting.Part(text="先把现场围挡起来，清走杂物。", category="stair-clutter", unit_id=unit.id if unit else None),
        )  # fmt: skip
        splitting.split(clerk, case_id=case.id, part=splitting.Part(text="查清权属，提出长期的办法。"))


def _ask_outside(office: Office, clerk: Actor, case: Case) -> None:
    """A property manager without an account has been sent a link."""
    order = _ask(office, clerk, case, 0, 45)
    if order is None:
        return
    with _minutes_ago(30):
        link = outside.make_link(
            clerk, case_id=case.id, order_id=order.id, to_name="小区物业项目部 值班经理", to_address=""
        )
        with acting(clerk.scope):
            links.mark_sent(clerk, link_id=link.id)


def _return_twice(office: Office, clerk: Actor, case: Case) -> None:
    """Two units say that it is not theirs; the office decides, and the third cannot return it."""
    departments = [u for u in office.street.at_level(Unit.Level.DEPARTMENT) if u.id in office.by_unit]
    minutes = iter(range(55, 0, -8))
    for unit in departments[:2]:
        _hand_out(clerk, case.id, unit, "请核实后办理。", next(minutes))
        with _minutes_ago(next(minutes)):
            services.take_step(
                office.by_unit[unit.id][0], case_id=case.id, step="return",
                data=StepData(reason="return-not-ours", text=REASON),
            )  # fmt: skip
    _hand_out(clerk, case.id, departments[0], DECISION, next(minutes))


def _hand_out(clerk: Actor, case_id: UUID, unit: Unit, text: str, minutes: int) -> None:
    with _minutes_ago(minutes):
        services.take_step(clerk, case_id=case_id, step="hand_out", data=StepData(unit_id=unit.id, text=text))


def _draft_rules(clerk: Actor) -> None:
    """The next version of the rules, tested and waiting for somebody else's look."""
    fresh = rulesets.draft(clerk, note="下班时间的噪音直接派给执法中队，派出所协办")
    wanted = rulesets.Wanted(
        category="noise-daily", hours="off", lead="dept-enforcement", supports=("dept-police",), limit_days=2
    )
    rulebook.put_row(clerk, number=fresh.version, row_id=None, wanted=wanted)
    backtest.run(clerk, number=fresh.version)
