"""Cases merged into another (合并): what the lead's steps mean for its parts, and how a part is put back as it was.

Merging is no state: a part keeps its own, its reference, thread, contact, promise and rating. While it is merged its work
is the lead's: its orders and clocks are set aside, staff lead it no further, its reporter's own steps go on. The lead's
answer, check and end reach every part as steps of its own (`*_with_lead`), told in its own thread; from there each rates
for themselves. What a part was before the answer is kept, so that un-merging gives back exactly that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from baiying.cases import clocks, public, steps
from baiying.cases.facts import facts_of
from baiying.cases.lines import tell, write_line
from baiying.cases.models import CallBack, Case, Merge
from baiying.cases.said import StepData
from baiying.dispatch import aside
from baiying.dispatch import services as dispatch
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.org.rules import Actor, Scope, acting, seeing

# What the answer of the lead changes on a part, and un-merging gives back.
RESTORED: Final = (
    "state", "resume_state", "due_at", "paused_at", "parked_until", "handled_at", "handled_by", "checked_at", "rated_at",
    "closed_at", "reopened_at", "outcome", "rating", "is_contacted", "is_solved", "rate_method",
)  # fmt: skip
# step of the lead: step of its parts, and in which states they take it
_BEFORE_THE_ANSWER: Final = frozenset(steps.RUNNING | steps.PAUSED)
FOLLOWS: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "handle": ("handle_with_lead", _BEFORE_THE_ANSWER),
    "handle_with_lead": ("handle_with_lead", _BEFORE_THE_ANSWER),
    "decline": ("decline_with_lead", _BEFORE_THE_ANSWER),
    "decline_with_lead": ("decline_with_lead", _BEFORE_THE_ANSWER),
    "check": ("check_with_lead", frozenset({steps.HANDLED})),
    "inspect": ("check_with_lead", frozenset({steps.HANDLED})),
    "check_with_lead": ("check_with_lead", frozenset({steps.HANDLED})),
    "close": ("close_with_lead", frozenset({steps.RATED})),
    "close_with_lead": ("close_with_lead", frozenset({steps.RATED})),
}
# The answer was none: parts that have not rated it yet are as they were before it, and stay merged.
TAKES_BACK: Final = {
    "send_back": frozenset({steps.HANDLED}),
    "find_unsolved": frozenset({steps.HANDLED, steps.CHECKED}),
}


class TakeStep(Protocol):
    """services.take_step, handed in: the services call this file."""

    def __call__(self, by: Actor, *, case_id: UUID, step: str, data: StepData | None = None) -> Case: ...


def parts_of(case: Case) -> list[Case]:
    """The cases whose work is this one's now, whoever may see them, the earliest first."""
    with seeing(Scope(case.tenant_id, "street")):
        rows = Case.objects.filter(tenant_id=case.tenant_id, merged_into_id=case.id)
        return list(rows.select_related("category").defer("search").order_by("received_at", "id"))


def in_force(case: Case) -> Merge | None:
    """Into which case this one is merged now, or was when it was closed."""
    with seeing(Scope(case.tenant_id, "street")):
        rows = Merge.objects.filter(tenant_id=case.tenant_id, part_id=case.id, until=None)
        found: Merge | None = rows.select_related("lead").first()
        return found


def follow_lead(by: Actor, step: Step, case: Case, data: StepData, take: TakeStep) -> None:
    """The parts of a case get what this step of it means for them; each in its own thread."""
    if step.name in TAKES_BACK:
        for part in parts_of(case):
            if part.state in TAKES_BACK[step.name]:
                take_back(by, part)
        return
    name, states = FOLLOWS.get(step.name, ("", frozenset()))
    if not name:
        return
    hand = Actor(kind="system", name=by.name, scope=Scope(case.tenant_id, "street"), account_id=by.account_id,
                 unit_id=by.unit_id, unit_name=by.unit_name)  # fmt: skip
    waiting = [part for part in parts_of(case) if part.state in states]
    if not waiting:
        return
    # The lead's answer may name its reporter: the others read it as neighbours would.
    with acting(hand.scope):
        told = public.guards_of([case])[case.id].words(data.text.strip())
    if not told and name in steps.SPEAKS_TO_REPORTER:
        told = str(_("一起办理，答复相同。"))
    words = StepData(text=told, outcome=data.outcome, reason=data.reason)
    for part in waiting:
        take(hand, case_id=part.id, step=name, data=words)


def lead_state(case: Case) -> str:
    """How far the work is that this case is part of: the state of the case at the head of the chain; "" of none."""
    with seeing(Scope(case.tenant_id, "street")):
        state, above = "", case.merged_into_id
        while above is not None:
            row = (
                Case.objects.filter(tenant_id=case.tenant_id, id=above)
                .values_list("state", "merged_into_id")
                .first()
            )
            state, above = row if row is not None else (state, None)
        return state


def is_over(case: Case) -> bool:
    """Whether the lead of this part has ended: a part that is rated then ends, too."""
    if case.merged_into_id is None:
        return False
    with seeing(Scope(case.tenant_id, "street")):
        rows = Case.objects.filter(tenant_id=case.tenant_id, id=case.merged_into_id)
        return rows.filter(closed_at__isnull=False).exists()


# -- what the steps of a part change ---------------------------------------------------------------------------


def handle_with_lead(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """The lead's answer is this case's, too."""
    _keep_before(case, by)
    case.handled_at, case.handled_by = clock.now(), by.account_id
    case.outcome = data.outcome or "explained"
    case.paused_at = case.parked_until = None
    return {"outcome": case.outcome}


def decline_with_lead(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """The lead is declined, and this case with it."""
    _keep_before(case, by)
    case.closed_at, case.outcome = clock.now(), "explained"
    case.paused_at = case.parked_until = None
    case.merged_into = None
    return {"reason": data.reason} if data.reason else {}


def check_with_lead(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """The work was looked at once, for all."""
    case.checked_at = clock.now()
    return {}


def close_with_lead(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """Answered, checked and rated: the end. The row of the merge stays in force, so that it can still be undone."""
    case.closed_at, case.merged_into = clock.now(), None
    return {"outcome": case.outcome}


EFFECTS: Final[dict[str, Callable[[Case, Actor, StepData], dict[str, Any]]]] = {
    "handle_with_lead": handle_with_lead,
    "decline_with_lead": decline_with_lead,
    "check_with_lead": check_with_lead,
    "close_with_lead": close_with_lead,
}


def note_resumed(case: Case) -> None:
    """A merged case goes on after a pause: its clocks will, from this moment, when they are brought back."""
    if case.merged_into_id is not None:
        Merge.objects.filter(tenant_id=case.tenant_id, part_id=case.id, until=None).update(
            resumed_at=clock.now()
        )


def go_alone(by: Actor, case: Case) -> None:
    """Taken up again after the answer: from here on the case goes its own way, whatever becomes of its lead."""
    with acting(Scope(case.tenant_id, "street")):
        rows = Merge.objects.filter(tenant_id=case.tenant_id, part_id=case.id, until=None)
        rows.update(until=clock.now(), until_by=by.account_id, until_name=_name(by), ended_as="alone")
    case.merged_into = None


def _name(by: Actor) -> str:
    return by.name if by.kind != "reporter" else ""


def _keep_before(case: Case, by: Actor) -> None:
    rows = Merge.objects.filter(tenant_id=case.tenant_id, part_id=case.id, until=None)
    if not rows.update(before=_as_json(case)) and (case.resume_state or case.state) in steps.WITH_UNIT:
        dispatch.recall(by, subject_id=case.id, reason="")


# -- putting back ---------------------------------------------------------------------------------------------


def take_back(by: Actor, part: Case) -> None:
    """The lead's answer no longer counts: the part is as it was before it, and its own parts as well. It stays merged."""
    with acting(Scope(part.tenant_id, "street")):
        locked = (
            Case.objects.filter(tenant_id=part.tenant_id, id=part.id).select_for_update(of=("self",)).first()
        )
        merge = in_force(part)
        if locked is None or merge is None or not merge.before:
            return
        before, from_state = facts_of(locked), locked.state
        restore(locked, merge)
        locked.merged_into_id = merge.lead_id
        save(locked)
        write_line(by, locked, "take_back", "", {}, is_public=True)
        tell(by, locked, "cases.taken_back", from_state, before)
        take_back_below(by, locked)


def take_back_below(by: Actor, case: Case) -> None:
    """What a case is no longer answered by, its own parts are not either: also those that were closed with it."""
    below = Merge.objects.filter(tenant_id=case.tenant_id, lead_id=case.id, until=None).exclude(before={})
    for merge in below.select_related("part").order_by("id"):
        take_back(by, merge.part)


def restore(case: Case, merge: Merge) -> None:
    """The columns that the answer changed, as they were; call-backs that were opened for it are over."""
    for name, value in _from_json(case, merge.before):
        setattr(case, name, value)
    Merge.objects.filter(tenant_id=case.tenant_id, id=merge.id).update(before={})
    merge.before = {}
    open_ones = CallBack.objects.filter(tenant_id=case.tenant_id, case_id=case.id, ended_at=None)
    open_ones.update(ended_at=clock.now(), result="over")


def save(case: Case) -> None:
    """The case with what merging changes on it."""
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=[*RESTORED, "merged_into", "version", "updated_at"])


def _as_json(case: Case) -> dict[str, Any]:
    said = ((name, getattr(case, name)) for name in RESTORED)
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in said}


def _from_json(case: Case, before: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in before.items():
        field = case._meta.get_field(name)
        if value is not None and isinstance(field, models.DateTimeField):
            yield name, datetime.fromisoformat(value).astimezone(timezone.get_default_timezone())
        elif value is not None and isinstance(field, models.DateField):
            yield name, date.fromisoformat(value)
        else:
            yield name, value


def sync_clocks(by: Actor, case: Case, merge: Merge) -> None:
    """The clocks of a case that goes on by itself: those brought back, led to where the case is."""
    aside.bring_back(case.tenant_id, merge.kept)
    if merge.resumed_at is not None:
        aside.go_on_since(clocks.subject_of(case), merge.resumed_at)
    # A word to the reporter in the meantime was feedback, too.
    is_told = case.state in steps.WITH_UNIT and clocks.has_feedback(case)
    clocks.follow(by, case, step="note" if is_told else "unmerge")
