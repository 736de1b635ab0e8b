"""The limits against the running clocks: each is as long as the rules said on the day it began, and none is missing.

Clocks whose limit was moved are left out: a row says who moved it and why. So are those that began on a day on which
the street changed its rules: the morning went by the old ones. The caller has set the street's scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, Final

from django.db import connection

from baiying.cases import case_limits, steps
from baiying.cases.clocks import FEEDBACK, GIVES_FEEDBACK
from baiying.cases.models import Category
from baiying.dispatch.limits import DEFAULT_PROFILE, Rule, profile_rules, street_limits
from baiying.kit.calendar import ZONE

MOST: Final = 100

_RUNNING: Final = """
SELECT k.what, (k.started_at AT TIME ZONE %(zone)s)::date AS began, c.category_id, c.is_urgent, c.is_hard,
       k.limit_value, k.limit_unit, min(c.reference), count(*)
FROM dispatch_clock k
JOIN cases_case c ON c.tenant_id = k.tenant_id AND c.id = k.subject_id
WHERE k.tenant_id = %(tenant)s AND k.subject_kind = 'case' AND k.stopped_at IS NULL
    AND NOT EXISTS (
        SELECT FROM dispatch_clockchange m
        WHERE m.tenant_id = k.tenant_id AND m.subject_id = k.subject_id AND m.clock_id = k.id AND m.kind <> 'pause'
    )
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 8
"""

# Since the order: the clock that began with it, the words that the reporter has read, where it stands now.
_FEEDBACK: Final = """
SELECT c.reference, (o.handed_out_at AT TIME ZONE %(zone)s)::date AS began, c.category_id, c.is_urgent,
       count(k.id) FILTER (WHERE k.stopped_at IS NULL) AS runs, count(k.id) AS begun,
       EXISTS (
           SELECT FROM cases_line l
           WHERE l.tenant_id = c.tenant_id AND l.case_id = c.id AND l.at >= o.handed_out_at AND l.is_public
               AND l.actor_kind = 'staff' AND l.step = ANY (%(given)s)
       ) AS is_given,
       EXISTS (
           SELECT FROM cases_line l
           WHERE l.tenant_id = c.tenant_id AND l.case_id = c.id AND l.at >= o.handed_out_at
               AND l.step IN ('correct', 'send_back')
       ) AS is_turned
FROM cases_case c
JOIN dispatch_order o ON o.tenant_id = c.tenant_id AND o.subject_kind = 'case' AND o.subject_id = c.id
                     AND o.part = 'lead' AND o.state IN ('handed_out', 'acknowledged')
LEFT JOIN dispatch_clock k ON k.tenant_id = c.tenant_id AND k.subject_kind = 'case' AND k.subject_id = c.id
                          AND k.what = %(what)s AND k.started_at >= o.handed_out_at
WHERE c.tenant_id = %(tenant)s AND c.state = ANY (%(with_unit)s)
GROUP BY c.id, o.id
ORDER BY 1
"""


def wrong_limits(tenant_id: int) -> Iterator[tuple[str, str]]:
    """(reference of one such case, what is wrong) for each group of clocks that the rules do not explain."""
    categories, changed = _categories(), _days_of_change(tenant_id)

    @cache
    def said(what: str, began: date, category: int, is_urgent: bool, is_hard: bool) -> Rule | None:
        known = categories[category]
        if what == "handle":
            return case_limits.handle_rule(tenant_id, known, began, is_hard=is_hard)
        found = case_limits.step_rule(tenant_id, what, category=known.code, is_urgent=is_urgent, on=began)
        if found is None and what in case_limits.IN_EVERY_PROFILE:
            return case_limits.step_rule(tenant_id, what, category=known.code, is_urgent=is_urgent)
        return found

    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, {"tenant": tenant_id, "zone": str(ZONE)})
        rows = cursor.fetchall()
    wrong = 0
    for what, began, category, is_urgent, is_hard, value, unit, reference, count in rows:
        rule = said(what, began, category, is_urgent, is_hard)
        if began in changed or (rule is not None and (rule.value, rule.unit) == (value, unit)):
            continue
        wanted = f"{rule.value} {rule.unit}" if rule is not None else "none"
        yield reference, f"{what} {value} {unit} since {began}, by the rules {wanted} ({count})"
        wrong += 1
        if wrong == MOST:
            return


def wrong_feedback(tenant_id: int) -> list[str]:
    """Cases with a unit that owe feedback without a clock for it, or whose clock runs on although it was given."""
    if not _asks_for_feedback(tenant_id):
        return []
    categories, changed = _categories(), _days_of_change(tenant_id)
    parameters: dict[str, Any] = {
        "tenant": tenant_id, "zone": str(ZONE), "what": FEEDBACK, "given": sorted(GIVES_FEEDBACK),
        "with_unit": sorted(steps.WITH_UNIT),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_FEEDBACK, parameters)
        rows = cursor.fetchall()
    found: list[str] = []
    for reference, began, category, is_urgent, runs, begun, is_given, is_turned in rows:
        rule = case_limits.step_rule(
            tenant_id, FEEDBACK, category=categories[category].code, is_urgent=is_urgent, on=began
        )
        is_owed = rule is not None and not is_given and not is_turned and began not in changed
        if (is_given and runs) or (is_owed and not begun):
            found.append(reference)
    return found[:MOST]


def _asks_for_feedback(tenant_id: int) -> bool:
    """Whether any rule that the street has followed asks for it."""
    held = street_limits(tenant_id)
    profiles = {DEFAULT_PROFILE, *(choice.profile for choice in held.choices)}
    steps_set = {rule.step for rule in profile_rules() if rule.profile in profiles}
    return any(step.startswith(FEEDBACK) for step in steps_set | {row.step for row in held.own})


def _days_of_change(tenant_id: int) -> set[date]:
    held = street_limits(tenant_id)
    return {row.valid_from for row in held.choices} | {row.valid_from for row in held.own}


def _categories() -> dict[int, Category]:
    return {category.id: category for category in Category.objects.all()}
