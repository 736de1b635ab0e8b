"""The two rows that every act on a case leaves: a line of its timeline and a row of the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from baiying.cases.facts import facts_of
from baiying.cases.models import Case, Line
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.org.rules import Actor


def write_line(
    by: Actor,
    case: Case,
    step: str,
    text: str,
    data: dict[str, Any],
    *,
    is_public: bool,
    at: datetime | None = None,
) -> Line:
    """One line of the timeline, by whoever acts."""
    return Line.objects.create(
        id=uuid7(),
        tenant_id=case.tenant_id,
        case=case,
        at=at or clock.now(),
        step=step,
        is_public=is_public,
        actor_kind=by.kind,
        actor_id=by.account_id,
        actor_name=by.name,
        unit_id=by.unit_id,
        unit_name=by.unit_name,
        text=kit_text.clean(text),
        data=data,
    )


def tell(
    by: Actor,
    case: Case,
    event: str,
    from_state: str,
    before: dict[str, Any] | None,
    data: dict[str, Any] | None = None,
) -> None:
    """The journal row of what was just done to a case; `data` names nobody and repeats no words."""
    record(
        News(
            tenant_id=case.tenant_id,
            event=event,
            subject_kind="case",
            subject_id=str(case.id),
            actor_kind=by.kind,
            actor_id=by.account_id,
            actor_name=by.name if by.kind != "reporter" else "",
            community_id=case.community_id,
            grid_id=case.grid_id,
            unit_id=case.unit_id,
            from_state=from_state,
            to_state=case.state,
            before=before,
            after=facts_of(case) if before is not None else None,
            data=data,
        )
    )
