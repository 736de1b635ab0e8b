"""Search equals a slow exact search, stays inside the searcher's scope, and asks the database equally often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.cases import searching
from baiying.cases.filters import CaseFilter, Period, as_q, conditions
from baiying.cases.models import Case
from baiying.cases.services import Correction, correct
from baiying.kit import clock, text
from baiying.kit.ids import uuid7
from baiying.org.rules import Scope, acting
from tests.cast import Cast

# Few characters, so that chance makes many near misses: pairs that stand apart, repeat, or meet a gap.
WORDS = st.text(alphabet="路灯坏了Aａß3 ，\n①", min_size=1, max_size=24)
PLACES = st.sampled_from(["", "路灯", "坏 了", "3号"])


def found(scope: Scope, query: str, wanted: CaseFilter | None = None, *, most: int = 500) -> list[str]:
    what = searching.wanted(query)
    assert what is not None
    with acting(scope):
        asked = conditions(wanted or CaseFilter())
        keys = searching.find(what, asked, beyond=None, most=most)
        assert searching.count(what, asked) == len(keys) or len(keys) == most
        texts = Case.objects.within(scope).in_bulk([key.id for key in keys])
        assert [texts[k.id].received_at for k in keys] == sorted((k.at for k in keys), reverse=True)
        return [str(key.id) for key in keys]


def put(cast: Cast, words: str, place: str = "", minute: int = 0, state: str = "received") -> Case:
    """A row as intake writes it; the service would trim and refuse some of these texts."""
    at = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    from baiying.cases.models import Category

    case = Case.objects.create(
        id=uuid7(), tenant_id=cast.tenant.id, community_id=cast.units["east"].id, grid_id=cast.units["e1"].id,
        reference=f"9001-{uuid7()}", state=state, kind="complaint", category=Category.objects.first(), channel="web",
        text=words, place=place, located_by="point", received_at=at, promised_by=at, due_at=at, updated_at=at,
    )  # fmt: skip
    searching.reindex(case)
    return case


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(WORDS, PLACES), min_size=1, max_size=8), query=WORDS)
def test_search_equals_a_slow_exact_search(cast: Cast, texts: list[tuple[str, str]], query: str) -> None:
    what = searching.wanted(query)
    if what is None:
        words = text.normalised(query).split()
        assert not any(a.strip() and b.strip() for w in words for a, b in pairwise(w) if (a + b).isalnum())
        return
    scope = Scope(cast.tenant.id, "street")
    with transaction.atomic():
        point = transaction.savepoint()
        with acting(scope):
            cases = [put(cast, words, place, minute) for minute, (words, place) in enumerate(texts)]
        wanted = text.normalised(query).split()
        slow = [
            str(case.id)
            for case in reversed(cases)
            if all(w in text.normalised(f"{case.text}\n{case.place}") for w in wanted)
        ]
        assert found(scope, query) == slow
        transaction.savepoint_rollback(point)


def test_search_keeps_to_the_scope_in_rows_and_in_counts(cast: Cast) -> None:
    east = cast.case(text="路灯坏了", at=cast.in_grid("e1"))
    west = cast.case(text="路灯又坏了", at=cast.in_grid("w1"))
    handed = cast.lead(cast.case(text="路灯不亮", at=cast.in_grid("e2")), "handed_out")
    street = Scope(cast.tenant.id, "street")
    for scope, seen in (
        (street, [handed, west, east]),
        (cast.community_head_wang.scope, [handed, east]),
        (cast.grid_worker_li.scope, [east]),
        (cast.department_handler_sun.scope, [handed]),
        (cast.department_handler_he.scope, []),
        (cast.outsider_zhao.scope, []),
        (cast.reporter.scope, []),
        (cast.audit_administrator_zheng.scope, []),
        (cast.security_administrator_wu.scope, []),
    ):
        assert found(scope, "路灯") == [str(case.id) for case in seen]


@pytest.mark.django_db
def test_search_without_a_scope_raises(cast: Cast) -> None:
    what = searching.wanted("路灯")
    assert what is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.tenant = ''; SET LOCAL app.level = ''")
    with pytest.raises(DatabaseError, match="no scope set"), transaction.atomic():
        searching.find(what, [], beyond=None, most=10)
    with pytest.raises(DatabaseError, match="no scope set"), transaction.atomic():
        searching.count(what, [])


def test_a_case_is_found_by_its_address_whatever_its_words_say(cast: Cast) -> None:
    """The names of living area and building are looked through with the words, together and apart."""
    area, building = cast.living_area, cast.building
    assert area is not None and building is not None
    scope = Scope(cast.tenant.id, "street")
    case = cast.case(text="楼道灯不亮", lon=None, lat=None, living_area_id=area.id, building_id=building.id)
    there = cast.case(text="垃圾没有清", lon=None, lat=None, living_area_id=area.id)
    elsewhere = cast.case(text="楼道灯不亮", at=cast.in_grid("w1"))
    assert found(scope, building.name) == [str(case.id)]
    assert found(scope, f"{area.name} 楼道灯") == [str(case.id)]
    assert found(scope, area.name) == [str(there.id), str(case.id)]
    assert found(scope, "楼道灯") == [str(elsewhere.id), str(case.id)]


def test_search_combines_with_every_filter(cast: Cast) -> None:
    scope = Scope(cast.tenant.id, "street")
    first = cast.case(text="路灯坏了")
    second = cast.lead(cast.case(text="路灯坏了，第二次", at=cast.in_grid("w2")), "closed")
    today = clock.today()
    for wanted, seen in (
        (CaseFilter(states=("closed",)), [second]),
        (CaseFilter(is_open=True), [first]),
        (CaseFilter(grid=cast.units["w2"].id), [second]),
        (CaseFilter(unit=0), [first]),
        (CaseFilter(ratings=("satisfied",), is_contacted=True, is_solved=True), [second]),
        (CaseFilter(categories=(first.category_id,), received=Period(today, today)), [second, first]),
        (CaseFilter(closed=Period(today, today), handled=Period(today, None)), [second]),
        (CaseFilter(received=Period(None, today - timedelta(days=1))), []),
        (CaseFilter(due="overdue"), []),
        (CaseFilter(kinds=(first.kind,), channels=("web",), ids=(first.id,)), [first]),
    ):
        assert found(scope, "路灯", wanted) == [str(case.id) for case in seen]
        with acting(scope):
            rows = Case.objects.within(scope).filter(as_q(conditions(wanted))).order_by("-received_at", "-id")
            assert [str(case.id) for case in rows] == [str(case.id) for case in seen]


def test_paging_by_key_goes_there_and_back(cast: Cast) -> None:
    scope = Scope(cast.tenant.id, "street")
    with acting(scope):
        cases = [put(cast, f"路灯坏了 {n}", minute=n) for n in range(7)]
        what = searching.wanted("路灯坏")
        assert what is not None
        newest = searching.find(what, [], beyond=None, most=3)
        older = searching.find(what, [], beyond=newest[-1], most=3)
        back = searching.find(what, [], beyond=older[0], older=False, most=9)
    assert [k.id for k in newest + older] == [c.id for c in reversed(cases[1:])]
    assert [k.id for k in back] == [c.id for c in cases[4:]]


@pytest.mark.usefixtures("steady_map")
def test_search_asks_equally_often_for_one_and_for_many(cast: Cast) -> None:
    scope = Scope(cast.tenant.id, "street")
    cast.case(text="路灯坏了")
    with CaptureQueriesContext(connection) as one:
        assert len(found(scope, "路灯")) == 1
    cast.case(text="路灯坏了")
    cast.case(text="路灯坏了")
    with CaptureQueriesContext(connection) as three:
        assert len(found(scope, "路灯")) == 3
    assert len(one) == len(three)


def test_a_corrected_place_is_found_by_its_new_words(cast: Cast) -> None:
    case = cast.case(text="路灯坏了", place="晏婴路")
    by = cast.dispatch_clerk_zhang
    correct(by, case_id=case.id, version=case.version, changes=Correction(place="桓公路北头"))
    assert found(by.scope, "桓公路") == [str(case.id)]
    assert found(by.scope, "晏婴") == []


@pytest.mark.parametrize("query", ["", " ", "路", "路 灯", "，。"])
def test_fewer_than_two_characters_together_cannot_be_looked_for(query: str) -> None:
    assert searching.wanted(query) is None
