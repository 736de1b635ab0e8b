"""疑难: the office finds that a case is hard. It is then handled within the longer limit that the rules have for that.

Marked once, with a listed reason and words that the reporter reads; the running limit moves with a row that says so.
Only where the street's rules set a limit for hard cases (Beijing: 15 days), and never to make an overdue case timely.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, effects, rules, services, steps
from baiying.cases.case_limits import HANDLE_HARD, handle_rule
from baiying.cases.clocks import due_of, due_under, subject_of
from baiying.cases.facts import facts_of
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case
from baiying.dispatch import clocks
from baiying.dispatch import services as dispatch
from baiying.dispatch.limits import Rule, rule_for
from baiying.dispatch.models import Clock
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.rules import Actor, acting, demand

STEP: Final = "mark_hard"
MOST_NOTE: Final = 500


def limit_for(case: Case) -> Rule | None:
    """The limit that the case would have as a hard one; None where the rules know none for it."""
    return rule_for(case.tenant_id, HANDLE_HARD, category=case.category.code)


def new_due(case: Case, rule: Rule) -> datetime:
    """Until when a hard case would be handled: counted from its start, with what has been granted since."""
    since = (case.reopened_at or case.received_at).astimezone(ZONE).date()
    return due_under(case, handle_rule(case.tenant_id, case.category, since), rule)


def may_mark(by: Actor, case: Case) -> bool:
    """Whether this actor could mark the case now."""
    can = by.kind == "staff" and by.has(rules.MARK_HARD) and case.state in steps.RUNNING
    if not can or case.merged_into_id or case.is_hard or case.due_at <= clock.now():
        return False
    rule = limit_for(case)
    return rule is not None and new_due(case, rule) > case.due_at


def mark(by: Actor, *, case_id: UUID, version: int | None, reason: str, text: str) -> Case:
    """The case is hard; its limit is later, its clocks and its reporter say why.

    Raises Conflict when it is marked, overdue or not running; Invalid when the rules have no such limit.
    """
    with acting(by.scope):
        case = services._locked(by, case_id)
        demand(by, rules.MARK_HARD, case)
        row, rule = _running(case, version), _rule(case)
        if reason not in {row.code for row in catalogue.reasons_for(STEP)}:
            raise Invalid(
                field="reason",
                problem=_("请从列出的理由里选一个。"),
                remedy=_("选最接近的一个，再写一句具体说明。"),
            )
        words = effects.checked_words(text, "text", MOST_NOTE)
        before, old = facts_of(case), case.due_at
        case.due_at, case.is_hard = new_due(case, rule), True
        due = due_of(case)
        clocks.change_limit(by, row, due=due, kind="hard", reason=reason, text=words, rule=rule)
        dispatch.move_due(by, subject_id=case.id, due_at=due.at)
        services._save(case)
        data: dict[str, Any] = {"reason": reason, "due": [old.isoformat(), due.at.isoformat()]}
        if due.is_estimated:
            data["is_estimated"] = True
        write_line(by, case, STEP, words, data, is_public=True)
        tell(by, case, "cases.marked_hard", case.state, before)
        return case


def _running(case: Case, version: int | None) -> Clock:
    if version is not None and version != case.version:
        raise Conflict(
            field="version", problem=_("这件诉求刚刚有人办过。"), remedy=_("请看看最新情况，再决定。")
        )
    if case.is_hard:
        raise Conflict(
            field="state",
            problem=_("这件诉求已经认定为疑难。"),
            remedy=_("还不够的，请延长时限或挂账，并向居民说明。"),
        )
    row = clocks.running(subject_of(case)).get("handle")
    if case.state not in steps.RUNNING or row is None:
        raise Conflict(
            field="state",
            problem=_("这件诉求现在没有在走的办理时限。"),
            remedy=_("暂停计时的，恢复以后再认定。"),
        )
    if case.due_at <= clock.now():
        raise Conflict(
            field="state",
            problem=_("已经超过时限，不能再认定为疑难。"),
            remedy=_("请尽快办结，并向居民说明为什么晚了。"),
        )
    return row


def _rule(case: Case) -> Rule:
    rule = limit_for(case)
    if rule is None:
        raise Invalid(
            field="reason",
            problem=_("本街道采用的时限规则没有疑难时限。"),
            remedy=_("可以延长时限；需要的话，请街道领导在“时限规则”里定“办理（疑难）”。"),
        )
    if new_due(case, rule) <= case.due_at:
        raise Invalid(
            field="reason",
            problem=_("疑难时限不比现在的时限晚，认定了也不会多出时间。"),
            remedy=_("请按现在的时限办理。"),
        )
    return rule
