"""Whoever accepts, corrects or writes down a case says whether it is urgent, with its chance before their eyes."""

from __future__ import annotations

import re

from django.urls import reverse

from tests.cast import Cast
from tests.doors.test_desk_case import at, corrected, page_of
from tests.doors.test_desk_new_case import cases, send


def ticked(page: str) -> list[str]:
    """Which answer to the question of urgency stands ticked."""
    boxes = re.findall(r'<input type="radio" name="is_urgent"[^>]*>', page)
    return [value for box in boxes if " checked" in box for value in re.findall(r'value="(\w+)"', box)]


def test_urgency_is_confirmed_where_it_is_accepted_and_corrected(cast: Cast) -> None:
    case, zhang = cast.case(text="楼下烧烤摊着火味呛人，油烟飘进屋"), cast.client("dispatch_clerk_zhang")
    page = zhang.get(page_of(case)).content.decode()
    assert ("为什么不紧急" in page, 'name="is_urgent"' in page) == (True, True)
    assert page.count("紧急的可能") == 2  # beside the question, and among what the words speak for
    assert ticked(page) == []  # flagged by a word, yet unlikely: a person decides
    likely = cast.case(text="二楼阳台外墙皮要掉下来，底下是幼儿园门口")  # no word of danger in it
    assert [ticked(zhang.get(page_of(one)).content.decode()) for one in (likely, cast.case())] == [
        ["yes"],
        ["no"],
    ]
    step = reverse("desk_case_step", kwargs={"reference": case.reference, "step": "accept"})
    silent = zhang.post(step, {"is_urgent": "no"})
    assert (silent.status_code, "没有写为什么不紧急" in silent.content.decode()) == (422, True)
    assert zhang.post(step, {"is_urgent": "no", "urgency_reason": "说的是烧烤味"}).status_code == 302
    page = zhang.get(page_of(case)).content.decode()
    assert "受理，紧急程度由“紧急”更正为“不紧急”" in page
    assert "说的是烧烤味" in page
    form = zhang.get(at(case, "correct")).content.decode()
    assert ("现在：不紧急，已经有人确认" in form, "为什么不紧急" in form) == (True, False)
    case = cast.read(case.id)
    assert corrected(cast, "dispatch_clerk_zhang", case, is_urgent="yes").status_code == 302
    page = zhang.get(page_of(case)).content.decode()
    assert "紧急程度由“不紧急”更正为“紧急”" in page
    assert cast.read(case.id).is_urgent is True
    silent = corrected(
        cast, "dispatch_clerk_zhang", cast.read(case.id), is_urgent="no", lon="118.3", lat="36.8"
    )
    assert silent.status_code == 422
    for kept in ("没有写为什么不紧急", 'data-lon="118.3" data-lat="36.8"'):  # the map, too, is where it was
        assert kept in silent.content.decode()


def test_the_writer_says_whether_it_is_urgent(cast: Cast) -> None:
    client = cast.client("dispatch_clerk_zhang")
    send(client, cast, is_urgent="yes")
    text = "楼下烧烤摊着火味呛人"
    silent = send(
        client,
        cast,
        text=text,
        phone="",
        is_urgent="no",
        category="cooking-fume",
        near_seen=cases(cast)[0].reference,
    )
    assert (silent.status_code, "没有写为什么不紧急" in silent.content.decode()) == (422, True)
    said = {"is_urgent": "no", "urgency_reason": "说的是烧烤味", "category": "cooking-fume"}
    kept = send(client, cast, text=text, phone="", near_seen=cases(cast)[0].reference, **said)
    assert kept.status_code == 302
    assert [case.is_urgent for case in cases(cast)] == [True, False]
