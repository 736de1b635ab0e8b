"""The room's reference files: numbers of the protocol around orders, and what communities may be asked to do."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from baiying.kit.tables import Row, read_table, rows_valid

DATA = Path(__file__).parent / "data"


@lru_cache
def _order_rules() -> tuple[Row, ...]:
    columns = ("profile", "rule", "value", "unit")
    return tuple(read_table(DATA / "order_rules.csv", columns=columns, key=("profile", "rule")))


def order_rule(rule: str, profile: str = "shandong") -> int:
    """A number of the protocol around orders, in the unit that its row names; see data/order_rules.csv."""
    return next(int(r["value"]) for r in _order_rules() if (r["profile"], r["rule"]) == (profile, rule))


def order_rule_row(rule: str, profile: str = "shandong") -> Row:
    """The same with its source and grade."""
    return next(r for r in _order_rules() if (r["profile"], r["rule"]) == (profile, rule))


@lru_cache
def _community_tasks() -> tuple[Row, ...]:
    return tuple(
        read_table(
            DATA / "community_tasks.csv",
            columns=("code", "name", "name_en", "categories"),
            key=("code",),
        )
    )


def community_tasks(on: date) -> list[Row]:
    """The published list of what communities do (社区事项清单), as in force on a day."""
    return rows_valid(_community_tasks(), on)


def is_community_task(category: str, on: date) -> bool:
    """Whether the list names this category."""
    return any(category in row["categories"].split("|") for row in community_tasks(on))
