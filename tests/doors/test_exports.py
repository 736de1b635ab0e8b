"""A list taken away as a file: the same rows as the list, today's too, in chunks, harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from baiying.cases import export_writing, exporting, exporting_later
from baiying.cases.models import Case
from baiying.journal.models import Entry
from baiying.kit.sheets import read_sheet
from baiying.org import services as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.doors.test_api_orders import bearer

pytestmark = pytest.mark.django_db


def taken(query: str, headers: dict[str, str]) -> Any:
    answer = Client().get(f"/api/v1/exports/requests?{query}", headers=headers)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_form_holds_the_rows_of_the_list(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)
    cases = [
        cast.case(text=f"第{n}件，“引号”\n第二行", name="李女士", phone="13805330005") for n in range(5)
    ][::-1]
    zhang = bearer(cast, "dispatch_clerk_zhang")
    written = table(taken("format=csv", zhang))
    assert written[0] == [str(words) for words in exporting.COLUMNS.values()]
    assert [row[0] for row in written[1:]] == [case.reference for case in cases]
    assert (written[1][8], written[1][5]) == (cases[0].text, "东风社区")
    sheet = read_sheet(taken("format=xlsx", zhang))
    assert [row[0] for row in sheet[1:]] == [case.reference for case in cases]
    assert sheet[1][8] == cases[0].text
    features = json.loads(taken("format=geojson", zhang))["features"]
    assert [f["properties"]["reference"] for f in features] == [case.reference for case in cases]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [cases[0].lon, cases[0].lat]}
    everything = taken("format=csv", zhang).decode()
    assert "李女士" not in everything and "13805330005" not in everything


def test_scope_filter_and_leave_are_those_of_the_list(cast: Cast) -> None:
    east, _west = cast.case(), cast.case(at=cast.in_grid("w1"))
    accepted = cast.lead(cast.case(), "accepted")
    wang = bearer(cast, "community_head_wang")
    assert [row[0] for row in table(taken("", wang))[1:]] == [accepted.reference, east.reference]
    assert [row[0] for row in table(taken("state=accepted", wang))[1:]] == [accepted.reference]
    for query, status in (("format=pdf", 422), ("q=灯", 422), ("state=gone", 422)):
        assert Client().get(f"/api/v1/exports/requests?{query}", headers=wang).status_code == status, query
    denied = Client().get("/api/v1/exports/requests", headers=bearer(cast, "department_handler_sun"))
    assert denied.status_code == 403
    with acting(Scope(cast.tenant.id, "street")):
        kept = Entry.objects.filter(event="cases.exported").order_by("id")
        assert [entry.data["asked"] for entry in kept] == [[], ["states"]]


def test_what_is_streamed_written_and_listed_is_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 2)
    monkeypatch.setattr(export_writing, "CHUNK", 2)
    lamps = [cast.case(text=f"第{n}盏路灯坏了", phone="13805330005", name="李女士") for n in range(5)]
    placed, west = cast.case(text="太暗", place="路灯边上"), cast.case(text="路灯", at=cast.in_grid("w1"))
    accepted, number = cast.lead(cast.case(text="路灯闪"), "accepted"), cast.case(text="牌上写着13805330005")
    cast.case(text="路边的灯坏了")
    with acting(Scope(cast.tenant.id, "street")):  # several in one and the same moment
        Case.objects.filter(id__in=[case.id for case in lamps]).update(received_at=lamps[0].received_at)
    together = [case.reference for case in sorted(lamps, key=lambda case: case.id, reverse=True)]
    newer = [accepted.reference, west.reference, placed.reference]
    near = f"lon={lamps[0].lon}&lat={lamps[0].lat}&within=200"
    expected = {
        ("dispatch_clerk_zhang", "q=路灯"): newer + together,
        ("dispatch_clerk_zhang", "q=路灯&state=accepted"): newer[:1],
        ("dispatch_clerk_zhang", f"q=路灯&{near}"): [accepted.reference, placed.reference, *together],
        ("dispatch_clerk_zhang", "q=13805330005"): together,
        ("dispatch_clerk_zhang", "q=13805330005&in=text"): [number.reference],
        ("community_head_wang", "q=路灯"): [accepted.reference, placed.reference, *together],
        ("dispatch_clerk_zhang", "q=没有的字"): [],
    }
    for (person, query), references in expected.items():
        headers, by = bearer(cast, person), getattr(cast, person)
        streamed = table(taken(query, headers))
        said = {"format": "csv", "filter": query}
        asked = Client().post(
            "/api/v1/exports", json.dumps(said), content_type="application/json", headers=headers
        )
        assert export_writing.write_next(cast.tenant.id) == 1
        written = exporting_later.fetch(by, export_id=asked.json()["id"])[1]
        assert [row[0] for row in streamed[1:]] == paged(query, headers) == references, query
        assert table(written.read_bytes()) == streamed, query
    with acting(Scope(cast.tenant.id, "street")):
        kept = Entry.objects.filter(event="cases.exported", data__has_key="asked").order_by("id")
        assert [entry.data["asked"] for entry in kept][:4] == [
            ["merged", "words"], ["merged", "states", "words"], ["ids", "merged", "words"], ["ids", "merged"],
        ]  # fmt: skip


def paged(query: str, headers: dict[str, str]) -> list[str]:
    """The references of the list, two a page."""
    found, cursor = [], ""
    while True:
        page = Client().get(f"/api/v1/requests?{query}&limit=2{cursor}", headers=headers).json()
        found += [row["reference"] for row in page["requests"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_no_cell_is_a_formula(cast: Cast) -> None:
    cast.case(text="=cmd|' /C calc'!A0 路灯坏了", place="@某处")
    zhang = bearer(cast, "dispatch_clerk_zhang")
    [row] = table(taken("format=csv", zhang))[1:]
    assert (row[8][:2], row[9][:2]) == ("'=", "'@")


def test_the_desk_offers_it_to_whoever_may(cast: Cast) -> None:
    case = cast.case()
    page = cast.client("dispatch_clerk_zhang")
    assert "/desk/cases/export?" in page.get("/desk/cases/?state=received").content.decode()
    answer = page.get("/desk/cases/export?state=received&format=csv")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert [row[0] for row in table(content)[1:]] == [case.reference]
    assert answer["Content-Disposition"].startswith('attachment; filename="requests-')
    other = cast.client("department_handler_sun")
    assert "/desk/cases/export?" not in other.get("/desk/cases/").content.decode()
    assert other.get("/desk/cases/export").status_code == 403


def test_what_is_long_or_sought_is_written_in_the_background(cast: Cast, settings: Any) -> None:
    settings.EXPORT_ROWS = 1
    lamp = cast.case(text="路灯坏了")
    cast.case(text="垃圾没人收")
    page = cast.client("dispatch_clerk_zhang")
    answer = page.get("/desk/cases/export?format=csv&state=received")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/exports/?state=received&format=csv")
    sought = page.get("/desk/cases/export?format=csv&q=路灯")["Location"]
    assert "在后台导出" in page.get(sought).content.decode()
    assert page.post(sought)["Location"] == "/desk/exports/"
    waiting = page.get("/desk/exports/", headers={"HX-Request": "true"}).content.decode()
    assert "排队中" in waiting and "hx-get" in waiting and "<html" not in waiting
    assert export_writing.write_next(cast.tenant.id) == 1
    done = page.get("/desk/exports/").content.decode()
    assert "可以下载" in done and "hx-trigger" not in done.partition('id="exports"')[2].partition(">")[0]
    [address] = re.findall(r'href="(/desk/exports/[^"]+/file)"', done)
    file = page.get(address)
    assert [row[0] for row in table(b"".join(file.streaming_content))[1:]] == [lamp.reference]  # type: ignore[attr-defined]
    assert file["Content-Disposition"].startswith('attachment; filename="requests-')
    assert cast.client("dispatch_clerk_bai").get(address).status_code == 404
    assert page.post(address.replace("/file", "/cancel")).status_code == 302
    assert page.get(address).status_code == 404


def test_a_number_that_was_sought_is_kept_nowhere(cast: Cast) -> None:
    mine = cast.case(phone="13805330005", name="李女士")
    cast.case()
    page = cast.client("dispatch_clerk_zhang")
    assert page.post("/desk/exports/?format=csv&q=13805330005").status_code == 302
    with acting(cast.dispatch_clerk_zhang.scope):
        [export] = exporting_later.exports(cast.dispatch_clerk_zhang)
    assert (export.query, export.words) == ("", "")
    assert ["id", "in", [str(mine.id)]] in export.conditions


def test_programs_do_the_same(cast: Cast) -> None:
    near, _far = cast.case(text="路灯坏了"), cast.case(text="路灯坏了", at=cast.in_grid("w1"))
    zhang, client = bearer(cast, "dispatch_clerk_zhang"), Client()

    def post(address: str, said: dict[str, Any], headers: dict[str, str]) -> Any:
        return client.post(address, json.dumps(said), content_type="application/json", headers=headers)

    around = f"q=路灯&lon={near.lon}&lat={near.lat}&within=200"
    keyed = zhang | {"Idempotency-Key": "one"}
    started = post("/api/v1/exports", {"format": "csv", "filter": around}, keyed)
    assert started.status_code == 201, started.content
    assert post("/api/v1/exports", {"format": "csv", "filter": around}, keyed).json() == started.json()
    one = f"/api/v1/exports/{started.json()['id']}"
    assert client.get(f"{one}/file", headers=zhang).status_code == 404
    assert export_writing.write_next(cast.tenant.id) == 1
    state = client.get(one, headers=zhang).json()
    assert (state["state"], state["rows_done"], state["rows"], state["file"]) == ("done", 1, 1, f"{one}/file")
    assert client.get("/api/v1/exports", headers=zhang).json() == {"exports": [state]}
    file = client.get(state["file"], headers=zhang)
    assert [row[0] for row in table(b"".join(file.streaming_content))[1:]] == [near.reference]  # type: ignore[attr-defined]
    narrow = bearer_within(cast, "dispatch_clerk_zhang", "east")
    assert client.get(f"{one}/file", headers=narrow).status_code == 403
    assert client.get(one, headers=bearer(cast, "leader_zhou")).status_code == 404
    for wrong in ({"filter": "state=gone"}, {"filter": "q=灯"}, {"format": "pdf"}):
        assert post("/api/v1/exports", wrong, zhang).status_code == 422, wrong
    assert post(f"{one}/cancel", {}, zhang).json()["state"] == "cancelled"
    assert client.get(f"{one}/file", headers=zhang).status_code == 404


def bearer_within(cast: Cast, person: str, unit: str) -> dict[str, str]:
    actor = getattr(cast, person)
    with acting(actor.scope):
        _token, clear = org.issue_token(actor, post=cast.posts[person], label="窄", unit=cast.units[unit])
    return {"Authorization": f"Bearer {clear}"}
