"""The clocks of a case in words: from when, how long, due; what moved them, and who was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import pgettext

from baiying.cases import steps, wording
from baiying.cases.models import Case
from baiying.dispatch.clocks import clocks_of
from baiying.dispatch.limits import WHATS, say_limit
from baiying.dispatch.models import Clock, ClockChange, Escalation
from baiying.doors.shared.names import source_of
from baiying.doors.shared.words import say_when
from baiying.kit import clock
from baiying.org.rules import Scope

WHY_SKIPPED: Final = {"empty": later("空缺"), "no_account": later("没有账号，请电话告知")}
ANSWERS: Final = {"take_charge": later("我来督办"), "noted": later("已知悉")}


def said_clocks(scope: Scope, case: Case) -> list[dict[str, Any]]:
    """Each clock of the case as case_clocks.html shows it: what runs first, then what is over, the latest first."""
    rows = clocks_of(scope, [case.id])
    rows.sort(key=lambda row: (row.stopped_at is not None, -row.started_at.timestamp()))
    return [said_clock(row) for row in rows]


def said_clock(row: Clock) -> dict[str, Any]:
    """One clock."""
    tone, icon, word = _badge(row)
    return {
        "what": WHATS.get(row.what, row.what),
        "limit": say_limit(row.limit_value, row.limit_unit),
        "started_at": row.started_at,
        "due_at": row.due_at,
        "is_estimated": row.is_estimated,
        "is_local": row.grade == "D",
        "source": source_of(row.source),
        "grade": row.grade,
        "is_over": row.stopped_at is not None,
        "tone": tone,
        "icon": icon,
        "word": word,
        "notes": [*_changes(row.changes.all()), *_told(row)],
    }


def _badge(row: Clock) -> tuple[str, str, str]:
    now = clock.now()
    if row.stopped_at is not None:
        late = row.stopped_at > row.due_at
        return ("late", "late", _("超期完成")) if late else ("plain", "done", _("按时"))
    if row.paused_at is not None:
        return "wait", "pause", _("暂停计时")
    if row.due_at <= now:
        return "late", "late", pgettext("clock", "已超期")
    if row.warned_at is not None or row.warn_at <= now:
        return "soon", "soon", _("快到期")
    return "plain", "clock", _("计时中")


def _changes(rows: Iterable[ClockChange]) -> list[dict[str, Any]]:
    return [
        {"at": row.at, "text": _change(row), "more": row.text} for row in sorted(rows, key=lambda r: r.id)
    ]


def _change(row: ClockChange) -> str:
    said = {
        "who": who(row),
        "reason": _reason(row),
        "due": _when(row.due_after),
        "before": _when(row.due_before),
    }
    if row.kind == "extend":
        return _("%(who)s延期：由 %(before)s 延到 %(due)s，理由：%(reason)s") % said
    if row.kind == "hard":
        return _("%(who)s认定为疑难：时限由 %(before)s 改为 %(due)s，理由：%(reason)s") % said
    if row.kind == "change":
        return _("%(who)s%(reason)s时改了时限：由 %(before)s 改为 %(due)s") % said
    if row.ended_at is None:
        return _("%(who)s暂停计时：%(reason)s，最晚到 %(until)s") % (said | {"until": _when(row.until)})
    if row.due_after is None:
        return _("%(who)s暂停计时：%(reason)s，到 %(ended)s 为止") % (said | {"ended": _when(row.ended_at)})
    return _("%(who)s暂停计时：%(reason)s，到 %(ended)s 为止，时限顺延到 %(due)s") % (
        said | {"ended": _when(row.ended_at)}
    )


def who(row: ClockChange) -> str:
    """Who moved it."""
    return row.by_name or {"reporter": _("居民"), "system": _("系统")}.get(row.by_kind, "")


def _reason(row: ClockChange) -> str:
    step = steps.LIFECYCLE.step(row.reason)
    if step is not None:
        return str(step.label)
    return _("更正") if row.reason == "correct" else wording.reason_name(row.reason)


def _told(row: Clock) -> list[dict[str, Any]]:
    found = [
        {"at": told.at, "text": say_escalation(told), "more": say_answer(told), "is_escalation": True}
        for told in sorted(row.escalations.all(), key=lambda e: (e.at, e.level))
    ]
    if row.is_at_top and not row.level and row.stopped_at is None:
        found.append({"at": row.overdue_at, "text": _("上报链上没有人可以告知，请安排责任人"), "more": ""})
    return found


def say_escalation(told: Escalation) -> str:
    """Who was told, for whom they stand in, and which seats were passed over."""
    said = {"level": told.level, "label": told.label, "name": told.name, "duty": told.duty}
    text = _("超期上报第 %(level)d 级 %(label)s：%(name)s（%(duty)s）") % said
    if told.deputy_for:
        text += _("，代 %(name)s") % {"name": told.deputy_for}
    for seat in told.skipped:
        why = WHY_SKIPPED.get(seat.get("why", ""), "")
        text += _("；跳过 %(label)s（%(why)s）") % {"label": seat.get("label", ""), "why": why}
    return text + (_("；已到最上一级") if told.is_top else "")


def say_answer(told: Escalation) -> str:
    """What the person told answered, else that nothing came yet."""
    if told.acknowledged_at is None:
        return "" if told.ended_at is not None else _("还没有确认")
    said = {"answer": ANSWERS.get(told.acknowledged_as, ""), "when": _when(told.acknowledged_at)}
    return " ".join(part for part in (_("%(when)s 确认：%(answer)s") % said, told.note) if part)


def _when(moment: datetime | None) -> str:
    return say_when(moment) if moment is not None else "—"
