"""Who is on leave has a deputy, and the deputy is told: what a letter asks for does not wait for a holiday."""

from __future__ import annotations

from datetime import timedelta

import pytest

from baiying.cases import steps
from baiying.cases.services import take_step
from baiying.kit import clock
from baiying.notify.models import Content, PhoneTask, Posted
from baiying.notify.services import step_on
from baiying.org.absences import record_absence
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.test_listening import hear

pytestmark = pytest.mark.django_db


def on_leave(cast: Cast, person: str, deputy: str | None, days: int = 3) -> None:
    with acting(Scope(cast.tenant.id, "street")):
        record_absence(
            getattr(cast, person), account=cast.accounts[person], from_date=clock.today(),
            to_date=clock.today() + timedelta(days=days), deputy=cast.accounts[deputy] if deputy else None,
        )  # fmt: skip


def told(cast: Cast, kind: str) -> list[tuple[str, str]]:
    """(to whom, for whom) of every letter of a kind."""
    with acting(Scope(cast.tenant.id, "street")):
        rows = Posted.objects.filter(kind=kind).order_by("name")
        return [(p.name, p.stands_in_for) for p in rows]


def test_the_deputy_is_told_as_well_and_the_ledger_says_for_whom(cast: Cast) -> None:
    on_leave(cast, "department_handler_sun", "department_handler_he")
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    hear(cast)
    assert told(cast, "cases.handed_out") == [("何静", "孙涛"), ("孙涛", "")]
    ledger = cast.client("dispatch_clerk_zhang").get("/desk/ledger/").content.decode()
    assert "何静（代孙涛）" in ledger
    assert (
        "何静（代孙涛）"
        in cast.client("dispatch_clerk_zhang").get(f"/desk/cases/{case.reference}/").content.decode()
    )
    deputy = cast.accounts["department_handler_he"]
    with acting(Scope(cast.tenant.id, "none", account=deputy.id)):
        assert Content.objects.get(account_id=deputy.id).body.startswith("孙涛不在岗，由您代班。")


def test_when_the_deputy_has_read_it_nobody_is_telephoned(cast: Cast) -> None:
    on_leave(cast, "department_handler_sun", "department_handler_he")
    cast.lead(cast.case(), steps.HANDED_OUT)
    hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        away, deputy = (Posted.objects.get(name=name, kind="cases.handed_out") for name in ("孙涛", "何静"))
        assert (away.promise, away.must_be_read_by) == (deputy.promise, deputy.must_be_read_by)
        deputy.read_at = clock.now()
        deputy.save(update_fields=["read_at"])
        assert away.must_be_read_by is not None
        with clock.telling(away.must_be_read_by + timedelta(minutes=1)):
            step_on(away, clock.now())
        assert PhoneTask.objects.count() == 0


@pytest.mark.parametrize("deputy", [None, "department_handler_he"])
def test_without_a_deputy_who_is_there_only_the_one_on_leave_is_told(cast: Cast, deputy: str | None) -> None:
    on_leave(cast, "department_handler_sun", deputy)
    if deputy is not None:
        on_leave(cast, deputy, None)
    cast.lead(cast.case(), steps.HANDED_OUT)
    hear(cast)
    assert told(cast, "cases.handed_out") == [("孙涛", "")]


def test_a_deputy_who_is_told_anyway_is_told_once(cast: Cast) -> None:
    on_leave(cast, "dispatch_clerk_zhang", "dispatch_clerk_bai")
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    take_step(cast.department_handler_sun, case_id=case.id, step="return", data=cast.data_for("return"))
    hear(cast)
    assert told(cast, "cases.returned") == [("张敏", ""), ("白洁", "")]
