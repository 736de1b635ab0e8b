"""What stands beside a request on its page, for programs: its clocks, and what its words and the rules of orders suggest."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from baiying.cases import rulebook, rules, suggesting
from baiying.dispatch.clocks import clocks_of
from baiying.dispatch.models import Clock, ClockChange
from baiying.doors.open.changing import ONE
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.reading import TAG, case_for
from baiying.doors.open.shapes import Named, named
from baiying.kit import clock
from baiying.org.queries import street_map


class ClockChangeOne(msgspec.Struct, kw_only=True):
    """What moved a limit or let it stand still: a listed reason or a step, and words. `due_after` null: it still stands."""

    kind: Literal["pause", "extend", "change", "hard"]
    at: datetime
    by: str
    reason: str
    text: str
    until: datetime | None
    ended_at: datetime | None
    due_before: datetime
    due_after: datetime | None


class ClockOne(msgspec.Struct, kw_only=True):
    """A promise with a limit, where the limit comes from, and what became of it. `escalations`: their ids."""

    what: str
    state: Literal["running", "paused", "stopped"]
    limit: int
    unit: str
    source: str
    grade: str
    started_at: datetime
    due_at: datetime
    is_estimated: bool
    warned_at: datetime | None
    overdue_at: datetime | None
    stopped_at: datetime | None
    changes: list[ClockChangeOne]
    escalations: list[UUID]


class Clocks(msgspec.Struct):
    """The earliest first."""

    clocks: list[ClockOne]


class CategoryChance(msgspec.Struct, kw_only=True):
    """A category, how likely it is (0 to 1), and the words that spoke for it."""

    category: Named
    matter: str | None
    probability: float
    words: list[str]


class KindChance(msgspec.Struct):
    """The likeliest kind, how likely it is (0 to 1), and the words that spoke for it."""

    kind: str
    probability: float
    words: list[str]


class UnitSuggested(msgspec.Struct, kw_only=True):
    """Who should have it by the street's rules of orders: version and row of the rules, or a saying of the categories.

    `passed`: units that would have been next and have returned it. `limit_days`: working days that the row gives.
    """

    unit: Named | None
    supports: list[Named]
    version: int | None
    row: int | None
    saying: str | None
    passed: list[str]
    limit_days: int | None


class Suggestions(msgspec.Struct):
    """At most three categories, the likeliest first; the words that speak for urgency and how likely it is; the unit.

    `is_sure`: the first category is likely enough to be chosen beforehand. `urgent_probability`: 0 to 1, calibrated; from
    0.5 on the desk holds the request likely to be urgent. `urgent` has the words of danger below that, too.
    """

    categories: list[CategoryChance]
    is_sure: bool
    kind: KindChance | None
    urgent: list[str]
    urgent_probability: float
    handing_out: UnitSuggested


@operation(
    "list_clocks", "GET", f"{ONE}/clocks", tag=TAG, summary="The clocks of a request, and what moved them",
    answer=Clocks, permission=rules.READ,
)  # fmt: skip
def list_clocks(call: Call) -> Clocks:
    """Accepting, handing out, handling, …: each with its limit, the limit's source, pauses and extensions."""
    return Clocks([_clock(row) for row in clocks_of(call.by.scope, [case_for(call).id])])


def _clock(row: Clock) -> ClockOne:
    changes = sorted(row.changes.all(), key=lambda one: one.pk)
    told = sorted(row.escalations.all(), key=lambda one: (one.at, one.level))
    return ClockOne(
        what=row.what, state=row.state, limit=row.limit_value, unit=row.limit_unit, source=row.source,  # type: ignore[arg-type]
        grade=row.grade, started_at=row.started_at, due_at=row.due_at, is_estimated=row.is_estimated,
        warned_at=row.warned_at, overdue_at=row.overdue_at, stopped_at=row.stopped_at,
        changes=[_change(one) for one in changes], escalations=[one.id for one in told],
    )  # fmt: skip


def _change(row: ClockChange) -> ClockChangeOne:
    return ClockChangeOne(
        kind=row.kind, at=row.at, by=row.by_name, reason=row.reason, text=row.text, until=row.until,  # type: ignore[arg-type]
        ended_at=row.ended_at, due_before=row.due_before, due_after=row.due_after,
    )  # fmt: skip


@operation(
    "list_suggestions", "GET", f"{ONE}/suggestions", tag=TAG, summary="What its words and the rules suggest for a request",
    answer=Suggestions, permission=rules.READ,
)  # fmt: skip
def list_suggestions(call: Call) -> Suggestions:
    """Somebody decides: nothing follows from it by itself."""
    case = case_for(call)
    found = suggesting.suggestion(case.text, on=clock.today(), tenant_id=case.tenant_id)
    _asked, answer, book = rulebook.suggest(call.by, case)
    units = street_map(case.tenant_id).by_code
    supports = [named(units[code]) for code in answer.supports if code in units]
    return Suggestions(
        categories=[
            CategoryChance(
                category=Named(one.category.code, one.category.name, one.category.name_en),
                matter=one.matter.code if one.matter else None, probability=round(one.probability, 4), words=list(one.words),
            )
            for one in found.categories
        ],
        is_sure=found.sure is not None,
        kind=KindChance(found.kind.kind, round(found.kind.probability, 4), list(found.kind.words)) if found.kind else None,
        urgent=list(found.urgent),
        urgent_probability=round(found.urgency, 4),
        handing_out=UnitSuggested(
            unit=named(units.get(answer.lead)), supports=[one for one in supports if one is not None],
            version=book.version, row=answer.row.id if answer.row is not None else None, saying=answer.saying or None,
            passed=list(answer.passed), limit_days=answer.limit_days,
        ),
    )  # fmt: skip
