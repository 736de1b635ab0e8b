"""One level higher: who on the chain a case goes to when what was called handled is not solved."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation

from baiying.cases.models import Case, Raising
from baiying.chain.queries import Seat, escalation_path
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.org.rules import Scope, acting


def next_holder(case: Case) -> Seat:
    """The next one up the chain from whoever had the case, and from whoever it was raised to before; an empty seat is
    passed over, the last one is kept however it is.
    """
    with acting(Scope(case.tenant_id, "street")), translation.override(settings.LANGUAGE_CODE):
        path = escalation_path(
            case.tenant_id,
            community_id=case.community_id,
            grid_id=case.grid_id,
            unit_id=case.unit_id,
            on=clock.today(),
        )
        raised = Raising.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("-id").first()
    own = next((n for n, seat in enumerate(path) if seat.unit_id == case.unit_id), 0)
    above = path[own + 1 :] or path[-1:]
    if raised is not None:
        above = [seat for seat in above if seat.level > raised.level] or path[-1:]
    return next((seat for seat in above if not seat.is_empty), above[-1])


def raise_case(case: Case, why: str) -> dict[str, Any]:
    """Note that the case goes one level higher, before it is taken from its unit; what the timeline remembers of it."""
    holder = next_holder(case)
    now = clock.now()
    Raising.objects.create(
        id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, at=now, why=why, level=holder.level,
        label=holder.label, duty=holder.duty, name=holder.name, account_id=holder.account_id,
    )  # fmt: skip
    case.raised_at = now
    return {
        "raised": {
            "why": why, "level": holder.level, "label": holder.label, "to_account": holder.account_id,
            "to_name": holder.name, "to_duty": holder.duty, "deputy_for": holder.deputy_for,
        }
    }  # fmt: skip


def raisings_of(case: Case) -> list[Raising]:
    """How often the case came back one level higher, the latest first; the caller has read it within scope."""
    return list(Raising.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("-id"))
