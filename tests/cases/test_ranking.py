"""The best match first: a plain sum of match and day, the same tomorrow as today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from baiying.cases import searching
from baiying.cases.around import open_around
from baiying.cases.ranking import DAYS_A_POINT, points, rank
from baiying.kit.refusals import Invalid
from baiying.org.rules import Scope, acting
from tests.cases.test_searching import put
from tests.cast import Cast

LONG = "，说了很多别的，一件接着一件，还有昨天的和前天的，一样都不能少，最后才提到"


@pytest.mark.parametrize(
    ("words", "text", "where", "expected"),
    [
        (["路灯"], "路灯坏了", "", 2.0),  # once, among the first words
        (["路灯"], f"您好{LONG}路灯", "", 1.0),
        (["路灯"], f"您好{LONG}路灯路灯路灯路灯", "", 2.0),  # again and again: three times count
        (["路灯"], "灯坏了", "路灯厂宿舍", 1.5),
        (["路灯", "东门"], "东门的路灯", "", 2.0),
        (["东门", "路灯"], "东门路灯坏了", "", 4.0),  # together, in the order asked for
        (["东门", "路灯"], "东门 路灯坏了", "", 4.0),
        (["路灯"], "水管漏水", "", 0.0),
    ],
)
def test_points_are_a_sum_that_anybody_can_check(
    words: list[str], text: str, where: str, expected: float
) -> None:
    assert points(words, text, where) == expected


def test_a_point_is_worth_thirty_days() -> None:
    today = datetime(2026, 11, 23, tzinfo=UTC)
    new = rank(["路灯"], f"您好{LONG}路灯", "", today)
    good = rank(["路灯"], "路灯坏了", "", today - timedelta(days=DAYS_A_POINT))
    assert new == pytest.approx(good)


def test_the_best_of_the_latest_come_first_and_the_rest_is_named(cast: Cast) -> None:
    scope = Scope(cast.tenant.id, "street")
    what = searching.wanted("路灯")
    assert what is not None
    last = UUID(int=2**128 - 1)
    with acting(scope):
        good = put(cast, "路灯坏了，路灯不亮", minute=0)
        poor = [put(cast, f"您好{LONG}路灯", minute=n) for n in (1, 2)]
        near = put(cast, f"您好{LONG}别的", "路灯厂宿舍", minute=3)
        found = searching.best(what, [], until=searching.Key(near.received_at, last), enough=9)
        assert [key.id for key in found.keys] == [good.id, near.id, poor[1].id, poor[0].id]
        assert (found.is_all, found.oldest and found.oldest.id) == (True, good.id)
        older = searching.best(what, [], until=searching.Key(near.received_at, near.id), enough=9)
        assert [key.id for key in older.keys] == [good.id, poor[1].id, poor[0].id]


def test_a_frequent_word_is_ranked_among_the_latest_only(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_RANKED", 3)
    scope = Scope(cast.tenant.id, "street")
    what = searching.wanted("路灯坏")
    assert what is not None
    with acting(scope):
        cases = [put(cast, "路灯坏了", minute=n) for n in range(5)]
        until = searching.Key(cases[-1].received_at, UUID(int=2**128 - 1))
        found = searching.best(what, [], until=until, enough=2)
    assert [key.id for key in found.keys] == [c.id for c in reversed(cases[2:])]
    assert (found.is_all, found.oldest and found.oldest.id) == (False, cases[2].id)


def test_around_a_point_only_what_is_open_and_near_the_nearest_first(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    far = cast.case(at=cast.in_grid("e2"))
    here = cast.case(at=(lon, lat))
    aside = cast.case(at=(lon + 0.0005, lat))
    cast.lead(cast.case(at=(lon, lat)), "closed")
    cast.case(lon=None, lat=None, place="不知道在哪里")
    street = Scope(cast.tenant.id, "street")
    with acting(street):
        found = open_around(street, lon, lat, metres=100)
        assert [(each.id, round(each.metres)) for each in found] == [(here.id, 0), (aside.id, 45)]
        assert far.id in {each.id for each in open_around(street, lon, lat, metres=2000)}
    with acting(cast.department_handler_he.scope):
        assert open_around(cast.department_handler_he.scope, lon, lat, metres=2000) == []


def test_too_many_around_a_point_ask_for_a_smaller_circle(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from baiying.cases import around

    monkeypatch.setattr(around, "MOST", 1)
    cast.case()
    cast.case()
    with acting(cast.dispatch_clerk_zhang.scope), pytest.raises(Invalid) as refused:
        around.open_around(cast.dispatch_clerk_zhang.scope, *cast.in_grid("e1"), metres=500)
    assert refused.value.field == "within"
