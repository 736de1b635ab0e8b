"""The band of open calls on the wall: what kind, who is called, how many have come, who is missing or late.

Units only: no names of persons, no titles (they may tell too much on a wall), and no order by who is slow.
"""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from baiying.dispatch import calls_limits, calls_reading, calls_steps, rules
from baiying.dispatch.calls_reading import Standing
from baiying.dispatch.models import Summons
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest
from baiying.kit import clock
from baiying.org.models import Unit
from baiying.org.rules import Scope

ROWS: Final = 3
MOST: Final = 200


def band(request: StaffRequest, community: Unit | None) -> dict[str, Any] | None:
    """What is open in the street, or of what concerns one community; None for whoever may not read calls."""
    if not request.actor.has(rules.READ_CALLS):
        return None
    scope = request.actor.scope
    if community is not None:
        scope = Scope(scope.tenant, "community", community.id, account=scope.account)
    found = [s for s in calls_reading.open_calls(scope, most=MOST) if s.call.state == calls_steps.OPEN]
    here = reverse("desk_calls")
    return {
        "count": len(found),
        "missing": sum(bool(s.missing) for s in found),
        "late": sum(bool(s.late) for s in found),
        "open_url": f"{here}?show=open",
        "missing_url": f"{here}?show=missing",
        "late_url": f"{here}?show=late",
        "rows": [_said(standing) for standing in found[:ROWS]],
        "more": max(0, len(found) - ROWS),
    }


def _said(standing: Standing) -> dict[str, Any]:
    call = standing.call
    kind = calls_limits.kind_in(call.tenant_id, call.kind, clock.today())
    called = [s for s in standing.summonses if s.state != calls_steps.CANCELLED]
    return {
        "kind": name_of(kind) if kind is not None else call.kind,
        "is_emergency": call.kind == "emergency",
        "number": call.number,
        "href": reverse("desk_call", kwargs={"call_id": call.id}),
        "respond_by": call.respond_by,
        "units": _units(called),
        "came": len(standing.came),
        "called": len(called),
        "missing": _units(standing.missing),
        "late": _units(standing.late),
    }


def _units(summonses: list[Summons]) -> list[str]:
    """The names of their units, each once, in the order in which they were called."""
    return list(dict.fromkeys(name_of(s.unit) for s in summonses))
