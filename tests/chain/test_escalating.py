"""The way up: nearest first, with deputies, and empty seats said instead of skipped."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from baiying.chain.models import Holder, Link
from baiying.chain.queries import Seat, escalation_path
from baiying.kit import clock
from baiying.org.absences import record_absence
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def hold(cast: Cast, level: int, unit: str, person: str | None, name: str = "", since: int = 30) -> Link:
    place = cast.units[unit]
    community = place if level == 1 else place.parent
    with acting(Scope(cast.tenant.id, "street")):
        holder = Holder.objects.create(
            tenant_id=cast.tenant.id, code=f"{unit}-{level}-{person or name}", duty="包联", phone="15400100001",
            name=name or cast.accounts[person or ""].name, account=cast.accounts[person] if person else None,
            unit=cast.units["street"] if level == 1 else community, is_public=True,
            community=None if level == 1 else community,
        )  # fmt: skip
        return Link.objects.create(
            tenant_id=cast.tenant.id, level=level, holder=holder, unit=place, community=community,
            grid=place if level == 2 else None, from_date=clock.today() - timedelta(days=since),
        )  # fmt: skip


def path(cast: Cast, *, on: date | None = None, grid: str = "", unit: str = "") -> list[Seat]:
    return escalation_path(
        cast.tenant.id, community_id=None, grid_id=cast.units[grid].id if grid else None,
        unit_id=cast.units[unit].id if unit else None, on=on or clock.today(),
    )  # fmt: skip


def told(seats: list[Seat]) -> list[tuple[int, str, str, bool]]:
    return [(s.level, s.name, s.deputy_for, s.is_empty) for s in seats]


def test_way_up_from_a_grid(cast: Cast) -> None:
    hold(cast, 2, "e1", "community_head_wang")
    hold(cast, 1, "east", "checker_qian")
    assert told(path(cast, grid="e1")) == [
        (1, "王芳", "", False), (2, "钱进", "", False), (3, "张敏", "", False), (4, "周明", "", False),
    ]  # fmt: skip


def test_way_up_from_a_department(cast: Cast) -> None:
    assert told(path(cast, grid="e1", unit="dept-enforcement")) == [
        (1, "孙涛", "", False), (2, "张敏", "", False), (3, "周明", "", False),
    ]  # fmt: skip


def test_unit_that_is_a_grid_is_a_place(cast: Cast) -> None:
    hold(cast, 2, "e1", "community_head_wang")
    assert told(path(cast, unit="e1"))[:2] == [(1, "王芳", "", False), (2, "", "", True)]


def test_seat_nobody_holds_is_said(cast: Cast) -> None:
    assert told(path(cast, grid="e2"))[:2] == [(1, "", "", True), (2, "", "", True)]


def test_link_counts_from_its_first_day_to_the_day_before_its_end(cast: Cast) -> None:
    link = hold(cast, 2, "e1", None, name="沈默", since=1)
    with acting(Scope(cast.tenant.id, "street")):
        Link.objects.filter(pk=link.pk).update(until_date=clock.today() + timedelta(days=1))
    days = [clock.today() + timedelta(days=n) for n in (-2, -1, 0, 1)]
    assert [path(cast, on=day, grid="e1")[0].is_empty for day in days] == [True, False, False, True]


def test_deputy_sits_in_during_leave(cast: Cast) -> None:
    hold(cast, 2, "e1", "community_head_wang")
    head, clerk = cast.accounts["community_head_wang"], cast.accounts["community_clerk_liu"]
    tomorrow = clock.today() + timedelta(days=1)
    with acting(cast.community_head_wang.scope):
        record_absence(
            cast.community_head_wang, account=head, from_date=tomorrow, to_date=tomorrow, deputy=clerk
        )
    assert told(path(cast, grid="e1"))[0] == (1, "王芳", "", False)
    seat = path(cast, on=tomorrow, grid="e1")[0]
    assert (seat.name, seat.account_id, seat.deputy_for) == ("刘洋", clerk.id, "王芳")


def test_leave_without_a_deputy_empties_the_seat(cast: Cast) -> None:
    hold(cast, 2, "e1", "community_head_wang")
    head = cast.accounts["community_head_wang"]
    with acting(cast.community_head_wang.scope):
        record_absence(
            cast.community_head_wang,
            account=head,
            from_date=clock.today(),
            to_date=clock.today(),
            deputy=None,
        )
    seat = path(cast, grid="e1")[0]
    assert (seat.name, seat.account_id, seat.is_empty) == ("王芳", None, True)


def test_office_seat_goes_to_the_next_clerk_during_leave(cast: Cast) -> None:
    clerk = cast.accounts["dispatch_clerk_zhang"]
    with acting(cast.dispatch_clerk_zhang.scope):
        record_absence(
            cast.dispatch_clerk_zhang, account=clerk, from_date=clock.today(), to_date=clock.today(),
            deputy=None,
        )  # fmt: skip
    assert told(path(cast))[0] == (1, "白洁", "", False)


def test_closed_account_empties_the_seat(cast: Cast) -> None:
    hold(cast, 2, "e1", "community_head_wang")
    account = cast.accounts["community_head_wang"]
    account.is_active = False
    account.save()
    assert told(path(cast, grid="e1"))[0] == (1, "王芳", "", True)


def test_person_without_an_account_sits_there(cast: Cast) -> None:
    hold(cast, 2, "e1", None, name="沈默")
    seat = path(cast, grid="e1")[0]
    assert (seat.name, seat.account_id, seat.is_empty, seat.phone) == ("沈默", None, False, "15400100001")
