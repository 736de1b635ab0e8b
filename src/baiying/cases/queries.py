"""Reads of cases: one case with what belongs to it, open ones near by, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.cases import guards, rules, secrets, steps
from baiying.cases.candidates import showing_the_same
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case, Contact, Line, Photo
from baiying.dispatch.models import Order
from baiying.dispatch.queries import orders_of as orders_of_subject
from baiying.kit import geometry, ids, text
from baiying.kit.lifecycle import Step
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import NotFound, Refusal
from baiying.org.rules import Actor, Scope, seeing

NEAR = 150.0  # metres; about the reach of a block
MOST_NEAR = 10
_LOOKED_AT = 50  # the nearest of the box, before metres are measured


@dataclass(frozen=True, slots=True)
class NearBy:
    """An open case and how far it is; `metres` None when it is found by the telephone number or a picture instead."""

    case: Case
    metres: float | None
    same_phone: bool = False
    same_photo: bool = False


@dataclass(frozen=True, slots=True)
class ContactCard:
    """How the reporter may be reached, as far as it may be shown. `is_masked`: name and number are hidden."""

    name: str
    phone: str
    is_masked: bool


def case_by_reference(scope: Scope, reference: str) -> Case:
    """The case with this reference, written in any of the usual ways. Raises NotFound, also outside the scope."""
    known = ids.parse_reference(reference)
    case: Case | None = None
    if known is not None:
        case = (
            Case.objects.within(scope)
            .select_related("category", "matter")
            .defer("search")
            .filter(reference=known)
            .first()
        )
    if case is None:
        raise NotFound(
            field="reference",
            problem=_("没有找到这件诉求，或它不在您的辖区和单位范围内。"),
            remedy=_("请核对编号；需要时请街道派单员查看。"),
        )
    return case


def lines_of(case: Case, *, public_only: bool) -> list[Line]:
    """The timeline of a case that the caller has read within scope, in order."""
    lines = Line.objects.filter(tenant_id=case.tenant_id, case_id=case.id)
    if public_only:
        lines = lines.filter(is_public=True)
    return list(lines.order_by("id"))


def photos_of(case: Case) -> list[Photo]:
    """The photos of a case that the caller has read within scope, the oldest first."""
    return list(Photo.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("id"))


def photo_within(scope: Scope, photo_id: UUID) -> Photo:
    """A photo whose case lies within the scope. Raises NotFound."""
    photo: Photo | None = Photo.objects.filter(tenant_id=scope.tenant, id=photo_id).first()
    if photo is None or not Case.objects.within(scope).filter(id=photo.case_id).exists():
        raise NotFound(
            problem=_("没有这张照片，或者不在您能查看的范围内。"), remedy=_("请从诉求页面打开照片。")
        )
    return photo


def orders_of(scope: Scope, case: Case) -> list[Order]:
    """All orders of a case that the caller has read within scope, of whichever unit, with their links; the latest first."""
    branch = Scope(scope.tenant, "case", case=case.id)
    with seeing(branch):
        return list(
            orders_of_subject(branch, case.id).select_related("unit", "person").prefetch_related("links")
        )


def contact_of(case: Case) -> Contact | None:
    """Who reported a case that the caller has read within scope; pages show it by card_of."""
    found: Contact | None = Contact.objects.filter(tenant_id=case.tenant_id, case_id=case.id).first()
    return found


def contact_card(case: Case, *, in_clear: bool) -> ContactCard | None:
    """Name and number, hidden unless `in_clear` (see services.reveal_contact); None when nobody left any."""
    return card_of(contact_of(case), in_clear=in_clear)


def card_of(contact: Contact | None, *, in_clear: bool) -> ContactCard | None:
    """The same of a contact that has been read."""
    if contact is None:
        return None
    if in_clear:
        return ContactCard(contact.name, contact.phone, is_masked=False)
    return ContactCard(_mask_name(contact.name), text.mask_phone(contact.phone), is_masked=True)


def _mask_name(name: str) -> str:
    return name[:1] + "*" * min(2, len(name) - 1) if name else ""


def near_by(
    scope: Scope, lon: float, lat: float, *, metres: float = NEAR, apart_from: UUID | None = None
) -> list[NearBy]:
    """Open cases within a distance (metres, WGS-84 degrees), the nearest first, at most ten."""
    box = geometry.BBox(lon, lat, lon, lat).grown(metres)
    rows = _open(scope).filter(
        lat__gte=box.south, lat__lte=box.north, lon__gte=box.west, lon__lte=box.east
    )  # fmt: skip
    # Hundreds lie near where a street is busy: whole rows only of those that are told, and none of them by chance.
    east_by = math.cos(math.radians(lat))
    nearest = ((F("lon") - lon) * east_by) ** 2 + (F("lat") - lat) ** 2
    found = sorted(
        (distance, case_id)
        for case_id, east, north in rows.order_by(nearest).values_list("id", "lon", "lat")[:_LOOKED_AT]
        if case_id != apart_from
        and (distance := geometry.metres_between((lon, lat), (east or 0.0, north or 0.0))) <= metres
    )[:MOST_NEAR]
    cases = _open(scope).in_bulk([case_id for _distance, case_id in found]) if found else {}
    return [NearBy(cases[case_id], distance) for distance, case_id in found if case_id in cases]


def in_same_building(scope: Scope, living_area_id: int, building_id: int | None) -> list[NearBy]:
    """Open cases of the same building, or of the living area when no building is known; the latest first."""
    rows = _open(scope).filter(living_area_id=living_area_id)
    if building_id is not None:
        rows = rows.filter(building_id=building_id)
    return [NearBy(case, None) for case in rows.order_by("-received_at", "-id")[:MOST_NEAR]]


def with_same_phone(scope: Scope, phone: str) -> list[NearBy]:
    """Open cases of whoever has this telephone number; the latest first."""
    number = text.normalise_phone(phone)
    if not number:
        return []
    same = Contact.objects.filter(tenant_id=scope.tenant, phone_hash=secrets.phone_hash(number))
    rows = _open(scope).filter(id__in=same.values("case_id"))
    return [NearBy(case, None, same_phone=True) for case in rows.order_by("-received_at", "-id")[:MOST_NEAR]]


def with_like_photos(scope: Scope, photos: Iterable[ReadPhoto]) -> list[NearBy]:
    """Open cases, at any distance, with a reported picture that looks like one of these that nobody keeps yet."""
    shown = showing_the_same(scope, [f"{photo.phash:016x}" for photo in photos])
    rows = _open(scope).filter(id__in=shown) if shown else Case.objects.none()
    return [NearBy(case, None, same_photo=True) for case in rows.order_by("-received_at", "-id")[:MOST_NEAR]]


def _open(scope: Scope) -> QuerySet[Case]:
    rows: QuerySet[Case] = Case.objects.within(scope).select_related("category").defer("search")
    return rows.filter(closed_at__isnull=True, merged_into__isnull=True).exclude(channel=SPLIT)


def refusal_of(step: Step, case: Case, by: Actor) -> Refusal | None:
    """Why this person, who has leave for such steps, may not take this one on this case; None when they may."""
    return guards.refusal(step, case, by)


def next_case(by: Actor, *, apart_from: UUID) -> tuple[Case, Step] | None:
    """What this person might do next: the open case due first whose likeliest step is theirs to take."""
    mine = [
        s for s in steps.LIFECYCLE.steps if s.likely <= 2 and "staff" in s.by and by.has(s.permission)
    ]  # fmt: skip
    states = sorted({state for s in mine for state in s.from_states} & steps.OPEN)
    if not states or not by.has(rules.READ):
        return None
    rows = Case.objects.within(by.scope).filter(
        state__in=states, closed_at__isnull=True, merged_into__isnull=True
    )
    for case in rows.exclude(id=apart_from).select_related("category").order_by("due_at", "id")[:10]:
        for step in mine:
            if case.state in step.from_states and refusal_of(step, case, by) is None:
                return case, step
    return None


def lines_since(lines: Sequence[Line], seen: str) -> list[Line]:
    """The lines that came after the one that somebody saw last (its id in hex); none when that is not known."""
    if not any(line.id.hex == seen for line in lines):
        return []
    return [line for line in lines if line.id.hex > seen]
