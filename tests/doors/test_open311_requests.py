"""GET requests: every filter, every page, who is shown what, and how much work it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baiying.cases import guarding
from baiying.cases.models import Photo
from baiying.cases.services import add_note
from baiying.cases.splitting import Part, split
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo
from tests.doors.program import Program, cast, days_ago, errors, ids, program, street, tree, whole

__all__ = ["cast", "program", "street"]

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


@pytest.mark.parametrize("walked", [1, 3, 4_000])
def test_a_box_is_the_same_however_it_is_read(
    cast: Cast, program: Program, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    places = [cast.in_grid(code) for code in ("e1", "w2", "e1", "e2", "w1", "e1")]
    made = [(at, cast.case(at=at).reference) for at in places]
    monkeypatch.setattr("baiying.cases.published._WALKED", walked)
    box = "118.300,36.820,118.310,36.825"  # e1 and e2
    within = [reference for at, reference in reversed(made) if at in (places[0], places[3])]
    pages = [ids(program.get("requests.json", bbox=box, page_size="2", page=str(n))) for n in (1, 2, 3)]
    assert pages == [within[:2], within[2:], []]


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


def test_a_picture_is_shown_once_staff_released_a_copy(cast: Cast, program: Program) -> None:
    case, clerk = cast.case(photos=(a_photo(),)), cast.dispatch_clerk_zhang
    assert program.get(f"requests/{case.reference}.json").json()[0]["media_url"] is None
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
    copy = guarding.blur_photo(clerk, case_id=case.id, photo_id=photo.id, areas=[])
    guarding.release_photo(clerk, case_id=case.id, public_photo_id=copy.id)
    address = program.get(f"requests/{case.reference}.json").json()[0]["media_url"]
    answer = program.client.get(address.removeprefix("http://testserver"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    guarding.withdraw_photo(clerk, case_id=case.id, public_photo_id=copy.id, reason="有人脸")
    assert program.get(f"requests/{case.reference}.json").json()[0]["media_url"] is None


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
