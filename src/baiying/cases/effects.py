"""What each step changes on the case and on its order, and what it needs for that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from baiying.cases import (
    case_limits,
    catalogue,
    clocks,
    correcting,
    parts,
    photo_reuse,
    raising,
    returning,
    rulebook,
    steps,
    supporting,
    together,
    urgency,
)
from baiying.cases.models import Case
from baiying.cases.said import MOST_REASON, MOST_WORDS, OUTCOMES, RATINGS, StepData
from baiying.dispatch import services as dispatch
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Invalid
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor


def checked_words(words: str, field: str, most: int = MOST_WORDS) -> str:
    """Cleaned words; Invalid when there are none or too many."""
    cleaned = kit_text.clean(words, field=field)
    if not cleaned:
        raise Invalid(
            field=field, problem=_("这一步要写一句说明。"), remedy=_("请写清楚，让看的人不用再问。")
        )
    if len(cleaned) > most:
        raise Invalid(
            field=field,
            problem=_("说明有 %(count)d 个字，超过了 %(most)d 个字。")
            % {"count": len(cleaned), "most": most},
            remedy=_("请写要点。"),
        )
    return cleaned


def check_needs(step: Step, data: StepData) -> None:
    """Raise Invalid for the first thing that the step needs and the data lacks."""
    for need in step.needs:
        _NEEDS[need](step, data)
    if data.reason and "reason" not in step.needs:
        _need_reason(step, data)
    if data.is_urgent is not None and step.name != "accept":
        raise urgency.not_with_this_step()
    for field, words in (("text", data.text), ("inner", data.inner)):
        if len(words) > MOST_WORDS:
            checked_words(words, field)


def _need_text(step: Step, data: StepData) -> None:
    checked_words(data.text, "text")


def _need_reason(step: Step, data: StepData) -> None:
    own = step.name.removesuffix("_with_lead")  # a merged case is answered for its lead's reason
    if data.reason not in {reason.code for reason in catalogue.reasons_for(own)}:
        raise Invalid(
            field="reason",
            problem=_("请从列出的理由里选一个。"),
            remedy=_("选最接近的一个，再写一句具体说明。"),
        )


def _need_until(step: Step, data: StepData) -> None:
    today = clock.today()
    if data.until is None or not today < data.until <= today + timedelta(days=365):
        raise Invalid(
            field="until",
            problem=_("没有写挂账到哪一天，或日期不对。"),
            remedy=_("请选明天以后、一年以内的一天。"),
        )


def _need_proof(step: Step, data: StepData) -> None:
    if not data.photos and not _no_photo_reason(data):
        raise Invalid(
            field="photos",
            problem=_("办结要有现场照片。"),
            remedy=_("请上传照片；实在没有，请写明为什么没有。"),
        )


def _need_choice(field: str, choices: tuple[str, ...]) -> Callable[[Step, StepData], None]:
    def check(step: Step, data: StepData) -> None:
        if getattr(data, field) not in choices:
            raise Invalid(field=field, problem=_("请选一项。"), remedy=_("按实际情况选。"))

    return check


def _need_yes_or_no(field: str) -> Callable[[Step, StepData], None]:
    def check(step: Step, data: StepData) -> None:
        if getattr(data, field) is None:
            raise Invalid(field=field, problem=_("请选“是”或“否”。"), remedy=_("按实际情况选。"))

    return check


def _need_unit(step: Step, data: StepData) -> None:
    if data.unit_id is None:
        raise Invalid(field="unit", problem=_("还没有选承办单位。"), remedy=_("请选一个单位。"))


_NEEDS: dict[str, Callable[[Step, StepData], None]] = {
    "text": _need_text,
    "reason": _need_reason,
    "unit": _need_unit,
    "until": _need_until,
    "proof": _need_proof,
    "outcome": _need_choice("outcome", OUTCOMES),
    "rating": _need_choice("rating", RATINGS),
    "contacted": _need_yes_or_no("contacted"),
    "solved": _need_yes_or_no("solved"),
}


def public_text(step: Step, data: StepData) -> str:
    """The words of the step that the reporter reads."""
    return data.text.strip() if step.name in steps.SPEAKS_TO_REPORTER else ""


def apply(step: Step, case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """Change the case (not its state) and its order as the step says; returns what the timeline line remembers."""
    said: dict[str, Any] = {}
    if data.reason:
        said["reason"] = data.reason
    if data.text.strip() and step.name not in steps.SPEAKS_TO_REPORTER:
        said["inner"] = data.text.strip()
    if data.inner.strip():
        said["inner"] = data.inner.strip()
    effect = _EFFECTS.get(step.name)
    if effect is not None:
        said |= effect(case, by, data)
    return said


def _accept(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    was_urgent = case.is_urgent
    said = correcting.change_category(case, data.category, data.kind)
    said |= urgency.settle(case, data.is_urgent, data.urgency_reason)
    if was_urgent and not case.is_urgent:
        said |= urgency.with_inner(data.inner, urgency.reason_of(data.urgency_reason))
    return said


def _decline(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    supporting.cancel_all(by, case, data.text.strip())
    case.closed_at = clock.now()
    case.outcome = "explained"
    return {}


def _hand_out(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    unit = street_map(case.tenant_id).units.get(data.unit_id or 0)
    if unit is None or not unit.is_active or unit.level == Unit.Level.SUBDISTRICT:
        raise Invalid(field="unit", problem=_("没有这个承办单位。"), remedy=_("请从列表里选一个单位。"))
    supporting.check_territory(case, unit)
    returning.check_not_pushed_down(by, case, unit)
    final = returning.final_reason(by, case, unit, data.text)
    why, answer = rulebook.why(by, case)
    dispatch.hand_out(
        by, subject_kind="case", subject_id=case.id, unit_id=unit.id, due_at=rulebook.order_due(case, unit, answer, data.due_at),
        instruction=data.text.strip(), community_id=case.community_id, grid_id=case.grid_id,
        person=supporting.person_of(by, unit, data.person), final_reason=final, rule=why,
    )  # fmt: skip
    case.unit_id = unit.id
    for support in dict.fromkeys(data.supports):
        supporting.give(by, case, supporting.unit_for(case, support), due_at=data.due_at, text=data.text)
    said = {"unit": unit.code, "unit_name": unit.name, "due_at": case.due_at.isoformat()}
    return said | ({"final": final} if final else {})


def _recall(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    dispatch.recall(by, subject_id=case.id, reason=data.text.strip())
    case.unit_id = None
    return {}


def _acknowledge(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    dispatch.acknowledge(by, subject_id=case.id)
    return {}


def _return(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    dispatch.give_back(by, subject_id=case.id, reason=data.text.strip(), code=data.reason)
    return {}


def _pause(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.resume_state, case.paused_at = case.state, clock.now()
    case.parked_until = data.until
    return {"until": data.until.isoformat()} if data.until else {}


def _resume(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    """The clock stood still; the limit moves by what passed meanwhile, and the line says so."""
    said: dict[str, Any] = {}
    if case.paused_at is not None:
        old = case.due_at
        case.due_at = clocks.due_after_pause(case, clock.now())
        said |= {"due": [old.isoformat(), case.due_at.isoformat()]} | clocks.said_estimated(case)
    case.paused_at = case.parked_until = None
    return said


def _handle(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    said: dict[str, Any] = {"outcome": data.outcome} | supporting.settle(by, case, data.without_supports)
    no_photo = "" if data.photos else _no_photo_reason(data)
    report = dispatch.Report(
        result=data.result or supporting.RESULT_OF[data.outcome], text=data.text.strip(), no_photo_reason=no_photo
    )  # fmt: skip
    dispatch.finish(by, subject_id=case.id, report=report)
    case.handled_at, case.handled_by, case.outcome = clock.now(), by.account_id, data.outcome
    if not data.photos:
        said["no_photo_reason"] = no_photo
    return said


def _no_photo_reason(data: StepData) -> str:
    return kit_text.clean(data.no_photo_reason, most=MOST_REASON, field="no_photo_reason")


def _send_back(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    dispatch.take_up_again(by, subject_id=case.id)
    case.handled_at = case.handled_by = None
    case.outcome = ""
    return {}


def _check(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.checked_at = clock.now()
    explanation = photo_reuse.settle(by, case, data.reuse)
    return {"reuse": explanation} if explanation else {}


def _inspect(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.checked_at = clock.now()
    return {}


def _find_unsolved(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    return raising.raise_case(case, "inspection") | _reopen(case, by, data)


def _reopen_higher(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.raise_count += 1
    return raising.raise_case(case, "dissatisfied") | _reopen(case, by, data)


def _rate(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.rated_at, case.rating = clock.now(), data.rating
    case.is_contacted, case.is_solved = data.contacted, data.solved
    case.rate_method = "online" if by.kind == "reporter" else data.method or "phone"
    said = {"rating": data.rating, "contacted": data.contacted, "solved": data.solved}
    return said | {"method": case.rate_method}


def _go_unrated(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.rated_at, case.rating = clock.now(), "no_answer"
    return {"rating": "no_answer"}


def _close(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    case.closed_at, case.outcome = clock.now(), data.outcome
    return {"outcome": data.outcome}


def _reopen(case: Case, by: Actor, data: StepData) -> dict[str, Any]:
    old = case.due_at
    rule = case_limits.handle_rule(case.tenant_id, case.category, is_hard=case.is_hard)
    case.due_at = clocks.due_by_rule(case, rule, clock.now()).at
    case.handled_at = case.handled_by = case.checked_at = case.rated_at = case.closed_at = None
    case.is_contacted = case.is_solved = None
    case.outcome = case.rating = case.rate_method = ""
    case.reopened_at = clock.now()
    case.unit_id = None
    if by.kind == "reporter":
        case.reopen_count += 1
    together.go_alone(by, case)
    return {"due": [old.isoformat(), case.due_at.isoformat()]} | clocks.said_estimated(case)


_EFFECTS: dict[str, Callable[[Case, Actor, StepData], dict[str, Any]]] = {
    "accept": _accept,
    "decline": _decline,
    "hand_out": _hand_out,
    "recall": _recall,
    "acknowledge": _acknowledge,
    "return": _return,
    "ask": _pause,
    "answer": _resume,
    "stop_waiting": _resume,
    "park": _pause,
    "unpark": _resume,
    "handle": _handle,
    "send_back": _send_back,
    "check": _check,
    "inspect": _inspect,
    "find_unsolved": _find_unsolved,
    "reopen_higher": _reopen_higher,
    "rate": _rate,
    "go_unrated": _go_unrated,
    "close": _close,
    "close_with_whole": parts.close_with_whole,
    "reopen": _reopen,
} | together.EFFECTS
