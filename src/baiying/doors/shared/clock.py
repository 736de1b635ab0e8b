"""The clock of a case in one badge: overdue, one working day left, running, standing still, stopped."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baiying.doors.shared.words import Badge, say_date, say_when
from baiying.kit import clock
from baiying.kit.calendar import USUAL, WorkingCalendar
from baiying.org.queries import calendar_of
from baiying.org.rules import current_scope


class Clocked(Protocol):
    """What the badge reads from a case (or from an order that has the same fields)."""

    due_at: dt.datetime | None
    paused_at: dt.datetime | None
    handled_at: dt.datetime | None
    closed_at: dt.datetime | None


def _calendar() -> WorkingCalendar:
    """That of the street whose page is being made."""
    scope = current_scope()
    return calendar_of(scope.tenant) if scope is not None else USUAL


def is_soon(due: dt.datetime, now: dt.datetime) -> bool:
    """Amber: due today, or on the next working day."""
    return _calendar().working_days_between(timezone.localdate(now), timezone.localdate(due)) <= 1


def say_due(due: dt.datetime, now: dt.datetime | None = None) -> str:
    """今天 18:00 前; 3 个工作日后 (11月26日 周四); 已超期 2 个工作日."""
    now = now or clock.now()
    today, day = timezone.localdate(now), timezone.localdate(due)
    if due < now:
        late = -_calendar().working_days_between(today, day)
        if late < 1:
            return _("已超期，原定 %(when)s") % {"when": say_when(due, now)}
        return ngettext("已超期 %(n)d 个工作日", "已超期 %(n)d 个工作日", late) % {"n": late}
    if (day - today).days <= 1:
        return _("%(when)s 前") % {"when": say_when(due, now)}
    left = _calendar().working_days_between(today, day)
    date = say_date(day, weekday=True)
    return ngettext("%(n)d 个工作日后（%(date)s）", "%(n)d 个工作日后（%(date)s）", left) % {
        "n": left,
        "date": date,
    }


def clock_badge(case: Clocked, now: dt.datetime | None = None) -> Badge | None:
    """None when nothing runs any more: a handled or closed case that was in time needs no clock."""
    now = now or clock.now()
    stopped = case.handled_at or case.closed_at
    if case.due_at is None:
        return None
    if stopped:
        return Badge("late", "plain", _("办理超期")) if stopped > case.due_at else None
    if case.paused_at:
        return Badge("pause", "wait", _("暂停计时"))
    if case.due_at < now:
        late = max(
            0, -_calendar().working_days_between(timezone.localdate(now), timezone.localdate(case.due_at))
        )
        word = (
            ngettext("超期 %(n)d 个工作日", "超期 %(n)d 个工作日", late) % {"n": late}
            if late
            else _("刚刚超期")
        )
        return Badge("late", "late", word)
    if is_soon(case.due_at, now):
        return Badge("soon", "soon", _("%(when)s 前") % {"when": say_when(case.due_at, now)})
    date = say_date(timezone.localdate(case.due_at), weekday=True)
    return Badge("clock", "plain", _("%(date)s 前") % {"date": date})
