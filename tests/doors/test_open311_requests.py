"""GET requests: every filter, every page, who is shown what, and how much work it is."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baiying.cases.guarding import blur_photo, release_photo
from baiying.cases.models import Case, Photo
from baiying.cases.services import add_note
from baiying.cases.splitting import Part, split
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo
from tests.doors.program import Program, cast, errors, ids, program, street, tree

__all__ = ["cast", "program", "street"]


def days_ago(cast: Cast, days: float, **more: Any) -> Case:
    case = cast.case(**more)
    at = clock.now() - timedelta(days=days)
    with acting(Scope(cast.tenant.id, "street")):
        Case.objects.filter(id=case.id).update(received_at=at, updated_at=at)
    return case


def whole(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


# -- which are shown --------------------------------------------------------------------------------------


def test_ids_override_all_other_arguments(cast: Cast, program: Program) -> None:
    old, new = days_ago(cast, 200), cast.case()
    asked = {"status": "closed", "service_code": "nothing", "start_date": "2001-01-01"}
    one, two = (c.reference for c in (old, new))
    assert ids(program.get("requests.json", service_request_id=f"{one}, {two},9001-000000-0,x", **asked)) == [
        two,
        one,
    ]
    assert ids(program.get("requests.json", service_request_id=[one, two])) == [two, one]


def test_without_dates_the_last_90_days_are_shown_newest_first(cast: Cast, program: Program) -> None:
    days_ago(cast, 91)
    kept = [days_ago(cast, days).reference for days in (0, 1, 89)]
    assert ids(program.get("requests.json")) == kept


def test_one_date_alone_reaches_90_days(cast: Cast, program: Program) -> None:
    far, near = days_ago(cast, 150).reference, days_ago(cast, 30).reference
    since, until = (str((clock.now() - timedelta(days=days)).date()) for days in (160, 20))
    assert ids(program.get("requests.json", start_date=since)) == [far]
    assert ids(program.get("requests.json", end_date=until)) == [near]


def test_more_than_90_days_are_refused(program: Program) -> None:
    asked = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-01T00:00:01Z"}
    assert errors(program.get("requests.json", **asked))[0]["code"] == 400
    assert program.get("requests.json", **asked | {"end_date": "2026-04-01T00:00:00Z"}).status_code == 200
    assert program.get("requests.json", start_date="2026-02-01", end_date="2026-01-01").status_code == 400


@pytest.mark.parametrize(
    "said",
    ["2026-11-01", "2026-11-01T00:00:00Z", "2026-11-01T08:00:00+08:00", "2026-11-01T00:00:00", "2026-11-01T00:00:00.123Z",
     "2026-11-01T00:00:00.000000+08:00", "2026-11-01T00:00:00 08:00", "2026-11-01T00:00:00+0800", "20261101T000000Z"],
)  # fmt: skip
def test_dates_are_taken_with_and_without_zone_and_fractions(program: Program, said: str) -> None:
    assert program.get("requests.json", start_date=said).status_code == 200


@pytest.mark.parametrize(
    "said", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "1" * 61]
)
def test_what_is_no_date_is_refused_or_finds_nothing(program: Program, said: str) -> None:
    assert program.get("requests.json", start_date=said).status_code in (200, 400)
    assert program.get("requests.json", start_date="yesterday").status_code == 400


def test_emitted_dates_carry_an_offset(cast: Cast, program: Program) -> None:
    cast.case()
    row = program.get("requests.json").json()[0]
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert row[name].endswith("+08:00") and len(row[name]) == 25


def test_status_and_code_may_list_several(cast: Cast, program: Program) -> None:
    light = cast.case(category="street-light-out").reference
    closed = cast.lead(cast.case(category="trees-green"), "closed").reference
    asked = [
        {"status": "open"}, {"status": "closed"}, {"status": "open,closed"}, {"status": ["open", "closed"]},
        {"service_code": "trees-green"}, {"service_code": "trees-green,street-light-out"},
        {"service_code": "trees-green", "status": "open"}, {"service_code": "unknown"},
    ]  # fmt: skip
    found = [ids(program.get("requests.json", **one)) for one in asked]
    assert found == [[light], [closed], [closed, light], [closed, light], [closed], [closed, light], [], []]
    assert program.get("requests.json", status="done").status_code == 400


def test_closed_means_closed_and_nothing_before_it(cast: Cast, program: Program) -> None:
    cast.draw_none()
    states = (
        "received",
        "declined",
        "returned",
        "waiting",
        "parked",
        "handled",
        "checked",
        "rated",
        "closed",
        "reopened",
    )
    for state in states:
        case = cast.lead(cast.case(), state)
        row = program.get(f"requests/{case.reference}.json").json()[0]
        assert row["status"] == ("closed" if state == "closed" else "open"), state
        assert row["status_notes"]


def test_a_closed_request_was_last_changed_when_it_was_closed(cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(), "closed")
    with clock.telling(clock.now() + timedelta(days=2)):
        add_note(cast.dispatch_clerk_zhang, case_id=case.id, text="归档", is_public=False)
    row = program.get(f"requests/{case.reference}.json", extensions="true").json()[0]
    assert row["updated_datetime"] == row["extended_attributes"]["closed_datetime"]
    assert (row["status_notes"], row["agency_responsible"]) == ("已结案：已解决", "综合行政执法中队")


def test_another_streets_requests_are_not_found(cast: Cast, program: Program) -> None:
    case, other = cast.case(), cast.other_tenant.code
    assert program.get(f"requests/{case.reference}.json", street=other).status_code == 404
    assert ids(program.get("requests.json", street=other, service_request_id=case.reference)) == []


def test_parts_of_a_case_are_no_requests(cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(), "accepted")
    part = split(cast.dispatch_clerk_zhang, case_id=case.id, part=Part(text="一部分", category="trees-green"))
    assert ids(program.get("requests.json")) == [case.reference]
    assert program.get(f"requests/{part.reference}.json").status_code == 404


# -- pages ------------------------------------------------------------------------------------------------


def test_pages_by_number_and_by_link_show_every_request_once(cast: Cast, program: Program) -> None:
    wanted = [days_ago(cast, days).reference for days in range(5)]
    pages = [ids(program.get("requests.json", page_size=2, page=page)) for page in (1, 2, 3, 4)]
    assert [one for page in pages for one in page] == wanted and pages[3] == []
    found, answer = [], program.get("requests.json", page_size=2, status="open", api_key=program.key)
    while True:
        found += ids(answer)
        if "Link" not in answer.headers:
            break
        address, rel = answer.headers["Link"].split("; ")
        assert rel == 'rel="next"' and "api_key" not in address
        answer = program.client.get(address.strip("<>").removeprefix("http://testserver"))
    assert found == wanted


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "0"},
        {"page": "x"},
        {"page_size": "1001"},
        {"page_size": "-1"},
        {"page": "1000000"},
        {"cursor": "x"},
    ],
)
def test_pages_that_cannot_be_are_refused(program: Program, asked: dict[str, str]) -> None:
    assert program.get("requests.json", **asked).status_code == 400


@pytest.mark.parametrize(
    "asked", [{}, {"status": "open"}, {"service_code": "street-light-out,other"}, {"extensions": "true"},
              {"bbox": "118,36,119,37"}, {"updated_after": "2026-11-01"}],
)  # fmt: skip
def test_a_longer_list_takes_no_more_statements(
    cast: Cast, program: Program, steady_map: None, asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("doors.shared.streets", "cases.catalogue", "registry.queries"):
        monkeypatch.setattr(f"baiying.{room}._KEPT_FOR", 3600.0)

    def statements() -> int:
        with CaptureQueriesContext(connection) as told:
            assert program.get("requests.json", **asked).status_code == 200
        return len(told)

    cast.case(category="street-light-out")
    program.get("requests.json", **asked)
    few = statements()
    for _ in range(3):
        cast.case(category="other")
    assert statements() == few


# -- extensions -------------------------------------------------------------------------------------------


def test_changed_after_and_before(cast: Cast, program: Program) -> None:
    old = days_ago(cast, 200)
    cast.lead(old, "accepted")
    days_ago(cast, 10)
    yesterday, tomorrow = ((clock.now() + timedelta(days=days)).isoformat() for days in (-1, 1))
    assert ids(program.get("requests.json", updated_after=yesterday)) == [old.reference]
    assert ids(program.get("requests.json", updated_after=yesterday, updated_before=tomorrow)) == [
        old.reference
    ]
    assert len(ids(program.get("requests.json", updated_before=yesterday))) == 1
    assert (
        program.get("requests.json", updated_after="2020-01-01", updated_before="2026-01-01").status_code
        == 400
    )


def test_a_box_finds_what_lies_in_it(cast: Cast, program: Program) -> None:
    east = cast.case(at=cast.in_grid("e1")).reference
    west = cast.case(at=cast.in_grid("w2")).reference
    outside = cast.case(at=(118.9, 36.9)).reference
    assert ids(program.get("requests.json", bbox="118.300,36.820,118.305,36.825")) == [east]
    assert ids(program.get("requests.json", bbox="118.300,36.820,118.320,36.825")) == [west, east]
    assert ids(program.get("requests.json", bbox="118.8,36.8,119,37")) == [outside]


@pytest.mark.parametrize("said", ["1,2,3", "a,b,c,d", "118.4,36,118.3,37", "nan,1,2,3", "1,2,3,4,5"])
def test_what_is_no_box_is_refused(program: Program, said: str) -> None:
    assert program.get("requests.json", bbox=said).status_code == 400


def test_a_sensitive_request_shows_its_grid_and_no_words_and_lies_in_no_box(
    cast: Cast, program: Program
) -> None:
    case = cast.case(category="family-conflict", phone="13805330001", text="3号楼张伟家天天吵")
    row = program.get(f"requests/{case.reference}.json").json()[0]
    shown = [row[name] for name in ("description", "long", "lat", "address")]
    assert shown == [None, None, None, "东风社区第1网格"]
    assert ids(program.get("requests.json")) == [case.reference]
    assert ids(program.get("requests.json", bbox="118,36,119,37")) == []


def test_no_box_is_finer_than_the_points_that_are_shown(cast: Cast, program: Program) -> None:
    case = cast.case(at=(118.30234, 36.82231), text="东风小区3号楼2单元501漏水")
    row = program.get(f"requests/{case.reference}.json").json()[0]
    assert (row["long"], row["lat"]) == (118.302, 36.822) and "501" not in row["description"]
    assert ids(program.get("requests.json", bbox="118.302,36.822,118.302,36.822")) == [case.reference]
    assert ids(program.get("requests.json", bbox="118.3023,36.8223,118.3024,36.8224")) == []


def test_public_words_pass_the_privacy_guard(cast: Cast, program: Program) -> None:
    words = "路灯不亮，请打13805339753找王秀英，身份证37030319800101123X"
    reference = program.sent(description=words, first_name="秀英", last_name="王", email="wang@example.cn")
    bulk = whole(program.get("bulk/requests.csv"))
    for shown in (program.get(f"requests/{reference}.xml").content.decode(), bulk):
        assert "路灯不亮" in shown
        assert [secret for secret in ("13805339753", "王秀英", "19800101", "wang@") if secret in shown] == []


def test_extensions_add_state_place_and_history(cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(), "closed")
    add_note(cast.dispatch_clerk_zhang, case_id=case.id, text="只给居民看的话", is_public=True)
    answer = program.get(f"requests/{case.reference}.json", extensions="true")
    row = answer.json()[0]
    assert list(row)[-3:] == ["extended_attributes", "attributes", "notes"]
    assert (row["extended_attributes"]["state"], row["extended_attributes"]["grid"]) == (
        "closed",
        cast.units["e1"].code,
    )
    assert [(note["type"], note["description"]) for note in row["notes"]] == [
        ("receive", "已登记"), ("accept", "已受理"), ("hand_out", "已派单：综合行政执法中队"), ("acknowledge", "已签收"),
        ("handle", "已办结：已解决"), ("check", "已核查"), ("rate", "已评价"), ("close", "已结案：已解决"),
    ]  # fmt: skip
    assert "灯头已换" not in answer.content.decode() and "只给居民" not in answer.content.decode()
    assert (
        len(
            tree(program.get(f"requests/{case.reference}.xml", extensions="true")).findall(
                "request/notes/note"
            )
        )
        == 8
    )


def test_names_are_in_the_readers_language(cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(category="street-light-out"), "closed")
    row = program.get(f"requests/{case.reference}.json", lang="en").json()[0]
    assert (row["service_name"], row["agency_responsible"]) == ("Street light out", "Enforcement Team")
    assert row["status_notes"].startswith("Closed")


# -- updates ----------------------------------------------------------------------------------------------


def test_updates_tell_what_happened_in_a_span(cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(), "closed")
    rows = program.get("servicerequestupdates.json").json()
    assert [row["status"] for row in rows] == [
        "INVESTIGATING", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "FIXED",
    ]  # fmt: skip
    assert {row["service_request_id"] for row in rows} == {case.reference}
    assert len({row["update_id"] for row in rows}) == 7
    root = tree(program.get("servicerequestupdates.xml"))
    assert (root.tag, root[0].tag) == ("service_request_updates", "request_update")
    assert [child.tag for child in root[0]] == list(rows[0])
    assert program.get("servicerequestupdates.json", end_date="2026-01-01").json() == []
    assert len(program.get("servicerequestupdates.json", page_size=2).json()) == 2


def test_an_update_from_outside_is_a_note_for_colleagues_and_moves_nothing(
    cast: Cast, program: Program
) -> None:
    case = cast.lead(cast.case(), "in_progress")
    said = {
        "service_request_id": case.reference,
        "description": "昨晚又灭了",
        "status": "CLOSED",
        "update_id": "7",
    }
    first, again = (program.post("servicerequestupdates.json", **said) for _ in range(2))
    assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
    line = program.lines(case.reference)[-1]
    assert (first.json(), line.is_public) == ([{"update_id": line.id.hex}], False)
    assert line.text == "昨晚又灭了\n对方系统的状态：CLOSED"
    assert cast.read(case.id).state == "in_progress"
    assert program.post("servicerequestupdates.json", **said | {"description": "别的"}).status_code == 400
    assert program.get("servicerequestupdates.json").content.decode().count("昨晚") == 0


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"service_request_id": "9001-000000-0"}, 404), ({"service_request_id": ""}, 404), ({"description": ""}, 400),
     ({"status": "DONE"}, 400), ({"description": "x" * 4001}, 400), ({"updated_datetime": "x"}, 400), ({"api_key": "no"}, 403)],
)  # fmt: skip
def test_an_update_that_does_not_fit_is_refused(
    cast: Cast, program: Program, wrong: dict[str, str], status: int
) -> None:
    said = {"service_request_id": cast.case().reference, "description": "话"}
    assert program.post("servicerequestupdates.json", **said | wrong).status_code == status


# -- everything at once -----------------------------------------------------------------------------------


def test_bulk_gives_the_same_rows_in_three_formats(
    cast: Cast, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("baiying.doors.open311.bulk.CHUNK", 2)
    wanted = [days_ago(cast, days).reference for days in (0, 1, 100, 200, 300)]
    answers = {fmt: program.get(f"bulk/requests.{fmt}") for fmt in ("csv", "json", "xml")}
    assert {fmt: answer.headers["Content-Type"] for fmt, answer in answers.items()} == {
        "csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8",
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(whole(answers["csv"]))))
    assert [row["service_request_id"] for row in rows] == wanted
    objects = json.loads(whole(answers["json"]))
    assert [one["service_request_id"] for one in objects] == wanted and list(objects[0]) == list(rows[0])
    assert whole(answers["xml"]).count("<request>") == 5


def test_bulk_takes_filters_and_may_be_empty(cast: Cast, program: Program) -> None:
    days_ago(cast, 100)
    new = cast.case().reference
    answer = program.get(
        "bulk/requests.json", start_date=str(clock.today() - timedelta(days=1)), status="open"
    )
    assert [one["service_request_id"] for one in json.loads(whole(answer))] == [new]
    assert json.loads(whole(program.get("bulk/requests.json", service_code="unknown"))) == []
    assert program.get("bulk/requests.csv", status="done").status_code == 400


def test_readers_without_a_key_are_counted_and_those_with_one_are_not(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OPEN311_PER_HOUR_ADDRESS", 2)
    monkeypatch.setattr("baiying.doors.shared.limits._MANY_BEHIND_LOOPBACK", 1)
    assert [program.get("requests.json").status_code for _ in range(3)] == [200, 200, 429]
    refused = program.get("requests.xml")
    assert (int(refused.headers["Retry-After"]) > 0, tree(refused).tag) == (True, "errors")
    assert [program.get("requests.json", api_key=program.key).status_code for _ in range(3)] == [200] * 3


def test_the_photo_that_is_shown_is_the_copy_that_staff_released(cast: Cast, program: Program) -> None:
    case, clerk = cast.case(photos=(a_photo(),)), cast.dispatch_clerk_zhang
    with acting(clerk.scope):
        copy = blur_photo(clerk, case_id=case.id, photo_id=Photo.objects.get(case_id=case.id).id, areas=[])
    release_photo(clerk, case_id=case.id, public_photo_id=copy.id)
    [row] = program.get(f"requests/{case.reference}.json").json()
    assert row["media_url"].endswith(f"/p/{case.reference}/{copy.id}.jpg")
