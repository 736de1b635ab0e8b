"""`/who`: what the law wants posted, and not a word more."""

from __future__ import annotations

import pytest
from django.test import Client

from baiying.org.models import Tenant
from tests.cast import Cast
from tests.doors.test_chain_pages import Chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(cast: Cast) -> Chain:
    Tenant.objects.filter(pk=cast.tenant.id).update(supervision_phone="05337180000")
    return Chain(cast)


def page(query: str) -> str:
    answer = Client().get(f"/who{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_building_tells_who_is_posted_and_nobody_below(chain: Chain) -> None:
    assert chain.building is not None
    words = page(f"?living_area={chain.building.living_area_id}&building={chain.building.pk}")
    assert [n for n in ("李强", "支部委员", "班子成员", "包社区的") if n not in words] == []
    assert [n for n in ("小组长", "中心户某", "联户员某", "后来人") if n in words] == []
    assert words.index("李强") < words.index("支部委员") < words.index("班子成员") < words.index("包社区的")
    assert "15400100001" in words


def test_grid_with_gaps_says_so(chain: Chain) -> None:
    words = page(f"?grid={chain.cast.units['e2'].code}")
    assert words.count("暂时空缺") == 2 and "包社区的" in words


def test_living_area_asks_for_the_building(chain: Chain) -> None:
    assert chain.building is not None
    words = page(f"?living_area={chain.building.living_area_id}")
    assert "请再选楼栋" in words and "东风小区3号楼" in words


@pytest.mark.parametrize("query", ["?grid=nowhere", "?living_area=99999&building=1", "?building=-1"])
def test_wrong_place_is_refused(chain: Chain, query: str) -> None:
    assert Client().get(f"/who{query}").status_code == 422
