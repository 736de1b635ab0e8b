"""Clocks: starting, stopping, standing still, moving a limit, and answering when one was escalated.

A limit is moved only together with a ClockChange that says from when to when, by whom and why. The room above asks
leave for its own steps; here a clock is moved, in the caller's transaction and scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.dispatch.limits import Rule, rule_for
from baiying.dispatch.models import Clock, ClockChange, Escalation
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.calendar import Due
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.kit.versions import not_overtaken
from baiying.org.queries import ScopedQuerySet, calendar_of
from baiying.org.rules import Actor, Scope, acting

MOST_NOTE = 300
# What the journal is told of clocks and limits; `ringing` and `ruling` tell their own.
EVENTS = (
    "dispatch.warned", "dispatch.overdue", "dispatch.escalated", "dispatch.escalation_acknowledged",
    "dispatch.limit_changed", "dispatch.profile_chosen", "dispatch.limit_set", "dispatch.number_set",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a clock runs for, and where it lies."""

    tenant_id: int
    kind: str
    id: UUID
    community_id: int | None = None
    grid_id: int | None = None
    unit_id: int | None = None

    @property
    def place(self) -> dict[str, int | None]:
        return {"community_id": self.community_id, "grid_id": self.grid_id, "unit_id": self.unit_id}


def made(subject: Subject, what: str, rule: Rule, *, at: datetime, due: Due | None = None) -> Clock:
    """A running clock, not yet written; due: where the promise was already made."""
    calendar = calendar_of(subject.tenant_id)
    due = due or calendar.due(at, rule.limit)
    warn_at = _warn_at(subject.tenant_id, at, due.at, rule.unit)
    return Clock(
        id=uuid7(), tenant_id=subject.tenant_id, subject_kind=subject.kind, subject_id=subject.id, what=what,
        state=Clock.State.RUNNING, started_at=at, limit_value=rule.value, limit_unit=rule.unit,
        source=rule.source, grade=rule.grade, due_at=due.at, is_estimated=due.is_estimated, warn_at=warn_at,
        next_at=warn_at, **subject.place,
    )  # fmt: skip


def _warn_at(tenant_id: int, started: datetime, due: datetime, unit: str) -> datetime:
    """When the yellow card is shown: as the profile says, else one working day before."""
    rule = rule_for(tenant_id, "yellow_card_before")
    return calendar_of(tenant_id).warn_at(started, due, unit, rule.value if rule is not None else 1)


def start(subject: Subject, *, what: str, rule: Rule, at: datetime, due: Due | None = None) -> Clock:
    """A promise begins to run. One that runs already goes on as it is and is returned."""
    put([made(subject, what, rule, at=at, due=due)])
    found: Clock = _of(subject).get(what=what, stopped_at__isnull=True)
    return found


def put(clocks: Iterable[Clock]) -> None:
    """Write many new clocks; whoever runs already is left alone."""
    Clock.objects.get_queryset().bulk_create(clocks, ignore_conflicts=True)


def stop(subject: Subject, *, whats: Sequence[str], at: datetime | None = None) -> int:
    """These promises are over, kept or not; what was escalated about them ends. Returns how many ran."""
    at = at or clock.now()
    rows = _of(subject).filter(what__in=whats, stopped_at__isnull=True)
    ended = [row.id for row in rows.select_for_update(of=("self",))]
    if not ended:
        return 0
    _changes(subject).filter(clock_id__in=ended, kind="pause", ended_at__isnull=True).update(ended_at=at)
    Escalation.objects.get_queryset().filter(
        tenant_id=subject.tenant_id, subject_id=subject.id, clock_id__in=ended, ended_at__isnull=True
    ).update(ended_at=at)
    return int(
        _of(subject).filter(id__in=ended).update(
            state=Clock.State.STOPPED, stopped_at=at, next_at=None, paused_at=None, pause_until=None
        )
    )  # fmt: skip


def pause(by: Actor, row: Clock, *, reason: str, text: str, until: datetime) -> None:
    """A clock stands still, for a listed reason and until a moment at the latest. It is written down for all to see."""
    now = clock.now()
    row.state, row.paused_at, row.pause_reason, row.pause_until = Clock.State.PAUSED, now, reason, until
    row.next_at = None
    row.save(update_fields=["state", "paused_at", "pause_reason", "pause_until", "next_at"])
    _write_change(by, row, "pause", reason, text, due_before=row.due_at, due_after=None, until=until)


def resume(by: Actor, row: Clock, *, due: Due | None = None) -> None:
    """A clock goes on; its limit is later by what passed meanwhile (`due`: where the room above moved it already)."""
    now = clock.now()
    assert row.paused_at is not None
    due = due or moved_due(row, now)
    _changes_of(row).filter(kind="pause", ended_at__isnull=True).update(ended_at=now, due_after=due.at)
    row.state, row.paused_at, row.pause_reason, row.pause_until = Clock.State.RUNNING, None, "", None
    _set_due(row, due)


def resume_at(row: Clock, moment: datetime) -> None:
    """A clock goes on as it would have at an earlier moment: of a case that was merged meanwhile."""
    due = moved_due(row, moment)
    _changes_of(row).filter(kind="pause", ended_at__isnull=True).update(ended_at=moment, due_after=due.at)
    row.state, row.paused_at, row.pause_reason, row.pause_until = Clock.State.RUNNING, None, "", None
    _set_due(row, due)


def moved_due(row: Clock, now: datetime) -> Due:
    """The limit that a standing clock gets when it goes on now."""
    assert row.paused_at is not None
    moved = calendar_of(row.tenant_id).moved(row.due_at, row.limit_unit, row.paused_at, now)
    return Due(moved.at, moved.is_estimated or row.is_estimated)


def change_limit(
    by: Actor, row: Clock, *, due: Due, kind: str, reason: str, text: str, rule: Rule | None = None
) -> ClockChange:
    """The limit of a running clock is moved, visibly. kind: extend | change | hard. The caller has asked leave.

    rule: the clock goes on under this one, where another holds for its subject now.
    """
    before = row.due_at
    if rule is not None:
        row.limit_value, row.limit_unit = rule.value, rule.unit
        row.source, row.grade = rule.source, rule.grade
        row.save(update_fields=["limit_value", "limit_unit", "source", "grade"])
    change = _write_change(by, row, kind, reason, text, due_before=before, due_after=due.at)
    _set_due(row, due)
    record(
        News(
            tenant_id=row.tenant_id, event="dispatch.limit_changed", subject_kind=row.subject_kind,
            subject_id=str(row.subject_id), actor_kind=by.kind, actor_id=by.account_id, actor_name=_name(by),
            community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
            data={"what": row.what, "due_before": before.isoformat(), "due_after": due.at.isoformat(), "kind": kind},
        )
    )  # fmt: skip
    return change


def extended_due(row: Clock, days: int) -> Due:
    """Where an extension by so many working days would put the limit."""
    due = calendar_of(row.tenant_id).add_working_days(row.due_at, days)
    return Due(due.at, due.is_estimated or row.is_estimated)


def place(subject: Subject) -> None:
    """Place or unit of the subject changed: its clocks go along, or the right people would not see them."""
    for rows in (_of(subject), _changes(subject), _escalations(subject)):
        rows.update(**subject.place)


def acknowledge_escalation(
    by: Actor, *, escalation_id: UUID, as_what: str, note: str = "", version: int | None = None
) -> Escalation:
    """The person told says "noted" or "I take charge"; the way up pauses for a while. A second press is refused."""
    if as_what not in ("take_charge", "noted"):
        raise Invalid(field="as", problem=_("请选“我来督办”或“已知悉”。"), remedy=_("按实际情况选。"))
    mine = Q(account_id=by.account_id) | Q(id__in=Escalation.objects.within(by.scope).values("id"))
    rows = Escalation.objects.get_queryset().filter(mine, tenant_id=by.scope.tenant, id=escalation_id)
    row: Escalation | None = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise NotFound(problem=_("没有这条督办提醒，或它不在您的范围内。"), remedy=_("刷新页面看看。"))
    if row.account_id != by.account_id:
        raise Denied(
            permission=_("确认督办"), sentence=_("只有被提醒的本人能确认。"), unit=by.unit_said or row.label
        )
    not_overtaken(row, version, state=row.acknowledged_as or ("ended" if row.ended_at else "open"))
    if row.acknowledged_at is not None:
        raise Conflict(
            field="escalation",
            problem=_("这条督办提醒已经确认过了。"),
            remedy=_("不用再按；办结前会一直列在这里。"),
        )
    if row.ended_at is not None:
        raise Conflict(
            field="escalation",
            problem=_("这件事已经办好或已经上报，不用再确认。"),
            remedy=_("刷新页面看看。"),
        )
    row.acknowledged_at, row.acknowledged_by, row.acknowledged_as = clock.now(), by.account_id, as_what
    row.note = " ".join(note.split())[:MOST_NOTE]
    row.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_as", "note"])
    with acting(Scope(row.tenant_id, "street")):  # a deputy may come from another branch
        _hold_back(row, clock.now())
        _tell_acknowledged(by, row)
    return row


def _tell_acknowledged(by: Actor, row: Escalation) -> None:
    record(
        News(
            tenant_id=row.tenant_id, event="dispatch.escalation_acknowledged", subject_kind=row.subject_kind,
            subject_id=str(row.subject_id), actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name,
            community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
            data={"what": row.what, "level": row.level, "as": row.acknowledged_as, "clock": str(row.clock_id)},
        )
    )  # fmt: skip


def _hold_back(row: Escalation, now: datetime) -> None:
    """Whoever takes charge gets time before the next level is told; the top stays the top."""
    rule = rule_for(row.tenant_id, "escalate_again")
    if rule is None or row.is_top:
        return
    later = calendar_of(row.tenant_id).due(now, rule.limit).at
    rows = Clock.objects.get_queryset().filter(tenant_id=row.tenant_id, id=row.clock_id)
    rows.filter(state=Clock.State.RUNNING, is_at_top=False).update(next_at=later)


def clocks_of(scope: Scope, subject_ids: Iterable[UUID]) -> list[Clock]:
    """The clocks of these subjects with what moved them and who was told, the earliest first."""
    rows = Clock.objects.within(scope).filter(subject_id__in=list(subject_ids))
    return list(rows.prefetch_related("changes", "escalations").order_by("started_at", "id"))


def running(subject: Subject) -> dict[str, Clock]:
    """what -> the clock that runs or stands still, locked."""
    rows = _of(subject).filter(stopped_at__isnull=True).select_for_update(of=("self",))
    return {row.what: row for row in rows}


def _set_due(row: Clock, due: Due) -> None:
    """A limit that lies ahead starts the warnings anew; one that has passed goes on with the chain at once."""
    now = clock.now()
    if due.at != row.due_at or row.overdue_at is None:
        row.warn_at = _warn_at(row.tenant_id, row.started_at, due.at, row.limit_unit)
    row.due_at, row.is_estimated = due.at, due.is_estimated
    if due.at > now:
        row.warned_at = row.overdue_at = None
        row.level, row.is_at_top = 0, False
        row.next_at = row.warn_at
        Escalation.objects.get_queryset().filter(
            tenant_id=row.tenant_id, subject_id=row.subject_id, clock_id=row.id, ended_at__isnull=True
        ).update(ended_at=now)
    else:
        row.next_at = None if row.is_at_top else now
    row.save(
        update_fields=[
            "state", "paused_at", "pause_reason", "pause_until", "due_at", "is_estimated", "warn_at", "next_at",
            "warned_at", "overdue_at", "level", "is_at_top",
        ]
    )  # fmt: skip


def _write_change(
    by: Actor, row: Clock, kind: str, reason: str, text: str, *, due_before: datetime, due_after: datetime | None,
    until: datetime | None = None,
) -> ClockChange:  # fmt: skip
    return ClockChange.objects.create(
        tenant_id=row.tenant_id, community_id=row.community_id, grid_id=row.grid_id, unit_id=row.unit_id,
        subject_id=row.subject_id, clock=row, kind=kind, at=clock.now(), by_kind=by.kind, by_account=by.account_id,
        by_name=_name(by), reason=reason, text=text, until=until, due_before=due_before, due_after=due_after,
    )  # fmt: skip


def _name(by: Actor) -> str:
    return by.name if by.kind != "reporter" else ""


def _of(subject: Subject) -> ScopedQuerySet:
    return Clock.objects.get_queryset().filter(_about(subject))


def _changes(subject: Subject) -> ScopedQuerySet:
    return ClockChange.objects.get_queryset().filter(tenant_id=subject.tenant_id, subject_id=subject.id)


def _changes_of(row: Clock) -> ScopedQuerySet:
    return ClockChange.objects.get_queryset().filter(
        tenant_id=row.tenant_id, subject_id=row.subject_id, clock_id=row.id
    )


def _escalations(subject: Subject) -> ScopedQuerySet:
    return Escalation.objects.get_queryset().filter(_about(subject))


def _about(subject: Subject) -> Q:
    return Q(tenant_id=subject.tenant_id, subject_id=subject.id, subject_kind=subject.kind)
