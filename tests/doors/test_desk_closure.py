"""The pages of earned closure: checks on site on a telephone, the desk of call-backs, the resident's three questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from baiying.cases import call_backs, sampling, secrets, steps
from baiying.cases.models import CallBack, Case
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast, jpeg
from tests.doors.reader import Browser

pytestmark = pytest.mark.django_db


def drawn_case(cast: Cast) -> tuple[Case, str]:
    cast.draw_all()
    case = cast.lead(cast.case(name="王大妈", phone="13805330001"), "handled")
    with acting(Scope(cast.tenant.id, "street")):
        draw = sampling.draws_of(case)[0]
    return case, f"/desk/inspections/{draw.id}/"


def test_a_check_on_site_from_the_list_to_the_timeline(cast: Cast) -> None:
    case, address = drawn_case(cast)
    worker = cast.client("grid_worker_lu")
    assert address in worker.get("/desk/inspections/").content.decode()
    page = worker.get(address).content.decode()
    assert case.text in page and "灯头已换" in page
    assert "13805330001" not in page and "王大妈" not in page
    empty = worker.post(address, {"result": "still_there", "note": ""})
    assert empty.status_code == 422 and "没有写现场是什么情况" in empty.content.decode()
    photo = SimpleUploadedFile("x.jpg", jpeg(), "image/jpeg")
    sent = worker.post(
        address, {"result": "still_there", "note": "还是不亮", "photos": photo, "lon": "x"}, follow=True
    )
    assert "已经记下：问题还在" in sent.content.decode()
    assert cast.read(case.id).state == steps.REOPENED
    desk = cast.client("dispatch_clerk_zhang").get(f"/desk/cases/{case.reference}/").content.decode()
    assert "现场抽查：问题仍在" in desk and "抽查时 · 位置不明" in desk and "还是不亮" in desk
    again = worker.post(address, {"result": "solved"})
    assert again.status_code == 409


def test_nobody_elses_check_opens(cast: Cast) -> None:
    _case, address = drawn_case(cast)
    assert cast.client("grid_worker_li").get(address).status_code == 404
    assert cast.client("dispatch_clerk_zhang").get(address).status_code == 403


def test_an_empty_list_says_what_would_be_there(cast: Cast) -> None:
    assert "现在没有要去看的" in cast.client("grid_worker_lu").get("/desk/inspections/").content.decode()
    assert "现在没有要打的" in cast.client("dispatch_clerk_zhang").get("/desk/call-backs/").content.decode()


def call_back(cast: Cast) -> str:
    with clock.telling(clock.now() - timedelta(days=3)):
        cast.lead(cast.case(name="王大妈", phone="13805330001"), "checked")
    call_backs.open_call_backs(cast.tenant.id)
    with acting(Scope(cast.tenant.id, "street")):
        return f"/desk/call-backs/{CallBack.objects.get().id}/"


def test_a_call_from_taking_it_to_the_answer(cast: Cast) -> None:
    address = call_back(cast)
    zhang, bai = cast.client("dispatch_clerk_zhang"), cast.client("dispatch_clerk_bai")
    assert "13805330001" not in zhang.get(address).content.decode()
    assert "tel:13805330001" in zhang.post(f"{address}take", follow=True).content.decode()
    with acting(Scope(cast.tenant.id, "street")):
        assert Entry.objects.filter(event="cases.contact_read").count() == 1
    assert "张敏刚刚领了这一件" in bai.post(f"{address}take", follow=True).content.decode()
    assert "tel:" not in bai.get(address).content.decode()
    assert zhang.post(f"{address}answered", {"contacted": "yes"}).status_code == 422
    said = {
        "contacted": "yes",
        "solved": "no",
        "rating": "dissatisfied",
        "reason": "rate-came-back",
        "text": "又坏了",
    }
    assert "按规则自动提级重办" in zhang.post(f"{address}answered", said, follow=True).content.decode()
    assert "这一件已经回访过了" in bai.get(address, follow=True).content.decode()


def test_not_reached_says_when_again(cast: Cast) -> None:
    address = call_back(cast)
    zhang = cast.client("dispatch_clerk_zhang")
    told = zhang.post(f"{address}not-reached", follow=True).content.decode()
    assert "已记下第 1 次没联系上" in told and "过一会儿再打的" in told


def test_the_resident_answers_three_questions_and_is_told_who_sees_to_it_now(cast: Cast) -> None:
    case = cast.lead(cast.case(), "checked")
    browser = Browser()
    browser.get(f"/t/{case.reference}?k={secrets.tracking_secret(case.id, case.tracking_epoch)}")
    page = browser.page.text
    assert (
        page.index("有工作人员联系过您吗")
        < page.index("事情解决了吗")
        < page.index("您满意吗")
        < page.index("为什么")
    )
    browser.send(
        f"/t/{case.reference}/rate",
        contacted="no",
        solved="no",
        rating="dissatisfied",
        reason="rate-nobody-came",
    )
    assert "您不满意，已交给一呼百应办公室" in browser.page.text
    assert cast.read(case.id).state == steps.REOPENED
