"""By which numbers requests count as similar, for programs: what is in force for each category, setting it, what was set."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from baiying.cases import catalogue, rules, similar_rules
from baiying.cases.models import SimilarRule
from baiying.cases.similar_rules import Similar
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.shapes import Named
from baiying.kit import clock
from baiying.kit.paging import page_of
from baiying.org.rules import demand

TAG: Final = "Similar requests"
ALL: Final = "v1/similar-rules"


class SimilarRuleOne(msgspec.Struct, kw_only=True):
    """Within how many metres and days, and from which percentage on. `category` null: every one without a rule of its own.

    `source`: `street` where it was set here, else where the number comes from; `grade` A to D, how well it is founded.
    """

    category: Named | None
    metres: int
    days: int
    percent: int
    source: str
    grade: Literal["A", "B", "C", "D"]


class SimilarRules(msgspec.Struct):
    """What is in force; the rule for all others first. `version` changes with every setting."""

    rules: list[SimilarRuleOne]
    version: int


class SimilarRuleSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The numbers and why; `category` null or left out: for every one without a rule of its own."""

    category: str | None = None
    metres: int
    days: int
    percent: int
    reason: str


class SimilarSetting(msgspec.Struct, kw_only=True):
    """What the street set once, who and why; the latest of a category counts."""

    category: str | None
    metres: int
    days: int
    percent: int
    reason: str
    by: str
    at: datetime


class SimilarSettings(msgspec.Struct):
    """The latest first."""

    settings: list[SimilarSetting]
    next: str | None
    previous: str | None


class SettingsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """How many a page."""

    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 40


@operation(
    "list_similar_rules", "GET", ALL, tag=TAG, summary="By which numbers requests count as similar",
    answer=SimilarRules, permission=rules.READ, version="read",
)  # fmt: skip
def list_similar_rules(call: Call) -> Answer:
    """For every category that has a rule of its own, and for all others."""
    return _in_force(call)


def _in_force(call: Call) -> Answer:
    found, version = similar_rules.rules_of(call.by.scope.tenant), similar_rules.version_of(call.by.scope)
    categories = {c.code: (n, c) for n, c in enumerate(catalogue.categories(clock.today()))}

    def shown(rule: Similar) -> SimilarRuleOne:
        entry = categories.get(rule.category)
        name = Named(entry[1].code, entry[1].name, entry[1].name_en) if entry else Named(rule.category, "")
        return SimilarRuleOne(
            category=name if rule.category else None, metres=rule.metres, days=rule.days, percent=rule.percent,
            source=rule.source, grade=rule.grade,  # type: ignore[arg-type]
        )  # fmt: skip

    order = sorted(
        found.values(), key=lambda rule: categories[rule.category][0] if rule.category in categories else -1
    )
    return Answer(SimilarRules([shown(rule) for rule in order], version), version)


@operation(
    "set_similar_rule", "POST", ALL, tag=TAG, summary="Set by which numbers requests count as similar",
    answer=SimilarRules, permission=rules.SET_SIMILAR, version="change", body=SimilarRuleSaid,
)  # fmt: skip
def set_similar_rule(call: Call) -> Answer:
    """From now on, for one category or for all others; what was set before stays in the history."""
    said: SimilarRuleSaid = call.body
    demand(call.by, rules.READ)
    similar_rules.set_rule(
        call.by, category=said.category or "", metres=said.metres, days=said.days, percent=said.percent,
        reason=said.reason, version=call.version,
    )  # fmt: skip
    return _in_force(call)


@operation(
    "list_similar_settings", "GET", f"{ALL}/history", tag=TAG, summary="What was set, by whom and why",
    answer=SimilarSettings, permission=rules.READ, query=SettingsAsked,
)  # fmt: skip
def list_similar_settings(call: Call) -> SimilarSettings:
    """Nothing that was set is ever changed."""
    asked: SettingsAsked = call.query
    page = page_of(
        similar_rules.settings_of(call.by.scope), order=("-id",), size=asked.limit, cursor=asked.cursor
    )
    return SimilarSettings([_setting(row) for row in page.rows], page.next_cursor, page.previous_cursor)


def _setting(row: SimilarRule) -> SimilarSetting:
    return SimilarSetting(
        category=row.category or None, metres=row.metres, days=row.days, percent=row.percent, reason=row.reason,
        by=row.set_name, at=row.at,
    )  # fmt: skip
