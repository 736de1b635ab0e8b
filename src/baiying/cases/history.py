"""What anybody may read of how a case went on: its steps in plain sentences, without names and without free words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baiying.cases import catalogue, steps, wording
from baiying.cases.facts import SPLIT
from baiying.cases.models import Line
from baiying.cases.named import OUTCOMES
from baiying.kit.lifecycle import RESUME
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting, seeing

BY_DEFAULT = timedelta(days=1)  # how far back a list of updates looks that names no time
# Steps of the lifecycle and the receipt itself; notes, corrections and calls are between the reporter and the office.
SHOWN = frozenset({"receive", *(step.name for step in steps.LIFECYCLE.steps)})


@dataclass(frozen=True, slots=True)
class Happened:
    """One step. `to`: the state it led to; a step that let a paused case go on leads back into its handling."""

    id: UUID
    case_id: UUID
    reference: str
    at: datetime
    step: str
    to: str
    outcome: str
    said: str
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def public_history(tenant_id: int, case_ids: Sequence[UUID]) -> dict[UUID, list[Happened]]:
    """The steps of these cases, the first first; one query."""
    scope = Scope(tenant_id, "street")
    found: dict[UUID, list[Happened]] = {}
    with seeing(scope):
        rows = Line.objects.within(scope).filter(case_id__in=case_ids, is_public=True, step__in=SHOWN)
        for line in rows.select_related("case").only(*_COLUMNS).order_by("id"):
            found.setdefault(line.case_id, []).append(_happened(line))
    return found


def public_steps(
    tenant_id: int, since: datetime, until: datetime, *, size: int, after: tuple[datetime, UUID] | None = None
) -> list[Happened]:
    """What happened in the street between two moments, the first first: steps after the receipt."""
    scope = Scope(tenant_id, "street")
    with acting(scope):
        rows = Line.objects.within(scope).filter(
            at__gte=since, at__lte=until, is_public=True, step__in=SHOWN - {"receive"}
        )
        if after is not None:
            rows = rows.filter(at__gte=after[0]).exclude(at=after[0], id__lte=after[1])
        rows = rows.exclude(case__channel=SPLIT).select_related("case").only(*_COLUMNS)
        return [_happened(line) for line in rows.order_by("at", "id")[:size]]


_COLUMNS = (
    "id", "tenant_id", "case_id", "at", "step", "data", "unit_id", "unit_name", "actor_kind", "case__id",
    "case__reference",
)  # fmt: skip


def _happened(line: Line) -> Happened:
    step = steps.LIFECYCLE.step(line.step)
    to = steps.RECEIVED if step is None else steps.IN_PROGRESS if step.to == RESUME else step.to
    return Happened(
        id=line.id,
        case_id=line.case_id,
        reference=line.case.reference,
        at=line.at,
        step=line.step,
        to=to,
        outcome=str(line.data.get("outcome", "")),
        said=_said(line, to),
        answers=line.data.get("answers", {}),
    )


def _said(line: Line, to: str) -> str:
    """`已派单：综合行政执法中队`, `已结案：已解决`. Only listed words: what somebody wrote is for the reporter alone."""
    state = steps.LIFECYCLE.state(to)
    told = state.label_en if (get_language() or "").startswith("en") else str(state.label)
    unit = street_map(line.tenant_id).by_code.get(str(line.data.get("unit", "")))
    reason = str(line.data.get("reason", ""))
    if unit is not None:
        more = unit.name_en if (get_language() or "").startswith("en") and unit.name_en else unit.name
    elif reason and catalogue.reason(reason) is not None:
        more = wording.reason_name(reason)
    else:
        more = str(OUTCOMES.get(str(line.data.get("outcome", "")), ""))
    return state_and(told, more)


def state_and(state: str, more: str) -> str:
    """`已结案：已解决`; the state alone when there is no more to say."""
    return _("%(state)s：%(more)s") % {"state": state, "more": more} if more else state
