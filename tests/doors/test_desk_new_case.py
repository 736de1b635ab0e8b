"""A new case at the desk: kept once, doubles seen first, handed out straight away where one may."""

from __future__ import annotations

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from baiying.cases import steps
from baiying.cases.models import Case
from baiying.kit.photos import read_photo
from baiying.org.rules import Scope, acting
from tests.cases.test_photo_reuse import scene
from tests.cast import Cast, jpeg

WORDS = {
    "channel": "phone",
    "text": "东门口的路灯不亮，老人晚上不敢出门",
    "name": "王大妈",
    "phone": "13800001234",
}


def the_key(client: Client) -> str:
    """The hidden key of a fresh form."""
    found = re.search(r'name="key" value="([0-9a-f]{32})"', client.get(reverse("desk_new")).content.decode())
    assert found is not None
    return found[1]


def send(client: Client, cast: Cast, **fields: Any) -> Any:
    """Send the form, with a point in grid e1."""
    lon, lat = cast.in_grid("e1")
    whole = (
        {"key": the_key(client), "lon": round(lon, 6), "lat": round(lat, 6), "action": "save"}
        | WORDS
        | fields
    )
    return client.post(reverse("desk_new"), whole)


def cases(cast: Cast) -> list[Case]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Case.objects.filter(tenant_id=cast.tenant.id).order_by("id"))


def test_a_call_becomes_a_case(cast: Cast) -> None:
    answer = send(cast.client("dispatch_clerk_zhang"), cast, occurred_at="2026-01-05T08:30")
    [case] = cases(cast)
    assert answer.headers["Location"] == reverse("desk_case", kwargs={"reference": case.reference})
    assert (case.channel, case.state, case.grid_id) == ("phone", steps.RECEIVED, cast.units["e1"].id)
    assert case.received_by == cast.accounts["dispatch_clerk_zhang"].id
    assert f"{case.occurred_at:%F %H:%M}" == "2026-01-05 00:30"
    page = cast.client("dispatch_clerk_zhang").get(answer.headers["Location"]).content.decode()
    assert "13800001234" not in page


def test_sending_twice_keeps_one(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    key = the_key(client)
    first, second = send(client, cast, key=key), send(client, cast, key=key)
    assert first.status_code == 302
    assert second.headers["Location"] == first.headers["Location"]
    other = send(client, cast, key=key, text="另一件事：井盖响")
    assert other.status_code == 409
    assert "刚才已经登记过一件" in other.content.decode()
    assert len(cases(cast)) == 1
    fresh = re.search(r'name="key" value="([0-9a-f]{32})"', other.content.decode())
    assert fresh is not None
    assert fresh[1] != key


def test_open_cases_near_by_and_of_the_same_phone_are_seen_first(cast: Cast) -> None:
    near = cast.case(text="路灯坏了好几天")
    same_phone = cast.case(text="楼道灯不亮", at=cast.in_grid("w2"), phone="138 0000 1234")
    far = cast.case(text="垃圾没人收", at=cast.in_grid("w1"))
    closed = cast.lead(cast.case(), steps.CLOSED)
    client = cast.client("dispatch_clerk_zhang")
    answer = send(client, cast)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert near.reference in page
    assert same_phone.reference in page
    assert far.reference not in page
    assert closed.reference not in page
    assert WORDS["text"] in page
    seen = re.search(r'name="near_seen" value="([^"]+)"', page)
    assert seen is not None
    assert send(client, cast, near_seen=seen[1]).status_code == 302


def test_while_writing_a_piece_of_the_page_says_what_is_known(cast: Cast) -> None:
    near = cast.case(text="路灯坏了好几天")
    lon, lat = cast.in_grid("e1")
    client = cast.client("dispatch_clerk_zhang")
    piece = client.post(
        reverse("desk_new_near"), {"text": "路灯不亮", "lon": lon, "lat": lat}
    ).content.decode()
    assert near.reference in piece
    assert "路灯不亮" in piece
    assert "东风社区" in piece
    assert "<html" not in piece
    danger = client.post(reverse("desk_new_near"), {"text": "楼上着火了"}).content.decode()
    assert "119" in danger
    assert client.get(reverse("desk_new_near")).status_code == 405
    assert cast.client("leader_zhou").post(reverse("desk_new_near"), {"text": "x"}).status_code == 403


def test_the_category_that_is_shown_is_the_one_that_is_taken(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    shown = send(client, cast, action="look").content.decode()
    assert ("用建议的类别：路灯不亮" in shown, "建议类别：路灯不亮" in shown) == (True, True)
    send(client, cast)
    send(client, cast, text="电信井盖松了，车一过咣当响", phone="")
    kept = [(case.category.code, case.matter and case.matter.code) for case in cases(cast)]
    assert kept == [("street-light-out", "01037"), ("manhole-cover", "01007")]


def test_where_the_words_leave_it_open_a_person_chooses(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    unclear = {"text": "电梯、停车、物业费、路灯这几件事都想说说"}
    answer = send(client, cast, **unclear)
    assert (answer.status_code, "从原话里看不准是哪一类" in answer.content.decode(), cases(cast)) == (
        422,
        True,
        [],
    )
    piece = client.post(reverse("desk_new_near"), unclear).content.decode()
    assert ("建议类别：" in piece, "<details open>" in piece) == (False, True)
    assert send(client, cast, **unclear, category="other").status_code == 302
    assert [case.category.code for case in cases(cast)] == ["other"]


def test_others_open_cases_are_not_shown_near_by(cast: Cast) -> None:
    near = cast.case(text="路灯坏了好几天")
    lon, lat = cast.in_grid("e1")
    piece = cast.client("community_head_chen").post(
        reverse("desk_new_near"), {"text": "路灯", "lon": lon, "lat": lat}
    )
    assert near.reference not in piece.content.decode()


def test_kept_and_handed_out_in_one_go(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    missing = send(client, cast, action="hand_out")
    assert missing.status_code == 422
    assert '<a href="#place-unit">' in missing.content.decode()
    unit = cast.units["dept-municipal"].id
    assert send(client, cast, action="hand_out", unit=unit, instruction="今晚前看").status_code == 302
    [case] = cases(cast)
    assert (case.state, case.unit_id) == (steps.HANDED_OUT, unit)


def test_a_refused_order_keeps_nothing(cast: Cast) -> None:
    answer = send(
        cast.client("dispatch_clerk_zhang"), cast, action="hand_out", unit=cast.units["dept-municipal"].id,
        photos=[SimpleUploadedFile("坏.jpg", b"\xff\xd8\xff no picture", "image/jpeg")],
    )  # fmt: skip
    assert answer.status_code == 422
    assert "“坏.jpg”" in answer.content.decode()
    assert cases(cast) == []


def test_what_lies_outside_ones_area_is_kept_for_others(cast: Cast) -> None:
    lon, lat = cast.in_grid("w1")
    chen = cast.client("community_head_wang")
    answer = send(chen, cast, lon=round(lon, 6), lat=round(lat, 6))
    assert answer.headers["Location"] == reverse("desk_cases")
    [case] = cases(cast)
    assert case.community_id == cast.units["west"].id
    page = chen.get(reverse("desk_cases")).content.decode()
    assert case.reference in page


def test_handing_out_what_others_will_see_keeps_nothing_and_says_so(cast: Cast) -> None:
    lon, lat = cast.in_grid("w1")
    unit = cast.units["dept-municipal"].id
    answer = send(
        cast.client("community_head_wang"),
        cast,
        lon=round(lon, 6),
        lat=round(lat, 6),
        action="hand_out",
        unit=unit,
    )
    assert answer.status_code == 404
    assert '<a href="#place-unit">' in answer.content.decode()
    assert cases(cast) == []


def test_place_by_living_area_and_building(cast: Cast) -> None:
    assert cast.living_area is not None
    assert cast.building is not None
    places = {"living_area": cast.living_area.id, "building": cast.building.id}
    answer = send(cast.client("community_clerk_liu"), cast, lon="", lat="", **places)
    assert answer.status_code == 302
    [case] = cases(cast)
    assert (case.building_id, case.grid_id, case.located_by) == (
        cast.building.id,
        cast.units["e1"].id,
        "place",
    )


def test_wrong_input_is_named_at_its_field(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    for fields, field in (
        ({"text": " "}, "place-text"),
        ({"phone": "12"}, "place-phone"),
        ({"occurred_at": "2099-01-01T08:00"}, "place-occurred_at"),
        ({"occurred_at": "昨天"}, "place-occurred_at"),
        ({"category": "no-such"}, "place-category"),
        ({"living_area": "999999"}, "place-living_area"),
    ):
        answer = send(client, cast, **fields)
        assert answer.status_code == 422, fields
        assert f'<a href="#{field}">' in answer.content.decode(), fields
    assert cases(cast) == []


def test_photos_come_along(cast: Cast) -> None:
    photos = [SimpleUploadedFile(f"{n}.jpg", jpeg(), "image/jpeg") for n in range(2)]
    assert send(cast.client("dispatch_clerk_zhang"), cast, photos=photos).status_code == 302
    assert cases(cast)[0].photo_count == 2


def test_photos_are_compared_with_those_of_open_cases(cast: Cast) -> None:
    """At any distance, as on the page of a case; what others' branches hold stays theirs."""
    far = cast.case(text="这里太脏了", at=cast.in_grid("w2"), photos=[read_photo(scene(3))])

    def upload() -> list[SimpleUploadedFile]:
        return [SimpleUploadedFile("1.jpg", scene(3, quality=60), "image/jpeg")]

    others = send(cast.client("community_head_wang"), cast, photos=upload(), action="look").content.decode()
    assert (far.reference in others, "照片看着是同一处" in others) == (False, False)
    client = cast.client("dispatch_clerk_zhang")
    page = send(client, cast, photos=upload()).content.decode()
    assert (far.reference in page, "照片看着是同一处" in page) == (True, True)
    assert send(client, cast, photos=upload(), near_seen=far.reference).status_code == 302


def test_only_who_may_receive(cast: Cast) -> None:
    for person in ("leader_zhou", "checker_qian", "department_handler_sun", "security_administrator_wu"):
        assert cast.client(person).get(reverse("desk_new")).status_code == 403
    assert "直接派给" not in cast.client("grid_worker_li").get(reverse("desk_new")).content.decode()


def test_without_the_pages_program_a_button_lists_the_buildings_and_keeps_nothing(cast: Cast) -> None:
    assert cast.living_area is not None
    answer = send(
        cast.client("dispatch_clerk_zhang"),
        cast,
        list_buildings="1",
        text="",
        living_area=cast.living_area.id,
    )
    page = answer.content.decode()
    assert "东风小区3号楼" in page
    assert 'id="problems"' not in page
    assert cases(cast) == []
