"""The joint meeting on site: planned, held, with minutes, decisions and tasks. Each task is an order to one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.dispatch import calls_limits, calls_steps, rules, services
from baiying.dispatch.calls_writing import (
    MOST_PLACE,
    acts_for_called,
    acts_for_caller,
    ahead,
    locked_call,
    locked_meeting,
    place_of,
    tell,
    within_length,
    words,
    write_line,
)
from baiying.dispatch.models import Call, CallTask, Meeting, Order, Summons
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.queries import street_map
from baiying.org.rules import Actor, acting, demand

SUBJECT_KIND: Final = "call"  # of a task's order; the subject's id is the task's
TASK_STEPS: Final = ("acknowledge", "finish", "give_back", "recall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """What is written down of a meeting that was held."""

    held_at: datetime | None
    present_ids: Sequence[int] = field(default_factory=tuple)
    others_present: str = ""
    minutes: str = ""
    decisions: str = ""


def plan_meeting(by: Actor, *, call_id: UUID, place: str, planned_at: datetime | None) -> Meeting:
    """All who are called are asked to one place at one time."""
    with acting(by.scope):
        call = _callers_open_call(by, locked_call(by, call_id))
        meeting = Meeting.objects.create(
            id=uuid7(), tenant_id=call.tenant_id, seen_by=call.seen_by, call=call, planned_by_name=by.name,
            place=words(place, "place", MOST_PLACE),
            planned_at=ahead(planned_at, "planned_at", most_days=calls_limits.MOST_DAYS),
        )  # fmt: skip
        write_line(by, call, "plan_meeting", "", data=_said(meeting))
        more = {"meeting_id": str(meeting.id), "meets_at": meeting.planned_at.isoformat()}
        tell(by, call, "dispatch.meeting_planned", _who_is_called(by, call), more=more)
        return meeting


def record_meeting(by: Actor, *, meeting_id: UUID, said: Minutes) -> Meeting:
    """Who was there, what was said and decided; written down once, and it stays."""
    with acting(by.scope):
        call, meeting = locked_meeting(by, meeting_id)
        _callers_open_call(by, call)
        if meeting.held_at is not None:
            raise Conflict(
                field="meeting",
                problem=_("这次现场会已经记过。"),
                remedy=_("有补充，请再开一次会，或写在结束说明里。"),
            )
        called = {s.unit_id for s in _who_is_called(by, call)} | {call.unit_id}
        present = sorted(set(said.present_ids))
        if not present or not called.issuperset(present):
            raise Invalid(
                field="present",
                problem=_("没有写谁到会，或选了没有呼叫的单位。"),
                remedy=_("请勾选到会的单位。"),
            )
        meeting.held_at = _held(said.held_at, call)
        meeting.present_ids, meeting.recorded_by_name = present, by.name
        meeting.others_present = within_length(said.others_present, "others_present", 300)
        meeting.minutes = words(said.minutes, "minutes", 4_000)
        meeting.decisions = words(said.decisions, "decisions", 4_000)
        meeting.save(
            update_fields=[
                "held_at",
                "present_ids",
                "recorded_by_name",
                "others_present",
                "minutes",
                "decisions",
            ]
        )
        write_line(by, call, "record_meeting", "", data=_said(meeting))
        tell(
            by,
            call,
            "dispatch.meeting_recorded",
            _who_is_called(by, call),
            more={"meeting_id": str(meeting.id)},
        )
        return meeting


def give_task(
    by: Actor,
    *,
    call_id: UUID,
    unit_id: int,
    text: str,
    due_at: datetime | None,
    meeting_id: UUID | None = None,
) -> CallTask:
    """A task for one of the called units: an order with a limit, which the unit takes, finishes or returns."""
    with acting(by.scope):
        call = _callers_open_call(by, locked_call(by, call_id))
        summonses = [s for s in _who_is_called(by, call) if s.unit_id == unit_id]
        if not summonses:
            raise Invalid(
                field="unit", problem=_("这个单位没有被呼叫。"), remedy=_("请先加呼这个单位，或从列表里选。")
            )
        meeting = (
            Meeting.objects.within(by.scope).filter(id=meeting_id, call=call).first() if meeting_id else None
        )
        if meeting_id and meeting is None:
            raise NotFound(field="meeting", problem=_("没有这次现场会。"), remedy=_("请从呼叫页面上打开。"))
        task = CallTask.objects.create(
            id=uuid7(), tenant_id=call.tenant_id, seen_by=call.seen_by, call=call, meeting=meeting, unit_id=unit_id,
            text=words(text, "text"), due_at=ahead(due_at, "due_at", most_days=365), created_at=clock.now(),
        )  # fmt: skip
        community_id, grid_id = place_of(call, unit_id)
        services.hand_out(
            by, subject_kind=SUBJECT_KIND, subject_id=task.id, unit_id=unit_id, due_at=task.due_at,
            instruction=task.text, community_id=community_id, grid_id=grid_id,
        )  # fmt: skip
        write_line(by, call, "give_task", task.text, data={"unit": _unit_code(call, unit_id)})
        tell(
            by,
            call,
            "dispatch.task_given",
            summonses,
            more={"task_id": str(task.id), "due_at": task.due_at.isoformat()},
        )
        return task


def take_task_step(by: Actor, *, task_id: UUID, step: str, text: str = "") -> CallTask:
    """The unit takes the task, finishes it or returns it; the caller takes it back. Each moves the order."""
    with acting(by.scope):
        task, call = _locked_task(by, task_id)
        if step not in TASK_STEPS:
            raise Invalid(field="step", problem=_("没有这一步。"), remedy=_("刷新页面再试。"))
        _ask_leave(by, call, task, step)
        said = within_length(text, "text") if step == "acknowledge" else words(text, "text")
        if step == "acknowledge":
            services.acknowledge(by, subject_id=task.id)
        elif step == "finish":
            services.finish(
                by, subject_id=task.id, report=services.Report(result=Order.Result.SOLVED, text=said)
            )
            task.result = said
            task.save(update_fields=["result"])
        else:
            move = services.give_back if step == "give_back" else services.recall
            move(by, subject_id=task.id, reason=said)
        write_line(by, call, f"task_{step}", said, data={"unit": _unit_code(call, task.unit_id)})
        tell(by, call, _TASK_EVENTS[step], [], more={"task_id": str(task.id), "unit_ids": [task.unit_id]})
        return task


_TASK_EVENTS = {
    "acknowledge": "dispatch.task_acknowledged",
    "finish": "dispatch.task_finished",
    "give_back": "dispatch.task_returned",
    "recall": "dispatch.task_recalled",
}


def _ask_leave(by: Actor, call: Call, task: CallTask, step: str) -> None:
    demand(by, rules.RAISE_CALL if step == "recall" else rules.ANSWER_CALL)
    if not (acts_for_caller(by, call) if step == "recall" else acts_for_called(by, task.unit_id)):
        raise Conflict(
            field="unit", problem=_("这项任务不在您单位手上。"), remedy=_("由承担任务的单位来办。")
        )


def _locked_task(by: Actor, task_id: UUID) -> tuple[CallTask, Call]:
    known = CallTask.objects.within(by.scope).filter(id=task_id).values_list("call_id", flat=True).first()
    if known is None:
        raise NotFound(field="task", problem=_("没有这项任务。"), remedy=_("请从呼叫页面上打开。"))
    call = locked_call(by, known)
    task: CallTask = CallTask.objects.within(by.scope).select_for_update(of=("self",)).get(id=task_id)
    return task, call


def _callers_open_call(by: Actor, call: Call) -> Call:
    demand(by, rules.RAISE_CALL)
    if not acts_for_caller(by, call):
        raise Conflict(
            field="unit", problem=_("这个呼叫不是您单位发起的。"), remedy=_("由发起呼叫的单位来办这一步。")
        )
    if call.state != calls_steps.OPEN:
        raise Conflict(
            field="call", problem=_("这个呼叫现在不在进行中。"), remedy=_("需要时请重新发起呼叫。")
        )
    return call


def _who_is_called(by: Actor, call: Call) -> list[Summons]:
    rows = Summons.objects.within(by.scope).filter(call=call).exclude(state=calls_steps.CANCELLED)
    return list(rows.order_by("id"))


def _held(held_at: datetime | None, call: Call) -> datetime:
    earliest = (call.issued_at or call.raised_at) - timedelta(minutes=1)
    if held_at is None or not earliest <= held_at <= clock.now() + timedelta(minutes=1):
        raise Invalid(
            field="held_at",
            problem=_("没有写开会时间，或时间在呼叫之前、在现在之后。"),
            remedy=_("请写实际开会的时间。"),
        )
    return held_at


def _said(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": str(meeting.id),
        "place": meeting.place,
        "at": (meeting.held_at or meeting.planned_at).isoformat(),
    }


def _unit_code(call: Call, unit_id: int) -> str:
    unit = street_map(call.tenant_id).units.get(unit_id)
    return unit.code if unit is not None else ""
