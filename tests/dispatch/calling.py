"""A call in any state, made by calling services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from baiying.cases import calling
from baiying.cases.models import Case
from baiying.dispatch import calls_answers
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.calls_answers import Answer
from baiying.dispatch.models import Call, CallLine, Summons
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.org.rules import Actor, Scope, acting
from tests.cast import Cast

OFFICE, SUN, LEADER = "dispatch_clerk_zhang", "department_handler_sun", "leader_zhou"
# state of a summons: who takes which steps, from "called" on; the unit is dept-enforcement
WAYS: dict[str, list[tuple[str, str]]] = {
    "called": [],
    "acknowledged": [(SUN, "acknowledge")],
    "arrived": [(SUN, "acknowledge"), (OFFICE, "arrive")],
    "reported": [(SUN, "acknowledge"), (OFFICE, "arrive"), (SUN, "report")],
    "objected": [(SUN, "object")],
    "refused": [(SUN, "refuse")],
    "referred": [(SUN, "refuse"), (LEADER, "refer")],
    "excused": [(OFFICE, "release")],
    "absent": [(OFFICE, "mark_absent")],
}


def said(cast: Cast, *units: str, kind: str = "everyday", **more: Any) -> CallWords:
    """What a caller says; `units` by their short names."""
    parties = [Party(cast.units[unit].id) for unit in units]
    words = {"title": "夜市占道，请到场", "text": "三家一起看现场，定下摊位线。", "place": "东门"} | more
    return CallWords(kind=kind, parties=parties, **words)


def raised(
    cast: Cast, *units: str, by: Actor | None = None, cases: list[Case] | None = None, **more: Any
) -> Call:
    """A call on a fresh case in grid e1 (or on these), by the street's clerk unless `by` says otherwise."""
    about = [case.id for case in cases or [cast.case()]]
    chosen = units or ("dept-enforcement", "dept-municipal", "e1")
    return calling.raise_call(
        by or cast.dispatch_clerk_zhang, case_ids=about, said=said(cast, *chosen, **more)
    )


def summons_of(cast: Cast, call: Call, unit: str) -> Summons:
    with acting(Scope(cast.tenant.id, "street")):
        return Summons.objects.select_related("unit", "call").get(call=call, unit=cast.units[unit])


def answer_for(step: str) -> Answer:
    """What the step needs, filled in properly."""
    now = clock.now()
    return {
        "acknowledge": Answer(expected_at=now + timedelta(hours=2)),
        "change_time": Answer(expected_at=now + timedelta(hours=3), text="车在路上。"),
        "arrive": Answer(arrived_at=now),
    }.get(step, Answer(text="写清楚的一句话。"))


def led(cast: Cast, call: Call, unit: str, *ways: tuple[str, str]) -> Summons:
    summons = summons_of(cast, call, unit)
    for person, step in ways:
        calls_answers.take_step(
            getattr(cast, person), summons_id=summons.id, step=step, answer=answer_for(step)
        )
    return summons_of(cast, call, unit)


def in_state(cast: Cast, state: str) -> Summons:
    """A summons of dept-enforcement in this state; the call is by the street's office, to that unit alone."""
    if state == "waiting":
        call = raised(cast, "dept-enforcement", by=cast.community_head_wang)
    else:
        call = raised(cast, "dept-enforcement")
    if state == "cancelled":
        with transaction.atomic():
            calling.take_call_step(
                cast.dispatch_clerk_zhang, call_id=call.id, step="withdraw", text="叫错了。"
            )
    return led(cast, call, "dept-enforcement", *WAYS.get(state, []))


def everything_of(cast: Cast, call: Call) -> list[Any]:
    """All rows of a call, for comparing."""
    with acting(Scope(cast.tenant.id, "street")):
        return [
            list(Call.objects.filter(id=call.id).values()),
            list(Summons.objects.filter(call=call).order_by("id").values()),
            list(CallLine.objects.filter(call=call).order_by("id").values()),
            list(Entry.objects.filter(subject_id=str(call.id)).order_by("id").values()),
        ]
