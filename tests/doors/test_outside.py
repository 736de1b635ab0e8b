"""A link for somebody without an account: opened, answered once, or clearly refused; nothing stuck on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from baiying.cases import order_notices, steps, supporting
from baiying.cases import outside as answers
from baiying.cases.models import Case
from baiying.dispatch import outside
from baiying.dispatch.models import Order, OutsideLink
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.refusals import Conflict
from baiying.org.rules import Scope, acting
from tests.cast import Cast, jpeg

pytestmark = pytest.mark.django_db

DONE = {"answer": "done", "text": "已更换灯头", "no_photo_reason": "夜里拍不清"}


def linked(cast: Cast, *, lead: bool = False, address: str = "") -> tuple[Case, OutsideLink]:
    case = cast.lead(cast.case(text="王先生说路灯不亮", name="王先生", phone="13805330000"), steps.HANDED_OUT)
    street = Scope(cast.tenant.id, "street")
    if lead:
        with acting(street):
            order = Order.objects.get(subject_id=case.id)
    else:
        order = supporting.hand_out_support(
            cast.dispatch_clerk_zhang,
            case_id=case.id,
            unit_id=cast.units["dept-municipal"].id,
            text="请换灯头",
        )
    link = answers.make_link(
        cast.dispatch_clerk_zhang,
        case_id=case.id,
        order_id=order.id,
        to_name="路灯公司 李师傅",
        to_address=address,
    )
    return case, link


def fresh(cast: Cast, link: OutsideLink) -> OutsideLink:
    with acting(Scope(cast.tenant.id, "street")):
        return OutsideLink.objects.select_related("order").get(id=link.id)


def rows(cast: Cast, case: Case) -> list[object]:
    with acting(Scope(cast.tenant.id, "street")):
        return [
            Case.objects.filter(id=case.id).values_list("state", "version", "photo_count").get(),
            list(Order.objects.filter(subject_id=case.id).order_by("id").values_list("state", "result")),
            Entry.objects.filter(subject_id=str(case.id)).count(),
        ]


def test_a_link_goes_where_its_case_goes(cast: Cast) -> None:
    case, link = linked(cast)
    assert cast.seen_after_moving(case, link) == [False, True]


def test_opened_and_answered_with_a_photo(cast: Cast) -> None:
    case, link = linked(cast)
    phone, address = Client(), outside.path_of(link)
    shown = phone.get(address)
    page = shown.content.decode()
    assert shown.status_code == 200 and "请换灯头" in page and "路灯公司" in page
    assert "王先生" not in page and "13805330000" not in page
    assert (shown["Cache-Control"], fresh(cast, link).state) == ("no-store", "opened")
    assert (
        phone.post(
            address, {"answer": "done", "text": ""}, headers={"sec-fetch-site": "same-origin"}
        ).status_code
        == 422
    )
    photo = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
    told = {"answer": "done", "text": "已更换灯头", "photos": photo}
    assert phone.post(address, told, headers={"sec-fetch-site": "same-origin"}).status_code == 200
    after = fresh(cast, link)
    assert (after.state, after.answer, after.order.state, after.order.result) == (
        "answered", "done", "finished", "solved",
    )  # fmt: skip
    assert len(after.order.photo_ids) == 1
    assert cast.read(case.id).state == steps.HANDED_OUT
    again = phone.post(address, DONE, headers={"sec-fetch-site": "same-origin"})
    assert again.status_code == 410 and "已经答复过" in again.content.decode()


def test_not_theirs_comes_back_to_the_office(cast: Cast) -> None:
    _case, link = linked(cast)
    told = {"answer": "not_ours", "text": "这段归市里管"}
    assert (
        Client().post(outside.path_of(link), told, headers={"sec-fetch-site": "same-origin"}).status_code
        == 200
    )
    after = fresh(cast, link)
    assert (after.answer, after.order.state, after.order.reason_code) == (
        "not_ours",
        "returned",
        "return-not-ours",
    )


def test_the_lead_order_moves_its_case(cast: Cast) -> None:
    case, link = linked(cast, lead=True)
    answers.answer(outside.token_of(link), answer="done", text="已修好", no_photo_reason="夜里")
    done = cast.read(case.id)
    assert (done.state, done.outcome) == (steps.HANDLED, "solved")
    assert fresh(cast, link).state == "answered"


def test_words_without_proof_are_asked_again_and_nothing_changes(cast: Cast) -> None:
    case, link = linked(cast)
    before = rows(cast, case)
    answer = Client().post(
        outside.path_of(link), {"answer": "done", "text": "好了"}, headers={"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 422 and "好了" in answer.content.decode()
    assert rows(cast, case) == before


@pytest.mark.parametrize("why", ["expired", "withdrawn", "replaced", "closed", "forged"])
def test_a_link_that_is_over_says_so_and_changes_nothing(cast: Cast, why: str) -> None:
    case, link = linked(cast)
    address, at, zhang = outside.path_of(link), clock.now(), cast.dispatch_clerk_zhang
    if why == "expired":
        at += timedelta(hours=72, minutes=1)
    with acting(zhang.scope):
        if why in ("withdrawn", "replaced"):
            outside.withdraw(zhang, link_id=link.id)
        if why == "replaced":
            outside.renew(zhang, link_id=link.id)
    if why == "closed":
        data = cast.data_for("recall")
        supporting.take_order_step(zhang, order_id=link.order_id, step="cancel", data=data)
    if why == "forged":
        address = address[:-2] + ("aa" if not address.endswith("aa") else "bb")
    before = rows(cast, case)
    with clock.telling(at):
        shown = Client().get(address)
        posted = Client().post(address, DONE, headers={"sec-fetch-site": "same-origin"})
    status = {"closed": 409, "forged": 404, "replaced": 404}.get(why, 410)
    assert (shown.status_code, posted.status_code) == (status, status)
    assert "已更换灯头" in posted.content.decode()  # the words come back
    assert rows(cast, case) == before


def test_the_token_is_written_down_nowhere(cast: Cast) -> None:
    _case, link = linked(cast, address="13905330000")
    token = outside.token_of(link)
    with acting(Scope(cast.tenant.id, "street")), connection.cursor() as cursor:
        entry = Entry.objects.get(subject_id=str(link.id), event="dispatch.outside_ready")
        letters = order_notices.letters_for(entry)
        cursor.execute("SELECT row_to_json(l)::text FROM dispatch_outsidelink l WHERE id = %s", [link.id])
        (kept,) = cursor.fetchone()
    assert token not in kept and token not in str(entry.data) and token not in str(letters)
    assert outside.complete(letters[0].letter.link) == outside.path_of(link)  # type: ignore[union-attr]
    assert outside.complete("/desk/") == "/desk/"


def test_one_link_runs_and_only_for_an_order_that_runs(cast: Cast) -> None:
    case, link = linked(cast)
    with pytest.raises(Conflict):
        answers.make_link(
            cast.dispatch_clerk_zhang, case_id=case.id, order_id=link.order_id, to_name="别人", to_address=""
        )


def chase(cast: Cast, hours: float) -> int:
    with clock.telling(clock.now() + timedelta(hours=hours)):
        return outside.chase(cast.tenant.id)


def test_nothing_stays_stuck(cast: Cast) -> None:
    _case, link = linked(cast)
    assert chase(cast, 23) == 0
    assert chase(cast, 24.1) == 1
    assert (fresh(cast, link).state, fresh(cast, link).failure) == ("failed", "never_sent")
    with acting(Scope(cast.tenant.id, "street")):
        entry = Entry.objects.get(subject_id=str(link.id), event="dispatch.outside_failed")
        told = {posting.to.name for posting in order_notices.letters_for(entry)}  # type: ignore[union-attr]
    assert told == {"张敏", "白洁"}
    zhang = cast.dispatch_clerk_zhang
    with acting(zhang.scope):
        outside.renew(zhang, link_id=link.id)
        outside.mark_sent(zhang, link_id=link.id)
    assert chase(cast, 48) == 0  # sent by hand: it waits for its end
    assert chase(cast, 72.1) == 1
    assert (fresh(cast, link).state, fresh(cast, link).failure) == ("failed", "expired")
    assert chase(cast, 100) == 0


def test_what_a_channel_carried_is_sent_again_and_then_waits_for_its_end(cast: Cast) -> None:
    _case, link = linked(cast, address="13905330000")
    zhang = cast.dispatch_clerk_zhang
    for attempt in (1, 2, 3):
        with acting(zhang.scope):
            outside.mark_sent(zhang, link_id=link.id, channel="sms")
        assert fresh(cast, link).tries == attempt
        assert chase(cast, 24.1) == (1 if attempt < 3 else 0)
    assert fresh(cast, link).state == "sent"


def test_an_order_that_ended_ends_its_link(cast: Cast) -> None:
    _case, link = linked(cast)
    supporting.take_order_step(
        cast.dispatch_clerk_zhang, order_id=link.order_id, step="cancel", data=cast.data_for("recall")
    )
    assert chase(cast, 0) == 1
    assert fresh(cast, link).failure == "order_ended"


def test_the_office_makes_copies_and_follows_a_link(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    client, street = cast.client("dispatch_clerk_zhang"), Scope(cast.tenant.id, "street")
    with acting(street):
        order = Order.objects.get(subject_id=case.id)
    page = client.get(reverse("desk_case", args=[case.reference])).content.decode()
    assert "发给没有账号的单位" in page
    made = client.post(
        reverse("desk_case_outside", args=[case.reference]),
        {"order": str(order.id), "to_name": "执法队 老赵"},
    )
    shown = client.get(made["Location"]).content.decode()
    with acting(street):
        link = OutsideLink.objects.get()
    assert f"http://testserver{outside.path_of(link)}" in shown
    step = {"link_id": link.id, "link_step": "sent"}
    assert client.post(reverse("desk_outside_step", kwargs=step)).status_code == 302
    assert case.reference in client.get(reverse("desk_outside") + "?state=sent").content.decode()
    assert case.reference not in client.get(reverse("desk_outside") + "?state=failed").content.decode()
    assert (
        client.post(reverse("desk_outside_step", kwargs=step | {"link_step": "withdraw"})).status_code == 302
    )
    assert (
        client.post(reverse("desk_outside_step", kwargs=step | {"link_step": "withdraw"})).status_code == 409
    )
    assert "生成新的链接" in client.get(made["Location"]).content.decode()
    assert cast.client("community_head_chen").get(made["Location"]).status_code == 404
