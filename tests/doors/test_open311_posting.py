"""POST requests: forms as programs send them, what becomes of every field, and the same form twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from baiying.cases.models import Contact, Photo
from baiying.doors.open311.asking import PLAIN_FORM, Call
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import jpeg
from tests.doors.program import V2, Program, cast, errors, ids, program, street, tree

__all__ = ["cast", "program", "street"]


def picture(colour: str = "teal") -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", jpeg(colour), "image/jpeg")


def test_the_answer_is_an_array_of_one_with_an_id_and_no_token(program: Program) -> None:
    row = program.post(**program.good()).json()
    assert [list(one) for one in row] == [["service_request_id", "service_notice", "account_id"]]
    root = tree(program.post("requests.xml", **program.good()))
    assert (root.tag, root[0].tag) == ("service_requests", "request")
    assert root[0].findtext("token") is None and "前办结" in (root[0].findtext("service_notice") or "")


def test_both_kinds_of_form_are_taken(program: Program) -> None:
    for answer in (program.post(**program.good()), program.encoded(**program.good())):
        case = program.case(answer.json()[0]["service_request_id"])
        assert (case.text, case.category.code, case.channel) == ("树枝压到电线", "trees-green", "api")
        assert case.grid_id == program.cast.units["e1"].id


def test_who_sent_it_is_kept_as_contact(program: Program) -> None:
    chinese = {"first_name": "三", "last_name": "张", "phone": "138 0533 0001", "email": "zhang@example.cn"}
    english = {"first_name": "Ann", "last_name": "Lee"}
    kept = []
    for said in (chinese, english, {"email": "a@example.cn"}):
        case = program.case(program.sent(**said))
        with acting(Scope(program.cast.tenant.id, "street")):
            kept.append(Contact.objects.values_list("name", "phone").get(case_id=case.id))
    assert kept == [("张三 <zhang@example.cn>", "13805330001"), ("Ann Lee", ""), ("a@example.cn", "")]


def test_one_of_point_address_and_code_is_enough(program: Program) -> None:
    nowhere = {"lat": "", "long": ""}
    by_words = program.case(program.sent(**nowhere, address_string="东风小区3号楼"))
    assert program.cast.building is not None
    by_code = program.case(program.sent(**nowhere, address_id=program.cast.building.code))
    assert (by_words.building_id, by_code.building_id) == (program.cast.building.id, program.cast.building.id)
    assert (by_words.grid_id, by_words.located_by) == (program.cast.units["e1"].id, "place")
    assert program.post(**program.good(**nowhere)).status_code == 400
    assert program.post(**program.good(**nowhere, address_id="unknown")).status_code == 400


def test_attributes_become_words_and_are_kept_by_their_codes(program: Program) -> None:
    said = {
        "service_code": "car-parking",
        "attribute[blocks][]": ["fire", "gate"],
        "attribute[their_id]": "77",
    }
    reference = program.sent(**said)
    assert program.case(reference).text == "树枝压到电线\n挡住了什么：消防通道、单元门、小区门"
    first = program.lines(reference)[0]
    assert (first.data["answers"], first.data["inner"]) == (
        {"blocks": ["fire", "gate"]},
        "来件的其他字段：their_id=77",
    )
    shown = program.get(f"requests/{reference}.json", extensions="true").json()[0]["attributes"]
    assert [(one["code"], [v["key"] for v in one["values"]]) for one in shown] == [
        ("blocks", ["fire", "gate"])
    ]


@pytest.mark.parametrize(
    ("service", "attribute", "value"),
    [("lift-fault", "trapped", ""), ("lift-fault", "trapped", "maybe"), ("lift-fault", "trapped", ["no", "yes"]),
     ("road-damage", "width", "wide"), ("road-damage", "width", "nan"), ("water-leak", "since", "yesterday"),
     ("water-leak", "since", "2099-01-01"), ("street-light-out", "pole", "x" * 201), ("car-parking", "blocks", "sky")],
)  # fmt: skip
def test_a_missing_or_wrong_attribute_is_refused_by_its_name(
    program: Program, service: str, attribute: str, value: Any
) -> None:
    answer = program.post(**program.good(service_code=service, **{f"attribute[{attribute}]": value}))
    assert answer.status_code == 400
    assert errors(answer)[0]["description"].startswith(f"attribute[{attribute}]: ")


def test_without_a_description_the_name_of_the_service_stands_for_it(program: Program) -> None:
    assert program.case(program.sent(description="")).text == "树木与绿化养护"


def test_html_in_a_description_stays_plain_text(program: Program) -> None:
    reference = program.sent(description="<script>alert(1)</script>&amp;")
    assert program.case(reference).text == "<script>alert(1)</script>&amp;"
    assert b"<script>" not in program.get(f"requests/{reference}.xml").content


def test_a_form_that_cannot_be_taken_apart_is_refused_as_the_standard_wants_it(program: Program) -> None:
    answer = program.client.generic(
        "POST", "/open311/v2/requests.json", b"--x", content_type="multipart/form-data"
    )
    assert (answer.status_code, [one["code"] for one in errors(answer)]) == (400, [400])


def test_several_pictures_come_along_as_multipart(program: Program) -> None:
    reference = program.sent(media=[picture("red"), picture("blue")])
    case = program.case(reference)
    with acting(Scope(program.cast.tenant.id, "street")):
        assert (case.photo_count, Photo.objects.filter(case_id=case.id).count()) == (2, 2)


def test_a_picture_elsewhere_is_noted_for_colleagues_and_never_opened(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*where: object) -> None:
        raise AssertionError(f"somebody opened a connection: {where}")

    monkeypatch.setattr("socket.create_connection", refuse)
    inside = "http://169.254.169.254/latest/meta-data/"
    reference = program.sent(media_url=[inside, "https://example.org/a.jpg"])
    assert inside in program.lines(reference)[0].data["inner"]
    for path in (f"requests/{reference}.json", "requests.json", "servicerequestupdates.json"):
        assert "169.254" not in program.get(path, extensions="true").content.decode()
    assert program.get(f"requests/{reference}.json").json()[0]["media_url"] is None


def test_account_and_device_are_taken_and_not_kept(program: Program) -> None:
    reference = program.sent(device_id="d-1", account_id="a-1")
    assert "d-1" not in str(program.lines(reference)[0].data)


# -- the same form twice ----------------------------------------------------------------------------------


def test_a_repetition_with_its_nonce_gives_the_same_answer_and_makes_nothing_new(program: Program) -> None:
    said = program.good(nonce="n-1", media=[picture()])
    first = program.post(**said)
    for again in (program.post(**program.good(nonce="n-1", media=[picture()])),):
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    header = {"Idempotency-Key": "h-1"}
    one, two = (program.post(headers=header, **program.good()) for _ in range(2))
    assert (two.content, two.headers["Idempotency-Replayed"]) == (one.content, "true")
    assert len(ids(program.get("requests.json"))) == 2


def test_a_nonce_for_another_form_is_refused(program: Program) -> None:
    program.sent(nonce="n-2")
    assert program.post(**program.good(nonce="n-2", description="另一件事")).status_code == 400
    assert program.post(**program.good(nonce="n-2", media=[picture()])).status_code == 400
    assert len(ids(program.get("requests.json"))) == 1


def test_without_a_nonce_two_equal_forms_are_two_requests(program: Program) -> None:
    assert program.sent() != program.sent()


# -- bad input --------------------------------------------------------------------------------------------

BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;&b;">]><request>&c;</request>'
OUTSIDE = (
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><request><description>&x;</description></request>'
)


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, b"{}", b"\xff\xfe"])
@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "application/json", "text/plain"])
def test_xml_and_json_are_refused_without_being_read(program: Program, body: bytes, kind: str) -> None:
    for path in ("requests.xml", "servicerequestupdates.xml"):
        answer = Client().post(f"{V2}/{path}?api_key={program.key}", body, content_type=kind)
        assert answer.status_code == 400
        assert tree(answer).findtext("error/description", "").startswith("Content-Type: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [("description", "字" * 4001), ("address_string", "字" * 301), ("email", "a" * 250 + "@b.cn"), ("phone", "1" * 61),
     ("first_name", "字" * 61), ("service_code", "x" * 2001), ("media_url", "http://a/" + "x" * 3000), ("nonce", "x" * 201),
     ("lat", "1" * 41), ("media_url", ["http://a.cn/1"] * 11)],
)  # fmt: skip
def test_an_over_long_field_is_refused_by_its_name(program: Program, name: str, value: Any) -> None:
    answer = program.post(**program.good(**{name: value}))
    assert (answer.status_code, name in errors(answer)[0]["description"]) == (400, True)


def test_no_picture_and_too_many_pictures_are_refused(program: Program) -> None:
    text = SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    assert program.post(**program.good(media=[text])).status_code == 400
    assert program.post(**program.good(media=[picture() for _ in range(7)])).status_code == 400
    assert ids(program.get("requests.json")) == []


def test_points_that_cannot_be_are_refused_and_swapped_ones_told(program: Program) -> None:
    lon, lat = program.cast.in_grid("e1")
    answers = [
        program.post(**program.good(lat=a, long=b)) for a, b in [(0, 0), (91, 0), ("inf", 1), (lon, lat)]
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert "写反" in errors(answers[3])[0]["description"]


def test_odd_letters_do_no_harm(program: Program) -> None:
    reference = program.sent(description="a\x00b\x07\ufffe]]>&<c", address_string="\x00东门")
    assert tree(program.get(f"requests/{reference}.xml"))[0].findtext("service_request_id") == reference
    assert program.get("requests.json", service_code="\x00", status="open").json() == []
    assert program.get("tokens/%00%ff.json").status_code == 404


def test_whoever_tries_many_keys_is_slowed_down(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baiying.doors.shared.limits._MANY_BEHIND_LOOPBACK", 1 / 60)
    said = program.good()
    with clock.telling(clock.now() + timedelta(days=1)):
        assert [program.post(key="by_no", **said).status_code for _ in range(3)] == [403, 403, 429]
        assert program.post(**said).status_code == 200


@given(st.binary(max_size=60) | st.text("树&=%+a;[]e6 \0é", max_size=60).map(str.encode))
def test_a_plain_form_is_read_as_django_reads_it(body: bytes) -> None:
    request = RequestFactory().post("/", body, content_type=PLAIN_FORM)
    assert Call(request, "json", is_test=False).form == dict(QueryDict(body).lists())


def test_a_form_of_too_many_fields_is_refused(program: Program, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    assert program.encoded(**program.good()).status_code == 400
