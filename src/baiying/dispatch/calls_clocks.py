"""The clock of a summons: it runs from the call until the unit has answered, or in an emergency until it is there."""

from __future__ import annotations

from datetime import date
from typing import Final

from baiying.dispatch import calls_steps, clocks
from baiying.dispatch.calls_writing import place_of
from baiying.dispatch.limits import LOCAL, Rule
from baiying.dispatch.models import Call, Summons
from baiying.kit import clock
from baiying.kit.calendar import Due
from baiying.org.rules import Scope, acting

KIND: Final = "summons"  # of the clock's subject, and what it runs for
_RUNS: Final = {
    "acknowledge": frozenset({calls_steps.CALLED}),
    "arrive": frozenset({calls_steps.CALLED, calls_steps.ACKNOWLEDGED}),
}


def follow(call: Call, summons: Summons) -> None:
    """Start or stop the clock as the summons now stands. The street's own hand: a called community is another branch."""
    community_id, grid_id = place_of(call, summons.unit_id)
    subject = clocks.Subject(
        tenant_id=call.tenant_id, kind=KIND, id=summons.id, community_id=community_id, grid_id=grid_id,
        unit_id=summons.unit_id,
    )  # fmt: skip
    with acting(Scope(call.tenant_id, "street")):
        if summons.state in _RUNS[call.counts] and summons.respond_by is not None:
            due = Due(summons.respond_by, is_estimated=False)
            clocks.start(subject, what=KIND, rule=_rule(call, summons), at=clock.now(), due=due)
        else:
            clocks.stop(subject, whats=(KIND,))


def _rule(call: Call, summons: Summons) -> Rule:
    """What the call keeps of its limit; by date, the hours that were left when it went out."""
    kept = call.limit
    value, unit = kept.get("value") or 0, kept.get("unit", "hour")
    if call.is_by_date or unit == "date":
        assert summons.respond_by is not None
        hours = (summons.respond_by - (summons.called_at or call.raised_at)).total_seconds() / 3600
        value, unit = max(1, round(hours)), "hour"
    return Rule(
        LOCAL, KIND, call.kind, value, unit, kept.get("source", ""), kept.get("grade", "D"),
        date.fromisoformat(kept.get("valid_from", "2026-01-01")),
    )  # fmt: skip
