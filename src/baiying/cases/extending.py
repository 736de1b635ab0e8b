"""The office gives more time to a case that needs it: within what the rules allow, with a reason, for all to read."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, effects, rules, services, steps
from baiying.cases.clocks import subject_of
from baiying.cases.facts import facts_of
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case
from baiying.dispatch import clocks
from baiying.dispatch import services as dispatch
from baiying.dispatch.limits import rule_for
from baiying.dispatch.models import Clock, ClockChange
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.queries import calendar_of
from baiying.org.rules import Actor, acting, demand

STEP: Final = "extend"
MOST_NOTE: Final = 500


def days_left(case: Case) -> int:
    """How many working days may still be added to a case's limit; 0 where the profile knows no extension."""
    rule = rule_for(case.tenant_id, STEP)
    return max(0, rule.value - _days_used(case)) if rule is not None else 0


def may_extend(by: Actor, case: Case) -> bool:
    """Whether this actor could extend the case now."""
    can = (
        by.kind == "staff"
        and by.has(rules.EXTEND)
        and case.state in steps.RUNNING
        and case.merged_into_id is None
    )
    return can and case.due_at > clock.now() and days_left(case) > 0


def extend(by: Actor, *, case_id: UUID, version: int | None, days: int, reason: str, text: str) -> Case:
    """The limit of handling is later by so many working days; the reporter reads why. Only before it has passed."""
    with acting(by.scope):
        case = services._locked(by, case_id)
        demand(by, rules.EXTEND, case)
        row = _running(case, version)
        _check(case, days, reason)
        words = effects.checked_words(text, "text", MOST_NOTE)
        before, old = facts_of(case), case.due_at
        due = clocks.extended_due(row, days)
        clocks.change_limit(by, row, due=due, kind="extend", reason=reason, text=words)
        case.due_at = due.at
        dispatch.move_due(by, subject_id=case.id, due_at=due.at)
        services._save(case)
        data = {"reason": reason, "days": days, "due": [old.isoformat(), due.at.isoformat()]}
        data |= {"is_estimated": True} if due.is_estimated else {}
        write_line(by, case, STEP, words, data, is_public=True)
        tell(by, case, "cases.extended", case.state, before)
        return case


def _running(case: Case, version: int | None) -> Clock:
    if version is not None and version != case.version:
        raise Conflict(
            field="version", problem=_("这件诉求刚刚有人办过。"), remedy=_("请看看最新情况，再决定是否延期。")
        )
    row = clocks.running(subject_of(case)).get("handle")
    if case.state not in steps.RUNNING or row is None:
        raise Conflict(
            field="state",
            problem=_("这件诉求现在没有在走的办理时限。"),
            remedy=_("暂停计时的不用延期，恢复后会自动顺延。"),
        )
    if case.due_at <= clock.now():
        raise Conflict(
            field="days",
            problem=_("已经超过时限，不能再延期。"),
            remedy=_("请尽快办结，并向居民说明为什么晚了。"),
        )
    return row


def _check(case: Case, days: int, reason: str) -> None:
    left = days_left(case)
    if rule_for(case.tenant_id, STEP) is None:
        raise Invalid(
            field="days",
            problem=_("本街道采用的时限规则没有延期这一项。"),
            remedy=_("请向居民说明进展和计划。"),
        )
    if not 1 <= days <= left:
        raise Invalid(
            field="days",
            problem=_("这件诉求最多还能延 %(left)d 个工作日。") % {"left": left},
            remedy=_("请填这个范围内的天数；还不够的，请向居民说明进展和计划。"),
        )
    if reason not in {row.code for row in catalogue.reasons_for(STEP)}:
        raise Invalid(
            field="reason",
            problem=_("请从列出的理由里选一个。"),
            remedy=_("选最接近的一个，再写一句具体说明。"),
        )


def _days_used(case: Case) -> int:
    calendar, since = calendar_of(case.tenant_id), case.reopened_at or case.received_at
    rows = ClockChange.objects.get_queryset().filter(
        tenant_id=case.tenant_id, subject_id=case.id, kind="extend", at__gte=since
    )
    pairs = rows.values_list("due_before", "due_after")
    return sum(
        calendar.working_days_between(a.astimezone(ZONE).date(), b.astimezone(ZONE).date()) for a, b in pairs
    )
