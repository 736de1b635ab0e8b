"""The list, its filters and counts, the queues, saved filters, and several cases at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baiying.cases import steps
from baiying.cases.models import Case, Line
from baiying.doors.desk import queues
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import WAYS, Cast
from tests.doors.reader import Page

LIST = "/desk/cases/"


def page(client: Client, address: str = LIST, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def shown(html: str) -> list[str]:
    return re.findall(r'<td class="col-reference reference">([^<]+)</td>', html)


def total(html: str) -> int:
    return int(re.search(r'id="total">共 ([\d,]+) 件', html)[1].replace(",", ""))  # type: ignore[index]


def test_list_shows_the_latest_first_with_a_true_count(cast: Cast) -> None:
    cases = [cast.case(text=f"路灯坏了 {n}") for n in range(3)]
    html = page(cast.client("dispatch_clerk_zhang"))
    assert shown(html) == [c.reference for c in reversed(cases)]
    assert total(html) == 3


def test_a_place_in_words_stands_in_the_list_until_it_is_found(cast: Cast) -> None:
    nowhere = {"lon": None, "lat": None}
    cast.case(**nowhere, text="灯坏了", place="老供销社往南第二个胡同口，门前有棵大槐树")
    cast.case(**nowhere, text="灯又坏了")
    cast.case(text="灯还是坏的", place="东门")
    html = page(cast.client("dispatch_clerk_zhang"))
    cells = re.findall(r'<td class="col-place">(.*?)</td>', html, re.S)
    assert [Page(cell).text for cell in cells] == [
        "东风社区 · 第1网格",
        "地点待定",
        "老供销社往南第二个胡同口…",
    ]
    assert ["还没有定到网格" in cell for cell in cells] == [False, False, True]


@pytest.mark.parametrize(
    ("person", "grids"),
    [
        ("leader_zhou", ["e1", "e2", "w1", "w2"]),
        ("community_head_wang", ["e1", "e2"]),
        ("community_head_chen", ["w1", "w2"]),
        ("grid_worker_li", ["e1"]),
        ("department_handler_sun", []),
        ("outsider_zhao", []),
    ],
)
def test_everybody_sees_their_own_branch_only(cast: Cast, person: str, grids: list[str]) -> None:
    cases = {grid: cast.case(text="路灯坏了", at=cast.in_grid(grid)) for grid in ("e1", "e2", "w1", "w2")}
    client = cast.client(person)
    for query in ({}, {"q": "路灯"}, {"open": "yes"}):
        html = page(client, **query)
        assert sorted(shown(html)) == sorted(cases[g].reference for g in grids)
        if grids:
            assert total(html) == len(grids)


def test_filters_show_what_they_say(cast: Cast) -> None:
    received = cast.case(text="路灯坏了", at=cast.in_grid("e1"))
    closed = cast.lead(cast.case(text="垃圾没人收", at=cast.in_grid("w1")), "closed")
    handed = cast.lead(cast.case(text="井盖松动，车轮压着响", at=cast.in_grid("e2")), "handed_out")
    today, yesterday = clock.today().isoformat(), (clock.today() - timedelta(days=1)).isoformat()
    client = cast.client("dispatch_clerk_zhang")
    for query, expected in (
        ({"state": ["received", "closed"]}, [closed, received]),
        ({"open": "no"}, [closed]),
        ({"community": cast.units["east"].code}, [handed, received]),
        ({"grid": cast.units["w1"].code}, [closed]),
        ({"unit": "dept-enforcement"}, [handed, closed]),
        ({"unit": "none"}, [received]),
        ({"rating": "satisfied", "contacted": "yes", "solved": "yes"}, [closed]),
        ({"received_from": today, "received_to": today}, [handed, closed, received]),
        ({"received_to": yesterday}, []),
        ({"closed_from": today, "handled_to": today, "rated_from": today}, [closed]),
        ({"reopened_from": today}, []),
        ({"overdue": "yes"}, []),
        ({"channel": "web", "q": "路灯"}, [received]),
        ({"category": received.category.code, "kind": received.kind}, [received]),
        ({"q": "车轮 井盖"}, [handed]),
    ):
        response = client.get(LIST, query)
        assert response.status_code == 200, (query, response.content.decode())
        html = response.content.decode()
        assert shown(html) == [c.reference for c in expected], query
        assert total(html) == len(expected)
        assert html.count('class="chip"') == sum(len(v) if isinstance(v, list) else 1 for v in query.values())


def test_what_does_not_count_is_left_out_where_a_figure_asks_for_the_rest(cast: Cast) -> None:
    counted, excluded = (cast.lead(cast.case(), "closed") for _n in range(2))
    with acting(Scope(cast.tenant.id, "street")):
        Case.objects.filter(id=excluded.id).update(is_not_counted=True)
    client = cast.client("dispatch_clerk_zhang")
    for query, expected in (
        ({}, [excluded, counted]),
        ({"counted": "yes"}, [counted]),
        ({"counted": "no"}, [excluded]),
    ):
        html = client.get(LIST, {"rating": "satisfied", **query}).content.decode()
        assert shown(html) == [c.reference for c in expected], query
        assert total(html) == len(expected)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"state": "lost"}, "状态"),
        ({"received_from": "yesterday"}, "登记从"),
        ({"received_from": "2026-11-02", "received_to": "2026-11-01"}, "登记到"),
        ({"closed_to": "9999-12-31"}, "结案到"),
        ({"community": "nowhere"}, "社区"),
        ({"grid": "1' OR 1=1"}, "网格"),
        ({"contacted": "perhaps"}, "回访联系上"),
        ({"colour": "red"}, "colour"),
        ({"overdue": "yes", "due": "soon"}, "即将超期"),
    ],
)
def test_a_wrong_filter_is_refused_by_name(cast: Cast, query: dict[str, str], named: str) -> None:
    response = cast.client("dispatch_clerk_zhang").get(LIST, query)
    assert response.status_code == 422
    alert = re.search(r'id="problems".*?</div>\s*</div>', response.content.decode(), re.S)
    assert alert is not None and named in alert[0]


@pytest.mark.parametrize("cursor", ["x", "1", "bnVsbA", "W10"])
def test_a_broken_cursor_is_told_and_not_a_500(cast: Cast, cursor: str) -> None:
    client = cast.client("dispatch_clerk_zhang")
    assert client.get(LIST, {"cursor": cursor}).status_code == 400
    assert client.get(LIST, {"cursor": cursor, "q": "路灯"}).status_code == 400


@pytest.mark.parametrize("query", [{}, {"q": "路灯"}, {"state": "received"}])
def test_pages_by_key_show_every_case_once(cast: Cast, query: dict[str, str]) -> None:
    cases = [cast.case(text=f"路灯坏了 {n}") for n in range(85)]
    client, seen, address = cast.client("dispatch_clerk_zhang"), [], f"{LIST}?{urlencode(query)}"
    while address:
        html = page(client, address)
        seen += shown(html)
        older = re.search(r'rel="next" href="([^"]+)"', html)
        address = older[1].replace("&amp;", "&") if older else ""
        last = html
    assert seen == [c.reference for c in reversed(cases)]
    newer = re.search(r'rel="prev" href="([^"]+)"', last)
    assert newer is not None
    assert shown(page(client, newer[1].replace("&amp;", "&"))) == seen[40:80]
    assert total(page(client, **query, exact="yes")) == 85


@pytest.mark.usefixtures("steady_map")
def test_a_list_costs_the_same_number_of_queries_with_one_and_three_rows(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    cast.case(text="路灯坏了")
    numbers: dict[str, list[int]] = {}
    for _round in range(2):
        for address in (
            "/desk/",
            LIST,
            f"{LIST}?q=路灯",
            f"{LIST}?state=received&open=yes",
            "/desk/cases/count",
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            # Once a second the street's map is asked whether it is still the newest.
            asked = [q["sql"] for q in queries if 'FROM "org_tenant"' not in q["sql"]]
            numbers.setdefault(address, []).append(len(asked))
        cast.case(text="路灯坏了", at=cast.in_grid("w1"))
        cast.case(text="路灯坏了", at=cast.in_grid("e2"))
    assert all(len(set(pair)) == 1 for pair in numbers.values()), numbers


@pytest.mark.parametrize("person", ["dispatch_clerk_zhang", "community_head_wang", "grid_worker_li",
                                    "department_handler_sun", "checker_qian", "leader_zhou"])  # fmt: skip
def test_every_queue_counts_what_its_list_shows(cast: Cast, person: str) -> None:
    for state in steps.NUMBER:
        cast.lead(cast.case(text=f"路灯 {state}"), state)
    for days in range(1, 15):  # some of them overdue by now, some due soon
        with clock.telling(clock.now() - timedelta(days=days)):
            cast.lead(cast.case(text="早就说过的", at=cast.in_grid(("e1", "w2")[days % 2])), "handed_out")
    client, actor = cast.client(person), getattr(cast, person)
    home = page(client, "/desk/")
    for queue in (*queues.QUEUES, *queues.CLOCKS, *queues.ALL):
        address = queues.href(queue, actor).replace("&", "&amp;")
        if not queues.has(actor, queue):
            continue
        tile = re.search(
            rf'href="{re.escape(address)}" class.*?<span class="rail-count">([\d,]+)</span>', home
        )
        assert tile is not None, queue.code
        html = page(client, queues.href(queue, actor))
        assert int(tile[1]) == (total(html) if shown(html) else 0), queue.code
        assert html.count('aria-current="page"') == 1
        assert queue.due == "" or person == "grid_worker_li" or shown(html), queue.code


@pytest.mark.parametrize(
    ("person", "sees"),
    [("community_head_wang", True), ("grid_worker_li", False), ("community_head_chen", False)],
)
def test_what_is_most_urgent_is_the_branchs_and_in_a_grid_the_workers_own(
    cast: Cast, person: str, sees: bool
) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)  # with a department, in a grid of the east
    assert (case.reference in shown(page(cast.client(person), "/desk/"))) is sees


def test_queues_follow_from_permissions(cast: Cast) -> None:
    def codes(person: str) -> set[str]:
        return {q.code for q in (*queues.QUEUES, *queues.CLOCKS) if queues.has(getattr(cast, person), q)}

    assert {"to_accept", "to_hand_out", "returned"} <= codes("dispatch_clerk_zhang")
    assert "to_accept" not in codes("department_handler_sun")
    assert {"to_acknowledge", "working"} <= codes("department_handler_sun")
    assert "to_check" in codes("checker_qian") and "to_check" not in codes("dispatch_clerk_zhang")


def test_a_reference_jumps_however_it_is_written(cast: Cast) -> None:
    case = cast.case()
    client = cast.client("dispatch_clerk_zhang")
    for said in (case.reference, case.reference.replace("-", " "), case.reference.replace("-", "")):
        response = client.get(LIST, {"q": said})
        assert (response.status_code, response.headers["Location"]) == (302, f"/desk/cases/{case.reference}/")
    outsider = cast.client("outsider_zhao").get(LIST, {"q": case.reference})
    assert outsider.status_code == 200 and shown(outsider.content.decode()) == []


def test_a_phone_number_finds_its_cases_for_those_who_may_read_it(cast: Cast) -> None:
    east = cast.case(text="路灯坏了", phone="13805330001", name="王先生")
    cast.case(text="路灯坏了", phone="13805330002")
    west = cast.case(text="水管漏水", phone="138 0533 0001", at=cast.in_grid("w1"))
    assert shown(page(cast.client("dispatch_clerk_zhang"), q="138-0533-0001")) == [
        west.reference,
        east.reference,
    ]
    assert shown(page(cast.client("community_head_wang"), q="13805330001")) == [east.reference]
    assert shown(page(cast.client("dispatch_clerk_zhang"), q="13805330001", **{"in": "text"})) == []
    assert shown(page(cast.client("leader_zhou"), q="13805330001")) == []


def test_a_search_by_phone_leaves_a_trail_without_the_number(cast: Cast) -> None:
    cast.case(text="路灯坏了", phone="13805330001")
    page(cast.client("dispatch_clerk_zhang"), q="13805330001")
    with acting(Scope(cast.tenant.id, "audit")):
        entry = Entry.objects.get(event="cases.phone_searched")
    assert (entry.actor_name, entry.data) == ("张敏", {"found": 1})


def test_a_page_left_open_asks_in_vain_once_its_session_is_over(cast: Cast) -> None:
    by_itself = Client().get("/desk/rail", headers={"HX-Request": "true"})
    assert (by_itself.status_code, by_itself.content) == (204, b"")
    by_hand = Client().get(f"{LIST}?open=yes", headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert by_hand.headers["HX-Redirect"] == "/desk/login?next=/desk/cases/%3Fopen%3Dyes"
    client = cast.client("dispatch_clerk_zhang")
    client.get("/desk/rail", headers={"HX-Request": "true"})
    assert "seen" not in client.session
    client.get("/desk/")
    assert "seen" in client.session


def test_one_character_is_answered_with_a_hint(cast: Cast) -> None:
    cast.case(text="路灯坏了")
    html = page(cast.client("dispatch_clerk_zhang"), q="灯")
    assert "两个连在一起的字" in html and shown(html) == []


def test_empty_fields_of_the_form_leave_a_clean_address(cast: Cast) -> None:
    response = cast.client("dispatch_clerk_zhang").get(f"{LIST}?state=received&community=&q=&received_from=")
    assert (response.status_code, response.headers["Location"]) == (302, f"{LIST}?state=received")


def test_htmx_gets_the_list_alone(cast: Cast) -> None:
    cast.case(text="路灯坏了")
    response = cast.client("dispatch_clerk_zhang").get(
        f"{LIST}?open=yes&unit=", headers={"HX-Request": "true"}
    )
    html = response.content.decode()
    assert "<html" not in html and len(shown(html)) == 1
    assert response.headers["HX-Push-Url"] == f"{LIST}?open=yes"
    piece = cast.client("dispatch_clerk_zhang").get(
        "/desk/cases/count?q=路灯", headers={"HX-Request": "true"}
    )
    assert total(piece.content.decode()) == 1


def test_filters_are_saved_listed_and_dropped_by_their_owner_alone(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    kept = {"name": "本周路灯", "query": "state=received&q=路灯"}
    assert client.post("/desk/filters/save", kept).status_code == 302
    html = page(client)
    assert "本周路灯" in html
    assert "已经有一个同名的筛选" in client.post("/desk/filters/save", kept, follow=True).content.decode()
    other = cast.client("dispatch_clerk_bai")
    assert "本周路灯" not in page(other)
    drop = re.search(r"/desk/filters/\d+/delete", html)
    assert drop is not None
    assert other.post(drop[0]).status_code == 404
    client.post(drop[0])
    assert "本周路灯" not in page(client).replace("例如：本周路灯", "")


def test_several_cases_are_handed_out_after_a_preview(cast: Cast) -> None:
    ready = [cast.lead(cast.case(text=f"路灯坏了 {n}"), "accepted") for n in range(2)]
    early = cast.case(text="刚刚收到的")
    client = cast.client("dispatch_clerk_zhang")
    ticked = {"action": "hand_out", "case": [str(c.id) for c in (*ready, early)]}
    form = client.post("/desk/cases/bulk", ticked).content.decode()
    assert "先看看会怎样" in form
    cases = re.findall(r'name="case" value="([^"]+)"', form)
    filled = {
        "action": "hand_out",
        "case": cases,
        "unit": str(cast.units["dept-enforcement"].id),
        "text": "请今天办",
    }
    preview = client.post("/desk/cases/bulk", filled | {"stage": "preview"}).content.decode()
    assert preview.count("可以") >= 2 and preview.count("办不了") == 1
    assert {cast.read(c.id).state for c in ready} == {"accepted"}
    done = client.post("/desk/cases/bulk", filled | {"stage": "do"}).content.decode()
    assert "有 1 件没有办成" in done
    assert {cast.read(c.id).state for c in ready} == {"handed_out"}
    assert cast.read(early.id).state == "received"


def test_a_case_that_was_moved_meanwhile_is_told_and_left_alone(cast: Cast) -> None:
    case = cast.lead(cast.case(), "accepted")
    client = cast.client("dispatch_clerk_zhang")
    unit = {"unit": str(cast.units["dept-enforcement"].id), "text": "", "action": "hand_out", "stage": "do"}
    html = client.post("/desk/cases/bulk", unit | {"case": f"{case.id}:{case.version - 1}"}).content.decode()
    assert "刚刚办过" in html and cast.read(case.id).state == "accepted"


def test_a_note_goes_to_every_chosen_case_inside_the_scope(cast: Cast) -> None:
    east, west = cast.case(at=cast.in_grid("e1")), cast.case(at=cast.in_grid("w1"))
    said = {"action": "note", "stage": "do", "text": "已联系物业", "case": [str(east.id), str(west.id)]}
    html = cast.client("community_head_wang").post("/desk/cases/bulk", said).content.decode()
    assert "有 1 件不在您的范围内" in html
    notes = Line.objects.filter(step="note")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant = '{cast.tenant.id}'; SET LOCAL app.level = 'street'")
    assert [(n.case_id, n.is_public) for n in notes] == [(east.id, False)]


def test_bulk_without_a_tick_offers_the_page_and_refuses_nonsense(cast: Cast) -> None:
    case = cast.case()
    client = cast.client("dispatch_clerk_zhang")
    html = client.post("/desk/cases/bulk", {"action": "note", "page": f"{case.id} "}).content.decode()
    assert f'name="case" value="{case.id}"' in html
    assert client.post("/desk/cases/bulk", {"action": "delete"}).status_code == 422
    assert client.post("/desk/cases/bulk", {"action": "note", "case": "x"}).status_code == 422
    denied = cast.client("department_handler_sun").post("/desk/cases/bulk", {"action": "hand_out"})
    assert denied.status_code == 403

    assert set(WAYS) == set(steps.NUMBER)
