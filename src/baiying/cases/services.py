"""Every write to a case. The rule of each step stands in steps.py; what a step changes, in effects.py."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import (
    aftermath,
    clocks,
    correcting,
    effects,
    guards,
    parts,
    photos,
    rules,
    searching,
    steps,
    together,
    urgency,
)
from baiying.cases.facts import facts_of
from baiying.cases.intake import MOST_CHARACTERS, Receipt, receive
from baiying.cases.lines import tell as _tell
from baiying.cases.lines import write_line as _write_line
from baiying.cases.models import Case, Contact, Line
from baiying.cases.said import Correction, StepData, Words
from baiying.dispatch import services as dispatch
from baiying.kit import clock
from baiying.kit.lifecycle import RESUME, Step
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.queries import system_actor
from baiying.org.rules import PERMISSIONS, Actor, acting, covers, demand

__all__ = [
    "MOST_CHARACTERS",
    "Correction",
    "Receipt",
    "StepData",
    "Words",
    "add_note",
    "add_photos",
    "correct",
    "may_take",
    "receive",
    "reveal_contact",
    "take_step",
]

MOST_NOTE = 4_000


def take_step(
    by: Actor, *, case_id: UUID, step: str, data: StepData | None = None, version: int | None = None
) -> Case:
    """Lead a case one step on, if the table, the actor's leave and the step's guard allow it.

    `version` is the one the actor was looking at: if somebody moved the case meanwhile, Conflict says who did what,
    and nothing changes. One transaction: row locked, order moved, timeline line and journal row written.
    """
    data = data or StepData()
    row = steps.LIFECYCLE.step(step)
    if row is None:
        raise Invalid(
            field="step",
            problem=_("没有“%(step)s”这一步。") % {"step": step[:40]},
            remedy=_("刷新页面再试。"),
        )
    with acting(by.scope):
        case = _locked(by, case_id)
        _not_overtaken(case, row, version)
        _ask_leave(by, row, case)
        effects.check_needs(row, data)
        guards.check(row, case, by)
        before, from_state = facts_of(case), case.state
        of_parts = parts.end_with(by, row, case, data, take_step)
        line_data = effects.apply(row, case, by, data) | of_parts
        case.state = case.resume_state if row.to == RESUME else row.to
        if row.to not in steps.PAUSED:
            case.resume_state = ""
        _save(case)
        clocks.follow(by, case, step=row.name, reason=data.reason, text=_why(row, data))
        if row.to == RESUME:
            together.note_resumed(case)
        aftermath.keep_pictures(by, row, case, data)
        _write_line(by, case, row.name, effects.public_text(row, data), line_data, is_public=True)
        _tell(by, case, row.event, from_state, before, line_data.get("raised"))
        together.follow_lead(by, row, case, data, take_step)
        by_itself = aftermath.next_by_itself(row, case, data)
        if by_itself:
            return take_step(system_actor(case.tenant_id), case_id=case.id, step=by_itself)
        return case


def add_result_line(by: Actor, *, case_id: UUID, result: str, data: StepData) -> Case:
    """What a check on site found, where the case is no longer to be moved by it."""
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.INSPECT, case)
        if data.photos:
            photos.keep(by, case=case, purpose="inspection", pictures=data.photos, device=data.device)
            _save(case)
        said = {"result": result} | ({"inner": data.text} if data.text else {})
        _write_line(by, case, "sample", "", said, is_public=True)
        _tell(by, case, "cases.sampled", case.state, None)
        return case


def _why(row: Step, data: StepData) -> str:
    """What a clock remembers of a pause: the words that parked it; a question stands on the timeline."""
    return data.text.strip() if row.to == steps.PARKED else ""


def may_take(by: Actor, case: Case) -> list[Step]:
    """The steps that this actor may take on this case now, the likeliest first."""
    hand = by.kind
    possible = steps.LIFECYCLE.steps_from(case.state, by=(hand,))
    return [
        s
        for s in possible
        if (hand != "staff" or by.has(s.permission)) and guards.refusal(s, case, by) is None
    ]


def _locked(by: Actor, case_id: UUID) -> Case:
    case: Case | None = (
        Case.objects.within(by.scope).select_for_update(of=("self",)).filter(id=case_id).first()
    )
    if case is None:
        raise NotFound(
            field="case",
            problem=_("没有这件诉求，或它不在您的辖区和单位范围内。"),
            remedy=_("请核对编号；需要时请派单员查看。"),
        )
    return case


def _not_overtaken(case: Case, row: Step, version: int | None) -> None:
    if case.state in row.from_states and version in (None, case.version):
        return
    last = Line.objects.filter(tenant_id=case.tenant_id, case=case).order_by("-id").first()
    who = (last.actor_name or last.unit_name) if last else ""
    raise Conflict(
        field="version",
        problem=_("%(who)s刚刚办过这件诉求，现在是“%(state)s”，您的这一步没有生效。")
        % {"who": who, "state": steps.LIFECYCLE.state(case.state).label},
        remedy=_("您写的内容还在；请看看最新情况，再决定下一步。"),
        extra={"state": case.state, "version": case.version},
    )


def _ask_leave(by: Actor, row: Step, case: Case) -> None:
    if by.kind not in row.by:
        raise Denied(
            permission=row.label, sentence=_("这一步要由工作人员来办。"), unit=by.unit_said or by.name
        )
    if by.kind == "staff":
        demand(by, row.permission, case)


def add_note(by: Actor, *, case_id: UUID, text: str, is_public: bool) -> Line:
    """Staff write down something: for colleagues only, or a word to the reporter."""
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.NOTE, case)
        words = effects.checked_words(text, "text", MOST_NOTE)
        line = _write_line(by, case, "note", words, {}, is_public=is_public)
        if is_public and case.state in steps.WITH_UNIT:
            clocks.follow(by, case, step="note")  # the reporter has been told how it stands
        _tell(by, case, "cases.noted", case.state, None)
        return line


def add_photos(by: Actor, *, case_id: UUID, pictures: Sequence[ReadPhoto]) -> Case:
    """The reporter or staff add pictures to a case that is not closed."""
    with acting(by.scope):
        case = _locked(by, case_id)
        if by.kind == "staff":
            demand(by, rules.NOTE, case)
        if case.state in steps.ENDED:
            raise Conflict(
                field="photos", problem=_("这件诉求已经结案。"), remedy=_("需要时请先申请重新办理。")
            )
        photos.keep(by, case=case, purpose="report", pictures=pictures)
        _write_line(by, case, "photo", "", {"count": len(pictures)}, is_public=True)
        _save(case)
        _tell(by, case, "cases.photos_added", case.state, None)
        return case


def correct(by: Actor, *, case_id: UUID, version: int, changes: Correction) -> Case:
    """Category, kind, urgency or place were wrong: they are set right, the timeline says what was before.

    Urgency that is as it should be may be confirmed the same way.
    """
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.CORRECT, case)
        if case.merged_into_id is not None:
            raise guards.is_merged(case)
        if version != case.version:
            _not_overtaken(case, Step("correct", (), case.state, rules.CORRECT), version)
        before, was_urgent, old_community = facts_of(case), case.is_urgent, case.community_id
        said = correcting.apply_correction(case, by, changes)
        if not said:
            raise Invalid(
                field="category",
                problem=_("没有改动。"),
                remedy=_("请改类别、性质、紧急程度或地点，再保存。"),
            )
        _stay_in_own_area(by, case)
        _save(case)
        dispatch.move(by, subject_id=case.id, community_id=case.community_id, grid_id=case.grid_id)
        if case.community_id != old_community:
            correcting.move_along(case)
        clocks.follow(by, case, step="correct")
        searching.reindex(case)
        reason = urgency.reason_of(changes.urgency_reason) if was_urgent and not case.is_urgent else ""
        only_confirmed = said == {
            urgency.SAID: [case.is_urgent, case.is_urgent]
        }  # nothing new to the reporter
        line_data = {"changes": said} | urgency.with_inner("", reason)
        _write_line(by, case, "correct", "", line_data, is_public=not only_confirmed)
        turned = {"is_urgent": case.is_urgent} if case.is_urgent != was_urgent else None
        _tell(by, case, "cases.corrected", case.state, before, turned)
        return case


def _stay_in_own_area(by: Actor, case: Case) -> None:
    """Whoever corrects a place must still see the case afterwards; the database would refuse it without a word."""
    if by.kind == "staff" and not covers(by.scope, case):
        raise Denied(
            permission=PERMISSIONS[rules.CORRECT].name,
            sentence=_("改成这个地点，诉求就不在您的辖区了；请街道派单员来更正。"),
            unit=by.unit_said,
            field="place",
        )


def reveal_contact(by: Actor, *, case_id: UUID) -> Contact:
    """Name and telephone in clear, for whoever has to answer; that somebody looked is kept in the journal."""
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.READ_CONTACT, case)
        contact: Contact | None = Contact.objects.filter(tenant_id=case.tenant_id, case_id=case.id).first()
        if contact is None:
            raise NotFound(
                field="contact",
                problem=_("来访人没有留联系方式。"),
                remedy=_("可以在办理经过里给对方留言，对方凭编号查得到。"),
            )
        _tell(by, case, "cases.contact_read", case.state, None)
        return contact


def _save(case: Case) -> None:
    case.version += 1
    case.updated_at = clock.now()
    case.save(
        update_fields=[f.attname for f in case._meta.concrete_fields if f.attname not in _NEVER_CHANGED]
    )


_NEVER_CHANGED = frozenset(
    {"id", "tenant_id", "reference", "text", "received_at", "received_by", "promised_by", "search"}
)
