"""Under which facts a case is counted at this moment. Insight adds these up; it never looks at the case itself.

A fact is [measure, bucket, unit]: `state` by number, `received|handled|closed|reopened|...` by day, `due` by hour,
`held` (a unit's own stock) by state number. Because a journal row carries the facts before and after, every change -
a second handling, a corrected category, a reopened case - takes away exactly what it had added.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from baiying.cases import steps

if TYPE_CHECKING:
    from baiying.cases.models import Case

STREET_TIME = ZoneInfo("Asia/Shanghai")
SPLIT = "split"  # the channel of a part (cases.splitting)
_EPOCH_ORDINAL = 719163  # date(1970, 1, 1).toordinal()

MEASURES = (
    "state", "held", "due", "received", "handled", "closed", "reopened", "declined",
    "called_back", "contacted", "solved", "satisfied", "basically_satisfied", "dissatisfied", "unanswered",
    "online", "phone", "on_site", "not_counted", "raised",
)  # fmt: skip


def day_of(at: datetime) -> int:
    """Days since 1970-01-01 in the street's own time."""
    return at.astimezone(STREET_TIME).toordinal() - _EPOCH_ORDINAL


def hour_of(at: datetime) -> int:
    """Whole hours since the epoch."""
    return int(at.timestamp()) // 3600


def facts_of(case: Case) -> dict[str, Any]:
    """The facts of a case: {"c": community, "g": grid, "k": category, "m": [[measure, bucket, unit], ...]}."""
    if case.channel == SPLIT:  # a part of a resident's case is no request of its own
        return {"c": case.community_id, "g": case.grid_id, "k": case.category_id, "m": []}
    # Every demand is counted, the work on it once: while it is merged into another, that one is the work.
    marks: list[list[Any]] = [
        ["received", day_of(case.received_at), 0],
        *([] if case.merged_into_id else _work(case)),
    ]
    for measure, at in (
        ("handled", case.handled_at),
        ("reopened", case.reopened_at),
        ("raised", case.raised_at),
    ):
        if at is not None:
            marks.append([measure, day_of(at), 0])
    if case.closed_at is not None:
        marks.append(["declined" if case.state == steps.DECLINED else "closed", day_of(case.closed_at), 0])
    if case.rated_at is not None:
        marks += [[measure, day_of(case.rated_at), 0] for measure in _answers(case)]
    return {"c": case.community_id, "g": case.grid_id, "k": case.category_id, "m": marks}


def _work(case: Case) -> list[list[Any]]:
    number = steps.NUMBER[case.state]
    marks: list[list[Any]] = [["state", number, 0]]
    if case.unit_id is not None:
        marks.append(["held", number, case.unit_id])
    if case.state in steps.RUNNING:
        marks.append(["due", hour_of(case.due_at), 0])
    return marks


def _answers(case: Case) -> list[str]:
    if case.is_not_counted:
        return ["not_counted"]
    if case.rating == "no_answer":
        return ["unanswered"]
    said = ["called_back", case.rating, *([case.rate_method] if case.rate_method else [])]
    if case.is_contacted:
        said.append("contacted")
    if case.is_solved:
        said.append("solved")
    return said


def facts_at_receipt(
    *, community: int | None, grid: int | None, category: int, received_at: datetime, due_at: datetime
) -> dict[str, Any]:
    """The facts of a case in the moment it is received (no unit yet); the hot path builds no Case."""
    marks = [["state", steps.NUMBER[steps.RECEIVED], 0], ["received", day_of(received_at), 0]]
    marks.append(["due", hour_of(due_at), 0])
    return {"c": community, "g": grid, "k": category, "m": marks}
