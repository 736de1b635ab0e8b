"""How long what may take: rule profiles as data, the street's choice among them, and limits of its own.

A rule answers for the day asked about. A clock keeps the limit it started with.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from baiying.dispatch.models import LocalLimit, ProfileChoice
from baiying.kit import clock
from baiying.kit.calendar import Limit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Scope, acting

DATA: Final = Path(__file__).parent / "data"
DEFAULT_PROFILE: Final = "shandong"
LOCAL: Final = "local"
CATALOGUE: Final = "cases/data/everyday.csv"  # the source of a limit that stands with the category
PROFILES: Final = {
    "shandong": later("山东规则"),
    "beijing": later("北京规则"),
    "national": later("国家规则"),
}
# What a clock may run for, and how a limit's step is called where the two differ.
WHATS: Final = {
    "accept": later("受理"),
    "hand_out": later("派单"),
    "acknowledge": later("签收"),
    "feedback": later("反馈"),
    "handle": later("办理"),
    "check": later("核查"),
    "call_back": later("回访"),
    "order": later("派单办理"),
    "summons": later("呼叫响应"),
}
STEP_OF: Final = {"call_back": "rate"}
STEPS: Final = WHATS | {
    "rate": later("等待评价"),
    "extend": later("延期最多"),
    "yellow_card_before": later("黄牌提醒提前"),
    "red_card_after": later("红牌在超期后"),
    "wait_for_reporter": later("等待居民补充"),
    "reopen": later("居民申请重办"),
    "answer_call": later("接听电话"),
    "connect_rate": later("电话接通率"),
    "answer_message": later("答复短信"),
    "answer_mailbox": later("答复信箱"),
    "hand_out_urgent": later("派单（紧急）"),
    "hand_out_utilities": later("派单（水电气热）"),
    "hand_out_weather": later("派单（极端天气）"),
    "feedback_urgent": later("反馈（紧急）"),
    "feedback_utilities": later("反馈（水电气热）"),
    "handle_hard": later("办理（疑难）"),
    "escalate": later("每级升级间隔"),
    "escalate_again": later("督办后再升级"),
}
_AS_WHOM: Final = ("", "_urgent", "_utilities", "_weather", "_hard")  # endings: whom a step's row is for
# As pages list them: the rows for some cases beside those for all.
_SHOWN: Final = tuple(
    dict.fromkeys([*(step + whom for step in WHATS for whom in _AS_WHOM if step + whom in STEPS), *STEPS])
)
# What a street may set for itself.
SETTABLE: Final = (
    "accept", "hand_out", "hand_out_urgent", "hand_out_utilities", "hand_out_weather", "acknowledge", "feedback",
    "feedback_urgent", "feedback_utilities", "handle", "handle_hard", "check", "rate", "order", "summons",
    "wait_for_reporter", "reopen", "escalate", "escalate_again",
)  # fmt: skip
# Steps whose limit is counted in one unit alone (cases.jobs, cases.guards).
ONLY_IN: Final = {"rate": "natural_day", "reopen": "natural_day", "wait_for_reporter": "working_day"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit with where it comes from. profile: shandong, beijing, national or local; category: "" for every one."""

    profile: str
    step: str
    category: str
    value: int
    unit: str
    source: str
    grade: str
    valid_from: date
    valid_to: date | None = None

    @property
    def limit(self) -> Limit:
        return Limit(self.value, self.unit)

    @property
    def is_local_choice(self) -> bool:
        """Nobody above has laid it down."""
        return self.grade == "D"

    def is_in_force(self, on: date) -> bool:
        """Whether it counts on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@lru_cache
def profile_rules() -> tuple[Rule, ...]:
    """All rows of data/limits.csv."""
    with (DATA / "limits.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rule(
                row["profile"], row["step"], row["category"], int(row["value"]), row["unit"], row["source"],
                row["grade"], date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class StreetLimits:
    """A street's choice of profile and its own limits, as one process holds them."""

    choices: tuple[ProfileChoice, ...]  # the latest first
    own: tuple[LocalLimit, ...]  # the latest first

    def profile(self, on: date) -> str:
        """The profile in force on a day."""
        return next((c.profile for c in self.choices if c.valid_from <= on), DEFAULT_PROFILE)

    def local(self, step: str, category: str, on: date) -> Rule | None:
        """The street's own limit for exactly this step and category on a day."""
        row = next(
            (r for r in self.own if (r.step, r.category) == (step, category) and r.valid_from <= on), None
        )
        if row is None or row.value is None:
            return None
        return Rule(LOCAL, step, category, row.value, row.unit, row.reason, "D", row.valid_from)

    def of_profile(self, step: str, category: str, on: date) -> Rule | None:
        """The profile's row for exactly this step and category on a day; the latest counts."""
        profile = self.profile(on)
        rows = [
            rule
            for rule in profile_rules()
            if (rule.profile, rule.step, rule.category) == (profile, step, category) and rule.is_in_force(on)
        ]
        return max(rows, key=lambda rule: rule.valid_from) if rows else None


_held: dict[int, tuple[StreetMap, StreetLimits]] = {}


def street_limits(tenant_id: int) -> StreetLimits:
    """The street's limits, held in the process and read again with its map."""
    street = street_map(tenant_id)
    held = _held.get(tenant_id)
    if held is not None and held[0] is street:
        return held[1]
    with acting(Scope(tenant_id, "public")):
        choices = ProfileChoice.objects.get_queryset().filter(tenant_id=tenant_id).order_by("-valid_from")
        own = LocalLimit.objects.get_queryset().filter(tenant_id=tenant_id).order_by("-valid_from")
        fresh = StreetLimits(tuple(choices), tuple(own))
    _held[tenant_id] = (street, fresh)
    return fresh


def rule_for(
    tenant_id: int, step: str, *, category: str = "", short_days: int = 0, on: date | None = None
) -> Rule | None:
    """The rule in force for a step, the closest first: for the category, then for all; the street's own before the profile's.

    short_days: working days that the catalogue itself sets for the category, where these are fewer than usual.
    None: the profile sets no limit for this step.
    """
    held, day = street_limits(tenant_id), on or clock.today()
    return _found(held, step, category, short_days, day)


@lru_cache(maxsize=4096)
def _found(held: StreetLimits, step: str, category: str, short_days: int, day: date) -> Rule | None:
    found = (held.local(step, category, day) or held.of_profile(step, category, day)) if category else None
    general = held.local(step, "", day) or held.of_profile(step, "", day)
    if found is None and short_days and general is not None and _is_shorter(short_days, step, general):
        found = Rule(LOCAL, step, category, short_days, "working_day", CATALOGUE, "D", general.valid_from)
    return found or general


def _is_shorter(days: int, step: str, general: Rule) -> bool:
    """Whether the catalogue's days are fewer than the default profile's own; then they hold under every profile."""
    usual = next(
        (r.value for r in profile_rules() if (r.profile, r.step, r.category) == (DEFAULT_PROFILE, step, "")),
        days,
    )
    return days < usual and general.unit in ("working_day", "natural_day")


def days_of(tenant_id: int, step: str) -> int:
    """The number of days of a limit that is one number of days in every profile."""
    rule = rule_for(tenant_id, step)
    if rule is None:
        raise LookupError(f"no limit for {step}")
    return rule.value


def say_limit(value: int, unit: str) -> str:
    """5 个工作日; 2 小时; 4 工作时."""
    if unit == "percent":
        return f"{value}%"
    said = {
        "second": lambda: ngettext("%(n)d 秒", "%(n)d 秒", value),
        "minute": lambda: ngettext("%(n)d 分钟", "%(n)d 分钟", value),
        "hour": lambda: ngettext("%(n)d 小时", "%(n)d 小时", value),
        "working_hour": lambda: ngettext("%(n)d 个工作时", "%(n)d 个工作时", value),
        "working_day": lambda: ngettext("%(n)d 个工作日", "%(n)d 个工作日", value),
        "natural_day": lambda: ngettext("%(n)d 天", "%(n)d 天", value),
    }
    return said[unit]() % {"n": value}


def rules_shown(tenant_id: int, profile: str, on: date) -> Iterable[Rule]:
    """Everything that a profile sets, and the street's own limits in force on a day, by step."""
    held = street_limits(tenant_id)
    own = {(r.step, r.category) for r in held.own}
    local = (held.local(step, category, on) for step, category in sorted(own))
    rows = [rule for rule in profile_rules() if rule.profile == profile]
    position = {step: number for number, step in enumerate(_SHOWN)}
    return sorted(
        [*rows, *(rule for rule in local if rule is not None)],
        key=lambda rule: (position.get(rule.step, 99), rule.category, rule.profile != LOCAL),
    )
