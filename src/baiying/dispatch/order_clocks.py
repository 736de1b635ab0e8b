"""The clock of an order: from handing out until it ends. A case's lead order has none, it runs with the case's own."""

from __future__ import annotations

from typing import Final

from baiying.dispatch import clocks
from baiying.dispatch.limits import rule_for
from baiying.dispatch.models import Order
from baiying.kit.calendar import ZONE, Due
from baiying.org.queries import calendar_of
from baiying.org.rules import Scope, acting

KIND: Final = "order"  # of the clock's subject, and what it runs for


def has_own(order: Order) -> bool:
    """Whether the order's limit is a promise of its own."""
    return order.part == Order.Part.SUPPORT or order.subject_kind != "case"


def begin(order: Order) -> None:
    """The clock runs up to the order's limit. By the street's own hand: the unit may be another branch."""
    rule = rule_for(order.tenant_id, "order")
    if order.due_at is None or rule is None or not has_own(order):
        return
    is_known = calendar_of(order.tenant_id).is_known(order.due_at.astimezone(ZONE).date())
    with acting(Scope(order.tenant_id, "street")):
        clocks.start(
            subject_of(order),
            what=KIND,
            rule=rule,
            at=order.handed_out_at,
            due=Due(order.due_at, not is_known),
        )


def end(order: Order) -> None:
    """The order has ended, however."""
    if has_own(order):
        with acting(Scope(order.tenant_id, "street")):
            clocks.stop(subject_of(order), whats=(KIND,))


def subject_of(order: Order) -> clocks.Subject:
    """The order as clocks know it."""
    return clocks.Subject(
        tenant_id=order.tenant_id, kind=KIND, id=order.id, community_id=order.community_id, grid_id=order.grid_id,
        unit_id=order.unit_id,
    )  # fmt: skip
