"""Handing work to a unit and seeing it end. The room above asks leave for its own steps; here an order is moved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.dispatch.models import Order
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict
from baiying.org.rules import Actor

RUNNING = (Order.State.HANDED_OUT, Order.State.ACKNOWLEDGED)


def hand_out(
    by: Actor, *, subject_kind: str, subject_id: UUID, unit_id: int, due_at: datetime | None, instruction: str,
    community_id: int | None, grid_id: int | None,
) -> Order:  # fmt: skip
    """A subject is handed to one unit; while that order runs, there is no second."""
    return Order.objects.create(
        id=uuid7(),
        tenant_id=by.scope.tenant,
        subject_kind=subject_kind,
        subject_id=subject_id,
        community_id=community_id,
        grid_id=grid_id,
        unit_id=unit_id,
        due_at=due_at,
        instruction=instruction,
        handed_out_at=clock.now(),
        handed_out_by=by.account_id,
    )


def acknowledge(by: Actor, *, subject_id: UUID) -> Order:
    """The unit has seen the order and takes it."""
    order = _running(by, subject_id)
    order.state, order.acknowledged_at, order.acknowledged_by = (
        Order.State.ACKNOWLEDGED, clock.now(), by.account_id,
    )  # fmt: skip
    order.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    return order


def give_back(by: Actor, *, subject_id: UUID, reason: str) -> Order:
    """The unit returns the order and says why."""
    return _end(by, subject_id, Order.State.RETURNED, reason)


def recall(by: Actor, *, subject_id: UUID, reason: str) -> Order:
    """The office takes a wrong order back."""
    return _end(by, subject_id, Order.State.RECALLED, reason)


def finish(by: Actor, *, subject_id: UUID) -> Order:
    """The unit reports its work done."""
    return _end(by, subject_id, Order.State.FINISHED, "")


def take_up_again(by: Actor, *, subject_id: UUID) -> Order:
    """Work reported done was not: the last order runs again with the same unit."""
    rows = Order.objects.within(by.scope).select_for_update(of=("self",)).filter(subject_id=subject_id)
    order: Order | None = rows.order_by("-handed_out_at").first()
    if order is None or order.state != Order.State.FINISHED:
        raise _nothing_runs()
    order.state, order.ended_at, order.ended_by = Order.State.ACKNOWLEDGED, None, None
    order.save(update_fields=["state", "ended_at", "ended_by"])
    return order


def move(by: Actor, *, subject_id: UUID, community_id: int | None, grid_id: int | None) -> None:
    """The subject's place was set right: its orders go along, or the right community would not see them."""
    Order.objects.within(by.scope).filter(subject_id=subject_id).update(
        community_id=community_id, grid_id=grid_id
    )


def _end(by: Actor, subject_id: UUID, state: Order.State, reason: str) -> Order:
    order = _running(by, subject_id)
    order.state, order.reason, order.ended_at, order.ended_by = state, reason, clock.now(), by.account_id
    order.save(update_fields=["state", "reason", "ended_at", "ended_by"])
    return order


def _running(by: Actor, subject_id: UUID) -> Order:
    rows = Order.objects.within(by.scope).select_for_update(of=("self",))
    order: Order | None = rows.filter(subject_id=subject_id, state__in=RUNNING).first()
    if order is None:
        raise _nothing_runs()
    return order


def _nothing_runs() -> Conflict:
    return Conflict(
        field="order", problem=_("这件诉求现在没有在办的派单。"), remedy=_("刷新页面，看看最新的办理情况。")
    )
