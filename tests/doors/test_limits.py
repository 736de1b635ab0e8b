"""Limits: what a family behind one router never meets, and what a machine soon does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from baiying.doors.shared import limits
from baiying.kit import clock
from baiying.kit.refusals import TooMany
from baiying.kit.throttle import Rate

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def bucket(who: str = "203.0.113.7", count: float = 3, burst: float = 3) -> limits.Limit:
    return limits.Limit("test", who, Rate(count=count, seconds=3600, burst=burst))


def test_take_until_empty_then_refills() -> None:
    with clock.telling(NOON):
        for _n in range(3):
            limits.take([bucket()])
        with pytest.raises(TooMany) as refused:
            limits.take([bucket()])
    assert refused.value.retry_after == 1200
    with clock.telling(NOON + timedelta(seconds=1199)), pytest.raises(TooMany) as refused:
        limits.take([bucket()])
    assert refused.value.retry_after == 1
    with clock.telling(NOON + timedelta(seconds=1200)):
        limits.take([bucket()])


def test_take_refused_costs_nothing() -> None:
    with clock.telling(NOON):
        limits.take([bucket()], cost=3)
        for _n in range(20):
            with pytest.raises(TooMany):
                limits.take([bucket()])
    with clock.telling(NOON + timedelta(hours=1)):
        limits.take([bucket()], cost=3)


def test_take_of_several_names_the_longest_wait() -> None:
    slow, fast = bucket("a", count=1, burst=1), bucket("b", count=60, burst=1)
    with clock.telling(NOON):
        limits.take([slow, fast])
        with pytest.raises(TooMany) as refused:
            limits.take([fast, slow])
    assert refused.value.retry_after == 3600


def test_take_with_a_clock_set_back_neither_fills_nor_empties() -> None:
    with clock.telling(NOON):
        limits.take([bucket()])
    with clock.telling(NOON - timedelta(hours=5)):
        limits.take([bucket()])
        limits.take([bucket()])
        with pytest.raises(TooMany):
            limits.take([bucket()])


def test_intake_counts_addresses_and_devices_apart(rf: RequestFactory, settings: object) -> None:
    settings.INTAKE_PER_HOUR, settings.INTAKE_PER_HOUR_ADDRESS = 2, 5  # type: ignore[attr-defined]
    response = HttpResponse()
    limits.remember_device(rf.get("/"), response)
    cookie = response.cookies[limits.DEVICE_COOKIE].value

    def knock(address: str, device: str = "") -> None:
        request = rf.post("/report", REMOTE_ADDR=address)
        if device:
            request.COOKIES[limits.DEVICE_COOKIE] = device
        limits.take_intake(request)

    with clock.telling(NOON):
        knock("203.0.113.7", cookie)
        knock("203.0.113.8", cookie)
        with pytest.raises(TooMany):
            knock("203.0.113.9", cookie)
        for _n in range(4):
            knock("203.0.113.7", "forged:cookie")
        with pytest.raises(TooMany):
            knock("203.0.113.7")
        knock("203.0.113.10")


def test_intake_of_one_ipv6_household_shares_a_bucket(rf: RequestFactory, settings: object) -> None:
    settings.INTAKE_PER_HOUR_ADDRESS = 1  # type: ignore[attr-defined]
    limits.take_intake(rf.post("/", REMOTE_ADDR="2001:db8:1:2::a"))
    with pytest.raises(TooMany):
        limits.take_intake(rf.post("/", REMOTE_ADDR="2001:db8:1:2:ffff::b"))
    limits.take_intake(rf.post("/", REMOTE_ADDR="2001:db8:1:3::a"))


def test_intake_without_limit_asks_nothing(rf: RequestFactory, settings: object) -> None:
    settings.INTAKE_PER_HOUR = settings.INTAKE_PER_HOUR_ADDRESS = 0  # type: ignore[attr-defined]
    for _n in range(10):
        limits.take_intake(rf.post("/", REMOTE_ADDR="203.0.113.7"))
    assert rows() == []


def test_no_address_is_kept_in_clear(rf: RequestFactory) -> None:
    limits.take_intake(rf.post("/", REMOTE_ADDR="203.0.113.7"))
    (kept,) = rows()
    assert b"203.0" not in bytes(kept[0])
    assert len(bytes(kept[0])) == 16


def test_forget_old_deletes_what_nobody_touched() -> None:
    with clock.telling(NOON):
        limits.take([bucket("old")])
    with clock.telling(NOON + timedelta(days=2, seconds=1)):
        limits.take([bucket("new")])
        assert limits.forget_old() == 1
    assert len(rows()) == 1


def rows() -> list[tuple[bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM doors_limit")
        return list(cursor.fetchall())
