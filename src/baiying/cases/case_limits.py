"""Which limit holds for a case and a step: by urgency, category, class of category, and whether it was found hard.

The closest row wins: danger first; then a limit for exactly this category; then its class (data/limit_classes.csv);
then the step's own. The street's own row goes before the profile's each time (dispatch.limits).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as later

from baiying.cases.models import Case, Category
from baiying.cases.reference import DATA
from baiying.dispatch.limits import STEP_OF, Rule, rule_for
from baiying.kit import clock
from baiying.kit.tables import Row, read_table

IN_EVERY_PROFILE: Final = frozenset({"accept", "hand_out", "acknowledge", "check", "call_back"})
URGENT: Final = "urgent"  # the ending of a step's name, as the classes are
HANDLE_HARD: Final = "handle_hard"
CLASSES: Final[dict[str, Promise]] = {"utilities": later("水电气热"), "weather": later("极端天气")}


@lru_cache
def _rows() -> tuple[Row, ...]:
    path = DATA / "limit_classes.csv"
    return tuple(read_table(path, columns=("class", "category"), key=("class", "category")))


@lru_cache(maxsize=1024)
def classes_of(category: str, on: date) -> tuple[str, ...]:
    """The classes of a category on a day."""
    return tuple(row["class"] for row in _rows() if row["category"] == category and row.is_valid(on))


def members_of(name: str, on: date) -> list[str]:
    """The categories of a class on a day, by code."""
    return [row["category"] for row in _rows() if row["class"] == name and row.is_valid(on)]


def step_rule(
    tenant_id: int, what: str, *, category: str, is_urgent: bool, on: date | None = None
) -> Rule | None:
    """The limit of a step (any clock but that of handling) for such a case; None where the rules set none."""
    step, day = STEP_OF.get(what, what), on or clock.today()
    if is_urgent and (urgent := rule_for(tenant_id, f"{step}_{URGENT}", category=category, on=day)):
        return urgent
    usual = rule_for(tenant_id, step, category=category, on=day)
    if usual is not None and usual.category:
        return usual
    for name in classes_of(category, day):
        if found := rule_for(tenant_id, f"{step}_{name}", category=category, on=day):
            return found
    return usual


def handle_rule(tenant_id: int, category: Category, on: date | None = None, *, is_hard: bool = False) -> Rule:
    """How long handling may take for this category; longer where it was found hard and the rules know that.

    For a day before the oldest rows (a case brought along from elsewhere) those of today hold.
    """
    hard = rule_for(tenant_id, HANDLE_HARD, category=category.code, on=on) if is_hard else None
    rule = hard or rule_for(
        tenant_id, "handle", category=category.code, short_days=category.limit_days, on=on
    )
    if rule is None and on is not None:
        return handle_rule(tenant_id, category, is_hard=is_hard)
    assert rule is not None  # every profile has it
    return rule


def rule_of(case: Case, what: str, on: date | None = None) -> Rule | None:
    """The limit of one clock of a case, for a clock that begins on a day; None where the rules set none."""
    if what == "handle":
        return handle_rule(case.tenant_id, case.category, on, is_hard=case.is_hard)
    found = step_rule(case.tenant_id, what, category=case.category.code, is_urgent=case.is_urgent, on=on)
    if found is None and on is not None and what in IN_EVERY_PROFILE:
        return rule_of(case, what)
    return found
