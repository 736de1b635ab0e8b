"""Somebody reports what a neighbour has reported: shown what neighbours may see, followed without an account, told when done."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from baiying.cases import following, merging, notices, steps
from baiying.cases.models import Case, Follower
from baiying.cases.services import Words
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.photos import read_photo
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cases.test_merging import CHECK, CLOSE, HANDLE, RATE, done
from tests.cases.test_photo_reuse import scene
from tests.cast import Cast, a_photo
from tests.doors.reporting import patient_browser, picture

pytestmark = pytest.mark.django_db

LAMP, SAME = "小区东门口路灯坏了三天，我是王建国，电话13805330001", "东门那盏路灯不亮，老人摔了一跤"


def near(cast: Cast, text: str = SAME, **more: object) -> list[following.Near]:
    lon, lat = cast.in_grid("e1")
    words = Words(text=text, lon=lon, lat=lat, **more)  # type: ignore[arg-type]
    return following.near(cast.tenant.id, words, cast.reporter)


def follow(cast: Cast, case: Case, **more: str) -> tuple[str, str]:
    return following.follow(cast.tenant.id, case_id=case.id, **more)


def test_shown_is_the_public_version_only(cast: Cast) -> None:
    case = cast.case(text=LAMP, name="王建国", phone="13805330001")
    (one,) = near(cast)
    assert (one.case_id, one.metres, one.days, one.state) == (case.id, 50, 0, "received")
    assert "路灯" in one.seen.title
    assert "王建国" not in one.seen.text and "13805330001" not in one.seen.text


def test_sensitive_categories_are_never_shown_nor_followed(cast: Cast) -> None:
    text = "丈夫喝酒打老婆，昨晚又打"
    case = cast.case(text=text, category="family-conflict", phone="13805330001")
    assert case.category.is_sensitive
    assert near(cast, text, category="family-conflict", phone="13805330002") == []
    assert near(cast, text, category="neighbour-dispute", phone="13805330002") == []
    with pytest.raises(Conflict), transaction.atomic():
        follow(cast, case)


def test_a_photo_that_looks_the_same_raises_a_case_near_by_and_no_other(cast: Cast) -> None:
    """At the desk a picture counts at any distance; a neighbour hears of it only where and when words count, too."""
    photos = [read_photo(scene(3))]
    here = cast.case(text="这里太脏了", photos=photos)
    cast.case(text="这里太脏了", at=cast.in_grid("w2"), photos=photos)
    cast.case(text="丈夫打人", photos=photos, category="family-conflict", phone="13805330001")
    with clock.telling(clock.now() - timedelta(days=60)):
        cast.case(text="这里太脏了", photos=photos)
    mine, lamp = [read_photo(scene(3, quality=60))], {"category": "street-light-out"}
    assert near(cast, "拍了照片你们看", **lamp) == []
    (one,) = near(cast, "拍了照片你们看", photos=mine, **lamp)
    assert (one.case_id, one.is_same_photo, one.seen.photos) == (here.id, True, ())
    assert near(cast, "拍了照片你们看", photos=[read_photo(scene(4)), a_photo()], **lamp) == []
    assert near(cast, "拍了照片你们看", photos=mine, category="family-conflict", phone="13805330002") == []


def test_the_number_of_queries_is_the_same_however_many_photos_look_alike(cast: Cast) -> None:
    photos, counts = [read_photo(scene(3))], []
    for more in (1, 3):
        for _n in range(more):
            cast.case(text="这里太脏了", photos=photos)
        with CaptureQueriesContext(connection) as asked:
            assert len(near(cast, "拍了照片你们看", photos=photos * more)) == more
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_photos_of_the_draft_are_compared_where_similar_cases_are_shown(cast: Cast) -> None:
    """Without JavaScript: sent with the words, compared on the last page; with it while the place is being written."""
    case = cast.case(text="这里太脏了", name="王建国", photos=[read_photo(scene(3))])
    lon, lat = cast.in_grid("e1")
    browser = patient_browser(cast)
    browser.send("/report", text="拍了照片你们看", photos=picture(content=scene(3, quality=60)))
    browser.send("/report", category="other")
    piece = Client().post(
        "/report/near", {"at": "where", "draft": sealed(browser.response.content), "lon": lon, "lat": lat}
    ).content.decode()  # fmt: skip
    browser.send("/report", lon=str(lon), lat=str(lat))
    browser.send("/report")
    for shown in (piece, browser.response.content.decode()):
        assert ("照片很像" in shown, case.reference in shown, "王建国" in shown) == (True, False, False)
        assert "<img" not in shown


def test_followed_once_however_often_it_is_sent(cast: Cast) -> None:
    case = cast.case(text=LAMP)
    first = follow(cast, case, key="abc", phone="138 0533 0009")
    assert follow(cast, case, key="abc") == first
    other = follow(cast, case, key="xyz", phone="13805330009")  # the same number, another browser
    assert other != first and following.count_of(case) == 1
    follow(cast, case)
    assert following.count_of(case) == 2
    with pytest.raises(Invalid):
        follow(cast, case, phone="12")


def test_the_secret_opens_the_progress_and_nothing_else_does(cast: Cast) -> None:
    case = cast.lead(cast.case(text=LAMP, name="王建国"), steps.IN_PROGRESS)
    reference, secret = follow(cast, case)
    done(cast, case, HANDLE, CHECK)
    seen = following.progress(reference, secret)
    assert (seen.state, [line.step for line in seen.lines]) == (
        "checked", ["receive", "accept", "hand_out", "start", "handle", "check"],
    )  # fmt: skip
    assert seen.answer == "灯头已换，当晚已亮。"
    for wrong in ((reference, "0" * 20), ("9001-999999-9", secret), (case.reference, secret), ("x", "")):
        with pytest.raises(NotFound):
            following.progress(*wrong)


def test_followers_are_told_and_may_leave(cast: Cast) -> None:
    lead = cast.lead(cast.case(text=LAMP), steps.IN_PROGRESS)
    case = cast.case(text=SAME)
    told, gone = follow(cast, case, phone="13805330007"), follow(cast, case, phone="13805330008")
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[case.id])
    assert following.count_of(lead) == 2
    assert following.progress(*told).state == "in_progress"
    following.unfollow(*gone)
    following.unfollow(*gone)
    assert following.progress(*gone).is_over and following.count_of(lead) == 1
    done(cast, lead, HANDLE, CHECK)
    with acting(Scope(cast.tenant.id, "street")):
        entry = Entry.objects.get(subject_id=str(case.id), event="cases.checked_with_lead")
        letters = [
            (p.to.addresses["sms"], p.letter.link) for p in notices.letters_for(entry) if hasattr(p, "to")
        ]
        assert Follower.objects.filter(phone="13805330008").count() == 0
    assert letters == [("13805330007", reverse("followed", args=[told[0]]) + f"?k={told[1]}")]
    following.forget_phone(*told)
    assert not following.progress(*told).has_phone


def test_numbers_go_thirty_days_after_the_end(cast: Cast) -> None:
    case = cast.lead(cast.case(text=LAMP), steps.IN_PROGRESS)
    follow(cast, case, phone="13805330007")
    done(cast, case, HANDLE, CHECK, RATE, CLOSE)
    with acting(Scope(cast.tenant.id, "street")):
        assert following.forget_phones(cast.tenant.id) == 0
        assert following.forget_phones(cast.tenant.id, now=clock.now() + timedelta(days=31)) == 1
    with pytest.raises(Conflict), transaction.atomic():
        follow(cast, case)


def test_from_the_report_to_the_page_of_ones_own(cast: Cast) -> None:
    """Without JavaScript: the last page of the report asks, one page follows; the words stay where they were."""
    case = cast.case(text=LAMP, name="王建国", phone="13805330001")
    lon, lat = cast.in_grid("e1")
    browser = Client(enforce_csrf_checks=False)
    said = {"at": "what", "text": SAME}
    page = browser.post("/report?street=370399001", said, headers={"origin": "http://testserver"})
    for at, more in (
        ("which", {"category": "street-light-out", "kind": "help"}), ("where", {"lon": str(lon), "lat": str(lat)}), ("who", {}),
    ):  # fmt: skip
        said = {"at": at, "draft": sealed(page.content), **more}
        if at == "who":
            pieces = browser.post(
                "/report/near", {"at": "where", "draft": sealed(page.content), "lon": lon, "lat": lat}
            )
            assert "附近已有人反映过类似问题" in pieces.content.decode()
        page = browser.post("/report", said, headers={"origin": "http://testserver"})
    shown = page.content.decode()
    assert "附近已有人反映过类似问题" in shown and "王建国" not in shown and case.reference not in shown
    address = re.search(r'href="(/f/new/[^"]+)"', shown)
    assert address is not None
    assert "关注这一件" in browser.get(address[1]).content.decode()
    wrong = browser.post(address[1], {"phone": "123"}, headers={"origin": "http://testserver"})
    summary, _h1, below = wrong.content.decode().partition("<h1>")
    assert (wrong.status_code, summary.count("这不像一个电话号码"), below.count("这不像一个电话号码")) == (
        422,
        1,
        1,
    )
    for _again in range(2):
        sent = browser.post(address[1], {"phone": "13805330009"}, headers={"origin": "http://testserver"})
        assert sent.status_code == 302
    own = browser.get(sent["Location"]).content.decode()
    assert "您关注的事" in own and "有人反映" in own and "王建国" not in own
    assert following.count_of(case) == 1
    desk = cast.client("dispatch_clerk_zhang").get(f"/desk/cases/{case.reference}/").content.decode()
    assert "还有 1 人关注" in desk and "13805330009" not in desk
    left = browser.post(
        sent["Location"].split("?")[0] + "/unfollow", {"k": sent["Location"].split("k=")[1][:20]}, follow=True
    )
    assert "已不再关注" in left.content.decode()
    assert browser.get("/f/new/nonsense").status_code == 404
    assert browser.get(sent["Location"].split("?")[0] + "?k=wrong").status_code == 404


def sealed(content: bytes) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', content.decode())
    assert found is not None
    return found[1]
