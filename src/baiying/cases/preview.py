"""What would happen if these words were sent now: told honestly before anything is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from baiying.cases import intake
from baiying.cases.models import Category
from baiying.cases.services import Words
from baiying.org.models import Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor


@dataclass(frozen=True, slots=True)
class Preview:
    """Where the request would go. `located_by` as on a case: point | place | desk | outside | unknown."""

    category: Category
    kind: str
    community: Unit | None
    grid: Unit | None
    located_by: str
    unit: Unit | None  # who usually handles this kind, when the catalogue knows
    promised_by: datetime


def preview(by: Actor, *, words: Words) -> Preview:
    """As `receive` would take it, nothing written; raises the same refusals."""
    street = street_map(by.scope.tenant)
    draft = intake._draft(by, words, street)  # what receive itself does before it writes
    located = draft.located
    return Preview(
        category=draft.category,
        kind=draft.kind,
        community=street.units.get(located.community_id or 0),
        grid=street.units.get(located.grid_id or 0),
        located_by=located.by,
        unit=street.by_code.get(draft.category.suggested_unit_code),
        promised_by=draft.promised_by,
    )
