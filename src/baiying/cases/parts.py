"""The parts of a case: reading them, their share of its story, and how they end with it."""

from __future__ import annotations

from typing import Any, Final, Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import steps, supporting
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case, Line, Split
from baiying.cases.said import MOST_REASON, StepData
from baiying.dispatch import services as dispatch
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict
from baiying.kit.text import clean
from baiying.org.rules import Actor, Scope, seeing

# Of a part's timeline, what the resident of the whole case reads.
TOLD: Final = frozenset({"hand_out", "start", "handle", "send_back", "check", "park"})
LINE: Final = "split"  # stands in the timeline of every case that has parts


class TakeStep(Protocol):
    """services.take_step, handed in: the services call this file."""

    def __call__(self, by: Actor, *, case_id: UUID, step: str, data: StepData | None = None) -> Case: ...


def whole_of(scope: Scope, case: Case) -> Case | None:
    """The case that this one is a part of, when the reader may see it."""
    if case.channel != SPLIT:
        return None
    above = Split.objects.filter(tenant_id=scope.tenant, case_id=case.id).values("parent_id")
    found: Case | None = Case.objects.within(scope).filter(id__in=above).first()
    return found


def parts_of(case: Case) -> list[Case]:
    """The parts of a case that the caller has read within scope, whichever unit has them, the first one first."""
    with seeing(Scope(case.tenant_id, "street")):
        rows = Case.objects.filter(tenant_id=case.tenant_id, split__parent_id=case.id)
        return list(rows.select_related("category").defer("search").order_by("received_at", "id"))


def story_of(case: Case) -> list[tuple[Case, Line]]:
    """What the reporter of a case reads of its parts, of all levels: only public lines, each with its part."""
    found: list[tuple[Case, Line]] = []
    for part in parts_of(case):
        with seeing(Scope(case.tenant_id, "case", case=part.id)):
            lines = Line.objects.filter(tenant_id=case.tenant_id, case_id=part.id, is_public=True)
            found += [(part, line) for line in lines.order_by("id") if line.step in TOLD]
        found += story_of(part)
    return found


def end_with(by: Actor, step: Step, case: Case, data: StepData, take: TakeStep) -> dict[str, Any]:
    """Parts end with the whole: those that are done at once, those still open only for a stated reason.

    For a declined case its own words are the reason. Raises Conflict, naming the open parts, when there is none.
    """
    if step.name not in ("close", "decline", "close_with_whole"):
        return {}
    parts = [part for part in parts_of(case) if part.state not in steps.ENDED]
    open_parts = [part for part in parts if part.state not in (steps.CHECKED, steps.RATED)]
    if step.name == "close":
        without = clean(data.without_parts, most=MOST_REASON, field="without_parts")
    else:
        without = data.text.strip()[:MOST_REASON]  # the whole of it stands with the case
    if open_parts and not without:
        raise Conflict(
            field="without_parts",
            problem=_("还有子件没有办完：%(parts)s。")
            % {"parts": "、".join(p.reference for p in open_parts)},
            remedy=_("请等子件办完；不等的，请写明为什么一起结案。"),
        )
    hand = Actor(kind="system", name=by.name, scope=Scope(case.tenant_id, "street"), account_id=by.account_id,
                 unit_id=by.unit_id, unit_name=by.unit_name)  # fmt: skip
    for part in parts:
        words = StepData(text=without or str(_("随原件一起结案")))
        take(hand, case_id=part.id, step="close_with_whole", data=words)
    return {"without_parts": without} if open_parts else {}


def close_with_whole(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """What runs is recalled; the times say that it is over. Nobody was asked, so nobody has rated."""
    if case.unit_id is not None and (case.resume_state or case.state) in steps.WITH_UNIT:
        dispatch.recall(by, subject_id=case.id, reason=data.text.strip())
    supporting.cancel_all(by, case, data.text.strip())
    now = clock.now()
    case.handled_at, case.checked_at = case.handled_at or now, case.checked_at or now
    case.rated_at, case.closed_at = case.rated_at or now, now
    case.rating, case.outcome = case.rating or "no_answer", case.outcome or "unsolved"
    case.paused_at = case.parked_until = None
    return {"outcome": case.outcome}
