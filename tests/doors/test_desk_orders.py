"""The unit's inbox and the page of a supporting order."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from baiying.cases import queries, steps, supporting
from baiying.cases.models import Case
from baiying.cases.services import StepData, take_step
from baiying.dispatch.models import Order
from baiying.doors.shared.timeline import entries
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo, jpeg

pytestmark = pytest.mark.django_db


def supported(cast: Cast) -> tuple[Case, Order]:
    case = cast.lead(cast.case(text="路灯杆倒在路上", name="王先生", phone="13805330000"), steps.IN_PROGRESS)
    order = supporting.hand_out_support(
        cast.dispatch_clerk_zhang, case_id=case.id, unit_id=cast.units["dept-municipal"].id, text="请派吊车"
    )
    return case, order


def state_of(cast: Cast, order: Order) -> tuple[str, str]:
    with acting(Scope(cast.tenant.id, "street")):
        fresh = Order.objects.get(id=order.id)
        return fresh.state, fresh.result


def test_inbox_lists_lead_and_support_by_deadline(cast: Cast) -> None:
    case, order = supported(cast)
    lead = cast.client("department_handler_sun").get(reverse("desk_inbox")).content.decode()
    assert case.reference in lead and "主办" in lead and reverse("desk_case", args=[case.reference]) in lead
    support = cast.client("department_handler_he")
    page = support.get(reverse("desk_inbox")).content.decode()
    assert "请派吊车" in page and reverse("desk_order", kwargs={"order_id": order.id}) in page
    assert "请派吊车" not in support.get(reverse("desk_inbox") + "?part=lead").content.decode()
    assert case.reference not in cast.client("grid_worker_lu").get(reverse("desk_inbox")).content.decode()


def test_inbox_asks_as_often_for_one_row_as_for_three(cast: Cast, steady_map: None) -> None:
    client, counts = cast.client("department_handler_he"), []
    for more in (1, 2):
        for _n in range(more):
            supported(cast)
        client.get(reverse("desk_inbox"))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("desk_inbox")).content.decode().count("请派吊车") in (1, 3)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("days", "due", "trouble"),
    [
        (1, 1, ""),
        (None, None, ""),
        (300, None, "办理期限不能晚于答应居民的时间。"),
        (-1, None, "期限已经过了。"),
    ],
)
def test_the_lead_may_be_given_an_earlier_day_but_none_later_than_was_promised(
    cast: Cast, days: int | None, due: int | None, trouble: str
) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    day = clock.today() + timedelta(days=days) if days else None
    page = cast.client("dispatch_clerk_zhang").post(
        f"/desk/cases/{case.reference}/steps/hand_out",
        {
            "unit": cast.units["dept-enforcement"].id,
            "due_at": f"{day:%F}" if day else "",
            "version": case.version,
        },
    )
    assert page.status_code == (422 if trouble else 302)
    assert trouble in page.content.decode()
    with acting(Scope(cast.tenant.id, "street")):
        found = [order.due_at for order in Order.objects.filter(subject_id=case.id)]
    wanted = (
        datetime.combine(clock.today() + timedelta(days=due), time(18), tzinfo=ZONE) if due else case.due_at
    )
    assert found == ([] if trouble else [wanted])


def test_the_supporting_unit_sees_the_words_and_no_telephone(cast: Cast) -> None:
    _case, order = supported(cast)
    page = cast.client("department_handler_he").get(reverse("desk_order", kwargs={"order_id": order.id}))
    shown = page.content.decode()
    assert page.status_code == 200 and "路灯杆倒在路上" in shown
    assert "13805330000" not in shown and "王先生" not in shown and "3805" not in shown


def test_acknowledge_and_report_from_the_page(cast: Cast) -> None:
    case, order = supported(cast)
    client = cast.client("department_handler_he")

    def post(step: str, **data: object) -> int:
        address = reverse("desk_order_step", kwargs={"order_id": order.id, "order_step": step})
        return client.post(address, data).status_code

    assert post("acknowledge") == 302
    assert post("acknowledge") == 409
    assert post("report", text="已吊走") == 422
    assert post("report", text="已吊走", result="solved") == 422
    assert state_of(cast, order) == ("acknowledged", "")
    photo = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
    assert post("report", text="已吊走", result="solved", photos=photo) == 302
    assert state_of(cast, order) == ("finished", "solved")
    with acting(Scope(cast.tenant.id, "street")):
        photo_id = Order.objects.get(id=order.id).photo_ids[0]
    picture = reverse("desk_order_photo", kwargs={"order_id": order.id, "photo_id": photo_id})
    assert client.get(picture).status_code == 200
    assert cast.client("department_handler_sun").get(picture).status_code == 404
    assert post("report", text="再报", result="solved", no_photo_reason="no-photo-phone") == 409
    done = StepData(text="修好了", outcome="solved", photos=[a_photo()])
    take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=done)
    with acting(Scope(cast.tenant.id, "street")):
        of_the_lead = queries.photos_of(case)[-1]
    assert of_the_lead.purpose == "proof" and of_the_lead.id != photo_id
    picture = reverse("desk_order_photo", kwargs={"order_id": order.id, "photo_id": of_the_lead.id})
    assert client.get(picture).status_code == 404  # the page of the order does not show it either


def test_the_office_asks_for_support_on_the_page_of_the_case(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    client = cast.client("dispatch_clerk_zhang")
    page = reverse("desk_case", args=[case.reference])
    closed = client.get(page).content.decode()
    assert f"{page}?open=support" in closed and 'id="support-form"' not in closed
    assert 'id="support-form"' in client.get(page + "?open=support").content.decode()
    others = cast.client("leader_zhou").get(page + "?open=support").content.decode()
    assert 'id="support-form"' not in others
    address = reverse("desk_case_support", args=[case.reference])
    assert client.post(address, {"unit": "", "text": ""}).status_code == 422
    unit = cast.units["dept-enforcement"].id
    assert client.post(address, {"unit": unit, "text": "帮忙"}).status_code == 409
    unit = cast.units["dept-municipal"].id
    assert client.post(address, {"unit": unit, "text": "请派吊车"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "协办" in shown and cast.units["dept-municipal"].name in shown
    lead = cast.client("department_handler_sun").get(page).content.decode()
    assert cast.units["dept-municipal"].name in lead  # the unit in charge sees who helps
    assert "还有协办没有结束" in lead


def test_the_reporter_reads_who_came_to_help(cast: Cast) -> None:
    case, _order = supported(cast)
    with acting(Scope(cast.tenant.id, "case", case=case.id)):
        told = entries(queries.lines_of(case, public_only=True), "reporter")
    assert told[-1]["what"] == f"请{cast.units['dept-municipal'].name}一起来办"
    assert "请派吊车" not in str(told)
