"""Hand out in one piece: a dispatch system gives a case to a unit, those that support it and a limit, or nothing at all."""

from __future__ import annotations

from baiying.cases import rules, services, supporting
from baiying.cases.models import Case
from baiying.cases.services import StepData
from baiying.doors.open.changing import ONE, unit_id
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.decoding import HandOut, Support
from baiying.doors.open.reading import TAG, case_for, shown
from baiying.doors.open.shapes import RequestOne
from baiying.kit.refusals import Refusal
from baiying.org.rules import Actor


@operation(
    "hand_out", "POST", f"{ONE}/hand-out", tag=TAG, summary="Hand out to the unit in charge and those that support it",
    answer=RequestOne, permission=rules.READ, body=HandOut,
)  # fmt: skip
def hand_out(call: Call) -> Answer:
    """The lead order and all supporting ones; the version that was read stands in the body."""
    said: HandOut = call.body
    by, case = call.by, case_for(call)
    data = StepData(
        unit_id=unit_id(by, said.unit, "unit"), text=said.text, person=said.person, due_at=said.due_at
    )
    case = services.take_step(by, case_id=case.id, step="hand_out", data=data, version=said.version)
    for number, support in enumerate(said.supports):
        _ask_for_support(by, case, said, support, f"supports[{number}]")
    return shown(by, case_for(call))


def _ask_for_support(by: Actor, case: Case, said: HandOut, support: Support, field: str) -> None:
    """What is left out is as for the unit in charge. A refusal names its place in the list."""
    unit = unit_id(by, support.unit, f"{field}.unit")
    try:
        supporting.hand_out_support(
            by, case_id=case.id, unit_id=unit, text=support.text or said.text, due_at=support.due_at or said.due_at
        )  # fmt: skip
    except Refusal as refused:
        refused.field = f"{field}.{refused.field}" if refused.field else field
        raise
