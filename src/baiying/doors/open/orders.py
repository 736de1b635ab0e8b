"""Orders: what the unit of a token has in hand, and the steps of supporting orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse

from baiying.cases import photos, queries, rules, supporting
from baiying.cases.models import Case, Photo
from baiying.cases.services import StepData
from baiying.dispatch import queries as dispatch
from baiying.dispatch.models import Order
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.decoding import OrderStepSaid
from baiying.doors.open.shapes import OrderRow, order_row
from baiying.doors.shared.pictures import picture, read_uploads
from baiying.kit.paging import page_of
from baiying.kit.refusals import NotFound
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, Scope, seeing

TAG: Final = "Orders"
ONE: Final = "v1/orders/<uuid:order_id>"
Rows = Annotated[int, msgspec.Meta(ge=1, le=200)]


class OrdersAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which orders: lead, support, or both; how many a page."""

    part: Literal["lead", "support"] | None = None
    cursor: str | None = None
    limit: Rows = 40


class HeldOrder(msgspec.Struct, kw_only=True):
    """An order in hand. `request`: of a request; `call_task`: the id of the task of a call it belongs to."""

    order: OrderRow
    request: str | None
    call_task: UUID | None


class OrderPage(msgspec.Struct):
    """Orders in hand, the one due first on top."""

    orders: list[HeldOrder]
    next: str | None
    previous: str | None


class OrderPhoto(msgspec.Struct):
    """A picture for whoever has the order; `address` gives it, with `?size=thumb` a small one."""

    id: UUID
    purpose: str
    added_at: datetime
    address: str


class OrderOne(msgspec.Struct):
    """An order, and the steps that this token could take on it now (of supporting orders).

    `photos`: those of the report, and the order's own proof.
    """

    order: OrderRow
    request: str | None
    steps: list[str]
    photos: list[OrderPhoto]


@operation(
    "list_orders", "GET", "v1/orders", tag=TAG, summary="List what the token's unit has in hand",
    answer=OrderPage, permission=rules.READ, query=OrdersAsked,
)  # fmt: skip
def list_orders(call: Call) -> OrderPage:
    """A community also sees what its grids have. Orders without a limit are not listed here, as at the desk."""
    asked: OrdersAsked = call.query
    held = dispatch.orders_held(call.by.scope, _own_units(call.by), asked.part or "")
    page = page_of(
        held.filter(due_at__isnull=False), order=("due_at", "id"), size=asked.limit, cursor=asked.cursor
    )
    cases = supporting.cases_of(call.by, page.rows)
    rows = [
        HeldOrder(
            order=order_row(order),
            request=cases[order.subject_id].reference if order.subject_id in cases else None,
            call_task=order.subject_id if order.subject_kind == "call" else None,
        )
        for order in page.rows
    ]
    return OrderPage(rows, page.next_cursor, page.previous_cursor)


def _own_units(by: Actor) -> list[int]:
    units = street_map(by.scope.tenant).units
    below = [u.id for u in units.values() if u.parent_id == by.unit_id and u.level == Unit.Level.GRID]
    return [by.unit_id, *below] if by.unit_id is not None else []


@operation(
    "read_order", "GET", ONE, tag=TAG, summary="Read an order",
    answer=OrderOne, permission=rules.READ, version="read",
)  # fmt: skip
def read_order(call: Call) -> Answer:
    """Within the token's branch."""
    order = dispatch.order_within(call.by.scope, call.path["order_id"])
    if order is None:
        raise NotFound(field="order_id")
    case = supporting.cases_of(call.by, [order]).get(order.subject_id)
    pictures = [
        OrderPhoto(one.id, one.purpose, one.added_at, f"/api/v1/orders/{order.id}/photos/{one.id}")
        for one in _photos(order, case)
    ]
    steps = list(supporting.may_take(call.by, order))
    row = order_row(order)
    return Answer(OrderOne(row, case.reference if case else None, steps, pictures), row.version)


def _photos(order: Order, case: Case | None) -> list[Photo]:
    """Whoever has an order may not see its request, but what was reported and what they have shown themselves."""
    if case is None:
        return []
    with seeing(Scope(case.tenant_id, "case", case=case.id)):
        found = queries.photos_of(case)
    return [one for one in found if one.purpose == Photo.Purpose.REPORT or one.id in order.photo_ids]


@operation(
    "read_order_photo", "GET", f"{ONE}/photos/<uuid:photo_id>", tag=TAG, summary="Read a photo of an order",
    permission=rules.READ, media="image/jpeg",
    more={"query": {"size": ({"type": "string", "enum": ["thumb"]}, "`thumb`: a small picture")}},
)  # fmt: skip
def read_order_photo(call: Call) -> HttpResponse:
    """The picture itself; it never changes."""
    order = dispatch.order_within(call.by.scope, call.path["order_id"])
    case = supporting.cases_of(call.by, [order]).get(order.subject_id) if order is not None else None
    pictures = _photos(order, case) if order is not None else []
    found = next((one for one in pictures if one.id == call.path["photo_id"]), None)
    if found is None:
        raise NotFound(field="photo_id")
    content = photos.content_of(found, is_small=call.request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=86400)


@operation(
    "take_order_step", "POST", f"{ONE}/steps/<str:order_step>", tag=TAG,
    summary="Acknowledge, return, report or cancel a supporting order",
    answer=OrderRow, permission=rules.READ, version="change", body=OrderStepSaid, files=("photos",),
    note="`acknowledge` and `return` need the permission cases.acknowledge, `report` cases.handle, `cancel` cases.support. "
    "A lead order moves with its request: `take_step`.",
)  # fmt: skip
def take_order_step(call: Call) -> Answer:
    """Pictures, as proof, come as multipart/form-data."""
    said: OrderStepSaid = call.body
    data = StepData(
        text=said.text, reason=said.reason, result=said.result, no_photo_reason=said.no_photo_reason,
        photos=read_uploads(call.request.FILES.getlist("photos")),
    )  # fmt: skip
    order = supporting.take_order_step(
        call.by, order_id=call.path["order_id"], step=call.path["order_step"], data=data, version=call.version
    )
    case = supporting.cases_of(call.by, [order]).get(order.subject_id)
    if case is None:  # it went out of sight with this step
        order.unit = street_map(order.tenant_id).units[order.unit_id]
    else:
        order = next(o for o in queries.orders_of(call.by.scope, case) if o.id == order.id)
    row = order_row(order)
    return Answer(row, row.version)
