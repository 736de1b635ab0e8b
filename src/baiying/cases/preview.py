"""What would happen if these words were sent now: told honestly before anything is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from baiying.cases import intake, rulebook
from baiying.cases.clocks import is_estimated
from baiying.cases.models import Category
from baiying.cases.public import PublicCase, of_draft
from baiying.cases.services import Words
from baiying.dispatch.matching import Inputs
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
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
    public: PublicCase  # what neighbours would see
    is_estimated: bool  # the holidays of that year are not announced yet


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
        unit=street.by_code.get(_usual(draft, street)),
        promised_by=draft.promised_by,
        public=of_draft(
            by.scope.tenant,
            category=draft.category,
            text=draft.text,
            place=draft.place,
            name=words.name,
            phone=draft.phone,
            grid_id=located.grid_id,
            community_id=located.community_id,
            living_area_id=located.living_area_id,
            building_id=located.building_id,
            point=(located.lon, located.lat) if located.lon is not None and located.lat is not None else None,
        ),
        is_estimated=is_estimated(street, draft.category, draft.promised_by),
    )


def _usual(draft: intake._Draft, street: StreetMap) -> str:
    """The unit that the rules name for such a case."""
    units = street.units
    asked = Inputs(
        category=draft.category.code, kind=draft.kind, what=rulebook.what_of(draft.category),
        hours=rulebook.hours_of(draft.received_at, street.calendar), owner=draft.category.suggested_unit_code,
        community=units[draft.located.community_id].code if draft.located.community_id in units else "",
        grid=units[draft.located.grid_id].code if draft.located.grid_id in units else "",
    )  # fmt: skip
    return rulebook.book_for(street.tenant.id).answer(asked).lead
