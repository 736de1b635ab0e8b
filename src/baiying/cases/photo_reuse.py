"""Pictures that were used before: found by their difference hash within the street, explained by the checker.

Two hashes of 64 bits that differ in at most seven bits agree, in one of their four quarters, up to one bit: it is
enough to look up each quarter and its sixteen neighbours in an index. Nothing else is looked for in a picture:
no faces, no plates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.cases.closure import rules_of
from baiying.cases.models import Case, Photo, Reuse
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.photos import differing_bits
from baiying.kit.refusals import Invalid
from baiying.org.rules import Actor, Scope, acting

MOST_LOOKED_AT = 400
MOST_EXPLAINED = 500  # characters
_TELLS_LITTLE = (
    6  # a hash with so few bits (or so few missing) is of one even surface: only the same file counts
)


@dataclass(frozen=True, slots=True)
class Found:
    """A picture kept before that looks like one of these."""

    photo: Photo
    other: Photo
    bits: int


def similar_to(photo: Photo, bits: int) -> list[Found]:
    """Other pictures of the street that look like this one, the likest first. Needs the street's scope."""
    own = int(photo.perceptual_hash, 16)
    before = Photo.objects.filter(tenant_id=photo.tenant_id).exclude(id=photo.id)
    if tells_little(photo.perceptual_hash):
        same = before.filter(perceptual_hash=photo.perceptual_hash, band_1=photo.perceptual_hash[:4])
        rows: Iterable[Photo] = same.filter(sha256=photo.sha256).order_by("-id")[:MOST_LOOKED_AT]
    else:
        rows = before.filter(with_a_quarter_of([photo.perceptual_hash])).order_by("-id")[:MOST_LOOKED_AT]
    found = [Found(photo, o, differing_bits(own, int(o.perceptual_hash, 16))) for o in rows]
    return sorted((f for f in found if f.bits <= bits), key=lambda f: f.bits)


def tells_little(written: str) -> bool:
    """Whether a hash is of one even surface: such pictures look like one another whatever they show."""
    bits = int(written, 16).bit_count()
    return min(bits, 64 - bits) < _TELLS_LITTLE


def with_a_quarter_of(hashes: Iterable[str]) -> Q:
    """Pictures that share a quarter, or nearly, with one of these hashes: the index finds them, bits are counted after."""
    shared = Q()
    for number in range(4):
        near: set[int] = set()
        for written in hashes:
            quarter = int(written[4 * number : 4 * number + 4], 16)
            near |= {quarter, *(quarter ^ 1 << bit for bit in range(16))}
        shared |= Q(**{f"band_{number + 1}__in": [f"{value:04x}" for value in sorted(near)]})
    return shared


def look_for_reuse(case: Case, kept: Sequence[Photo]) -> list[Reuse]:
    """Compare the pictures just kept as proof with all others of the street, and note the likest use of each.

    A picture from before the work may be the reporter's own; one from after it must be new.
    """
    bits = rules_of(case.tenant_id)["same_bits"]
    now, own = clock.now(), {photo.id for photo in kept}
    with acting(Scope(case.tenant_id, "street")):
        found = []
        for photo in kept:
            like = [f for f in similar_to(photo, bits) if f.other.id not in own]
            if photo.purpose == Photo.Purpose.BEFORE:
                like = [f for f in like if f.other.case_id != case.id]
            found += like[:1]
        return Reuse.objects.bulk_create(
            Reuse(
                id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, photo=one.photo, other_photo_id=one.other.id,
                other_case_id=one.other.case_id, bits=one.bits, found_at=now,
            )
            for one in found
        )  # fmt: skip


def unexplained(case: Case) -> list[Reuse]:
    """Reused pictures of the case that nobody has explained yet."""
    rows = Reuse.objects.filter(tenant_id=case.tenant_id, case_id=case.id, explained_at=None)
    return list(rows.order_by("id"))


def settle(by: Actor, case: Case, words: str) -> str:
    """The checker explains the reused pictures of the case; Invalid when there are some and no word is said."""
    open_ones = unexplained(case)
    if not open_ones:
        return ""
    explanation = kit_text.clean(words, most=MOST_EXPLAINED, field="reuse")
    if not explanation:
        raise Invalid(
            field="reuse",
            problem=_("证明照片和以前的照片看着一样，还没有说明。"),
            remedy=_("对照两张照片，写明为什么可以算数；不能算数就退回再办。"),
        )
    for reuse in open_ones:
        reuse.explanation, reuse.explained_at = explanation, clock.now()
        reuse.explained_by, reuse.explained_name = by.account_id, by.name
        reuse.save(update_fields=["explanation", "explained_at", "explained_by", "explained_name"])
    return explanation


@dataclass(frozen=True, slots=True)
class Shown:
    """A reused picture for a page. `reference` is empty when the other case is not in the reader's sight."""

    reuse: Reuse
    photo: Photo
    other: Photo | None
    reference: str
    is_same_case: bool


def reuses_of(scope: Scope, case: Case) -> list[Shown]:
    """The reused pictures of a case, with the way to the other use where the reader may go there."""
    rows = list(Reuse.objects.filter(tenant_id=case.tenant_id, case_id=case.id).select_related("photo"))
    others = {c.id: c for c in Case.objects.within(scope).filter(id__in={r.other_case_id for r in rows})}
    photos = {
        p.id: p
        for p in Photo.objects.filter(tenant_id=case.tenant_id, id__in=[r.other_photo_id for r in rows])
        if p.case_id in others
    }
    return [
        Shown(
            reuse, reuse.photo, photos.get(reuse.other_photo_id),
            others[reuse.other_case_id].reference if reuse.other_case_id in others else "",
            reuse.other_case_id == case.id,
        )
        for reuse in sorted(rows, key=lambda r: r.id)
    ]  # fmt: skip
