"""Candidates for the same thing: measured on cases with known truth, with their reasons, inside the reader's sight."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from random import Random
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baiying.cases import merging, similar_rules
from baiying.cases.candidates import Candidate, about, candidates
from baiying.cases.models import Case
from baiying.kit import clock
from baiying.kit.likeness import common_words, likeness, pairs
from baiying.kit.photos import read_photo
from baiying.kit.refusals import Denied, Invalid
from baiying.org.rules import Actor, Scope, acting
from tests.cases.same_things import THINGS
from tests.cases.test_photo_reuse import scene
from tests.cast import Cast, a_photo

pytestmark = pytest.mark.django_db

LAMP, SAME_LAMP = "小区东门口路灯坏了三天，晚上看不见路", "东门那盏路灯不亮，老人摔了一跤"
METRE = 1 / 111_000  # in degrees of latitude


def of(by: Actor, case: Case) -> list[Candidate]:
    with acting(by.scope):
        return candidates(by.scope, about(case))


@pytest.fixture
def told(cast: Cast) -> dict[UUID, tuple[str, int]]:
    """Every thing of the truth at a place of its own, reported by several people within a few days: case -> thing."""
    chance, found = Random(20261123), {}
    lon, lat = cast.in_grid("e1")
    now = clock.now()
    for number, (category, things) in enumerate(THINGS.items()):
        for n, texts in enumerate(things):
            at = (lon + chance.uniform(-180, 180) * METRE, lat + chance.uniform(-200, 200) * METRE)
            began = now - timedelta(days=chance.uniform(4, 30))
            for text in texts:
                place = (at[0] + chance.gauss(0, 15) * METRE, at[1] + chance.gauss(0, 15) * METRE)
                with clock.telling(began + timedelta(hours=chance.uniform(0, 40))):
                    case = cast.case(text=text, at=place, phone=f"1380533{number:02}{n:02}")
                found[case.id] = (category, n)
    return found


def test_pairs_that_are_the_same_are_found_and_few_others(
    cast: Cast, told: dict[UUID, tuple[str, int]]
) -> None:
    """Some forty people in one grid of 450 by 550 metres; the category is the one that intake guessed from the words."""
    true = {frozenset(p) for p in combinations(told, 2) if told[p[0]] == told[p[1]]}
    scope = Scope(cast.tenant.id, "street")
    with acting(scope):
        shown = {
            frozenset((case.id, one.case.id))
            for case in Case.objects.within(scope).select_related("category")
            for one in candidates(scope, about(case))
        }
    recall, precision = len(shown & true) / len(true), len(shown & true) / len(shown)
    assert (recall >= 0.90, precision >= 0.80) == (True, True), (
        f"recall {recall:.2f} precision {precision:.2f}"
    )


def test_a_candidate_says_why(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    with clock.telling(clock.now() - timedelta(days=2, hours=1)):
        first = cast.case(text=LAMP, at=(lon, lat), category="street-light-out")
    second = cast.case(text=SAME_LAMP, at=(lon, lat + 40 * METRE), category="street-light-out")
    (one,) = of(cast.dispatch_clerk_zhang, second)
    assert (one.case.id, round(one.metres or 0), one.days) == (first.id, 40, 2)
    assert (one.words, one.is_same_category, one.is_same_photo) == (("东门", "路灯"), True, False)


@pytest.mark.parametrize(
    "other",
    [
        {"at": (0, 400)},  # too far for a lamp
        {"days": 40},  # too long ago
        {"text": "楼上装修电钻从早上六点响到晚上", "category": "noise-daily"},  # something else
        {"state": "handled"},
        {"state": "declined"},
    ],
)
def test_what_is_not_shown(cast: Cast, other: dict[str, object]) -> None:
    lon, lat = cast.in_grid("e1")
    east, north = other.get("at", (0, 20))  # type: ignore[misc]
    with clock.telling(clock.now() - timedelta(days=float(str(other.get("days", 1))))):
        case = cast.case(
            text=str(other.get("text", LAMP)), at=(lon + east * METRE, lat + north * METRE),
            category=str(other.get("category", "street-light-out")),
        )  # fmt: skip
        if "state" in other:
            cast.lead(case, str(other["state"]))
    mine = cast.case(text=SAME_LAMP, at=(lon, lat), category="street-light-out")
    assert of(cast.dispatch_clerk_zhang, mine) == []


def test_the_same_picture_is_found_at_any_distance(cast: Cast) -> None:
    first = cast.case(text="这里太脏了", at=cast.in_grid("w2"), photos=[read_photo(scene(3))])
    mine = cast.case(text="拍了照片你们看", at=cast.in_grid("e1"), photos=[read_photo(scene(3))])
    cast.case(text="一张纯色的图", at=cast.in_grid("w1"), photos=[a_photo()])
    found = of(cast.dispatch_clerk_zhang, mine)
    assert [(one.case.id, one.is_same_photo) for one in found] == [(first.id, True)]


def test_a_picture_of_a_merged_case_leads_to_its_lead(cast: Cast) -> None:
    lead = cast.case(text=LAMP, at=cast.in_grid("w2"))
    part = cast.case(text="这里太脏了", at=cast.in_grid("w2"), photos=[read_photo(scene(3))])
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    mine = cast.case(text="拍了照片你们看", at=cast.in_grid("e1"), photos=[read_photo(scene(3))])
    assert [(one.case.id, one.is_same_photo) for one in of(cast.dispatch_clerk_zhang, mine)] == [
        (lead.id, True)
    ]


def test_without_a_point_the_building_is_the_place(cast: Cast) -> None:
    assert cast.building is not None
    first = cast.case(text=LAMP, lon=None, lat=None, at=None, building_id=cast.building.id)
    mine = cast.case(text=SAME_LAMP, building_id=cast.building.id)
    (one,) = of(cast.dispatch_clerk_zhang, mine)
    assert (one.case.id, one.is_same_building) == (first.id, True)


def test_nobody_sees_candidates_outside_their_branch(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    edge = lon + 0.0025  # between the two grids of the community
    cast.case(text=LAMP, at=(edge + 20 * METRE, lat))
    mine = cast.case(text=SAME_LAMP, at=(edge - 20 * METRE, lat))
    assert mine.grid_id == cast.units["e1"].id
    assert len(of(cast.community_head_wang, mine)) == 1
    assert of(cast.grid_worker_li, mine) == []
    assert of(cast.outsider_zhao, mine) == []


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    mine, counts = cast.case(text=SAME_LAMP), []
    for more in (1, 6):
        for _n in range(more):
            cast.case(text=LAMP)
        with acting(cast.dispatch_clerk_zhang.scope), CaptureQueriesContext(connection) as asked:
            assert candidates(cast.dispatch_clerk_zhang.scope, about(mine))
        counts.append(len(asked))
    assert counts == [3, 3]


def test_a_street_sets_its_own_numbers_and_says_why(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    cast.case(text=LAMP, at=(lon, lat + 300 * METRE), category="street-light-out")
    mine = cast.case(text=SAME_LAMP, at=(lon, lat), category="street-light-out")
    assert of(cast.dispatch_clerk_zhang, mine) == []
    said = {"category": "street-light-out", "metres": 400, "days": 20, "percent": 20, "reason": "路长灯少"}
    with pytest.raises(Denied):
        similar_rules.set_rule(cast.dispatch_clerk_zhang, **said)  # type: ignore[arg-type]
    similar_rules.set_rule(cast.leader_zhou, **said)  # type: ignore[arg-type]
    assert len(of(cast.dispatch_clerk_zhang, mine)) == 1
    with pytest.raises(Invalid):
        similar_rules.set_rule(cast.leader_zhou, **said | {"metres": 9})  # type: ignore[arg-type]
    assert [row.reason for row in similar_rules.history_of(cast.leader_zhou.scope)] == ["路长灯少"]


def test_likeness_of_words() -> None:
    assert likeness(pairs(LAMP), pairs(LAMP)) == pytest.approx(1.0)
    assert likeness(pairs("您好，希望尽快处理！"), pairs(LAMP)) == 0.0
    assert common_words("2单元电梯停了", "电梯坏了，2单元的") == ["2单元", "电梯"]
