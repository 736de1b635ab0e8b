"""The numbers that closure goes by: data/closure.csv, and in their place what a street has set for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules
from baiying.cases.models import ClosureRule
from baiying.cases.reference import rows
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.refusals import Invalid, worded
from baiying.org.rules import Actor, Scope, acting, demand, somewhere_in

PROFILES: Final = ("shandong", "beijing", "national")
_LIMITS: Final[dict[str, tuple[int, int]]] = {  # what a number may be, where 0 .. 100 does not fit
    "near_metres": (10, 5_000),
    "same_bits": (0, 7),  # further apart the index does not find them
    "sample_days": (1, 60),
    "call_back_after": (0, 720),
    "call_back_again": (1, 240),
    "call_back_tries": (1, 10),
    "call_back_held": (5, 480),
    "least_answers": (1, 1_000),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One number with its name and where it comes from; `default` is the file's."""

    key: str
    value: int
    default: int
    unit: str
    name: str
    name_en: str
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class ClosureRules:
    """A street's numbers by key, and under which profile its rates are computed."""

    profile: str
    rules: Mapping[str, Rule]

    def __getitem__(self, key: str) -> int:
        return self.rules[key].value


def rules_of(tenant_id: int) -> ClosureRules:
    """The numbers in force in a street today."""
    with somewhere_in(tenant_id):
        own = ClosureRule.objects.filter(tenant_id=tenant_id).order_by("-id").first()
    return ClosureRules(own.profile if own else PROFILES[0], listed(own.values if own else {}))


def listed(values: Mapping[str, int] | None = None) -> dict[str, Rule]:
    """The numbers of the file in force today, each with its name; `values` stand in place of the file's."""
    own = values or {}
    return {
        row["key"]: Rule(
            row["key"], int(own.get(row["key"], row["value"])), int(row["value"]), row["unit"], row["name"],
            row["name_en"], row["source"], row["grade"],
        )
        for row in _in_force(clock.today())
    }  # fmt: skip


@lru_cache(maxsize=8)
def _in_force(on: date) -> tuple[dict[str, str], ...]:
    return tuple(r for r in rows("closure") if is_valid(r, on))


def is_valid(row: Mapping[str, str], on: date) -> bool:
    """Whether a dated row of a data file is in force on a day."""
    return row["valid_from"] <= f"{on:%F}" and (not row["valid_to"] or f"{on:%F}" <= row["valid_to"])


def set_rules(by: Actor, *, values: Mapping[str, int], profile: str, reason: str) -> ClosureRule:
    """The street sets its own numbers, with a reason that stays readable; what is left out keeps the file's number."""
    demand(by, rules.SET_CLOSURE)
    known = rules_of(by.scope.tenant).rules
    if profile not in PROFILES:
        raise Invalid(field="profile", problem=_("没有这种口径。"), remedy=_("请从列表里选一种。"))
    if not reason.strip():
        raise Invalid(field="reason", problem=_("没有写为什么改。"), remedy=_("请写一句理由，别人查得到。"))
    for key, value in values.items():
        low, high = _LIMITS.get(key, (0, 100))
        if key not in known or not low <= value <= high:
            raise Invalid(
                field=key,
                problem=worded(_("这个数要在 %(low)s 到 %(high)s 之间。"), low=low, high=high),
                remedy=_("请改成范围以内的整数。"),
            )
    with acting(by.scope):
        row = ClosureRule.objects.create(
            tenant_id=by.scope.tenant, profile=profile, reason=reason.strip()[:500], set_by=by.account_id,
            values={key: value for key, value in values.items() if value != known[key].default},
            set_name=by.name, at=clock.now(),
        )  # fmt: skip
        record(
            News(
                tenant_id=by.scope.tenant, event="cases.closure_rules_set", subject_kind="closure_rule",
                subject_id=str(row.pk), actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name,
                data={"profile": profile, "values": dict(row.values)},
            )
        )  # fmt: skip
        return row


def rule_history(scope: Scope) -> list[ClosureRule]:
    """What the street has set, the latest first."""
    with acting(scope):
        return list(ClosureRule.objects.within(scope).order_by("-id")[:20])
