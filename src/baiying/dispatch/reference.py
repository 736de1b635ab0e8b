"""What communities may be asked to do: the published list, as data."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from baiying.kit.tables import Row, read_table, rows_valid

DATA = Path(__file__).parent / "data"


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
