"""The pages of the privacy guard: what neighbours will see, before sending, when following, and at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from baiying.cases import guarding
from baiying.cases.models import Category, Photo
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo
from tests.doors.reporting import patient_browser, to_the_end
from tests.doors.test_api_changing import get, send
from tests.doors.test_api_orders import bearer
from tests.doors.test_tracking import link_of

pytestmark = pytest.mark.django_db
TEXT = "我叫张建国，3号楼2单元501漏水，车牌鲁C12345挡了路，阿旺也知道"
SHOWN = "我叫「姓名已隐去」，3号楼「门牌已隐去」漏水，车牌「车牌已隐去」挡了路，阿旺也知道"


def test_the_desk_covers_and_releases_on_one_page(cast: Cast) -> None:
    case = cast.case(text=TEXT)
    clerk = cast.client("dispatch_clerk_zhang")
    page = clerk.get(f"/desk/cases/{case.reference}/").content.decode()
    assert SHOWN in page and "隐去 3 处" in page
    address = f"/desk/cases/{case.reference}/public"
    page = clerk.get(address).content.decode()
    assert SHOWN in page and '<mark title="车牌">鲁C12345</mark>' in page
    empty = clerk.post(address, {"act": "cover", "passage": "阿旺", "reason": ""})
    assert empty.status_code == 422 and "没有写理由" in empty.content.decode()
    wrong = clerk.post(address, {"act": "cover", "passage": "不在原文", "reason": "x"})
    assert wrong.status_code == 422 and "原文里没有这段文字" in wrong.content.decode()
    done = clerk.post(address, {"act": "cover", "passage": "阿旺", "reason": "是人名"}, follow=True)
    assert "「内容已隐去」也知道" in done.content.decode() and "第 1 版" in done.content.decode()
    done = clerk.post(address, {"act": "release", "passage": "鲁C12345", "reason": "是公车"}, follow=True)
    assert "车牌鲁C12345挡了路" in done.content.decode() and "第 2 版" in done.content.decode()


def test_who_only_reads_sees_both_and_changes_nothing(cast: Cast) -> None:
    case = cast.case(text=TEXT)
    address = f"/desk/cases/{case.reference}/public"
    worker = cast.client("grid_worker_li")
    page = worker.get(address).content.decode()
    assert SHOWN in page and 'name="act"' not in page
    assert worker.post(address, {"act": "cover", "passage": "阿旺", "reason": "是人名"}).status_code == 403
    assert cast.client("community_head_chen").get(address).status_code == 404


def test_a_photo_goes_from_squares_to_everybody_and_back(cast: Cast) -> None:
    case = cast.case(text=TEXT, photos=(a_photo(),))
    clerk = cast.client("dispatch_clerk_zhang")
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
    blur = f"/desk/cases/{case.reference}/photos/{photo.id}/blur"
    assert "第 9 行第 12 列" in clerk.get(blur).content.decode()
    assert clerk.post(blur, {"areas": "1 2 3"}).status_code == 422
    clerk.post(blur, {"cell": ["0-0", "0-1", "5-11"], "areas": "10, 10, 20, 20"})
    with acting(Scope(cast.tenant.id, "street")):
        [copy] = guarding.copies_of(case)
    assert copy.areas == [[0, 0, 10, 5], [58, 26, 6, 6], [10, 10, 20, 20]]
    public, anybody = f"/p/{case.reference}/{copy.id}.jpg", Client()
    assert anybody.get(public).status_code == 404
    desk = f"/desk/cases/{case.reference}/public-photos/{copy.id}"
    assert clerk.get(f"/desk/public-photos/{copy.id}.jpg").status_code == 200
    assert "照片已对外公开" in clerk.post(f"{desk}/release", follow=True).content.decode()
    seen = anybody.get(f"{public}?size=thumb")
    assert (seen.status_code, seen["Content-Type"]) == (200, "image/jpeg")
    assert seen["Cache-Control"] == "public, max-age=300"
    assert "没有写理由" in clerk.post(f"{desk}/withdraw", follow=True).content.decode()
    clerk.post(f"{desk}/withdraw", {"reason": "看得清人脸"})
    assert anybody.get(public).status_code == 404
    assert anybody.get(f"/p/9001-000000-0/{copy.id}.jpg").status_code == 404


def test_the_reporter_sees_what_neighbours_see_before_sending_and_when_following(cast: Cast) -> None:
    browser = patient_browser(cast)
    to_the_end(browser, text=TEXT, phone="13900001234")
    assert "这是邻居将看到的内容" in browser.page.text and SHOWN in browser.page.text
    case = cast.case(text=TEXT)
    page = Client().get(link_of(case), follow=True).content.decode()
    assert "这是邻居将看到的内容" in page and SHOWN in page


def test_the_wall_shows_rounded_points_no_words_and_nothing_sensitive(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    sensitive = Category.objects.filter(is_sensitive=True)[0]
    cast.case(text="东门的路灯不亮", at=(lon + 0.000123, lat))
    cast.case(text="3号楼2单元501漏水", at=(lon + 0.000123, lat))
    cast.case(text="敏感的事", category=sensitive.code, phone="13805330000")
    leader = cast.client("leader_zhou")
    wall = leader.get("/screen/points.geojson?open=yes").json()
    assert (wall["shown"], wall["without_point"]) == (2, 1)
    points = [f["geometry"]["coordinates"] for f in wall["features"]]
    assert sorted(points) == sorted(
        [[round(lon + 0.000123, 3), round(lat, 3)], [round(lon + 0.000123, 4), round(lat, 4)]]
    )
    assert all(f["properties"]["title"] == f["properties"]["category"] for f in wall["features"])
    assert leader.get("/screen/").context["cases_url"] == "/screen/points.geojson?open=yes"
    assert Client().get("/screen/points.geojson").status_code in (302, 403)


def test_programs_set_right_what_others_see(cast: Cast) -> None:
    case = cast.case(text=TEXT, photos=(a_photo(),))
    zhang, li = bearer(cast, "dispatch_clerk_zhang"), bearer(cast, "grid_worker_li")
    here = f"requests/{case.reference}"
    seen = get(f"{here}/public", li).json()
    assert (seen["text"], [one["kind"] for one in seen["covered"]]) == (SHOWN, ["name", "home", "plate"])
    said = {"act": "cover", "passage": "阿旺", "reason": "是人名"}
    assert send(f"{here}/public/passages", li, **said).status_code == 403
    done = send(f"{here}/public/passages", zhang, **said).json()
    assert "阿旺" not in done["text"] and (done["decisions"][0]["number"], done["decisions"][0]["act"]) == (
        1,
        "mask",
    )
    assert send(f"{here}/public/passages", zhang, **said).status_code == 409
    shown = {"act": "release", "passage": "鲁C12345", "reason": "是公车"}
    assert "鲁C12345" in send(f"{here}/public/passages", zhang, **shown).json()["text"]
    [photo] = get(f"{here}/photos", zhang).json()["photos"]
    area = {"left": 1, "top": 1, "width": 20, "height": 20}
    copy = send(f"{here}/photos/{photo['id']}/copies", zhang, areas=[area]).json()
    assert (copy["areas"], copy["released_at"]) == (1, None)
    of_copy, anybody = copy["address"].removeprefix("/api/v1/"), f"/p/{case.reference}/{copy['id']}.jpg"
    assert get(of_copy, li).headers["Content-Type"] == "image/jpeg"
    of_another_case = of_copy.replace(case.reference, cast.case(text="另一件").reference)
    assert get(of_another_case, zhang).status_code == 404
    assert Client().get(anybody).status_code == 404
    assert send(f"{of_copy}/release", zhang).json()["released_at"] is not None
    assert Client().get(anybody).status_code == 200
    assert send(f"{of_copy}/withdraw", zhang, reason="有人脸").json()["photos"] == []
    assert Client().get(anybody).status_code == 404
    assert get(f"{here}/public", bearer(cast, "community_head_chen")).status_code == 404
