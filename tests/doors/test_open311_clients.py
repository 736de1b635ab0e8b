"""Real clients, with nothing changed but their address, and one written to what FixMyStreet expects."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import requests

from baiying.cases import merging
from baiying.config.programs import ProgramsHandler
from baiying.kit import clock
from tests.cast import Cast, jpeg
from tests.doors.program import Program, cast, program, street
from tests.doors.wired import ADDRESS, wired

__all__ = ["cast", "program", "street", "wired"]

pytestmark = pytest.mark.usefixtures("wired")

# -- three (2013) ------------------------------------------------------------------------------------------


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch, program: Program) -> Iterator[Any]:
    """`three` 0.8.0 as it is: it was written for Python 2 and asks itertools for a function that is a builtin now.

    Its XML mode takes the first of `dict.keys()` by index, which Python 3 does not allow; it is not run.
    """
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    module = pytest.importorskip("three.core", reason="three (source only) could not be installed here")
    yield module.Three(
        ADDRESS,
        api_key=program.key,
        jurisdiction=program.cast.tenant.code,
        discovery=f"{ADDRESS}/discovery.json",
    )
    for name in [name for name in sys.modules if name.partition(".")[0] == "three"]:
        del sys.modules[name]


def test_three_finds_services_and_definitions(three: Any) -> None:
    assert [one["type"] for one in three.discovery()["endpoints"]] == ["production", "test"]
    assert {"service_code", "service_name", "metadata"} <= set(three.services()[0])
    assert three.services("lift-fault")["attributes"][0]["code"] == "trapped"


def test_three_sends_a_picture_and_follows_the_request(three: Any, program: Program) -> None:
    place = {"address": "东风小区3号楼", "name": "Zach Williams", "phone": "13805330001"}
    [made] = three.post("trees-green", description="A tree is down.", media=io.BytesIO(jpeg()), **place)
    reference = made["service_request_id"]
    assert (program.case(reference).text, program.case(reference).photo_count) == ("A tree is down.", 1)
    assert three.token(reference) == [{"service_request_id": reference, "token": reference}]
    assert three.request(reference)[0]["status"] == "open"
    assert [one["service_request_id"] for one in three.requests("trees-green", count=1)] == [reference]


def test_three_reads_spans_and_pages(three: Any, cast: Cast) -> None:
    references = {cast.case().reference for _ in range(2)}
    today, tomorrow = clock.today(), clock.today() + timedelta(days=1)
    found = three.requests(between=[today - timedelta(days=1), tomorrow], status="open")
    assert {one["service_request_id"] for one in found} == references
    said = (today - timedelta(days=2)).strftime("%m-%d-%Y")
    assert isinstance(three.requests(start=said), list)
    assert len(three.requests(page_size=1, page=2)) == 1


def test_three_is_told_errors_in_json(three: Any) -> None:
    told = three.post("trees-green", api_key="wrong", address="x")
    assert (told[0]["code"], three.post_response.status_code) == (403, 403)
    assert three.post("lift-fault", address="x")[0]["description"].startswith("attribute[trapped]")
    assert three.request("nothing")[0]["code"] == 404


# -- georeport (2025) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_georeport_reads_services_and_requests(cast: Cast, fmt: str) -> None:
    georeport = pytest.importorskip("georeport", reason="georeport could not be installed here")
    client = georeport.GeoReport(ADDRESS, jurisdiction=cast.tenant.code, output_format=fmt)
    first, second = (cast.case().reference for _ in range(2))
    assert client.get_service_list()[0]["service_code"] == "street-light-out"
    assert client.get_service_definition("lift-fault")["service_code"] == "lift-fault"
    assert client.get_service_request(first)["service_request_id"] == first
    found = client.get_service_requests(
        status="open", start_date=clock.today().isoformat() + "T00:00:00+08:00"
    )
    assert {one["service_request_id"] for one in found} <= {first, second}
    both = client.get_service_requests(service_request_id=f"{first},{second}")
    assert {one["service_request_id"] for one in both} == {first, second}
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request("nothing")


# -- as FixMyStreet does -----------------------------------------------------------------------------------


class Portal:
    """Speaks as FixMyStreet's client is described to: XML alone, forms, ids or tokens, lists of errors, updates."""

    def __init__(self, endpoint: str, jurisdiction: str, key: str) -> None:
        self.endpoint, self.jurisdiction, self.key = endpoint, jurisdiction, key
        self.error = ""

    def read(self, path: str, **asked: Any) -> Element:
        answer = requests.get(
            f"{self.endpoint}/{path}", params={"jurisdiction_id": self.jurisdiction} | asked
        )
        return fromstring(answer.content)

    def send(self, path: str, **said: Any) -> Element | None:
        files = said.pop("files", None)
        form = {"jurisdiction_id": self.jurisdiction, "api_key": self.key} | said
        answer = requests.post(f"{self.endpoint}/{path}", data=form, files=files)
        found = fromstring(answer.content)
        if answer.ok:
            return found
        self.error = "\n".join(
            f"{e.findtext('code')}: {e.findtext('description')}" for e in found.findall("error")
        )
        return None

    def report(self, **said: Any) -> str:
        """The id: given at once, else asked for by the token."""
        made = self.send("requests.xml", **said)
        if made is None:
            return ""
        if reference := made.findtext("request/service_request_id"):
            return reference
        return (
            self.read(f"tokens/{made.findtext('request/token')}.xml").findtext("request/service_request_id")
            or ""
        )


@pytest.fixture
def portal(program: Program) -> Portal:
    return Portal(ADDRESS, program.cast.tenant.code, program.key)


def test_fixmystreet_imports_services_with_groups_keywords_and_attributes(portal: Portal) -> None:
    services = portal.read("services.xml").findall("service")
    assert all(s.findtext("service_code") and s.findtext("group") for s in services)
    [lift] = [s for s in services if s.findtext("service_code") == "lift-fault"]
    assert lift.findtext("metadata") == "true" and lift.find("keywords") is not None
    [first, *_rest] = portal.read("services/lift-fault.xml").findall("attributes/attribute")
    assert (first.findtext("variable"), first.findtext("required")) == ("true", "true")
    assert {v.findtext("key"): v.findtext("name") for v in first.findall("values/value")} == {
        "no": "没有",
        "yes": "有",
    }


def test_fixmystreet_sends_a_report(portal: Portal, program: Program) -> None:
    lon, lat = program.cast.in_grid("e1")
    said = {
        "service_code": "lift-fault", "lat": lat, "long": lon, "email": "a@example.org", "phone": "13805330001",
        "first_name": "Ann", "last_name": "Lee", "description": "title: Lift\n\ndetail: stuck\n\nurl: http://example.org/report/1",
        "media_url": ["http://example.org/1.jpg", "http://example.org/2.jpg"],
        "attribute[trapped]": "no", "attribute[fixmystreet_id]": "1", "attribute[easting]": "", "attribute[title]": "Lift",
    }  # fmt: skip
    reference = portal.report(**said)
    assert program.case(reference).text.startswith("title: Lift\n\ndetail: stuck")
    inner = program.lines(reference)[0].data["inner"]
    assert all(part in inner for part in ("1.jpg", "2.jpg", "fixmystreet_id=1"))
    uploaded = portal.report(**said, files=[("media", ("a.jpg", jpeg(), "image/jpeg"))])
    assert program.case(uploaded).photo_count == 1


def test_fixmystreet_reads_why_a_report_failed(portal: Portal) -> None:
    assert portal.report(service_code="lift-fault", lat="1") == ""
    assert portal.error.startswith("400: attribute[trapped]: ") and "\n400: long: " in portal.error
    portal.key = "wrong"
    assert portal.report(service_code="trees-green", address_string="x") == "" and portal.error.startswith(
        "403: "
    )


def test_fixmystreet_fetches_and_sends_updates(portal: Portal, cast: Cast, program: Program) -> None:
    case = cast.lead(cast.case(), "closed")
    since, until = (
        (clock.now() + timedelta(hours=h)).astimezone().isoformat(timespec="seconds") for h in (-2, 1)
    )
    found = portal.read("servicerequestupdates.xml", start_date=since, end_date=until).findall(
        "request_update"
    )
    assert [one.findtext("status") for one in found][-1] == "FIXED"
    assert all(one.findtext("update_id") and one.findtext("updated_datetime") for one in found)
    assert {one.findtext("service_request_id") for one in found} == {case.reference}
    told = portal.send(
        "servicerequestupdates.xml", service_request_id=case.reference, update_id_ext="9", updated_datetime=until,
        status="OPEN", email="a@example.org", first_name="Ann", last_name="Lee", description="Still stuck",
    )  # fmt: skip
    assert (
        told is not None
        and told.findtext("request_update/update_id") == program.lines(case.reference)[-1].id.hex
    )


def test_fixmystreet_learns_which_report_is_a_duplicate_and_that_it_is_none(
    portal: Portal, cast: Cast
) -> None:
    lead, part = cast.lead(cast.case(), "in_progress"), cast.case()
    seen: dict[str, tuple[str, str]] = {}  # by update: what came in, in the order it came

    def state() -> str:
        """The state of the part at the portal: as there, an update counts once, and the latest one stays."""
        for one in portal.read("servicerequestupdates.xml").findall("request_update"):
            if one.findtext("service_request_id") == part.reference:
                said = one.findtext("status") or "", one.findtext("description") or ""
                seen.setdefault(one.findtext("update_id") or "", said)
        return list(seen.values())[-1][0].lower()

    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    assert state() == "duplicate" and lead.reference in list(seen.values())[-1][1]
    found = portal.read(f"requests/{part.reference}.xml", extensions="true").find("request")
    assert found is not None and found.findtext("status") == "open"
    assert found.findtext("extended_attributes/duplicate_of") == lead.reference
    merging.unmerge(cast.dispatch_clerk_zhang, part_id=part.id, reason="不是一处")
    assert (state(), len(seen)) == ("reopen", 2)
    found = portal.read(f"requests/{part.reference}.xml", extensions="true").find("request")
    assert found is not None and found.findtext("extended_attributes/duplicate_of") == ""


def test_fixmystreet_reads_requests_by_their_ids(portal: Portal, cast: Cast) -> None:
    references = [cast.case().reference for _ in range(2)]
    found = portal.read("requests.xml", service_request_id=",".join(references)).findall("request")
    assert [(one.findtext("status"), one.findtext("service_code")) for one in found] == [
        ("open", "street-light-out")
    ] * 2


def test_a_download_streams_through_the_short_way(wired: ProgramsHandler, cast: Cast) -> None:
    reference = cast.case().reference
    answer = requests.get(f"{ADDRESS}/bulk/requests.csv", params={"jurisdiction_id": cast.tenant.code})
    assert "Content-Length" not in answer.headers and answer.text.splitlines()[1].startswith(reference)
