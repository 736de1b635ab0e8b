"""The room's reference files, read once; and their idempotent way into the database."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from baiying.cases.models import Category, Matter, Reason, StandardText

DATA = Path(__file__).parent / "data"


@lru_cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of data/<name>.csv."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _kinds() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows("kinds")}


KINDS = _kinds()


@lru_cache
def danger_words() -> tuple[tuple[str, str], ...]:
    """(word, number to call), the longest word first."""
    found = [(row["word"], row["number"]) for row in rows("danger_words")]
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


def load_reference() -> None:
    """Put the files' rows into the tables: new ones in, changed ones corrected, none deleted. Harmless to repeat."""
    for row in rows("matters"):
        Matter.objects.update_or_create(
            standard_ref=row["standard_ref"],
            kind=row["kind"],
            code=row["code"],
            defaults=_dated(row)
            | {
                name: row[name]
                for name in (
                    "class_code",
                    "class_name",
                    "name",
                    "name_en",
                    "predecessor_ref",
                    "predecessor_code",
                )
            },
        )
    matters = {m.code: m for m in Matter.objects.filter(kind="matter")}
    for position, row in enumerate(rows("everyday")):
        Category.objects.update_or_create(
            code=row["code"],
            defaults=_dated(row) | {
                "matter": matters.get(row["matter_code"]),
                "is_danger": row["danger"] == "true",
                "is_sensitive": row["sensitive"] == "true",
                "anonymous_allowed": row["anonymous_allowed"] == "true",
                "limit_days": int(row["limit_days"]),
                "position": position,
            } | {
                name: row[name]
                for name in (
                    "name", "name_en", "group_code", "group", "group_en", "icon", "default_kind", "suggested_unit_code", "keywords",
                )
            },
        )  # fmt: skip
    for row in rows("reasons"):
        Reason.objects.update_or_create(
            code=row["code"],
            defaults={
                name: row[name]
                for name in ("step", "name", "name_en", "who_can_help", "who_can_help_en", "source", "grade")
            },
        )
    for row in rows("standard_texts"):
        StandardText.objects.update_or_create(
            code=row["code"], defaults={name: row[name] for name in ("step", "name", "text", "text_en")}
        )


def _dated(row: dict[str, str]) -> dict[str, str | None]:
    return {
        "source": row["source"],
        "grade": row["grade"],
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"] or None,
    }
