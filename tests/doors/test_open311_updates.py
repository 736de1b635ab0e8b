"""Open311's updates and downloads: what happened in a span, words from outside, and everything at once."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from baiying.cases import merging
from baiying.cases.models import Case, Merge
from baiying.cases.services import take_step
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.doors.program import Program, cast, days_ago, program, street, tree, whole

__all__ = ["cast", "program", "street"]

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


def of(case: Case, program: Program, **asked: str) -> list[dict[str, Any]]:
    """The updates of one request."""
    rows = program.get("servicerequestupdates.json", **asked).json()
    return [row for row in rows if row["service_request_id"] == case.reference]


def test_a_merged_request_is_a_duplicate_until_it_is_taken_out_again(cast: Cast, program: Program) -> None:
    clerk, lead, part = cast.dispatch_clerk_zhang, cast.lead(cast.case(), "in_progress"), cast.case()
    before = len(of(lead, program))
    merging.merge(clerk, lead_id=lead.id, part_ids=[part.id])
    [told] = of(part, program)
    same = f"与 {lead.reference} 是同一件事，合在一起办"
    assert (told["status"], told["description"]) == ("DUPLICATE", same)
    assert list(told) == [
        "update_id", "service_request_id", "status", "updated_datetime", "description", "media_url",
    ]  # fmt: skip
    asked = {"extensions": "true"}
    assert of(part, program, **asked) == [
        told | {"extended_attributes": {"is_duplicate": True, "duplicate_of": lead.reference}}
    ]
    plain = program.get(f"requests/{part.reference}.json").json()[0]
    assert (plain["status"], plain["status_notes"]) == ("open", f"已登记：{same}")
    row = program.get(f"requests/{part.reference}.json", **asked).json()[0]
    assert list(row)[:-3] == list(plain) and row["extended_attributes"]["duplicate_of"] == lead.reference
    assert row["notes"][-1]["description"] == same
    take_step(cast.department_handler_sun, case_id=lead.id, step="handle", data=cast.data_for("handle"))
    take_step(cast.checker_qian, case_id=lead.id, step="send_back", data=cast.data_for("send_back"))
    merging.unmerge(clerk, part_id=part.id, reason="两盏灯")
    assert [(one["status"], one["description"]) for one in of(part, program)] == [
        ("DUPLICATE", same), ("DUPLICATE", "已办结：已解决"), ("DUPLICATE", "答复收回，继续一起办"),
        ("REOPEN", "改为单独办理"),
    ]  # fmt: skip
    assert (
        of(lead, program)[before:][0]["status"] == "IN_PROGRESS"
    )  # that others were merged in is no news of it
    assert part.reference not in str(of(lead, program)) and "两盏灯" not in str(of(part, program))
    row = program.get(f"requests/{part.reference}.json", **asked).json()[0]
    shown = row["extended_attributes"]
    assert (shown["is_duplicate"], shown["duplicate_of"], row["status_notes"]) == (False, None, "已登记")


def test_a_step_of_merging_has_a_status_whatever_the_clock_of_the_server_did(
    cast: Cast, program: Program
) -> None:
    """Set back by some seconds, it dates the line of the merging before the merging itself."""
    lead, part = cast.case(), cast.case()
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    with acting(Scope(cast.tenant.id, "street")):
        Merge.objects.filter(part_id=part.id).update(since=clock.now() + timedelta(seconds=30))
    assert [one["status"] for one in of(part, program)] == ["DUPLICATE"]


def test_a_duplicate_that_ended_with_its_lead_is_closed(cast: Cast, program: Program) -> None:
    clerk, lead, part = cast.dispatch_clerk_zhang, cast.lead(cast.case(), "in_progress"), cast.case()
    merging.merge(clerk, lead_id=lead.id, part_ids=[part.id])
    take_step(cast.department_handler_sun, case_id=lead.id, step="handle", data=cast.data_for("handle"))
    take_step(cast.checker_qian, case_id=lead.id, step="check", data=cast.data_for("check"))
    for case in (part, lead):
        take_step(clerk, case_id=case.id, step="rate", data=cast.data_for("rate"))
    take_step(clerk, case_id=lead.id, step="close", data=cast.data_for("close"))
    told = [one["status"] for one in of(part, program)]
    assert told == ["DUPLICATE", "DUPLICATE", "DUPLICATE", "DUPLICATE", "FIXED"]
    row = program.get(f"requests/{part.reference}.json", extensions="true").json()[0]
    assert (row["status"], row["status_notes"], row["extended_attributes"]["duplicate_of"]) == (
        "closed", "已结案：已解决", lead.reference,
    )  # fmt: skip


@pytest.mark.parametrize("sensitive", ["lead", "part"])
def test_a_sensitive_request_is_tied_to_no_other_one(cast: Cast, program: Program, sensitive: str) -> None:
    quiet = cast.case(category="family-conflict", phone="13805330001", text="3号楼张伟家天天吵")
    plain = cast.case(text="3号楼天天吵，影响休息")
    lead, part = (quiet, plain) if sensitive == "lead" else (plain, quiet)
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    [told] = of(part, program, extensions="true")
    assert (told["status"], told["description"]) == ("DUPLICATE", "已有人先反映同一件事，合在一起办")
    assert told["extended_attributes"] == {"is_duplicate": True, "duplicate_of": None}
    for shown in ({}, {"extensions": "true"}):
        answer = program.get(f"requests/{part.reference}.json", **shown).content.decode()
        assert "已有人先反映" in answer and lead.reference not in answer
    assert lead.reference not in whole(program.get("bulk/requests.json", service_code=part.category.code))


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
