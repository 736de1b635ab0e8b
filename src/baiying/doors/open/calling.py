"""Calls for programs: the board, raising one, every step of the two tables, meetings, tasks, both assessments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import calling, queries
from baiying.dispatch import (
    calls,
    calls_answers,
    calls_meetings,
    calls_rating,
    calls_reading,
    calls_steps,
    rules,
)
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.calls_answers import Answer as Said
from baiying.dispatch.calls_meetings import Minutes
from baiying.dispatch.models import Call as Row
from baiying.dispatch.models import Summons
from baiying.doors.open import call_shapes as shapes
from baiying.doors.open.changing import unit_id
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.shapes import named
from baiying.doors.open.step_notes import note_of
from baiying.kit.paging import page_of
from baiying.kit.refusals import Invalid
from baiying.org.queries import street_map
from baiying.org.rules import Actor

TAG: Final = "Calls"
ONE: Final = "v1/calls/<uuid:call_id>"


@operation(
    "list_calls", "GET", "v1/calls", tag=TAG, summary="The board of calls",
    answer=shapes.CallPage, permission=rules.READ_CALLS, query=shapes.CallsAsked,
)  # fmt: skip
def list_calls(call: Call) -> shapes.CallPage:
    """Who is called, who is missing, who is late."""
    asked: shapes.CallsAsked = call.query
    scope = call.by.scope
    if asked.show != "all":
        standings = calls_reading.open_calls(scope, most=200)
        if asked.show != "open":
            standings = [s for s in standings if (s.late if asked.show == "late" else s.missing)]
        return shapes.CallPage([_row(s.call, s.summonses) for s in standings])
    every = calls_reading.calls_of(scope)
    page = page_of(every, order=("-raised_at", "-id"), size=asked.limit, cursor=asked.cursor)
    held = calls_reading.standings(scope, every.filter(id__in=[row.id for row in page.rows]))
    return shapes.CallPage([_row(s.call, s.summonses) for s in held], page.next_cursor, page.previous_cursor)


def _row(row: Row, summonses: Sequence[Summons]) -> shapes.CallRow:
    return shapes.CallRow(
        **shapes.call_facts(row), summonses=[shapes.summons_one(row, s, []) for s in summonses]
    )


@operation(
    "raise_call", "POST", "v1/calls", tag=TAG, summary="Call several units to one or more requests",
    answer=shapes.CallOne, status=201, permission=rules.RAISE_CALL, body=shapes.CallSaid,
)  # fmt: skip
def raise_call(call: Call) -> Answer:
    """It goes out at once, or waits for the street's office."""
    said: shapes.CallSaid = call.body
    scope = call.by.scope
    cases = [queries.case_by_reference(scope, one) for one in dict.fromkeys(said.requests)]
    words = CallWords(
        kind=said.kind, title=said.title, text=said.text, place=said.place, respond_by=said.respond_by,
        parties=_parties(call.by, said.parties),
    )  # fmt: skip
    made = calling.raise_call(call.by, case_ids=[case.id for case in cases], said=words)
    return _shown(call.by, made)


def _parties(by: Actor, said: Sequence[shapes.PartySaid]) -> list[Party]:
    return [
        Party(unit_id(by, one.unit, f"parties[{n}].unit"), person=one.person) for n, one in enumerate(said)
    ]


@operation(
    "read_call", "GET", ONE, tag=TAG, summary="Read a call", answer=shapes.CallOne, permission=rules.READ_CALLS,
    version="read",
)  # fmt: skip
def read_call(call: Call) -> Answer:
    """With everybody called, meetings, tasks and what happened."""
    return _shown(call.by, calls_reading.call_within(call.by.scope, call.path["call_id"]))


def _shown(by: Actor, known: Row) -> Answer:
    row = calls_reading.call_within(by.scope, known.id)
    units = street_map(row.tenant_id).units
    lines = [
        shapes.CallLineOne(
            id=line.id, at=line.at, step=line.step, who=line.actor_name, unit=named(units.get(line.unit_id or 0)),
            text=line.text, summons=line.summons_id,
        )
        for line in calls_reading.lines_of(by.scope, row)
    ]  # fmt: skip
    body = shapes.CallOne(
        **shapes.call_facts(row),
        summonses=[
            shapes.summons_one(row, s, [step.name for step in calls_answers.may_take(by, row, s)])
            for s in calls_reading.summonses_of(by.scope, row)
        ],
        requests=[subject.label for subject in calls_reading.subjects_of(by.scope, row)],
        meetings=[shapes.meeting_one(one) for one in calls_reading.meetings_of(by.scope, row)],
        tasks=[shapes.task_one(task, order) for task, order in calls_reading.tasks_of(by.scope, row)],
        lines=lines,
        steps=[step.name for step in calls.may_take(by, row)],
    )
    return Answer(body, version=row.version)


@operation(
    "take_call_step", "POST", f"{ONE}/steps/<str:call_step>", tag=TAG, summary="Lead a call one step on",
    answer=shapes.CallOne, permission=rules.READ_CALLS, version="change", body=shapes.CallStepSaid,
    note=lambda: note_of(calls_steps.CALL),
    more={"step": {"type": "string", "enum": [s.name for s in calls_steps.CALL.steps if "staff" in s.by]}},
)  # fmt: skip
def take_call_step(call: Call) -> Answer:
    """Issue, turn down, end or withdraw."""
    done = calling.take_call_step(
        call.by, call_id=call.path["call_id"], step=call.path["call_step"], text=call.body.text, version=call.version
    )  # fmt: skip
    return _shown(call.by, done)


@operation(
    "call_more", "POST", f"{ONE}/parties", tag=TAG, summary="Call more units while the call is open",
    answer=shapes.CallOne, permission=rules.RAISE_CALL, body=shapes.PartiesSaid,
)  # fmt: skip
def call_more(call: Call) -> Answer:
    """A community only its own, unless it is an emergency."""
    calls.add_parties(call.by, call_id=call.path["call_id"], parties=_parties(call.by, call.body.parties))
    return _shown(call.by, calls_reading.call_within(call.by.scope, call.path["call_id"]))


@operation(
    "list_summonses", "GET", "v1/summonses", tag=TAG, summary="What the token's own unit is called to",
    answer=shapes.Summonses, permission=rules.READ_CALLS,
)  # fmt: skip
def list_summonses(call: Call) -> shapes.Summonses:
    """What is due first stands first."""
    return shapes.Summonses(
        [
            shapes.summons_one(s.call, s, [step.name for step in calls_answers.may_take(call.by, s.call, s)])
            for s in calls_reading.summonses_for(call.by, is_open=True)
        ]
    )


@operation(
    "read_summons", "GET", "v1/summonses/<uuid:summons_id>", tag=TAG, summary="Read a summons",
    answer=shapes.SummonsOne, permission=rules.READ_CALLS, version="read",
)  # fmt: skip
def read_summons(call: Call) -> Answer:
    """What one called unit was asked and answered."""
    return _summons(call)


def _summons(call: Call) -> Answer:
    row = calls_reading.summons_within(call.by.scope, call.path["summons_id"])
    steps = [step.name for step in calls_answers.may_take(call.by, row.call, row)]
    return Answer(shapes.summons_one(row.call, row, steps), version=row.version)


@operation(
    "take_summons_step", "POST", "v1/summonses/<uuid:summons_id>/steps/<str:summons_step>", tag=TAG,
    summary="Lead a summons one step on", answer=shapes.SummonsOne, permission=rules.READ_CALLS, version="change",
    body=shapes.SummonsStepSaid, note=lambda: note_of(calls_steps.SUMMONS),
    more={"step": {"type": "string", "enum": [s.name for s in calls_steps.SUMMONS.steps if "staff" in s.by]}},
)  # fmt: skip
def take_summons_step(call: Call) -> Answer:
    """Acknowledge, object, arrive, report, …"""
    said: shapes.SummonsStepSaid = call.body
    answer = Said(text=said.text, expected_at=said.expected_at, arrived_at=said.arrived_at, place=said.place)
    calls_answers.take_step(
        call.by, summons_id=call.path["summons_id"], step=call.path["summons_step"], answer=answer, version=call.version
    )  # fmt: skip
    return _summons(call)


@operation(
    "rate_summons", "POST", "v1/summonses/<uuid:summons_id>/rating", tag=TAG, summary="Assess a call, or a response",
    answer=shapes.SummonsOne, permission=rules.READ_CALLS, body=shapes.RatingSaid,
)  # fmt: skip
def rate_summons(call: Call) -> Answer:
    """Each side once: the called unit says `justified`, the caller says `response`."""
    said: shapes.RatingSaid = call.body
    if bool(said.justified) == bool(said.response):
        raise Invalid(
            field="justified", problem=_("要么评呼叫，要么评响应。"), remedy=_("justified 和 response 只填一项。")
        )  # fmt: skip
    summons_id = call.path["summons_id"]
    if said.justified:
        calls_rating.rate_call(call.by, summons_id=summons_id, justified=said.justified, why=said.why)
    else:
        calls_rating.rate_response(call.by, summons_id=summons_id, response=said.response, why=said.why)
    return _summons(call)


@operation(
    "plan_meeting", "POST", f"{ONE}/meetings", tag=TAG, summary="Ask all who are called to one place",
    answer=shapes.MeetingOne, status=201, permission=rules.RAISE_CALL, body=shapes.MeetingSaid,
)  # fmt: skip
def plan_meeting(call: Call) -> shapes.MeetingOne:
    """A joint meeting on site."""
    said: shapes.MeetingSaid = call.body
    row = calls_meetings.plan_meeting(
        call.by, call_id=call.path["call_id"], place=said.place, planned_at=said.planned_at
    )
    return shapes.meeting_one(row)


@operation(
    "record_meeting", "POST", "v1/meetings/<uuid:meeting_id>/minutes", tag=TAG, summary="Write down a meeting",
    answer=shapes.MeetingOne, permission=rules.RAISE_CALL, body=shapes.MinutesSaid,
)  # fmt: skip
def record_meeting(call: Call) -> shapes.MeetingOne:
    """Once, and it stays."""
    said: shapes.MinutesSaid = call.body
    present = [unit_id(call.by, code, f"present[{n}]") for n, code in enumerate(said.present)]
    minutes = Minutes(
        held_at=said.held_at,
        present_ids=present,
        others_present=said.others_present,
        minutes=said.minutes,
        decisions=said.decisions,
    )
    row = calls_meetings.record_meeting(call.by, meeting_id=call.path["meeting_id"], said=minutes)
    return shapes.meeting_one(row)


@operation(
    "give_task", "POST", f"{ONE}/tasks", tag=TAG, summary="Give one of the called units a task",
    answer=shapes.TaskOne, status=201, permission=rules.RAISE_CALL, body=shapes.TaskSaid,
)  # fmt: skip
def give_task(call: Call) -> shapes.TaskOne:
    """An order with a limit."""
    said: shapes.TaskSaid = call.body
    task = calls_meetings.give_task(
        call.by, call_id=call.path["call_id"], unit_id=unit_id(call.by, said.unit, "unit"), text=said.text,
        due_at=said.due_at, meeting_id=said.meeting,
    )  # fmt: skip
    row = calls_reading.call_within(call.by.scope, call.path["call_id"])
    return next(
        shapes.task_one(one, order)
        for one, order in calls_reading.tasks_of(call.by.scope, row)
        if one.id == task.id
    )


@operation(
    "take_task_step", "POST", "v1/call-tasks/<uuid:task_id>/steps/<str:task_step>", tag=TAG,
    summary="Take, finish or return a task of a call, or take it back",
    answer=shapes.TaskOne, permission=rules.READ_CALLS, body=shapes.CallStepSaid,
    note="`recall` is the caller's and needs dispatch.raise_call; the others are the unit's and need dispatch.answer_call.",
)  # fmt: skip
def take_task_step(call: Call) -> shapes.TaskOne:
    """Each moves the order."""
    task = calls_meetings.take_task_step(
        call.by, task_id=call.path["task_id"], step=call.path["task_step"], text=call.body.text
    )
    row = calls_reading.call_within(call.by.scope, task.call_id)
    return next(
        shapes.task_one(one, order)
        for one, order in calls_reading.tasks_of(call.by.scope, row)
        if one.id == task.id
    )
