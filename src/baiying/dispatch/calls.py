"""Raising a call, sending it out, calling more units, ending it.

A community calls its own grids and people itself. Whom else it wants, the street's office calls for it (its call waits
in state "asked"); an emergency goes to everybody at once and the office is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from baiying.dispatch import calls_clocks, calls_limits, calls_steps, rules
from baiying.dispatch.calls_writing import (
    MOST_PERSON,
    MOST_PLACE,
    MOST_TITLE,
    acts_for_caller,
    ahead,
    known_step,
    locked_call,
    overtaken,
    tell,
    within_length,
    words,
    write_line,
)
from baiying.dispatch.models import Call, CallLine, CallSubject, CallTask, Meeting, Summons
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.lifecycle import Step
from baiying.kit.refusals import Conflict, Denied, Invalid, worded
from baiying.org.models import Post, Unit
from baiying.org.queries import street_map
from baiying.org.rules import PERMISSIONS, Actor, acting, demand

EMERGENCY: Final = "emergency"
MOST_PARTIES: Final = 40
MOST_SUBJECTS: Final = 50


@dataclass(frozen=True, slots=True)
class Party:
    """Who is called: a unit; or one person of it, with an account or only by name (deputies)."""

    unit_id: int
    account_id: int | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, as the room above knows it; `label` may be read by everybody who is called."""

    kind: str
    id: UUID
    label: str
    community_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWords:
    """What the caller says. `respond_by` is asked only of kinds by date, and taken of none that is an emergency."""

    kind: str
    title: str
    text: str
    place: str = ""
    respond_by: datetime | None = None
    parties: Sequence[Party] = field(default_factory=tuple)


def raise_call(by: Actor, *, said: CallWords, subjects: Sequence[Subject]) -> Call:
    """Call several units to one matter. It goes out at once, or waits for the street's office (see above)."""
    with acting(by.scope):
        demand(by, rules.RAISE_CALL)
        if by.unit_id is None or by.scope.level not in ("street", "community"):
            raise _not_your_tree(by)
        parties = _checked_parties(by, said.parties, [])
        kind = _kind(by, said, subjects)
        now = clock.now()
        community = by.unit_id if by.scope.level == "community" else None
        own = [community] if community else []
        call = Call.objects.create(
            id=uuid7(), tenant_id=by.scope.tenant, number=_number(now), kind=kind.code, state=calls_steps.CALL.start,
            title=words(said.title, "title", MOST_TITLE), text=words(said.text, "text"),
            place=within_length(said.place, "place", MOST_PLACE), unit_id=by.unit_id, community_id=community,
            raised_by=by.account_id, raised_by_name=by.name, raised_at=now, counts=kind.counts, limit=kind.as_kept,
            respond_by=said.respond_by, is_by_date=said.respond_by is not None,
            seen_by=_together(own, [s.community_id for s in subjects]),
        )  # fmt: skip
        for subject in subjects:
            CallSubject.objects.create(
                id=uuid7(), tenant_id=call.tenant_id, seen_by=call.seen_by, call=call, subject_kind=subject.kind,
                subject_id=subject.id, label=subject.label,
            )  # fmt: skip
        summonses = [_summon(call, party) for party in parties]
        if _goes_out_itself(by, call, parties):
            _send_out(by, call, summonses, "issue")
        else:
            write_line(by, call, "ask", "")
            tell(by, call, "dispatch.call_asked", summonses, states=("", call.state))
        return call


def take_step(by: Actor, *, call_id: UUID, step: str, text: str = "", version: int | None = None) -> Call:
    """Lead a call one step on: issue, turn down, end, withdraw. Conflict tells who was quicker; nothing changes then."""
    row = known_step(calls_steps.CALL, step)
    with acting(by.scope):
        call = locked_call(by, call_id)
        if call.state not in row.from_states or version not in (None, call.version):
            raise overtaken(calls_steps.CALL, call, _last_line(call))
        demand(by, row.permission)
        _GUARDS[row.guard or ""](by, call)
        said = words(text, "text") if "text" in row.needs else within_length(text, "text")
        summonses = list(Summons.objects.within(by.scope).select_for_update(of=("self",)).filter(call=call))
        if row.name == "issue":
            _send_out(by, call, summonses, row.name)
            return call
        before, call.state = call.state, row.to
        call.result, call.ended_at = said, clock.now()
        if row.name in ("withdraw", "turn_down"):
            _cancel(by, call, summonses)
        _save(call, "state", "result", "ended_at")
        write_line(by, call, row.name, said)
        tell(by, call, row.event, summonses, states=(before, call.state))
        return call


def may_take(by: Actor, call: Call) -> list[Step]:
    """The steps that this actor may take on this call now, the likeliest first; "end" also while somebody is missing."""
    return [
        step
        for step in calls_steps.CALL.steps_from(call.state, by=("staff",))
        if by.has(step.permission) and _is_theirs(step, by, call)
    ]


def add_parties(by: Actor, *, call_id: UUID, parties: Sequence[Party]) -> list[Summons]:
    """Call more units while the call is open; a community only its own, unless it is an emergency."""
    with acting(by.scope):
        call = locked_call(by, call_id)
        demand(by, rules.RAISE_CALL)
        _is_caller(by, call)
        if call.state != calls_steps.OPEN:
            raise overtaken(calls_steps.CALL, call, _last_line(call))
        there = list(Summons.objects.within(by.scope).filter(call=call))
        checked = _checked_parties(by, parties, there)
        if not _goes_out_itself(by, call, checked):
            raise _not_your_tree(by)
        added = [_summon(call, party) for party in checked]
        _show_to(call, added)
        for summons in added:
            _call(by, call, summons)
        _save(call)
        names = street_map(call.tenant_id).units
        write_line(by, call, "summon", "", data={"units": [names[s.unit_id].code for s in added]})
        tell(by, call, "dispatch.call_raised", added, states=(call.state, call.state))
        return added


def caller_is_street(call: Call) -> bool:
    """Whether the street's own office calls; objections then go to the leader."""
    return call.community_id is None


def _kind(by: Actor, said: CallWords, subjects: Sequence[Subject]) -> calls_limits.CallKind:
    if not 1 <= len(subjects) <= MOST_SUBJECTS:
        raise Invalid(
            field="cases",
            problem=worded(_("一次呼叫要针对 1 到 %(most)d 件诉求。"), most=MOST_SUBJECTS),
            remedy=_("请从诉求页面或列表里发起。"),
        )
    kind = calls_limits.kind_in(by.scope.tenant, said.kind, clock.today())
    if kind is None:
        raise Invalid(field="kind", problem=_("没有这种呼叫。"), remedy=_("请从列出的种类里选一种。"))
    if kind.is_by_date or (said.respond_by is not None and kind.code != EMERGENCY):
        ahead(said.respond_by, "respond_by", most_days=calls_limits.MOST_DAYS)
    elif said.respond_by is not None:
        raise Invalid(
            field="respond_by",
            problem=_("应急呼叫按规定时间到场，不能另定时间。"),
            remedy=_("请把时间留空。"),
        )
    return kind


def _checked_parties(by: Actor, parties: Sequence[Party], there: Sequence[Summons]) -> list[Party]:
    """Units of this street, each at most once, and persons who work there. Raises Invalid."""
    units = street_map(by.scope.tenant).units
    taken = {(s.unit_id, s.account_id, s.person) for s in there}
    checked: list[Party] = []
    for party in parties:
        unit = units.get(party.unit_id)
        if (
            unit is None
            or not unit.is_active
            or unit.level == Unit.Level.SUBDISTRICT
            or unit.id == by.unit_id
        ):
            raise Invalid(
                field="parties", problem=_("呼叫的单位里有一个不能呼叫。"), remedy=_("请从列表里选。")
            )
        one = Party(unit.id, party.account_id, _person(by, party))
        if (one.unit_id, one.account_id, one.person) in taken:
            raise Invalid(
                field="parties",
                problem=worded(_("“%(unit)s”已经呼叫过了。"), unit=unit.name),
                remedy=_("请去掉重复的。"),
            )
        taken.add((one.unit_id, one.account_id, one.person))
        checked.append(one)
    if not checked or len(taken) > MOST_PARTIES:
        raise Invalid(
            field="parties",
            problem=worded(_("要呼叫 1 到 %(most)d 个单位或人员。"), most=MOST_PARTIES),
            remedy=_("请选要召集的单位。"),
        )
    return checked


def _person(by: Actor, party: Party) -> str:
    if party.account_id is None:
        return within_length(party.person, "parties", MOST_PERSON)
    post = Post.objects.filter(
        tenant_id=by.scope.tenant, account_id=party.account_id, unit_id=party.unit_id, to_date=None
    ).select_related("account")
    found = post.first()
    if found is None:
        raise Invalid(
            field="parties", problem=_("要呼叫的人不在这个单位。"), remedy=_("请重新选，或只呼叫单位。")
        )
    return found.account.name


def _goes_out_itself(by: Actor, call: Call, parties: Sequence[Party]) -> bool:
    units = street_map(by.scope.tenant).units
    is_own = all(units[p.unit_id].parent_id == by.unit_id for p in parties)
    return by.scope.level == "street" or call.kind == EMERGENCY or is_own


def _not_your_tree(by: Actor) -> Denied:
    return Denied(
        permission=PERMISSIONS[rules.RAISE_CALL].name,
        sentence=_("社区直接呼叫自己的网格和人员；其他单位请街道一呼百应办公室来呼叫。"),
        unit=by.unit_said,
        field="parties",
    )


def _number(now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('dispatch_call_number')")
        return f"{clock.today():%Y}-{cursor.fetchone()[0]:05d}"


def _summon(call: Call, party: Party) -> Summons:
    """Waiting until the call goes out; the called do not see it before."""
    return Summons.objects.create(
        id=uuid7(), tenant_id=call.tenant_id, seen_by=_together([call.community_id]), call=call,
        unit_id=party.unit_id, account_id=party.account_id, person=party.person, state=calls_steps.SUMMONS.start,
    )  # fmt: skip


def _send_out(by: Actor, call: Call, summonses: Sequence[Summons], step: str) -> None:
    row = known_step(calls_steps.CALL, step)
    now = clock.now()
    kind = calls_limits.kind_in(call.tenant_id, call.kind, clock.today())
    if call.is_by_date:
        ahead(call.respond_by, "respond_by", most_days=calls_limits.MOST_DAYS)
    elif kind is not None:
        call.respond_by = calls_limits.respond_by(kind, call.tenant_id, now)
        call.limit, call.counts = kind.as_kept, kind.counts
    before, call.state, call.issued_at = call.state, row.to, now
    _show_to(call, summonses)
    _save(call, "state", "issued_at", "respond_by", "limit", "counts")
    for summons in summonses:
        _call(by, call, summons)
    write_line(by, call, row.name, "")
    tell(by, call, row.event, summonses, states=(before, call.state))


def _show_to(call: Call, summonses: Sequence[Summons]) -> None:
    """The called see the call from now on, and what hangs on it."""
    for summons in summonses:
        summons.seen_by = _together([call.community_id], _with_community(call, [summons.unit_id]))
    call.seen_by = _together(call.seen_by, _with_community(call, [s.unit_id for s in summonses]))
    call.called_ids = _together(call.called_ids, [s.unit_id for s in summonses])
    call.save(update_fields=["seen_by", "called_ids"])
    for model in (CallSubject, Meeting, CallTask):
        model.objects.filter(tenant_id=call.tenant_id, call=call).update(seen_by=call.seen_by)
    CallLine.objects.filter(tenant_id=call.tenant_id, call=call, summons=None).update(seen_by=call.seen_by)


def _with_community(call: Call, unit_ids: Sequence[int]) -> list[int | None]:
    units = street_map(call.tenant_id).units
    above = [units[u].parent_id for u in unit_ids if units[u].level == Unit.Level.GRID]
    return [*unit_ids, *above]


def _call(by: Actor, call: Call, summons: Summons) -> None:
    row = known_step(calls_steps.SUMMONS, "call")
    summons.state, summons.called_at, summons.respond_by = row.to, clock.now(), call.respond_by
    summons.save(update_fields=["state", "called_at", "respond_by", "seen_by"])
    calls_clocks.follow(call, summons)


def _cancel(by: Actor, call: Call, summonses: Sequence[Summons]) -> None:
    row = known_step(calls_steps.SUMMONS, "cancel")
    for summons in summonses:
        if summons.state in row.from_states:
            summons.state, summons.version = row.to, summons.version + 1
            summons.save(update_fields=["state", "version"])
            calls_clocks.follow(call, summons)


def _together(*groups: Sequence[int | None]) -> list[int]:
    return sorted({one for group in groups for one in group if one is not None})


def _save(call: Call, *fields: str) -> None:
    call.version += 1
    call.save(update_fields=[*fields, "version"])


def _last_line(call: Call) -> CallLine | None:
    return CallLine.objects.filter(tenant_id=call.tenant_id, call=call).order_by("-id").first()


def _is_theirs(step: Step, by: Actor, call: Call) -> bool:
    return by.scope.level == "street" if step.guard == "is_street" else acts_for_caller(by, call)


def _is_caller(by: Actor, call: Call) -> None:
    if not acts_for_caller(by, call):
        raise Conflict(
            field="unit", problem=_("这个呼叫不是您单位发起的。"), remedy=_("由发起呼叫的单位来办这一步。")
        )


def _is_street(by: Actor, call: Call) -> None:
    if by.kind != "system" and by.scope.level != "street":
        raise Conflict(field="unit", problem=_("这一步由街道来办。"), remedy=_("请联系街道一呼百应办公室。"))


def _nobody_missing(by: Actor, call: Call) -> None:
    """A call does not end while somebody has not come and nobody says why."""
    _is_caller(by, call)
    missing = Summons.objects.within(by.scope).filter(call=call, state__in=calls_steps.MISSING)
    names = [s.person or s.unit.name for s in missing.select_related("unit").order_by("id")]
    if names:
        raise Conflict(
            field="missing",
            problem=worded(_("还有 %(count)d 个没有到场，也没有说明原因：%(names)s。"), count=len(names), names="、".join(names)),
            remedy=_("请先确认到场，或记下未到场的原因。"),
            extra={"missing": names},
        )  # fmt: skip


_GUARDS = {"is_street": _is_street, "is_caller": _is_caller, "nobody_missing": _nobody_missing}
