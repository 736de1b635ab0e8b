"""What becomes of a summons: the unit answers, objects, refuses, reports; the caller confirms that it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.dispatch import calls_clocks, calls_limits, calls_steps, rules
from baiying.dispatch.calls import caller_is_street
from baiying.dispatch.calls_writing import (
    MOST_PLACE,
    acts_for_called,
    acts_for_caller,
    ahead,
    known_step,
    locked_summons,
    overtaken,
    tell,
    within_length,
    words,
    write_line,
)
from baiying.dispatch.models import Call, CallLine, Summons
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, Denied, Invalid, Refusal
from baiying.org.rules import PERMISSIONS, Actor, acting, demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What comes with a step: words, when the unit comes, when and where the caller saw it."""

    text: str = ""
    expected_at: datetime | None = None
    arrived_at: datetime | None = None
    place: str = ""


def take_step(
    by: Actor, *, summons_id: UUID, step: str, answer: Answer | None = None, version: int | None = None
) -> Summons:
    """Lead a summons one step on. Of two who answer at once, the second is told who was quicker; nothing changes."""
    answer = answer or Answer()
    row = known_step(calls_steps.SUMMONS, step)
    with acting(by.scope):
        call, summons = locked_summons(by, summons_id)
        if summons.state not in row.from_states or version not in (None, summons.version):
            raise overtaken(calls_steps.SUMMONS, summons, _last_line(summons))
        _ask_leave(by, row, call, summons)
        _still_open(call, row)
        refused = guard_refuses(row, call, summons, by)
        if refused is not None:
            raise refused
        said = words(answer.text, "text") if "text" in row.needs else within_length(answer.text, "text")
        before = summons.state
        _EFFECTS.get(row.name, _only_words)(call, summons, answer, said)
        summons.state, summons.version = row.to, summons.version + 1
        summons.save(update_fields=_CHANGED)
        calls_clocks.follow(call, summons)
        by_telephone = row.name in calls_steps.BY_TELEPHONE and not acts_for_called(by, summons.unit_id)
        write_line(
            by, call, row.name, said, summons=summons, data={"by_telephone": True} if by_telephone else {}
        )
        more = {
            "summons_id": str(summons.id),
            "goes_to_leader": row.name == "refuse" or _is_for_leader(row, call),
        }
        tell(by, call, row.event, [summons], states=(before, summons.state), more=more)
        return summons


def may_take(by: Actor, call: Call, summons: Summons) -> list[Step]:
    """The steps that this actor may take on this summons now, the likeliest first."""
    if call.state != calls_steps.OPEN:
        return (
            [s for s in _possible(by, call, summons) if s.name == "report"]
            if call.state == calls_steps.ENDED
            else []
        )
    return _possible(by, call, summons)


def _possible(by: Actor, call: Call, summons: Summons) -> list[Step]:
    return [
        step
        for step in calls_steps.SUMMONS.steps_from(summons.state, by=("staff",))
        if _has_leave(by, step, call, summons) and guard_refuses(step, call, summons, by) is None
    ]


def _has_leave(by: Actor, step: Step, call: Call, summons: Summons) -> bool:
    return by.has(step.permission) or _writes_down(by, step, call)


def _writes_down(by: Actor, step: Step, call: Call) -> bool:
    """The caller writes down what a unit said on the telephone; deputies have no account."""
    return step.name in calls_steps.BY_TELEPHONE and by.has(rules.RAISE_CALL) and acts_for_caller(by, call)


def _ask_leave(by: Actor, row: Step, call: Call, summons: Summons) -> None:
    if by.kind not in row.by:
        raise Denied(
            permission=row.label, sentence=_("这一步由系统随呼叫一起办。"), unit=by.unit_said or by.name
        )
    if not _has_leave(by, row, call, summons):
        demand(by, row.permission)


def _still_open(call: Call, row: Step) -> None:
    """After the end of a call nothing moves any more, but who was there may still report."""
    if call.state == calls_steps.OPEN or (call.state == calls_steps.ENDED and row.name == "report"):
        return
    raise Conflict(
        field="call", problem=_("这个呼叫已经结束或撤回。"), remedy=_("有新情况，请发起呼叫的单位重新呼叫。"),
        extra={"state": call.state},
    )  # fmt: skip


def guard_refuses(row: Step, call: Call, summons: Summons, by: Actor) -> Refusal | None:
    """Why the guard of this step refuses, or None."""
    if row.guard is None or by.kind == "system":
        return None
    return _GUARDS[row.guard](call, summons, by)


def _is_called(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    if acts_for_called(by, summons.unit_id) or acts_for_caller(by, call):
        return None
    return Conflict(
        field="unit", problem=_("这张呼叫单不是发给您单位的。"), remedy=_("由被呼叫的单位来应答。")
    )


def _is_itself(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    """No caller objects or refuses in the name of a unit."""
    if acts_for_called(by, summons.unit_id):
        return None
    return Conflict(
        field="unit", problem=_("这张呼叫单不是发给您单位的。"), remedy=_("由被呼叫的单位来应答。")
    )


def _may_object(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    if not acts_for_called(by, summons.unit_id):
        return _is_itself(call, summons, by)
    if summons.has_objected:
        return Conflict(
            field="objection",
            problem=_("贵单位已经提过一次异议，街道已作出决定。"),
            remedy=_("请应答；确实不能到场的，请说明理由，由街道领导处理。"),
        )
    return None


def _is_caller(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    if acts_for_caller(by, call):
        return None
    return Conflict(
        field="unit", problem=_("这个呼叫不是您单位发起的。"), remedy=_("由发起呼叫的单位来办这一步。")
    )


def _is_street(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    if by.scope.level == "street":
        return None
    return Conflict(field="unit", problem=_("这一步由街道来办。"), remedy=_("请联系街道一呼百应办公室。"))


def _may_decide(call: Call, summons: Summons, by: Actor) -> Refusal | None:
    """Nobody decides about an objection to their own call."""
    if by.scope.level == "street" and (by.has(rules.DECIDE_REFUSAL) or not caller_is_street(call)):
        return None
    if caller_is_street(call):
        return Denied(
            permission=PERMISSIONS[rules.DECIDE_REFUSAL].name,
            sentence=_("呼叫是街道办公室发起的，对它的异议由街道领导裁定。"),
            unit=by.unit_said,
        )
    return _is_street(call, summons, by)


_GUARDS: dict[str, Callable[[Call, Summons, Actor], Refusal | None]] = {
    "is_called": _is_called,
    "is_itself": _is_itself,
    "may_object": _may_object,
    "is_caller": _is_caller,
    "is_street": _is_street,
    "may_decide": _may_decide,
}


def _is_for_leader(row: Step, call: Call) -> bool:
    return row.name == "object" and caller_is_street(call)


def _acknowledge(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    _expect(call, summons, answer, said)
    summons.acknowledged_at = clock.now()


def _expect(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    summons.expected_at = ahead(answer.expected_at, "expected_at", most_days=calls_limits.MOST_DAYS)


def _object(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    summons.has_objected, summons.reason = True, said


def _with_reason(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    summons.reason = said


def _called_again(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    """The time to respond begins anew; a date that the caller named and that lies ahead stays."""
    now = clock.now()
    kind = calls_limits.kind_in(call.tenant_id, call.kind, clock.today())
    if not call.is_by_date and kind is not None and not kind.is_by_date:
        summons.respond_by = calls_limits.respond_by(kind, call.tenant_id, now)
    elif call.respond_by is None or call.respond_by < now:
        summons.respond_by = now + timedelta(days=1)
    summons.acknowledged_at = summons.expected_at = None


def _arrive(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    at, now = answer.arrived_at, clock.now()
    earliest = (summons.called_at or call.raised_at) - timedelta(minutes=1)
    if at is None or not earliest <= at <= now + timedelta(minutes=1):
        raise Invalid(
            field="arrived_at",
            problem=_("没有写到场时间，或时间在呼叫之前、在现在之后。"),
            remedy=_("请写看到他们到场的时间。"),
        )
    summons.arrived_at = at
    summons.arrived_place = within_length(answer.place, "place", MOST_PLACE) or call.place


def _report(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    summons.report, summons.reported_at = said, clock.now()


def _only_words(call: Call, summons: Summons, answer: Answer, said: str) -> None:
    return None


_EFFECTS: dict[str, Callable[[Call, Summons, Answer, str], None]] = {
    "acknowledge": _acknowledge,
    "change_time": _expect,
    "object": _object,
    "overrule": _called_again,
    "insist": _called_again,
    "refuse": _with_reason,
    "release": _with_reason,
    "mark_absent": _with_reason,
    "arrive": _arrive,
    "report": _report,
}
_CHANGED = [
    "state", "version", "respond_by", "acknowledged_at", "expected_at", "arrived_at", "arrived_place", "reported_at",
    "report", "has_objected", "reason",
]  # fmt: skip


def _last_line(summons: Summons) -> CallLine | None:
    return CallLine.objects.filter(tenant_id=summons.tenant_id, summons=summons).order_by("-id").first()
