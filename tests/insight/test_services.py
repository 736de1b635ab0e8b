"""Rebuilding, comparing, pruning, folding fast, and the pace of handling."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from baiying.cases import services as cases
from baiying.cases import steps
from baiying.insight import queries, services
from baiying.insight.flows import FLOWS
from baiying.insight.models import Figure, Flow
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.org.rules import Scope, acting
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


def kept(tenant_id: int) -> list[tuple[object, ...]]:
    stocks = Figure.objects.filter(tenant_id=tenant_id).exclude(n=0).values_list()
    flows = Flow.objects.filter(tenant_id=tenant_id).exclude(**dict.fromkeys(FLOWS, 0)).values_list()
    return sorted(stocks) + sorted(flows)


def test_rebuilding_gives_what_folding_gave_also_with_news_outstanding(cast: Cast) -> None:
    tenant = cast.tenant.id
    for state in (steps.RECEIVED, steps.PARKED, steps.CLOSED, steps.REOPENED, steps.DECLINED):
        cast.lead(cast.case(), state)
    with acting(Scope(tenant, "street")):
        drain(tenant, (services.fold,))
        folded = kept(tenant)
    cast.lead(cast.case(at=cast.in_grid("w2")), steps.RATED)
    with acting(Scope(tenant, "street")):
        services.rebuild(tenant)
        assert kept(tenant) == folded
        assert services.differences(tenant) == []
        drain(tenant, (services.fold,))
        assert services.differences(tenant) == []


def test_a_figure_that_went_wrong_is_found_and_mended(cast: Cast) -> None:
    tenant, east = cast.tenant.id, cast.units["east"].id
    case = cast.case()
    with acting(Scope(tenant, "street")):
        drain(tenant, (services.fold,))
        Flow.objects.filter(tenant_id=tenant, grain="community", span="day").update(received=3)
        found = services.differences(tenant)
        day = (case.received_at.astimezone(NOW.tzinfo).date() - date(1970, 1, 1)).days
        assert found == [services.Difference("community", east, "received", day, 0, 0, 0, 3, 1)]
        assert str(found[0]) == (
            f"community received {day} community {east} grid 0 category 0 unit 0: 3, the cases say 1"
        )
        services.rebuild(tenant)
        assert services.differences(tenant) == []


def test_cells_that_came_back_to_nothing_are_pruned(cast: Cast) -> None:
    tenant = cast.tenant.id
    case = cast.case()
    with acting(Scope(tenant, "street")):
        drain(tenant, (services.fold,))
    cast.lead(case, steps.ACCEPTED)
    with acting(Scope(tenant, "street")):
        drain(tenant, (services.fold,))
        before = kept(tenant)
        assert services.prune(tenant) == 4  # state "received" in the four grains
        assert kept(tenant) == before
        assert not Figure.objects.filter(tenant_id=tenant, n=0).exists()


def server_seconds() -> float:
    """Processor time that the database has spent on this connection: a clock would measure our neighbours too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time is read from /proc")
def test_two_thousand_entries_are_folded_in_well_under_a_fifth_of_a_second(cast: Cast) -> None:
    tenant = cast.tenant.id
    with acting(Scope(tenant, "street")):
        case = cast.case()
        Entry.objects.bulk_create(
            Entry(
                id=uuid7(), tenant_id=tenant, at=NOW, event="cases.received", subject_kind="case",
                subject_id=str(case.id), actor_kind="reporter",
                before={"c": n % 113 % 14, "g": n % 113, "k": n % 59, "m": [["state", 1, 0]]},
                after={
                    "c": n % 113 % 14, "g": n % 113, "k": n % 59,
                    "m": [["state", 2 + n % 5, 0], ["received", 20780, 0], ["held", 4, n % 20]],
                },
            )
            for n in range(2000)
        )  # fmt: skip
        entries = list(Entry.objects.filter(tenant_id=tenant))
        before = server_seconds()
        services.fold(tenant, entries)
        took = server_seconds() - before
    assert took < 0.5, took  # scattered as no street is, and on shared processors; alone it takes some 0.1 s


def test_the_pace_of_handling_is_told_where_there_are_enough_cases(cast: Cast) -> None:
    tenant, east, west = cast.tenant.id, cast.units["east"].id, cast.units["west"].id
    for number, grid in enumerate(["e1"] * 5 + ["w1"] * 2):
        received = NOW - timedelta(days=20)
        with clock.telling(received):
            case = cast.case(at=cast.in_grid(grid))
            cast.lead(case, steps.ACKNOWLEDGED)
        with clock.telling(received + timedelta(hours=10 * (number + 1))):
            cases.take_step(
                cast.department_handler_sun, case_id=case.id, step="handle", data=cast.data_for("handle")
            )
    with clock.telling(NOW), acting(Scope(tenant, "street")):
        services.measure_durations(tenant)
    here = queries.promise_for(tenant, east, case.category_id)
    there = queries.promise_for(tenant, west, case.category_id)
    assert here == queries.Pace(5, 30.0, 46.0, date(2026, 8, 25), NOW, True)
    assert there == queries.Pace(7, 40.0, 64.0, date(2026, 8, 25), NOW, False)
    assert queries.promise_for(tenant, None, case.category_id) == there
    assert queries.promise_for(tenant, east, case.category_id + 1) is None
    assert queries.promise_for(cast.other_tenant.id, None, case.category_id) is None
