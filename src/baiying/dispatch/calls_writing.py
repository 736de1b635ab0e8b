"""What every write to a call shares: the locked rows, who acts for whom, the line and the journal row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.dispatch.models import Call, CallLine, Meeting, Summons
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.lifecycle import Lifecycle, Step
from baiying.kit.refusals import Conflict, Invalid, NotFound, worded
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor

MOST_WORDS: Final = 2_000
MOST_TITLE: Final = 60
MOST_PLACE: Final = 200
MOST_PERSON: Final = 40


def locked_call(by: Actor, call_id: UUID) -> Call:
    """The call, locked until the transaction ends; every write to anything of a call begins with it."""
    call: Call | None = (
        Call.objects.within(by.scope).select_for_update(of=("self",)).filter(id=call_id).first()
    )
    if call is None:
        raise no_such_call()
    return call


def no_such_call() -> NotFound:
    """A call that is not there, or that this post does not see."""
    return NotFound(
        field="call",
        problem=_("没有这个呼叫，或它与您的单位无关。"),
        remedy=_("请从“呼叫”列表里打开；需要时请问发起呼叫的单位。"),
    )


def locked_summons(by: Actor, summons_id: UUID) -> tuple[Call, Summons]:
    """A summons with its call, both locked; the call first, so that two never wait for each other."""
    known = Summons.objects.within(by.scope).filter(id=summons_id).values_list("call_id", flat=True).first()
    if known is None:
        raise NotFound(
            field="summons",
            problem=_("没有这张呼叫单，或它不是发给您单位的。"),
            remedy=_("请从“呼叫”列表里打开。"),
        )
    call = locked_call(by, known)
    summons: Summons = (
        Summons.objects.within(by.scope)
        .select_for_update(of=("self",))
        .select_related("unit")
        .get(id=summons_id)
    )
    return call, summons


def locked_meeting(by: Actor, meeting_id: UUID) -> tuple[Call, Meeting]:
    """A meeting with its call, both locked."""
    known = Meeting.objects.within(by.scope).filter(id=meeting_id).values_list("call_id", flat=True).first()
    if known is None:
        raise NotFound(field="meeting", problem=_("没有这次现场会。"), remedy=_("请从呼叫页面上打开。"))
    call = locked_call(by, known)
    meeting: Meeting = Meeting.objects.within(by.scope).select_for_update(of=("self",)).get(id=meeting_id)
    return call, meeting


def acts_for_caller(by: Actor, call: Call) -> bool:
    """Whether somebody acts for the unit that calls."""
    return by.kind == "system" or (by.unit_id is not None and by.unit_id == call.unit_id)


def acts_for_called(by: Actor, unit_id: int) -> bool:
    """Whether somebody acts for a called unit; a community also for its own grids."""
    unit = street_map(by.scope.tenant).units.get(unit_id)
    above = unit.parent_id if unit is not None and unit.level == Unit.Level.GRID else None
    return by.unit_id is not None and by.unit_id in (unit_id, above)


def place_of(call: Call, unit_id: int) -> tuple[int | None, int | None]:
    """(community, grid): in which branch a row for a called unit lies, so that the unit and the caller both see it."""
    unit = street_map(call.tenant_id).units[unit_id]
    if unit.level == Unit.Level.GRID:
        return unit.parent_id, unit.id
    return (unit.id if unit.level == Unit.Level.COMMUNITY else call.community_id), None


def known_step(table: Lifecycle, name: str) -> Step:
    """The step of a table; Invalid when there is none."""
    step = table.step(name)
    if step is None:
        raise Invalid(
            field="step",
            problem=worded(_("没有“%(step)s”这一步。"), step=name[:40]),
            remedy=_("刷新页面再试。"),
        )
    return step


def overtaken(table: Lifecycle, row: Call | Summons, last: CallLine | None) -> Conflict:
    """Somebody was quicker: who, and how it stands now."""
    who = last.actor_name if last else ""
    return Conflict(
        field="version",
        problem=worded(
            _("%(who)s刚刚办过，现在是“%(state)s”，您的这一步没有生效，什么都没有改动。"),
            who=who,
            state=table.state(row.state).label,
        ),
        remedy=_("请看看最新情况，再决定还要不要办。"),
        extra={"state": row.state, "version": row.version},
    )


def words(said: str, field: str, most: int = MOST_WORDS) -> str:
    """Cleaned words; Invalid when there are none or too many."""
    cleaned = kit_text.clean(said).strip()
    if not cleaned:
        raise Invalid(field=field, problem=_("这里要写一句话。"), remedy=_("请写清楚，让看的人不用再问。"))
    return within_length(cleaned, field, most)


def within_length(said: str, field: str, most: int = MOST_WORDS) -> str:
    """Cleaned words, perhaps none; Invalid when there are too many."""
    cleaned = kit_text.clean(said).strip()
    if len(cleaned) > most:
        raise Invalid(
            field=field,
            problem=worded(_("有 %(count)d 个字，超过了 %(most)d 个字。"), count=len(cleaned), most=most),
            remedy=_("请写要点。"),
        )
    return cleaned


def ahead(moment: datetime | None, field: str, *, most_days: int) -> datetime:
    """A moment that has not passed and is not too far off."""
    now = clock.now()
    if moment is None or not -60 <= (moment - now).total_seconds() <= most_days * 86400:
        raise Invalid(
            field=field,
            problem=_("没有写时间，或时间已经过去、太远。"),
            remedy=worded(_("请写现在以后、%(days)d 天以内的时间。"), days=most_days),
        )
    return moment


def write_line(
    by: Actor, call: Call, step: str, text: str, *, summons: Summons | None = None, data: Mapping[str, Any] | None = None
) -> CallLine:  # fmt: skip
    """One line of what happened, seen by whoever sees the call or the summons."""
    return CallLine.objects.create(
        id=uuid7(), tenant_id=call.tenant_id, seen_by=(summons or call).seen_by, call=call, summons=summons,
        at=clock.now(), step=step, actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, unit_id=by.unit_id,
        text=text, data=dict(data or {}),
    )  # fmt: skip


def tell(
    by: Actor, call: Call, event: str, summonses: Iterable[Summons], *,
    states: tuple[str, str] = ("", ""), more: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """The journal row: whom it concerns, never what anybody wrote. It lies in the branch of whoever acts."""
    concerned = list(summonses)
    data: dict[str, Any] = {
        "number": call.number,
        "kind": call.kind,
        "respond_by": call.respond_by.isoformat() if call.respond_by else None,
        "unit_ids": sorted({s.unit_id for s in concerned}),
        "account_ids": sorted({s.account_id for s in concerned if s.account_id is not None}),
        "caller_unit_id": call.unit_id,
    } | dict(more or {})
    level, unit = by.scope.level, by.scope.unit
    record(
        News(
            tenant_id=call.tenant_id, event=event, subject_kind="call", subject_id=str(call.id), actor_kind=by.kind,
            actor_id=by.account_id, actor_name=by.name, from_state=states[0], to_state=states[1], data=data,
            community_id=unit if level == "community" else call.community_id if level == "street" else None,
            grid_id=unit if level == "grid" else None,
            unit_id=unit if level == "unit" else by.unit_id,
        )
    )  # fmt: skip
