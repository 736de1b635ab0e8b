"""What other systems may be told of calls, and how a call is named outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from baiying.dispatch import calls_steps, rules
from baiying.dispatch.models import Call
from baiying.webhooks.listening import Announced, Named

EVENTS: Final = tuple(
    dict.fromkeys(
        [
            "dispatch.call_asked",
            *(step.event for table in (calls_steps.CALL, calls_steps.SUMMONS) for step in table.steps),
            "dispatch.meeting_planned",
            "dispatch.meeting_recorded",
            "dispatch.task_given",
            "dispatch.task_acknowledged",
            "dispatch.task_finished",
            "dispatch.task_returned",
            "dispatch.task_recalled",
        ]
    )
)


def _named(tenant_id: int, ids: Sequence[str]) -> Mapping[str, Named]:
    rows = Call.objects.get_queryset().filter(tenant_id=tenant_id, id__in=ids).values_list("id", "number")
    return {str(call_id): Named(number, f"/api/v1/calls/{call_id}") for call_id, number in rows}


CALLS: Final = Announced(frozenset(EVENTS), rules.READ_CALLS, _named)
