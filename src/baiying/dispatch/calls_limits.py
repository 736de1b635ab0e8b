"""Kinds of call and their response times: rows with source, grade and validity (data/call_kinds.csv)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from baiying.dispatch.limits import LOCAL, Rule, rule_for
from baiying.kit.calendar import Limit
from baiying.org.queries import calendar_of, street_map

DATA: Final = Path(__file__).parent / "data"
MOST_DAYS: Final = 90  # a call by date lies within these days
EVERYDAY: Final = "everyday"


@dataclass(slots=True)  # not frozen: what has a name in two languages is asked for settable ones
class CallKind:
    """A kind of call. `value` and `unit` (minute | hour) give the time to respond; unit "date": the caller names it."""

    code: str
    name: str
    name_en: str
    value: int
    unit: str
    counts: Literal["acknowledge", "arrive"]
    source: str
    grade: str
    valid_from: str

    @property
    def is_by_date(self) -> bool:
        """Whether the caller has to say by when."""
        return self.unit == "date"

    @property
    def as_kept(self) -> dict[str, Any]:
        """What a call keeps of the row that it was raised under."""
        names = ("value", "unit", "counts", "source", "grade", "valid_from")
        return {name: getattr(self, name) for name in names}


def kinds(street_code: str, on: date) -> list[CallKind]:
    """The kinds in force on a day, in the order of the file; a street's own row goes before the common one."""
    found: dict[str, CallKind] = {}
    own: set[str] = set()
    for row in _rows():
        if row["street"] not in ("", street_code) or not _is_in_force(row, on):
            continue
        if row["kind"] in own and not row["street"]:
            continue
        if row["street"]:
            own.add(row["kind"])
        found[row["kind"]] = _kind(row)
    return list(found.values())


def kind_of(code: str, street_code: str, on: date) -> CallKind | None:
    """The kind with this code as it is in force on a day, else None."""
    return next((kind for kind in kinds(street_code, on) if kind.code == code), None)


def kinds_in(tenant_id: int, on: date) -> list[CallKind]:
    """The kinds as a street has them: what it has set for itself (limits, step "summons") goes before the file.

    A limit set for all calls means the everyday one; the others by their own kind only.
    """
    return [_as_set(kind, tenant_id, on) for kind in kinds(street_map(tenant_id).tenant.code, on)]


def kind_in(tenant_id: int, code: str, on: date) -> CallKind | None:
    """The kind with this code as a street has it, else None."""
    return next((kind for kind in kinds_in(tenant_id, on) if kind.code == code), None)


def respond_by(kind: CallKind, tenant_id: int, start: datetime) -> datetime:
    """When the time to respond is over that began at `start`. ValueError where the caller names the date."""
    return calendar_of(tenant_id).due(start, Limit(kind.value, kind.unit)).at


def _as_set(kind: CallKind, tenant_id: int, on: date) -> CallKind:
    if kind.is_by_date:
        return kind
    rule: Rule | None = rule_for(tenant_id, "summons", category=kind.code, on=on)
    if rule is None or rule.profile != LOCAL or (not rule.category and kind.code != EVERYDAY):
        return kind
    return replace(
        kind,
        value=rule.value,
        unit=rule.unit,
        source=rule.source,
        grade=rule.grade,
        valid_from=f"{rule.valid_from}",
    )


@lru_cache
def _rows() -> tuple[dict[str, str], ...]:
    with (DATA / "call_kinds.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _is_in_force(row: dict[str, str], on: date) -> bool:
    return date.fromisoformat(row["valid_from"]) <= on and (
        not row["valid_to"] or on <= date.fromisoformat(row["valid_to"])
    )


def _kind(row: dict[str, str]) -> CallKind:
    counts: Literal["acknowledge", "arrive"] = "arrive" if row["counts"] == "arrive" else "acknowledge"
    return CallKind(
        row["kind"], row["name"], row["name_en"], int(row["value"] or 0), row["unit"], counts,
        row["source"], row["grade"], row["valid_from"],
    )  # fmt: skip
