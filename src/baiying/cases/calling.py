"""A call about cases: who is called stands in dispatch; here are the cases it is about, and the word to the reporter."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import guards, steps
from baiying.cases.models import Case, Line
from baiying.dispatch import calls, calls_reading, calls_steps
from baiying.dispatch import rules as dispatch_rules
from baiying.dispatch.models import Call
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, NotFound, worded
from baiying.org.rules import Actor, Scope, acting, demand

SUBJECT_KIND = "case"
LINE = "call"  # the step of the line in a case's timeline


def raise_call(by: Actor, *, case_ids: Sequence[UUID], said: calls.CallWords) -> Call:
    """Call units to one or more open cases of the actor's own branch; when it goes out, the reporters read so."""
    with acting(by.scope):
        demand(by, dispatch_rules.RAISE_CALL)
        cases = _open_cases(by, case_ids)
        subjects = [calls.Subject(SUBJECT_KIND, case.id, case.reference, case.community_id) for case in cases]
        call = calls.raise_call(by, said=said, subjects=subjects)
        if call.state == calls_steps.OPEN:
            _tell_reporters(by, call, cases)
        return call


def take_call_step(
    by: Actor, *, call_id: UUID, step: str, text: str = "", version: int | None = None
) -> Call:
    """Lead a call one step on; when the street's office sends a community's call out, the reporters read so."""
    with acting(by.scope):
        call = calls.take_step(by, call_id=call_id, step=step, text=text, version=version)
        if step == "issue":
            about = [s.subject_id for s in calls_reading.subjects_of(by.scope, call)]
            _tell_reporters(by, call, list(Case.objects.within(by.scope).filter(id__in=about)))
        return call


def calls_of(scope: Scope, case: Case) -> list[Call]:
    """The calls about a case that the scope may see, the latest first."""
    return calls_reading.calls_about(scope, SUBJECT_KIND, case.id)


def cases_of(scope: Scope, call: Call) -> list[tuple[str, Case | None]]:
    """(reference, the case where the scope may see it) of what a call is about: the called mostly see the label only."""
    about = calls_reading.subjects_of(scope, call)
    held = Case.objects.within(scope).defer("search").in_bulk([s.subject_id for s in about])
    return [(subject.label, held.get(subject.subject_id)) for subject in about]


def _open_cases(by: Actor, case_ids: Sequence[UUID]) -> list[Case]:
    wanted = list(dict.fromkeys(case_ids))
    found = Case.objects.within(by.scope).defer("search").in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound(
            field="cases",
            problem=_("要呼叫的诉求里有的不在您的范围内。"),
            remedy=_("请从列表里重新勾选。"),
        )
    for case in found.values():
        if case.merged_into_id is not None:
            raise guards.is_merged(case)
        if case.state in steps.ENDED:
            raise Conflict(
                field="cases",
                problem=worded(_("%(reference)s 已经结案，不能再为它呼叫。"), reference=case.reference),
                remedy=_("请去掉这一件，或先重新办理。"),
            )
    return [found[case_id] for case_id in wanted]


def _tell_reporters(by: Actor, call: Call, cases: Sequence[Case]) -> None:
    """The reporter reads that units are called together, and nothing more."""
    by_street = calls.caller_is_street(call) or by.scope.level == "street"
    for case in cases:
        Line.objects.create(
            id=uuid7(), tenant_id=case.tenant_id, case=case, at=clock.now(), step=LINE, is_public=True,
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, unit_id=by.unit_id, unit_name=by.unit_name,
            data={"number": call.number, "kind": call.kind, "by_street": by_street},
        )  # fmt: skip
