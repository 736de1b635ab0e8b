"""Overview, wall, map and places: figures lead to the cases behind them, and nobody sees another branch's."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baiying.cases import services as cases
from baiying.cases import steps
from baiying.cases.services import StepData
from baiying.doors.screen import measures, periods, places
from baiying.doors.shared.case_counts import count_exactly
from baiying.doors.shared.case_filters import asked
from baiying.insight import queries
from baiying.insight.queries import Figures
from baiying.insight.rates import Counting, Rate, profiles
from baiying.kit import clock
from baiying.org.rules import Actor, acting
from tests.cast import Cast
from tests.dispatch.calling import led, raised

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def busy_street(cast: Cast) -> Cast:
    """Cases in every state, in three grids and in none, over some weeks."""
    grids = ("e1", "e2", "w1", None)
    for number, state in enumerate(steps.NUMBER):
        with clock.telling(NOW - timedelta(days=40 - 2 * number)):
            grid = grids[number % 4]
            at = cast.in_grid(grid) if grid else (117.0, 36.0)
            cast.lead(cast.case(at=at, text=("路灯不亮了", "垃圾没人清运")[number % 2]), state)
    for rating in ("basically_satisfied", "dissatisfied"):
        with clock.telling(NOW - timedelta(days=1)):
            case = cast.lead(cast.case(), steps.CHECKED)
            data = StepData(rating=rating, contacted=True, solved=False)
            cases.take_step(cast.checker_qian, case_id=case.id, step="rate", data=data)
    return cast


ADDRESSES = ("period=today", "period=week", "period=month", "period=year", "from=2026-10-05&to=2026-11-20")


def test_every_figure_opens_exactly_the_cases_behind_it(busy_street: Cast) -> None:
    units = {u.id: u.code for u in busy_street.units.values()}
    for actor in (busy_street.leader_zhou, busy_street.community_head_wang):
        field = "grid" if actor.scope.level == "community" else "community"
        for address in ADDRESSES:
            with clock.telling(NOW), acting(actor.scope):
                period = periods.chosen(QueryDict(address)).period
                seen = queries.overview(actor.scope, period)
                for key, figures in (seen.grids or seen.communities).items():
                    assert_leads_back(actor, period, {field: units.get(key, "none")}, figures)
                assert_leads_back(actor, period, {}, seen.total)
                assert seen.total.open > 0


COUNTING = Counting(profiles()["beijing"], 10)


def assert_leads_back(actor: Actor, period: queries.Period, place: dict[str, str], figures: Figures) -> None:
    for measure in measures.MEASURES:
        value = measure.value(figures, COUNTING)
        expected = value.denominator if isinstance(value, Rate) else value
        what = asked(QueryDict(urlsplit(measure.href(period, place)).query), actor)
        assert what.is_valid, what.form.errors
        assert count_exactly(actor.scope, what.filter()) == expected, (measure.code, place)


def test_the_overview_shows_the_figures_of_the_street(busy_street: Cast) -> None:
    with clock.telling(NOW):
        page = busy_street.client("leader_zhou").get("/desk/overview/?period=year")
        tiles = {tile["code"]: tile for tile in page.context["figures"]}
    assert {code: tile["value"] for code, tile in tiles.items() if "value" in tile} == {
        "received": 16, "open": 14, "overdue": 7, "handled": 6, "closed": 1, "reopened": 1, "declined": 1,
        "called_back": 4, "raised": 0,
    }  # fmt: skip
    assert [(tiles[c]["said_part"], tiles[c]["whole"]) for c in ("response", "solution", "satisfaction")] == [
        ("4", 4), ("2", 4), ("3", 4),
    ]  # fmt: skip
    html = page.content.decode()
    assert re.findall(r'<h3 class="figure-name">([^<]*)</h3>', html) == [
        "收到", "未结案", "已超期", "办结", "结案", "重开", "提级重办", "不予受理", "有效回访", "回访覆盖率", "未回应率",
        "不计入率", "响应率", "解决率", "满意率",
    ]  # fmt: skip
    assert "3 / 4" in html
    assert html.count("样本不足") >= 3
    assert [row["name"] for row in page.context["by_place"]] == ["东风社区", "西园社区", "地点待定"]
    for table in ("by_place", "by_category"):
        assert sum(int(numbers(row["cells"])[0]) for row in page.context[table]) == 16
    assert html.count('class="trend"') == 3


def test_without_call_backs_a_rate_is_a_dash_and_leads_nowhere(cast: Cast) -> None:
    page = cast.client("leader_zhou").get("/desk/overview/")
    assert [tile["whole"] for tile in page.context["figures"] if "whole" in tile] == [0] * 6
    assert page.content.decode().count("0 / 0") == 6
    for row in page.context["by_place"]:
        assert numbers(row["cells"]) == ["0"] * 9 + ["-"] * 6
        assert "href" not in row["cells"]


def test_a_cell_opens_the_cases_behind_it_and_says_what_a_rate_is_made_of() -> None:
    period = queries.Period(date(2026, 11, 1), date(2026, 11, 23))
    figures = queries.Figures(received=1204, overdue=2, called_back=40, satisfied=30, basically_satisfied=5)
    cells = measures.cells(figures, period, {"community": "370305002001"}, COUNTING)
    assert numbers(cells) == [
        "1,204",
        "0",
        "2",
        "0",
        "0",
        "0",
        "0",
        "0",
        "40",
        "-",
        "0% 0/40",
        "0% 0/40",
        "0% 0/40",
        "0% 0/40",
        "86.3% 34.5/40",
    ]
    links = [urlsplit(unescape(found)).query for found in re.findall(r'href="([^"]+)"', cells)]
    assert links[0] == "received_from=2026-11-01&received_to=2026-11-23&community=370305002001"
    assert links[1] == "overdue=yes&community=370305002001"
    assert 'class="is-number overview-late"' in cells


def numbers(cells: str) -> list[str]:
    """What stands in each cell of a line, without its markup."""
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells)]


def test_a_community_head_sees_her_community_only(busy_street: Cast) -> None:
    wang = busy_street.client("community_head_wang")
    east, west = busy_street.units["east"], busy_street.units["west"]
    page = wang.get("/desk/overview/?period=year")
    assert page.context["level_name"] == "东风社区"
    assert [row["name"] for row in page.context["by_place"]] == ["东风社区第1网格", "东风社区第2网格"]
    assert wang.get(f"/desk/overview/{east.code}/").status_code == 200
    for address in (f"/desk/overview/{west.code}/", f"/screen/{west.code}/"):
        assert wang.get(address).status_code == 403
    assert wang.get("/desk/overview/nowhere/").status_code == 404
    leader = busy_street.client("leader_zhou")
    assert leader.get(f"/desk/overview/{west.code}/").context["level_name"] == "西园社区"


@pytest.mark.parametrize("address", ["/desk/overview/", "/screen/", "/desk/map/", "/desk/map/cases.geojson"])
def test_figures_need_leave(cast: Cast, address: str) -> None:
    assert Client().get(address).status_code == 302
    for person in ("grid_worker_li", "department_handler_sun", "system_administrator_tang"):
        assert cast.client(person).get(address).status_code == 403
    for person in ("leader_zhou", "community_head_chen", "checker_qian", "outsider_zhao"):
        assert cast.client(person).get(address).status_code == 200


def test_another_street_sees_nothing_of_ours(busy_street: Cast) -> None:
    zhao = busy_street.client("outsider_zhao")
    page = zhao.get("/desk/overview/?period=year")
    assert [tile["value"] for tile in page.context["figures"] if "value" in tile] == [0] * 9
    code = busy_street.units["east"].code
    assert zhao.get(f"/desk/overview/{code}/").status_code == 404
    assert zhao.get("/desk/map/cases.geojson").json()["features"] == []


@pytest.mark.usefixtures("steady_map")
def test_pages_cost_the_same_number_of_queries_however_many_cases(cast: Cast) -> None:
    client = cast.client("leader_zhou")
    for address in ("/desk/overview/", "/screen/", "/desk/map/"):
        client.get(address)
        counts = []
        for more in (1, 3):
            for _ in range(more):
                cast.lead(cast.case(), steps.HANDLED)
            with CaptureQueriesContext(connection) as made:
                assert client.get(address).status_code == 200
            counts.append(len(made))
        assert counts[0] == counts[1], address


def test_the_wall_has_nine_tiles_and_refreshes_them_alone(busy_street: Cast) -> None:
    client = busy_street.client("community_head_wang")
    html = client.get("/screen/").content.decode()
    assert html.count('class="figure-name"') == 9
    assert 'hx-get="/screen/' in html
    assert 'content="15"' in html
    assert re.findall(r"截至 \d\d:\d\d:\d\d，每 15 秒更新", html) != []
    part = client.get("/screen/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="wall-figures"')
    assert part.count('class="figure-name"') == 9
    ended = Client().get("/screen/", headers={"HX-Request": "true"})
    assert (ended.status_code, ended["HX-Refresh"]) == (204, "true")


def test_the_wall_says_which_calls_are_open_and_which_units_are_missing_or_late(cast: Cast) -> None:
    leader = cast.client("leader_zhou")
    assert "现在没有进行中的呼叫。" in leader.get("/screen/").content.decode()
    with clock.telling(clock.now() - timedelta(days=3)):
        call = raised(cast, "dept-enforcement", "dept-municipal", "e1")
    led(cast, call, "e1", ("grid_worker_li", "acknowledge"), ("dispatch_clerk_zhang", "arrive"))
    seen = re.sub(r"<[^>]+>", " ", leader.get("/screen/").content.decode())
    seen = " ".join(seen.split("进行中的呼叫", 1)[1].split())
    assert "共 1 个 有单位没到 1 有单位超时 1" in seen
    units = "综合行政执法中队、市政园林服务中心"
    assert (
        f"日常呼叫 {call.number} 已到 1/3 超时 {units} 没到 {units} 呼叫了 {units}、东风社区第1网格" in seen
    )
    assert not [word for word in ("夜市占道", "李强", "孙涛", "张敏") if word in seen]
    for code, is_shown in (("east", True), ("west", False)):
        page = leader.get(f"/screen/{cast.units[code].code}/").content.decode()
        assert (call.number in page) is is_shown, code
    assert call.number not in cast.client("community_head_chen").get("/screen/").content.decode()


@pytest.mark.parametrize(
    ("query", "code", "first", "last", "has_fault"),
    [
        ("", "month", date(2026, 11, 1), date(2026, 11, 23), False),
        ("period=today", "today", date(2026, 11, 23), date(2026, 11, 23), False),
        ("period=week", "week", date(2026, 11, 17), date(2026, 11, 23), False),
        ("period=year", "year", date(2026, 1, 1), date(2026, 11, 23), False),
        ("period=ever", "month", date(2026, 11, 1), date(2026, 11, 23), False),
        ("from=2026-02-03&to=2026-04-05", "free", date(2026, 2, 3), date(2026, 4, 5), False),
        ("from=2026-02-03", "free", date(2026, 2, 3), date(2026, 11, 23), False),
        ("from=2026-04-05&to=2026-02-03", "month", date(2026, 11, 1), date(2026, 11, 23), True),
        ("from=1026-04-05&to=2026-02-03", "month", date(2026, 11, 1), date(2026, 11, 23), True),
        ("from=x&to=2026-02-03", "month", date(2026, 11, 1), date(2026, 11, 23), True),
    ],
)
def test_periods(query: str, code: str, first: date, last: date, has_fault: bool) -> None:
    with clock.telling(NOW):
        found = periods.chosen(QueryDict(query))
    assert (found.code, found.period.first, found.period.last, bool(found.fault)) == (
        code,
        first,
        last,
        has_fault,
    )


def test_a_wrong_period_is_said_and_the_month_is_shown(cast: Cast) -> None:
    html = unescape(
        cast.client("leader_zhou").get("/desk/overview/?from=2026-03-02&to=2026-03-01").content.decode()
    )
    assert "结束日期在开始日期之前。" in html


def test_the_map_shows_the_cases_of_the_filter(busy_street: Cast) -> None:
    with clock.telling(NOW):
        leader = busy_street.client("leader_zhou")
        everything = leader.get("/desk/map/cases.geojson").json()
        late = leader.get("/desk/map/cases.geojson?overdue=yes").json()
        wang = busy_street.client("community_head_wang").get("/desk/map/cases.geojson").json()
        page = leader.get("/desk/map/")
    assert (everything["shown"], everything["cut_off"], len(everything["features"])) == (16, False, 16)
    assert len(late["features"]) == 7
    assert {f["properties"]["tone"] for f in late["features"]} == {"late"}
    assert set(everything["features"][0]["properties"]) == {
        "reference", "href", "title", "category", "state", "tone", "due", "place",
    }  # fmt: skip
    east = {"东风社区第1网格", "东风社区第2网格"}
    assert {f["properties"]["place"] for f in wang["features"]} == east
    assert page.context["cases_url"] == "/desk/map/cases.geojson?open=yes"
    assert len(page.context["rows"]) == 14


def test_a_map_of_too_many_cases_says_that_it_is_cut(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        cast.case()
    monkeypatch.setattr("baiying.doors.screen.maps.MOST", 2)
    client = cast.client("leader_zhou")
    found = client.get("/desk/map/cases.geojson").json()
    assert (found["shown"], found["cut_off"]) == (2, True)
    assert "只显示最新的 2 件" in client.get("/desk/map/").content.decode()


def test_a_wrong_filter_is_refused_by_name(cast: Cast) -> None:
    client = cast.client("leader_zhou")
    answer = client.get(
        "/desk/map/cases.geojson?received_from=yesterday", headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "received_from")


def outlines(client: Client, **more: Any) -> Any:
    return client.get("/places/outlines.geojson", {"street": "370399001", **more})


def test_outlines_of_a_street_by_layer(cast: Cast) -> None:
    places.forget()
    answer = outlines(Client())
    assert answer["Content-Type"] == "application/geo+json"
    found = [
        (f["properties"]["layer"], f["properties"]["name"]) for f in json.loads(answer.content)["features"]
    ]
    assert found == [
        ("community", "东风社区"), ("community", "西园社区"), ("grid", "东风社区第1网格"), ("grid", "东风社区第2网格"),
        ("grid", "西园社区第1网格"), ("grid", "西园社区第2网格"), ("living_area", "东风小区"),
    ]  # fmt: skip
    grids = json.loads(outlines(Client(), layer="grids").content)["features"]
    assert {f["properties"]["layer"] for f in grids} == {"grid"}
    english = json.loads(outlines(Client(), layer="communities", lang="en").content)["features"]
    assert [f["properties"]["name"] for f in english] == ["Dongfeng", "Xiyuan"]
    assert outlines(Client(), layer="people").status_code == 422
    assert Client().get("/places/outlines.geojson?street=999").status_code == 404


def test_outlines_are_sent_once_and_zipped(cast: Cast) -> None:
    places.forget()
    plain = outlines(Client())
    zipped = Client().get("/places/outlines.geojson?street=370399001", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.content) == plain.content
    again = Client().get(
        "/places/outlines.geojson?street=370399001", headers={"If-None-Match": plain["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_what_lies_at_a_point(cast: Cast) -> None:
    lon, lat = cast.in_grid("w1")
    ask = {"street": "370399001"}
    assert Client().get("/places/at", {**ask, "lon": lon, "lat": lat}).json() == {
        "grid": {"code": cast.units["w1"].code, "name": "西园社区第1网格"},
        "community": {"code": cast.units["west"].code, "name": "西园社区"},
    }
    assert Client().get("/places/at", {**ask, "lon": 117, "lat": 36}).json() == {
        "grid": None,
        "community": None,
    }
    for wrong in ({"lon": "x", "lat": 36}, {"lat": 36}, {"lon": 0, "lat": 0}, {"lon": 36.8, "lat": 118.3}):
        assert Client().get("/places/at", {**ask, **wrong}).status_code == 422


def test_buildings_of_a_living_area(cast: Cast) -> None:
    assert cast.living_area is not None
    assert cast.building is not None
    ask = {"street": "370399001", "living_area": cast.living_area.id}
    assert Client().get("/places/buildings", ask).json() == {
        "buildings": [{"id": cast.building.id, "name": "东风小区3号楼"}]
    }
    assert Client().get("/places/buildings", ask | {"street": "370399002"}).json() == {"buildings": []}
    assert Client().get("/places/buildings", ask | {"living_area": "x"}).status_code == 422


def test_the_base_map_is_handed_out_in_pieces(db: None, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    assert Client().get("/places/basemap.pmtiles").status_code == 404
    (tmp_path / "town.pmtiles").write_bytes(bytes(range(100)))
    settings.BASEMAP = "town.pmtiles"
    piece = Client().get("/places/basemap.pmtiles", headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.content) == (206, bytes(range(10, 20)))
    assert piece["Content-Range"] == "bytes 10-19/100"
    assert Client().get("/places/basemap.pmtiles", headers={"Range": "bytes=100-"}).status_code == 416
    settings.BASEMAP = "../secret"
    assert Client().get("/places/basemap.pmtiles").status_code == 404
