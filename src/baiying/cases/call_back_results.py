"""What a call-back comes to: an answer that is rated, or one more try; task and case move together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from baiying.cases import call_backs
from baiying.cases.call_backs import Task
from baiying.cases.models import CallBack, Case
from baiying.cases.said import StepData
from baiying.cases.services import take_step
from baiying.org.rules import Actor, acting


def record_answer(by: Actor, *, call_back_id: UUID, data: StepData, version: int | None = None) -> Case:
    """The reporter was reached by telephone and answered the three questions."""
    with acting(by.scope):
        task: Task = call_backs.answered(by, call_back_id=call_back_id, version=version)
        return take_step(by, case_id=task.case.id, step="rate", data=replace(data, method="phone"))


def record_no_answer(by: Actor, *, call_back_id: UUID, version: int | None = None) -> CallBack:
    """Nobody answered: to be tried again, or, after the last try, the case goes on as not answered."""
    with acting(by.scope):
        row, is_last = call_backs.not_reached(by, call_back_id=call_back_id, version=version)
        if is_last:
            words = StepData(inner=f"{row.tries}×")
            take_step(by, case_id=row.case_id, step="go_unrated", data=words)
        return row
