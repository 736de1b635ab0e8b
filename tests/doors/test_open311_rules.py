"""Open311 GeoReport v2, rule by rule: what is easy to miss, and each test is named after its rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from baiying.cases.questions import questions_of
from baiying.kit import clock
from tests.cast import Cast
from tests.doors.program import TEST, V2, Program, cast, errors, ids, names, program, street, tree

__all__ = ["cast", "program", "street"]

FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip

# -- discovery --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/open311/discovery", f"{V2}/discovery"])
def test_discovery_is_there_in_both_formats_and_names_no_charset(program: Program, address: str) -> None:
    xml, json = (Client().get(f"{address}.{fmt}") for fmt in ("xml", "json"))
    assert (xml.headers["Content-Type"], json.headers["Content-Type"]) == ("text/xml", "application/json")
    assert names(tree(xml)) == list(json.json()) == ["changeset", "contact", "key_service", "endpoints"]
    assert tree(xml).findtext("contact") == json.json()["contact"] != ""
    assert "api_key" in json.json()["key_service"]


def test_discovery_lists_a_production_and_a_test_endpoint_each_with_two_formats(program: Program) -> None:
    endpoints = Client().get(f"{V2}/discovery.json").json()["endpoints"]
    assert [(one["type"], one["url"], one["formats"]) for one in endpoints] == [
        ("production", "http://testserver/open311/v2", ["text/xml", "application/json"]),
        ("test", "http://testserver/open311/test/v2", ["text/xml", "application/json"]),
    ]
    shown = tree(Client().get(f"{V2}/discovery.xml"))
    assert [len(one.findall("formats/format")) for one in shown.findall("endpoints/endpoint")] == [2, 2]


def test_changeset_is_a_date_in_the_past(program: Program) -> None:
    content = Client().get(f"{V2}/discovery.json").json()
    for said in (content["changeset"], *(one["changeset"] for one in content["endpoints"])):
        assert datetime.fromisoformat(said) < clock.now()


# -- services ---------------------------------------------------------------------------------------------


def test_services_are_a_bare_array_and_have_every_element(program: Program) -> None:
    rows = program.get("services.json").json()
    assert isinstance(rows, list) and len(rows) > 70
    wanted = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    assert all(list(row) == wanted for row in rows)
    shown = tree(program.get("services.xml"))
    assert (shown.tag, names(shown)[0], names(shown[0])) == ("services", "service", wanted)
    assert (shown[0].findtext("metadata"), rows[0]["metadata"], rows[0]["type"]) == ("true", True, "realtime")
    assert "," in rows[0]["keywords"] and "|" not in rows[0]["keywords"]


def test_metadata_says_whether_there_are_attributes(program: Program) -> None:
    for row in program.get("services.json").json():
        assert row["metadata"] is bool(questions_of(row["service_code"]))


def test_a_definition_is_a_bare_object_with_typed_members(program: Program) -> None:
    shown = program.get("services/lift-fault.json").json()
    assert list(shown) == ["service_code", "attributes"]
    first = shown["attributes"][0]
    assert first == {
        "variable": True, "code": "trapped", "datatype": "singlevaluelist", "required": True,
        "datatype_description": "有人被困请先拨打 119", "order": 1, "description": "现在有人被困吗",
        "values": [{"key": "no", "name": "没有"}, {"key": "yes", "name": "有"}],
    }  # fmt: skip
    root = tree(program.get("services/lift-fault.xml"))
    assert (root.tag, names(root)) == ("service_definition", ["service_code", "attributes"])
    assert names(root.findall("attributes/attribute")[0].find("values")[0]) == ["key", "name"]  # type: ignore[index]


def test_orders_of_attributes_are_positive_and_unique_and_every_datatype_occurs(program: Program) -> None:
    types = set()
    for row in program.get("services.json").json():
        attributes = (
            program.get(f"services/{row['service_code']}.json").json()["attributes"]
            if row["metadata"]
            else []
        )
        orders = [one["order"] for one in attributes]
        assert orders == sorted(set(orders)) and all(order > 0 for order in orders)
        types |= {one["datatype"] for one in attributes}
    assert types == {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


def test_a_service_without_attributes_has_an_empty_list_of_them(program: Program) -> None:
    assert program.get("services/trees-green.json").json() == {
        "service_code": "trees-green",
        "attributes": [],
    }


# -- parameters, jurisdictions, errors --------------------------------------------------------------------


def test_an_empty_parameter_is_a_missing_one(program: Program) -> None:
    reference = program.sent(email="", device_id="", media_url="", address_string="", address_id="", nonce="")
    empty = {
        "service_request_id": "",
        "service_code": "",
        "status": "",
        "start_date": "",
        "end_date": "null",
        "bbox": "",
    }
    assert ids(program.get("requests.json", **empty)) == [reference]
    assert program.get("services.json", street="").status_code == 400
    assert program.post(**program.good(service_code="")).status_code == 400


@pytest.mark.parametrize(
    "path", ["services.json", "services/lift-fault.json", "requests.json", "tokens/1.json"]
)
def test_of_several_jurisdictions_a_missing_one_is_400_and_an_unknown_one_404(
    program: Program, path: str
) -> None:
    assert [program.get(path, street=street).status_code for street in (None, "nowhere")] == [400, 404]


def test_a_single_jurisdiction_need_not_be_named(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baiying.doors.open311.asking.streets", lambda: [program.cast.tenant])
    assert program.get("requests.json", street=None).status_code == 200
    assert program.get("requests.json", street="nowhere").status_code == 404


@pytest.mark.parametrize("path", ["services/nothing", "tokens/nothing", "requests/9001-000001-1", "nothing"])
def test_what_does_not_exist_is_404(program: Program, path: str) -> None:
    assert [program.get(f"{path}.{fmt}").status_code for fmt in ("xml", "json")] == [404, 404]


@pytest.mark.parametrize("key", [None, "", "by_wrong", "null"])
def test_a_missing_or_wrong_key_is_403(program: Program, key: str | None) -> None:
    answer = program.post(key=key, **program.good())
    assert (answer.status_code, errors(answer)[0]["code"]) == (403, 403)


def test_a_key_of_another_street_or_without_leave_is_403(program: Program) -> None:
    other = program.cast.other_tenant.code
    assert program.post(street=other, **program.good()).status_code == 403
    from baiying.org import services as org
    from baiying.org.rules import acting

    by = program.cast.checker_qian
    with acting(by.scope):
        key = org.issue_token(by, post=program.cast.posts["checker_qian"], label="x")[1]
    assert program.post(key=key, **program.good()).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_code": None},
        {"lat": "x"},
        {"lat": None},
        {"phone": "12"},
        {"email": "x"},
        {"media_url": "file:///etc"},
    ],
)
def test_everything_else_is_400(program: Program, wrong: dict[str, Any]) -> None:
    said = {name: value for name, value in program.good(**wrong).items() if value is not None}
    assert program.post(**said).status_code == 400


def test_errors_are_a_list_in_both_formats(program: Program) -> None:
    said = {"service_code": "lift-fault", "email": "x"}
    assert [one["description"].split(":")[0] for one in errors(program.post(**said))] == [
        "attribute[trapped]", "lat", "email",
    ]  # fmt: skip
    root = tree(program.post("requests.xml", **said))
    assert (root.tag, names(root), names(root[0])) == ("errors", ["error"] * 3, ["code", "description"])
    assert root[0].findtext("code") == "400"


def test_an_unknown_format_or_address_is_a_list_of_errors_too(program: Program) -> None:
    assert tree(Client().get(f"{V2}/services.yaml")).tag == "errors"
    assert errors(Client().get("/open311/x/y.json"))[0]["code"] == 404


def test_a_wrong_method_says_which_are_right(program: Program) -> None:
    answer = Client().delete(f"{V2}/requests.json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


# -- formats ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["services", "services/lift-fault", "requests", "servicerequestupdates", "tokens/x"]
)
def test_content_types_name_utf_8_and_xml_its_encoding(program: Program, path: str) -> None:
    xml, json = program.get(f"{path}.xml"), program.get(f"{path}.json")
    assert xml.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert json.headers["Content-Type"] == "application/json; charset=utf-8"
    assert xml.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<')


def test_containers_are_arrays_also_with_one_child(program: Program) -> None:
    reference = program.sent()
    assert isinstance(program.get(f"requests/{reference}.json").json(), list)
    root = tree(program.get(f"requests/{reference}.xml"))
    assert (root.tag, names(root)) == ("service_requests", ["request"])
    assert program.get("requests.json", start_date="2020-01-01").json() == []
    assert len(tree(program.get("requests.xml", start_date="2020-01-01"))) == 0


def test_ids_are_strings_and_places_numbers_in_json(program: Program) -> None:
    lift = {"service_code": "lift-fault", "attribute[trapped]": "no"}
    row = program.get(f"requests/{program.sent(**lift)}.json").json()[0]
    assert [type(row[name]) for name in ("service_request_id", "service_code", "lat", "long")] == [
        str,
        str,
        float,
        float,
    ]
    nowhere = program.get(f"requests/{program.sent(lat='', long='', address_string='某处')}.json").json()[0]
    assert (nowhere["lat"], nowhere["long"], nowhere["address_id"], nowhere["zipcode"]) == (
        None,
        None,
        None,
        None,
    )
    values = program.get("services/lift-fault.json").json()["attributes"][0]["values"]
    assert all(type(one["key"]) is str for one in values)


def test_the_plain_answer_has_exactly_the_standards_fields(program: Program) -> None:
    reference = program.sent()
    assert list(program.get(f"requests/{reference}.json").json()[0]) == FIELDS
    assert names(tree(program.get(f"requests/{reference}.xml"))[0]) == FIELDS
    plain = program.get("requests.json").content
    assert program.get("requests.json", extensions="false").content == plain


@pytest.mark.parametrize("path", ["requests", "services", "discovery"])
def test_a_slash_before_the_format_is_taken_for_a_dot(program: Program, path: str) -> None:
    assert program.get(f"{path}/json").content == program.get(f"{path}.json").content


def test_any_page_may_read_and_ask_before_it_sends(program: Program) -> None:
    assert program.get("services.json").headers["Access-Control-Allow-Origin"] == "*"
    asked = Client().options(f"{V2}/requests.json", headers={"Origin": "https://example.org"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Methods"]) == (204, "GET, POST, OPTIONS")
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("name", ["callback", "jsonp"])
def test_jsonp_is_not_spoken(program: Program, name: str) -> None:
    plain = program.get("services.json")
    assert program.get("services.json", **{name: "alert"}).content == plain.content


# -- the test endpoint ------------------------------------------------------------------------------------


def test_the_test_endpoint_checks_everything_and_keeps_nothing(cast: Cast, program: Program) -> None:
    answer = program.post(at=TEST, **program.good())
    reference = answer.json()[0]["service_request_id"]
    assert program.get(f"requests/{reference}.json", at=TEST).status_code == 404
    assert ids(program.get("requests.json")) == []
    assert program.post(at=TEST, **program.good(lat="x")).status_code == 400
    assert program.get("services.json", at=TEST).content == program.get("services.json").content
