"""Searching at the desk: the best match first, what is near, and pages that show every case once."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from baiying.cases import searching
from baiying.doors.desk import finding
from tests.cast import Cast
from tests.doors.test_desk_lists import LIST, page, shown, total


def test_words_bring_the_best_match_first_and_recency_on_request(cast: Cast) -> None:
    good = cast.case(text="路灯坏了，整条街的路灯都不亮")
    poor = cast.case(text="您好，我住在东风小区，先说楼道里堆放的杂物，再说停车，最后说一说那边的路灯")
    client = cast.client("dispatch_clerk_zhang")
    assert shown(page(client, q="路灯")) == [good.reference, poor.reference]
    assert shown(page(client, q="路灯", sort="recent")) == [poor.reference, good.reference]
    assert total(page(client, q="路灯")) == 2


def test_pages_of_the_best_show_every_case_once_and_then_go_on_by_recency(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ROWS", 2)
    monkeypatch.setattr(searching, "MOST_RANKED", 4)
    cases = [cast.case(text=f"路灯坏了 {n}").reference for n in range(7)]
    client = cast.client("dispatch_clerk_zhang")
    seen, html = [], page(client, q="路灯")
    while True:
        seen += shown(html)
        # Received while somebody is reading: it comes into a search of its own, not into these pages.
        cast.case(text="路灯坏了，刚刚")
        onward = re.search(r'rel="next" href="([^"]+)"', html) or re.search(
            r'href="([^"]*cursor=[^"]+)">[^<]*接着看更早的', html
        )
        if onward is None:
            break
        html = page(client, onward[1].replace("&amp;", "&"))
    assert seen == list(reversed(cases))


def test_what_was_typed_is_named_for_what_it_is_taken_for(cast: Cast) -> None:
    case = cast.case(phone="13800005678")
    clerk, leader = cast.client("dispatch_clerk_zhang"), cast.client("leader_zhou")
    assert chips(page(clerk, q="138 0000 5678")) == ["电话：138****5678"]
    assert chips(page(clerk, q="0533－7180000")) == ["电话：0533-***0000"]
    assert chips(page(clerk, **{"q": "13800005678", "in": "text"})) == ["文字：13800005678"]
    assert chips(page(leader, q="13800005678")) == ["文字：13800005678"]  # no leave: looked for in words
    assert chips(page(cast.client("community_head_chen"), q=case.reference.replace("-", " "))) == [
        f"编号：{case.reference}"
    ]
    assert chips(page(clerk, **{"q": case.reference, "in": "text"})) == [f"文字：{case.reference}"]
    assert chips(page(clerk, q="路灯")) == ["文字：路灯"]


def chips(html: str) -> list[str]:
    return re.findall(r'class="chip"[^>]*>([^<]+)<', html)


def test_near_here_shows_open_cases_by_distance_with_every_other_filter(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    aside = cast.case(at=(lon + 0.0005, lat), text="路灯坏了")
    here = cast.case(at=(lon, lat), text="井盖坏了")
    cast.case(at=cast.in_grid("w2"), text="路灯坏了")
    client = cast.client("dispatch_clerk_zhang")
    near = {"lon": lon, "lat": lat, "within": 200}
    html = page(client, **near)
    assert shown(html) == [here.reference, aside.reference]
    assert total(html) == 2
    assert re.findall(r"约 (\d+) 米|(就在这里)", html) == [("", "就在这里"), ("45", "")]
    assert "没结案、200 米以内" in html
    assert shown(page(client, **near, q="路灯")) == [aside.reference]
    assert total(page(client, LIST, **near, state="closed")) == 0
    assert shown(page(cast.client("grid_worker_lu"), **near)) == []
    refused = client.get(LIST, {"lon": lon, "within": 200})
    assert (refused.status_code, "位置和范围都要有" in refused.content.decode()) == (422, True)
    odd = client.get(LIST, {"lon": 999, "lat": lat, "within": 200})
    assert odd.status_code == 422


def test_pages_by_distance_show_every_case_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "ROWS", 2)
    lon, lat = cast.in_grid("e1")
    cases = [cast.case(at=(lon + n * 0.0001, lat)).reference for n in range(5)]
    client = cast.client("dispatch_clerk_zhang")
    pages, html = [], page(client, lon=lon, lat=lat, within=200)
    while True:
        pages.append(shown(html))
        onward = re.search(r'rel="next" href="([^"]+)"', html)
        if onward is None:
            break
        html = page(client, onward[1].replace("&amp;", "&"))
    assert pages == [cases[:2], cases[2:4], cases[4:]]
    back = re.search(r'rel="prev" href="([^"]+)"', html)
    assert back is not None
    assert shown(page(client, back[1].replace("&amp;", "&"))) == cases[2:4]


def test_where_to_look_around_is_told_by_a_point_or_a_building(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    assert "多远以内" in page(client, "/desk/cases/around")
    lon, lat = cast.in_grid("e1")
    by_point = client.get("/desk/cases/around", {"lon": lon, "lat": lat, "within": 500})
    assert by_point["Location"] == f"{LIST}?" + urlencode(
        {"lon": round(lon, 6), "lat": round(lat, 6), "within": 500}
    )
    building = cast.building
    assert building is not None
    where = {"living_area": building.living_area_id, "building": building.id, "within": 200}
    assert client.get("/desk/cases/around", where)["Location"] == f"{LIST}?" + urlencode(
        {"lon": round(building.lon, 6), "lat": round(building.lat, 6), "within": 200}
    )
    refused = client.get("/desk/cases/around", {"within": 200})
    assert (refused.status_code, "或者选一个小区" in refused.content.decode()) == (422, True)
