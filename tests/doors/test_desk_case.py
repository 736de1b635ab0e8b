"""The page of a case and what is done on it, as a browser without JavaScript sees it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from baiying.cases import steps
from baiying.cases.models import Case, Line
from baiying.doors.desk.place_fields import outlines_url
from baiying.journal.models import Entry
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo, jpeg


def page_of(case: Case) -> str:
    return reverse("desk_case", kwargs={"reference": case.reference})


@pytest.mark.parametrize("state", list(steps.NUMBER))
def test_page_shows_every_state_to_everybody_who_may_see_it(cast: Cast, state: str) -> None:
    case = cast.lead(cast.case(), state)
    people = ["leader_zhou", "dispatch_clerk_zhang", "community_head_wang", "grid_worker_li", "checker_qian"]
    if case.unit_id is not None:
        people.append("department_handler_sun")
    for person in people:
        page = cast.client(person).get(page_of(case))
        assert page.status_code == 200, person
        assert case.text in page.content.decode()


def at(case: Case, rest: str) -> str:
    return page_of(case) + rest


def do(client: Client, case: Case, step: str, follow: bool = True, **fields: Any) -> Any:
    """Send the form of a step as the page would."""
    return client.post(at(case, f"steps/{step}"), {"version": case.version} | fields, follow=follow)


def test_only_the_steps_that_one_may_take_are_offered_the_likely_one_open(cast: Cast) -> None:
    case = cast.case()
    page = cast.client("dispatch_clerk_zhang").get(page_of(case)).content.decode()
    assert '<details class="step-likely" open id="step-accept">' in page
    assert '<details id="step-decline">' in page
    assert "step-hand_out" not in page
    leader = cast.client("leader_zhou").get(page_of(case)).content.decode()
    assert 'action="' in leader
    assert "/steps/" not in leader


@pytest.mark.parametrize(
    "person", ["outsider_zhao", "community_head_chen", "grid_worker_lu", "department_handler_sun"]
)
def test_a_case_of_others_is_not_found(cast: Cast, person: str) -> None:
    case = cast.case(phone="13800000001")
    client = cast.client(person)
    assert client.get(page_of(case)).status_code == 404
    for rest in ("steps/accept", "notes", "photos", "contact", "correct"):
        response = client.post(at(case, rest), {"text": "x", "reader": "inside"})
        assert response.status_code in (403, 404), rest
    assert cast.read(case.id).version == 0


def test_the_security_administrator_is_told_what_is_missing(cast: Cast) -> None:
    response = cast.client("security_administrator_wu").get(page_of(cast.case()))
    assert response.status_code == 403
    assert "查看诉求" in response.content.decode()


def test_references_are_read_as_people_write_them(cast: Cast) -> None:
    case = cast.case()
    client = cast.client("dispatch_clerk_zhang")
    assert client.get(f"/desk/cases/{case.reference.replace('-', '')}/").headers["Location"] == page_of(case)
    wrong = case.reference[:-1] + str((int(case.reference[-1]) + 1) % 10)
    assert client.get(f"/desk/cases/{wrong}/").status_code == 404


def test_a_case_goes_from_receipt_to_closure_by_forms_alone(cast: Cast) -> None:
    case = cast.case()
    ways: list[tuple[str, str, dict[str, Any]]] = [
        (
            "dispatch_clerk_zhang",
            "accept",
            {"category": "street-light-out", "kind": "help", "text": "已受理"},
        ),
        (
            "dispatch_clerk_zhang",
            "hand_out",
            {"unit": cast.units["dept-municipal"].id, "text": "今晚前看现场"},
        ),
        ("department_handler_he", "acknowledge", {}),
        ("department_handler_he", "start", {"inner": "师傅下午去"}),
        ("department_handler_he", "handle", {"text": "换好了", "outcome": "solved", "photos": upload()}),
        ("checker_qian", "check", {}),
        ("dispatch_clerk_zhang", "rate", {"rating": "satisfied", "contacted": "yes", "solved": "yes"}),
        ("dispatch_clerk_zhang", "close", {"outcome": "solved"}),
    ]
    for person, step, fields in ways:
        case = cast.read(case.id)
        response = do(cast.client(person), case, step, **fields)
        assert response.status_code == 200, (step, response.content.decode()[-3000:])
        assert 'role="status"' in response.content.decode()
    done = cast.read(case.id)
    assert (done.state, done.outcome, done.rating, done.photo_count) == ("closed", "solved", "satisfied", 1)
    assert (done.is_contacted, done.is_solved, done.category.code) == (True, True, "street-light-out")


def upload(name: str = "现场.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if content is not None else jpeg(), "image/jpeg")


def test_refusals_stand_at_their_fields_and_keep_the_words(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    response = do(cast.client("department_handler_sun"), case, "handle", text="已经换了灯头", outcome="")
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="problems"' in page
    assert '<a href="#handle-outcome">' in page
    assert "已经换了灯头</textarea>" in page
    response = do(
        cast.client("department_handler_sun"), case, "handle", text="已经换了灯头", outcome="solved"
    )
    assert response.status_code == 422
    assert '<a href="#handle-photos">' in response.content.decode()
    assert cast.read(case.id).version == case.version


def test_a_broken_photo_is_named(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    files = [upload("好的.jpg"), upload("坏的.jpg", jpeg()[:200]), upload("不是.pdf", b"%PDF-1.7")]
    response = do(
        cast.client("department_handler_sun"), case, "handle", text="换了", outcome="solved", photos=files
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "“坏的.jpg”" in page
    assert "“不是.pdf”" in page
    assert "“好的.jpg”" not in page
    seven = do(
        cast.client("department_handler_sun"), case, "handle", text="换了", outcome="solved",
        photos=[upload(f"{n}.jpg") for n in range(7)],
    )  # fmt: skip
    assert "一次最多 6 张照片，您选了 7 张。" in seven.content.decode()
    assert cast.read(case.id).photo_count == 0


def test_a_stale_form_keeps_the_words_and_says_who_did_what(cast: Cast) -> None:
    case = cast.case()
    zhang = cast.client("dispatch_clerk_zhang")
    page = zhang.get(page_of(case)).content.decode()
    seen = re.search(r'name="seen" value="([0-9a-f]{32})"', page)
    assert seen is not None
    do(cast.client("dispatch_clerk_bai"), case, "accept")
    response = do(zhang, case, "decline", seen=seen[1], reason="decline-elsewhere", text="这里归邻街道管")
    page = response.content.decode()
    assert response.status_code == 409
    assert "白洁" in page
    assert "这里归邻街道管" in page
    assert "您打开页面以后" in page
    assert cast.read(case.id).state == steps.ACCEPTED
    # Still possible from here: the same words, sent again over the page just shown, go through.
    fresh = re.search(r'id="decline-version"[^>]*>|name="version" value="(\d+)" id="decline-version"', page)
    assert fresh is not None
    assert (
        do(
            zhang, cast.read(case.id), "decline", reason="decline-elsewhere", text="这里归邻街道管"
        ).status_code
        == 200
    )


def test_without_leave_the_words_stay_and_the_permission_is_named(cast: Cast) -> None:
    case = cast.case()
    answer = do(cast.client("grid_worker_li"), case, "decline", reason="decline-elsewhere", text="归邻街道管")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "不予受理" in page
    assert "东风社区第1网格" in page
    assert "归邻街道管" in page
    assert cast.read(case.id).version == 0


def test_pressing_twice_is_no_quarrel(cast: Cast) -> None:
    case = cast.case()
    zhang = cast.client("dispatch_clerk_zhang")
    do(zhang, case, "accept")
    response = do(zhang, case, "accept", follow=False)
    assert response.status_code == 302
    assert cast.read(case.id).version == 1


def test_handing_out_offers_undo_and_the_next_case(cast: Cast) -> None:
    first, second = cast.case(), cast.case(text="井盖松动，车一过就响")
    zhang = cast.client("dispatch_clerk_zhang")
    do(zhang, first, "accept")
    response = do(zhang, cast.read(first.id), "hand_out", unit=cast.units["dept-enforcement"].id)
    page = response.content.decode()
    assert "派错了？" in page
    assert second.reference in page
    fields = dict(
        re.findall(
            r'name="(version|text)" value="([^"]*)"', page.split('class="undo"')[1].split("</form>")[0]
        )
    )
    assert zhang.post(at(first, "steps/recall"), fields, follow=True).status_code == 200
    assert cast.read(first.id).state == steps.ACCEPTED
    assert "派错了？" not in zhang.get(page_of(first)).content.decode()


def test_suggested_unit_and_own_area_come_first(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    page = cast.client("dispatch_clerk_zhang").get(page_of(case)).content.decode()
    [_, after] = page.split('<optgroup label="建议">')  # once: only where the rules were asked
    group = after.split("</optgroup>")[0]
    assert re.findall(r">([^<\n]+)</option>", group) == ["市政园林服务中心", "东风社区第1网格", "东风社区"]
    assert "selected>市政园林服务中心" in group


def test_standard_text_serves_alone_without_the_pages_program(cast: Cast) -> None:
    case = cast.case()
    page = cast.client("dispatch_clerk_zhang").get(page_of(case)).content.decode()
    phrase = re.search(r'data-phrase-for="accept-text".*?<option value="(您好[^"]+)"', page, re.S)
    assert phrase is not None
    do(cast.client("dispatch_clerk_zhang"), case, "accept", phrase=phrase[1])
    with acting(Scope(cast.tenant.id, "street")):
        line = Line.objects.filter(case_id=case.id).order_by("-id").first()
    assert line is not None
    assert line.text == phrase[1]


def test_notes_for_colleagues_and_for_the_reporter_stand_apart(cast: Cast) -> None:
    case = cast.case()
    clerk = cast.client("community_clerk_liu")
    assert (
        clerk.post(at(case, "notes"), {"reader": "inside", "text": "家里有老人，先打电话"}).status_code == 302
    )
    assert clerk.post(at(case, "notes"), {"reader": "public", "text": "师傅下午三点到"}).status_code == 302
    page = clerk.get(page_of(case)).content.decode()
    assert page.count("timeline-inside") == 1
    paper = clerk.get(at(case, "print")).content.decode()
    assert "家里有老人" not in paper
    assert "师傅下午三点到" in paper
    assert "家里有老人" in clerk.get(at(case, "print") + "?inside").content.decode()
    empty = clerk.post(at(case, "notes"), {"reader": "inside", "text": " "})
    assert empty.status_code == 422
    assert '<a href="#note-text">' in empty.content.decode()


def test_the_telephone_number_is_hidden_until_somebody_asks_and_that_is_kept(cast: Cast) -> None:
    case = cast.case(name="王大妈", phone="13800001234")
    zhang = cast.client("dispatch_clerk_zhang")
    page = zhang.get(page_of(case)).content.decode()
    assert "13800001234" not in page
    assert "138****1234" in page
    assert "王大妈" not in page
    assert "13800001234" not in zhang.get(at(case, "print")).content.decode()
    assert zhang.post(at(case, "contact")).status_code == 302
    assert "13800001234" in zhang.get(page_of(case)).content.decode()
    assert "13800001234" in zhang.get(at(case, "print")).content.decode()
    assert "13800001234" not in cast.client("dispatch_clerk_bai").get(page_of(case)).content.decode()
    with acting(Scope(cast.tenant.id, "street")):
        kept = Entry.objects.filter(subject_id=str(case.id), event="cases.contact_read")
        assert [entry.actor_name for entry in kept] == ["张敏"]
    assert cast.client("leader_zhou").post(at(case, "contact")).status_code == 403


def test_pictures_are_shown_only_to_whoever_sees_the_case(cast: Cast) -> None:
    case = cast.case(photos=[a_photo()])
    with acting(Scope(cast.tenant.id, "street")):
        address = reverse("desk_photo", kwargs={"photo_id": case.photos.get().id})
    for size in ("", "?size=thumb"):
        answer = cast.client("grid_worker_li").get(address + size)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.content.startswith(b"\xff\xd8\xff")
    for person in ("outsider_zhao", "grid_worker_lu", "department_handler_sun"):
        assert cast.client(person).get(address).status_code == 404
    assert cast.client("security_administrator_wu").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_photos_are_added(cast: Cast) -> None:
    case = cast.case()
    li = cast.client("grid_worker_li")
    assert li.post(at(case, "photos"), {"photos": [upload(), upload("二.jpg")]}).status_code == 302
    assert cast.read(case.id).photo_count == 2
    none = li.post(at(case, "photos"))
    assert none.status_code == 422
    assert "还没有选照片" in none.content.decode()


def corrected(cast: Cast, person: str, case: Case, **changes: Any) -> Any:
    """Send the form of corrections with the case as it is and some changes."""
    fields = {
        "version": case.version, "category": case.category.code, "kind": case.kind, "place": case.place,
        "living_area": case.living_area_id or "", "building": case.building_id or "",
        "lon": round(case.lon, 6) if case.lon is not None else "",
        "lat": round(case.lat, 6) if case.lat is not None else "", "area": "",
    }  # fmt: skip
    return cast.client(person).post(at(case, "correct"), fields | changes)


def test_corrections_say_what_was_before(cast: Cast) -> None:
    case = cast.case()
    zhang = cast.client("dispatch_clerk_zhang")
    assert zhang.get(at(case, "correct")).status_code == 200
    assert corrected(cast, "dispatch_clerk_zhang", case).status_code == 422
    answer = corrected(cast, "dispatch_clerk_zhang", case, category="manhole-cover", place="东门外 20 米")
    assert answer.status_code == 302
    page = zhang.get(page_of(case)).content.decode()
    assert "类别由“路灯不亮”更正为“井盖缺失或松动”" in page
    case = cast.read(case.id)
    lon, lat = cast.in_grid("w2")
    assert (
        corrected(cast, "dispatch_clerk_zhang", case, lon=round(lon, 6), lat=round(lat, 6)).status_code == 302
    )
    assert cast.read(case.id).grid_id == cast.units["w2"].id
    case = cast.read(case.id)
    area = f"community:{cast.units['east'].id}"
    assert corrected(cast, "dispatch_clerk_zhang", case, area=area).status_code == 302
    moved = cast.read(case.id)
    assert (moved.community_id, moved.grid_id) == (cast.units["east"].id, None)


def test_a_case_is_not_corrected_out_of_ones_own_area(cast: Cast) -> None:
    case = cast.case()
    answer = corrected(cast, "community_head_wang", case, area=f"grid:{cast.units['w1'].id}")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "更正" in page
    assert "东风社区" in page
    assert cast.read(case.id).version == 0


def test_a_stale_correction_is_told(cast: Cast) -> None:
    case = cast.case()
    do(cast.client("dispatch_clerk_bai"), case, "accept")
    answer = corrected(cast, "dispatch_clerk_zhang", case, place="东门外")
    assert answer.status_code == 409
    assert "白洁" in answer.content.decode()
    assert 'value="东门外"' in answer.content.decode()


def test_buildings_outlines_and_place_of_a_point(cast: Cast) -> None:
    zhang = cast.client("dispatch_clerk_zhang")
    assert cast.living_area is not None
    assert (
        "东风小区3号楼"
        in zhang.get(reverse("desk_buildings"), {"living_area": cast.living_area.id}).content.decode()
    )
    outlines = zhang.get(outlines_url(cast.tenant.id)).json()
    assert [f["properties"]["layer"] for f in outlines["features"]].count("grid") == 4
    lon, lat = cast.in_grid("w1")
    assert zhang.get(reverse("desk_place_at"), {"lon": lon, "lat": lat}).json()["grid"]["name"] == "第1网格"
    assert zhang.get(reverse("desk_place_at"), {"lon": "x"}).status_code == 422


@pytest.mark.parametrize("state", [steps.CLOSED, steps.PARKED])
def test_paper_shows_the_whole_case(cast: Cast, state: str) -> None:
    case = cast.lead(cast.case(photos=[a_photo()]), state)
    paper = cast.client("dispatch_clerk_zhang").get(at(case, "print")).content.decode()
    assert case.text in paper
    assert case.reference in paper
    assert "<script" not in paper


def test_every_page_speaks_english(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.CLOSED)
    zhang = cast.client("dispatch_clerk_zhang")
    for address in (page_of(case), at(case, "correct"), at(case, "print"), reverse("desk_new")):
        assert zhang.get(address, {"lang": "en"}).status_code == 200
