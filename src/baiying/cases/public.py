"""The public version of a case: what neighbours, other systems and screens may show of it. Nothing else may be shown.

Words are masked by `kit.privacy` and by what staff decided (`guarding`), photos are private unless a member of staff
released a copy, and places are rounded. Call within a scope that sees the cases: what the scope hides is not used.

Rounding (docs/privacy.md): 0.0001 degree (some 10 m), 0.001 degree (some 100 m) when somebody's home was masked, no
point at all for sensitive categories - their place is the grid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from baiying.cases.models import Case, Category, Contact, Correction, PublicPhoto
from baiying.kit import privacy
from baiying.kit.privacy import Found
from baiying.kit.text import first_words
from baiying.org.queries import street_map
from baiying.registry import queries as registry

DIGITS: Final = 4
DIGITS_OF_HOMES: Final = 3
_MOST_TITLE: Final = 30
GUARDED: Final = "guard"  # the line of the timeline that every decision of `guarding` writes


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo that was made public; the door knows its address (`public_photo`)."""

    id: UUID
    width: int
    height: int
    released_at: datetime


@dataclass(frozen=True, slots=True)
class Guard:
    """How the words of one case are masked: whose names and numbers are known, what staff decided."""

    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    places: tuple[str, ...] | None = None  # of sensitive cases: these and all other places are covered

    def found(self, text: str) -> tuple[Found, ...]:
        """What is covered in a text of the case."""
        found = privacy.find(text, known_names=self.names, known_phones=self.phones, places=self.places)
        for passage in self.released:
            spans = _spans(text, passage)
            found = tuple(f for f in found if not any(a <= f.start and f.end <= b for a, b in spans))
        for passage in self.masked:
            for start, end in _spans(text, passage):
                apart = [f for f in found if f.end <= start or f.start >= end]
                inside = [f for f in found if f not in apart]
                start = min([start, *(f.start for f in inside)])
                end = max([end, *(f.end for f in inside)])
                found = tuple(sorted([*apart, Found(start, end, "said")]))
        return found

    def words(self, text: str) -> str:
        """A text of the case - its own words, an answer, a line of the timeline - as others may read it."""
        return privacy.cover(text, self.found(text)) if text else ""


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What may be shown of a case. `point`: (lon, lat) in WGS-84 degrees, rounded; None where it is unknown or too much.

    `address` is words, of a sensitive case the grid's name; `guard.words` masks answers and status texts.
    """

    case_id: UUID | None
    reference: str
    title: str
    text: str
    address: str
    point: tuple[float, float] | None
    grid_code: str
    grid_name: str
    photos: tuple[Picture, ...]
    is_sensitive: bool
    guard: Guard = field(repr=False)


def public_version(case: Case) -> PublicCase:
    """The public version of one case."""
    return public_versions([case])[0]


def told_version(case: Case, *, contact: Contact | None, is_guarded: bool) -> PublicCase:
    """The same, asking only for what there is, for a page that has read who reported the case and its timeline.

    is_guarded: whether the timeline says (GUARDED) that staff decided anything about what others see.
    """
    if not is_guarded:
        guard = _guard(case.category, case.tenant_id, contact, {})
        return _version(case, case.category, guard, (), place=case.place)
    return public_version(case)


def public_versions(cases: Sequence[Case]) -> list[PublicCase]:
    """The public versions of cases, in their order; three queries however many there are.

    `case.category` should have been fetched with the cases.
    """
    guards = guards_of(cases)
    photos: dict[UUID, list[Picture]] = defaultdict(list)
    for row in released_photos(cases):
        assert row.released_at is not None
        photos[row.case_id].append(Picture(row.id, row.width, row.height, row.released_at))
    return [
        _version(case, case.category, guards[case.id], tuple(photos[case.id]), place=case.place)
        for case in cases
    ]


def public_point(case: Case, *, is_sensitive: bool) -> tuple[float, float] | None:
    """The point alone, for maps that show no words: as in the public version."""
    if is_sensitive:
        return None
    return _rounded(case, has_home=privacy.has_home(case.text) or privacy.has_home(case.place))


def guards_of(cases: Sequence[Case]) -> dict[UUID, Guard]:
    """How the words of each case are masked; two queries."""
    if not cases:
        return {}
    tenant, ids = cases[0].tenant_id, [case.id for case in cases]
    contacts = {c.case_id: c for c in Contact.objects.filter(tenant_id=tenant, case_id__in=ids)}
    decided: dict[UUID, dict[str, str]] = defaultdict(dict)
    corrections = Correction.objects.filter(tenant_id=tenant, case_id__in=ids).order_by("case_id", "version")
    for row in corrections:
        decided[row.case_id].pop(row.passage, None)
        decided[row.case_id][row.passage] = row.action
    return {case.id: _guard(case.category, tenant, contacts.get(case.id), decided[case.id]) for case in cases}


def of_draft(
    tenant_id: int,
    *,
    category: Category,
    text: str,
    place: str,
    name: str = "",
    phone: str = "",
    grid_id: int | None = None,
    community_id: int | None = None,
    living_area_id: int | None = None,
    building_id: int | None = None,
    point: tuple[float, float] | None = None,
) -> PublicCase:
    """What neighbours would see of words that are not sent yet."""
    draft = Case(
        tenant_id=tenant_id, reference="", category=category, text=text, grid_id=grid_id,
        community_id=community_id, living_area_id=living_area_id, building_id=building_id, lon=point and point[0], lat=point and point[1],
    )  # fmt: skip
    guard = _guard(category, tenant_id, Contact(name=name, phone=phone), {})
    return _version(draft, category, guard, (), place=place)


def released_photos(cases: Iterable[Case]) -> list[PublicPhoto]:
    """The photos of these cases that others may see, the oldest first."""
    ids = [case.id for case in cases]
    rows = PublicPhoto.objects.filter(case_id__in=ids, released_at__isnull=False, withdrawn_at__isnull=True)
    return list(rows.order_by("id"))


def _guard(category: Category, tenant_id: int, contact: Contact | None, decided: Mapping[str, str]) -> Guard:
    name = contact.name.partition(" <")[0] if contact else ""  # an e-mail address may stand behind it
    return Guard(
        names=(name,) if len(name) >= 2 else (),
        phones=(contact.phone,) if contact and contact.phone else (),
        masked=tuple(p for p, action in decided.items() if action == Correction.Action.MASK),
        released=tuple(p for p, action in decided.items() if action == Correction.Action.RELEASE),
        places=tuple(registry.area_names(tenant_id)) if category.is_sensitive else None,
    )


def _version(
    case: Case, category: Category, guard: Guard, photos: tuple[Picture, ...], *, place: str
) -> PublicCase:
    units = street_map(case.tenant_id).units
    grid, community = units.get(case.grid_id or 0), units.get(case.community_id or 0)
    in_text, in_place = guard.found(case.text), guard.found(place)
    text = privacy.cover(case.text, in_text)
    if category.is_sensitive:
        smallest = grid or community
        title, address, point = category.name, smallest.name if smallest else "", None
    else:
        has_home = any(found.kind == "home" for found in (*in_text, *in_place))
        title = first_words(text, _MOST_TITLE)
        address = _address(case, privacy.cover(place, in_place))
        point = _rounded(case, has_home=has_home)
    return PublicCase(
        case_id=case.id, reference=case.reference, title=title, text=text, address=address, point=point,
        grid_code=grid.code if grid else "", grid_name=grid.name if grid else "", photos=photos,
        is_sensitive=category.is_sensitive, guard=guard,
    )  # fmt: skip


def _address(case: Case, place: str) -> str:
    """The words that were given, with the living area before them if they do not name it."""
    name = registry.place_name(case.tenant_id, case.living_area_id, case.building_id)
    area = registry.place_name(case.tenant_id, case.living_area_id, None)
    if not place:
        return name
    return place if not area or area in place else f"{area} {place}"


def _rounded(case: Case, *, has_home: bool) -> tuple[float, float] | None:
    if case.lon is None or case.lat is None:
        return None
    digits = DIGITS_OF_HOMES if has_home else DIGITS
    return round(case.lon, digits), round(case.lat, digits)


def _spans(text: str, passage: str) -> list[tuple[int, int]]:
    spans, at = [], text.find(passage) if passage else -1
    while at != -1:
        spans.append((at, at + len(passage)))
        at = text.find(passage, at + len(passage))
    return spans
