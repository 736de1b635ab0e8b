"""What others see of a case: masked words, a rounded place, no photo that nobody released."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baiying.cases.models import Category
from baiying.cases.public import public_version, public_versions
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo

TEXT = "我叫张建国，家住3号楼2单元501，楼道灯不亮，电话138 0533 1234，车牌鲁C12345。"


@pytest.mark.django_db
def test_neighbours_read_the_matter_and_not_the_person(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    case = cast.case(
        text=TEXT, place="3号楼2单元501", name="王小明", phone="13805330000", photos=(a_photo(),)
    )
    with acting(Scope(cast.tenant.id, "street")):
        shown = public_version(case)
    assert shown.text == (
        "我叫「姓名已隐去」，家住3号楼「门牌已隐去」，楼道灯不亮，电话「电话已隐去」，车牌「车牌已隐去」。"
    )
    assert shown.title == "我叫「姓名已隐去」，家住3号楼「门牌已隐去」，楼道灯不亮…"
    assert shown.address == "3号楼「门牌已隐去」"
    assert shown.point == (round(lon, 3), round(lat, 3))
    assert (shown.photos, shown.is_sensitive, shown.grid_code) == ((), False, cast.units["e1"].code)
    assert shown.guard.words("已与王小明联系") == "已与「姓名已隐去」联系"


@pytest.mark.django_db
def test_a_place_that_is_nobodys_home_is_shown_to_ten_metres(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    with acting(Scope(cast.tenant.id, "street")):
        shown = public_version(cast.case(text="小区东门的路灯不亮", at=(lon + 0.000123, lat)))
    assert shown.point == (round(lon + 0.000123, 4), round(lat, 4))


@pytest.mark.django_db
def test_of_a_sensitive_matter_only_the_grid_is_shown(cast: Cast) -> None:
    sensitive = Category.objects.filter(is_sensitive=True)[0]
    assert cast.living_area is not None
    text = f"{cast.living_area.name}3号楼那家人，在柳泉路开店"
    case = cast.case(text=text, place="柳泉路东头", category=sensitive.code, phone="13805330000")
    with acting(Scope(cast.tenant.id, "street")):
        shown = public_version(case)
    assert (shown.title, shown.address, shown.point) == (sensitive.name, cast.units["e1"].name, None)
    assert cast.living_area.name not in shown.text
    assert "柳泉路" not in shown.text and "3号楼" not in shown.text


@pytest.mark.django_db
def test_a_list_costs_as_many_queries_as_one(cast: Cast) -> None:
    cases = [cast.case(text=f"第{n}件：电话13805331234") for n in range(3)]
    with acting(Scope(cast.tenant.id, "street")):
        public_version(cases[0])
        with CaptureQueriesContext(connection) as one:
            public_versions(cases[:1])
        with CaptureQueriesContext(connection) as three:
            shown = public_versions(cases)
    assert len(one) == len(three) == 3
    assert [s.text for s in shown] == [f"第{n}件：电话「电话已隐去」" for n in range(3)]
