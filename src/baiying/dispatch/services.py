"""Handing work to a unit and seeing it end. The room above asks leave for its own steps; here an order is moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.dispatch import clocks, order_clocks
from baiying.dispatch.models import Order, OutsideLink
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, NotFound
from baiying.org.rules import Actor

RUNNING = (Order.State.HANDED_OUT, Order.State.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an order went where it went: rule set and row, and what was asked of them (see matching.Answer)."""

    version: int | None = None
    row: int | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How an order ended: result (Order.Result), words, and its proof: photos, or why there are none."""

    result: str
    text: str = ""
    photo_ids: Sequence[UUID] = ()
    no_photo_reason: str = ""


def hand_out(
    by: Actor, *, subject_kind: str, subject_id: UUID, unit_id: int, due_at: datetime | None, instruction: str,
    community_id: int | None, grid_id: int | None, part: str = Order.Part.LEAD, person: int | None = None,
    rule: Why | None = None, final_reason: str = "",
) -> Order:  # fmt: skip
    """A subject is handed to one unit, to lead or to support; while a lead runs, there is no second.

    `person`: a named account of the unit. `final_reason`: the office has decided, the unit cannot return it.
    Raises Conflict when the unit supports it already.
    """
    same = Order.objects.within(by.scope).filter(subject_id=subject_id, part=part, state__in=RUNNING)
    if part == Order.Part.SUPPORT and same.filter(unit_id=unit_id).exists():
        raise Conflict(
            field="unit", problem=_("这个单位已经在协办这件事。"), remedy=_("请选别的单位，或等它办完。")
        )
    rule = rule or Why()
    order: Order = Order.objects.create(
        id=uuid7(),
        tenant_id=by.scope.tenant,
        subject_kind=subject_kind,
        subject_id=subject_id,
        community_id=community_id,
        grid_id=grid_id,
        unit_id=unit_id,
        part=part,
        person_id=person,
        due_at=due_at,
        instruction=instruction,
        final_reason=final_reason,
        rule_version=rule.version,
        rule_row=rule.row,
        rule=dict(rule.kept),
        handed_out_at=clock.now(),
        handed_out_by=by.account_id,
    )
    order_clocks.begin(order)
    return order


def acknowledge(by: Actor, *, subject_id: UUID) -> Order:
    """The unit has seen the lead order and takes it."""
    return _acknowledged(by, _running(by, subject_id))


def give_back(by: Actor, *, subject_id: UUID, reason: str, code: str = "") -> Order:
    """The unit returns the lead order and says why."""
    return _ended(by, _running(by, subject_id), Order.State.RETURNED, reason, code=code)


def recall(by: Actor, *, subject_id: UUID, reason: str) -> Order:
    """The office takes a wrong lead order back."""
    return _recalled(by, _running(by, subject_id), reason)


def finish(by: Actor, *, subject_id: UUID, report: Report | None = None) -> Order:
    """The unit that leads reports its work done."""
    return _reported(by, _running(by, subject_id), report or Report(result=""))


def acknowledge_order(by: Actor, *, order_id: UUID) -> Order:
    """The unit has seen this order and takes it. Raises Conflict unless it waits for that."""
    order = running_order(by, order_id)
    if order.state != Order.State.HANDED_OUT:
        raise Conflict(field="order", problem=_("这张派单已经签收过了。"), remedy=_("请接着办理。"))
    return _acknowledged(by, order)


def return_order(by: Actor, *, order_id: UUID, reason: str, code: str) -> Order:
    """The unit returns this order and says why."""
    return _ended(by, running_order(by, order_id), Order.State.RETURNED, reason, code=code)


def report_order(by: Actor, *, order_id: UUID, report: Report) -> Order:
    """The unit says how its part ended."""
    return _reported(by, running_order(by, order_id), report)


def cancel_order(by: Actor, *, order_id: UUID, reason: str) -> Order:
    """Whoever handed this order out no longer needs it."""
    return _recalled(by, running_order(by, order_id), reason)


def running_order(by: Actor, order_id: UUID) -> Order:
    """This order, its row locked. Raises NotFound, and Conflict when it has ended."""
    rows = Order.objects.within(by.scope).select_for_update(of=("self",))
    order: Order | None = rows.filter(id=order_id).first()
    if order is None:
        raise NotFound(
            field="order",
            problem=_("没有这张派单，或它不在您的范围内。"),
            remedy=_("请从本单位的收件箱打开。"),
        )
    if not order.is_running:
        raise Conflict(
            field="order",
            problem=_("这张派单已经结束，您的这一步没有生效。"),
            remedy=_("刷新页面，看看最新的办理情况。"),
        )
    return order


def take_up_again(by: Actor, *, subject_id: UUID) -> Order:
    """Work reported done was not: the last order runs again with the same unit."""
    rows = (
        Order.objects.within(by.scope)
        .select_for_update(of=("self",))
        .filter(subject_id=subject_id, part=Order.Part.LEAD)
    )
    order: Order | None = rows.order_by("-handed_out_at").first()
    if order is None or order.state != Order.State.FINISHED:
        raise _nothing_runs()
    order.state, order.ended_at, order.ended_by, order.result = Order.State.ACKNOWLEDGED, None, None, ""
    order.save(update_fields=["state", "ended_at", "ended_by", "result"])
    return order


def move_due(by: Actor, *, subject_id: UUID, due_at: datetime) -> None:
    """The subject's limit was moved, and with it that of the order that leads. Supports keep what they were given."""
    rows = Order.objects.within(by.scope).filter(subject_id=subject_id, part=Order.Part.LEAD)
    rows.filter(state__in=RUNNING).update(due_at=due_at)


def move(by: Actor, *, subject_id: UUID, community_id: int | None, grid_id: int | None) -> None:
    """The subject's place was set right: its orders and their links go along, or the right community would not see them."""
    rows = Order.objects.within(by.scope).filter(subject_id=subject_id)
    rows.update(community_id=community_id, grid_id=grid_id)
    OutsideLink.objects.within(by.scope).filter(subject_id=subject_id).update(community_id=community_id)
    for order in rows.filter(state__in=RUNNING):
        if order_clocks.has_own(order):
            clocks.place(order_clocks.subject_of(order))


def _acknowledged(by: Actor, order: Order) -> Order:
    order.state, order.acknowledged_at, order.acknowledged_by = (
        Order.State.ACKNOWLEDGED, clock.now(), by.account_id,
    )  # fmt: skip
    order.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    return order


def _recalled(by: Actor, order: Order, reason: str) -> Order:
    order.result = Order.Result.CANCELLED
    return _ended(by, order, Order.State.RECALLED, reason)


def _reported(by: Actor, order: Order, report: Report) -> Order:
    order.result, order.result_text = report.result, report.text
    order.photo_ids, order.no_photo_reason = list(report.photo_ids), report.no_photo_reason
    return _ended(by, order, Order.State.FINISHED, "")


def _ended(by: Actor, order: Order, state: Order.State, reason: str, *, code: str = "") -> Order:
    order.state, order.reason, order.reason_code = state, reason, code
    order.ended_at, order.ended_by = clock.now(), by.account_id
    order.save(
        update_fields=[
            "state", "reason", "reason_code", "ended_at", "ended_by", "result", "result_text", "photo_ids",
            "no_photo_reason",
        ]
    )  # fmt: skip
    order_clocks.end(order)
    return order


def _running(by: Actor, subject_id: UUID) -> Order:
    rows = Order.objects.within(by.scope).select_for_update(of=("self",))
    order: Order | None = rows.filter(subject_id=subject_id, part=Order.Part.LEAD, state__in=RUNNING).first()
    if order is None:
        raise _nothing_runs()
    return order


def _nothing_runs() -> Conflict:
    return Conflict(
        field="order", problem=_("这件诉求现在没有在办的派单。"), remedy=_("刷新页面，看看最新的办理情况。")
    )
