"""The demonstration's checks on site: whoever was drawn goes to look, and finds what the draw's own number says.

And what waits at the desk afterwards: call-backs that were tried, reviews by two persons.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from baiying.cases import call_back_results, call_backs, exclusions, inspecting, rules, sampling
from baiying.cases.models import CallBack, Case
from baiying.kit import clock
from baiying.kit.refusals import Refusal
from baiying.org.rules import Scope, acting
from baiying.street.hours import in_hours

if TYPE_CHECKING:
    from baiying.street.office import Office

NOTES = {
    "solved": "到场看过，已恢复正常。",
    "still_there": "到场看，问题还在，和反映时一样。",
    "cannot_tell": "院门锁着，没有进去，看不出来。",
}
_AFTER = timedelta(hours=5)


def look(office: Office, case: Case, handled_at: datetime) -> datetime:
    """The visit, where chance sent somebody and its time has come; when the story goes on."""
    with clock.telling(handled_at):
        draw = sampling.pending(case)
    if draw is None or not office.story:
        return handled_at
    dice = random.Random(case.reference)  # noqa: S311
    at = in_hours(handled_at + _AFTER, dice, saturdays=True)
    workers = [a for a in office.by_unit.get(draw.inspector_id or 0, []) if a.has(rules.INSPECT)]
    if at > clock.now() - timedelta(hours=3) or not workers:
        return handled_at
    result = dice.choices(list(NOTES), (84, 8, 8))[0]
    place = (case.lon, case.lat) if case.lon is not None and case.lat is not None else None
    with clock.telling(at):
        seen = inspecting.record_check(
            workers[0], draw_id=draw.id, result=result, note=NOTES[result], device=place
        )
    case.state, case.unit_id = seen.state, seen.unit_id
    return at


def fill_the_desk(office: Office) -> None:
    """Call-backs of whom nobody has heard, one of them tried; two reviews, one decided, one waiting."""
    tenant_id = office.tenant_id
    with acting(Scope(tenant_id, "street")):
        already = CallBack.objects.filter(tenant_id=tenant_id).exists()
    if already:
        return
    call_backs.open_call_backs(tenant_id)
    with acting(Scope(tenant_id, "street")):
        first = CallBack.objects.filter(tenant_id=tenant_id).order_by("id").first()
        explained = list(
            Case.objects.filter(tenant_id=tenant_id, state="closed", outcome="explained").exclude(rating="no_answer")
            .order_by("received_at")[:2]
        )  # fmt: skip
    deciders = [a for a in office.actors if a.scope.level == "street" and a.has(rules.DECIDE_EXCLUSION)]
    proposers = [a for a in deciders if a.has(rules.EXCLUDE)]
    try:
        if first is not None:
            call_back_results.record_no_answer(office.clerks[0], call_back_id=first.id)
        for number, case in enumerate(explained):
            row = exclusions.propose(
                proposers[0],
                case_id=case.id,
                class_code="beyond_duty",
                text="属于业主之间的约定，已当面说明并告知调解途径。",
            )
            other = next((a for a in deciders if a.account_id != proposers[0].account_id), None)
            if number == 0 and other is not None:
                exclusions.decide(other, exclusion_id=row.id, agrees=True, text="核对了答复记录，同意。")
    except Refusal as refused:  # the story has gone another way; the desk is emptier then
        office.refused[f"closure: {refused.code}"] = 1
