"""What somebody outside answers about a case: done, with words and proof, or not theirs; as the unit's own hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules, services, steps, supporting
from baiying.cases.models import Case
from baiying.cases.said import StepData
from baiying.dispatch import outside
from baiying.dispatch.models import Order, OutsideLink
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Invalid, NotFound
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, acting, demand

DONE, NOT_OURS = "done", "not_ours"
LEAVE: Final = frozenset({rules.ACKNOWLEDGE, rules.WORK, rules.HANDLE})


@dataclass(frozen=True, slots=True)
class Told:
    """What the page of a link shows: the order, its case, who asked."""

    link: OutsideLink
    case: Case
    unit: Unit


def make_link(by: Actor, *, case_id: UUID, order_id: UUID, to_name: str, to_address: str) -> OutsideLink:
    """The office gives an order of this case to somebody without an account."""
    with acting(by.scope):
        case: Case | None = Case.objects.within(by.scope).filter(id=case_id).first()
        if case is None:
            raise NotFound(field="case", problem=_("没有这件诉求。"), remedy=_("请核对编号。"))
        demand(by, rules.SUPPORT, case)
        hand = supporting.on_case(by, case.id)
        with acting(hand.scope):
            return outside.make(hand, order_id=order_id, to_name=to_name, to_address=to_address)


def look(token: str) -> Told:
    """What a link leads to; that it was opened is noted. Raises as outside.find and outside.held."""
    found = outside.find(token)
    with acting(found.scope):
        link = outside.held(found)
        case = (
            Case.objects.within(found.scope)
            .select_related("category")
            .defer("search")
            .get(id=found.subject_id)
        )
        outside.note_opened(found)
        return Told(link, case, street_map(found.tenant_id).units[link.unit_id])


def answer(
    token: str, *, answer: str, text: str, photos: Sequence[ReadPhoto] = (), no_photo_reason: str = ""
) -> OutsideLink:
    """The answer, once: the order moves as by its unit's own hand. Nothing is changed when it is refused."""
    if answer not in (DONE, NOT_OURS):
        raise Invalid(field="answer", problem=_("请选“办好了”或“不归我们”。"), remedy=_("按实际情况选。"))
    found = outside.find(token)
    with acting(found.scope):
        # The case first, as every step does; then the link, so that two answers at once come one after the other.
        case = Case.objects.within(found.scope).select_for_update(of=("self",)).get(id=found.subject_id)
        link = outside.held(found, for_answer=True)
        by = _hand(link)
        data = StepData(
            text=text, photos=photos, no_photo_reason=no_photo_reason, outcome="solved", result="solved",
        ) if answer == DONE else StepData(text=text, reason="return-not-ours")  # fmt: skip
        if link.order.part == Order.Part.SUPPORT:
            step = "report" if answer == DONE else "return"
            supporting.take_order_step(by, order_id=link.order_id, step=step, data=data)
        else:
            if answer == DONE and case.state == steps.HANDED_OUT:
                services.take_step(by, case_id=case.id, step="acknowledge")
            services.take_step(by, case_id=case.id, step="handle" if answer == DONE else "return", data=data)
        outside.note_answered(link, answer)
        return link


def _hand(link: OutsideLink) -> Actor:
    """Whoever holds the link acts for the unit that has the order, in this one case and with no more leave."""
    unit = street_map(link.tenant_id).units[link.unit_id]
    found = outside.Found(link.tenant_id, link.id, link.subject_id)
    return Actor(
        kind="staff", name=link.to_name, scope=found.scope, unit_id=unit.id, unit_name=unit.name,
        unit_name_en=unit.name_en, permissions=LEAVE,
    )  # fmt: skip
