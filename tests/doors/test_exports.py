"""A list taken away as a file: the same rows as the list, today's too, in chunks, harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from baiying.cases import exporting
from baiying.journal.models import Entry
from baiying.kit.sheets import read_sheet
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
    for query, status in (("format=pdf", 422), ("q=路灯", 422), ("state=gone", 422)):
        assert Client().get(f"/api/v1/exports/requests?{query}", headers=wang).status_code == status, query
    denied = Client().get("/api/v1/exports/requests", headers=bearer(cast, "department_handler_sun"))
    assert denied.status_code == 403
    with acting(Scope(cast.tenant.id, "street")):
        kept = Entry.objects.filter(event="cases.exported").order_by("id")
        assert [entry.data["asked"] for entry in kept] == [[], ["states"]]


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
