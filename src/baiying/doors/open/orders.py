"""Orders: what the unit of a token has in hand, and the steps of supporting orders."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from baiying.cases import queries, rules, supporting
from baiying.cases.services import StepData
from baiying.dispatch import queries as dispatch
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.decoding import OrderStepSaid
from baiying.doors.open.shapes import OrderRow, order_row
from baiying.doors.shared.pictures import read_uploads
from baiying.kit.paging import page_of
from baiying.kit.refusals import NotFound
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor

TAG: Final = "Orders"
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


class OrderOne(msgspec.Struct):
    """An order, and the steps that this token could take on it now (of supporting orders)."""

    order: OrderRow
    request: str | None
    steps: list[str]


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
    "read_order", "GET", "v1/orders/<uuid:order_id>", tag=TAG, summary="Read an order",
    answer=OrderOne, permission=rules.READ,
)  # fmt: skip
def read_order(call: Call) -> OrderOne:
    """Within the token's branch."""
    order = dispatch.order_within(call.by.scope, call.path["order_id"])
    if order is None:
        raise NotFound(field="order_id")
    cases = supporting.cases_of(call.by, [order])
    case = cases.get(order.subject_id)
    return OrderOne(
        order_row(order), case.reference if case else None, list(supporting.may_take(call.by, order))
    )


@operation(
    "take_order_step", "POST", "v1/orders/<uuid:order_id>/steps/<str:order_step>", tag=TAG,
    summary="Acknowledge, return, report or cancel a supporting order",
    answer=OrderRow, permission=rules.READ, body=OrderStepSaid, files=("photos",),
    note="`acknowledge` and `return` need the permission cases.acknowledge, `report` cases.handle, `cancel` cases.support. "
    "A lead order moves with its request: `take_step`.",
)  # fmt: skip
def take_order_step(call: Call) -> OrderRow:
    """Pictures, as proof, come as multipart/form-data."""
    said: OrderStepSaid = call.body
    data = StepData(
        text=said.text, reason=said.reason, result=said.result, no_photo_reason=said.no_photo_reason,
        photos=read_uploads(call.request.FILES.getlist("photos")),
    )  # fmt: skip
    order = supporting.take_order_step(
        call.by, order_id=call.path["order_id"], step=call.path["order_step"], data=data
    )
    case = supporting.cases_of(call.by, [order]).get(order.subject_id)
    if case is None:  # it went out of sight with this step
        order.unit = street_map(order.tenant_id).units[order.unit_id]
        return order_row(order)
    return order_row(next(o for o in queries.orders_of(call.by.scope, case) if o.id == order.id))
