"""Which open cases may be about the same thing: by place and time first, then by words and pictures, each with reasons.

Narrowing is one index scan (case_open_near_by); words are compared in the process, because `%` and similarity() are not
leakproof and PostgreSQL would refuse the index under a row policy. However many cases lie near, the number of queries is
the same. Which distance, how many days and how alike: similar_rules, for the category of the case that asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value

from baiying.cases import similar_rules, steps
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case, Category, Photo
from baiying.cases.photo_reuse import tells_little, with_a_quarter_of
from baiying.kit import clock, geometry
from baiying.kit.likeness import common_words, likeness, pairs
from baiying.kit.photos import differing_bits
from baiying.org.rules import Scope

MOST: Final = 5
MOST_LOOKED_AT: Final = 300  # of the box, the latest first
MOST_PICTURES: Final = 12  # of one case or draft
SAME_SPOT: Final = 30.0  # metres: one gate, one lamp
SAME_BITS: Final = 5  # in which two pictures that show the same may differ
_OF_SAME_CATEGORY, _ON_SAME_SPOT = 0.14, 0.08  # what speaks for it beside the words
OPEN_TO_WORK: Final = (*sorted(steps.RUNNING), *sorted(steps.PAUSED))  # not handled yet
_RECEIVED: Final = ExpressionWrapper(F("received_at") + Value(timedelta(0)), output_field=DateTimeField())


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is compared with the open cases: a case, or words that nobody has sent yet. lon/lat in WGS-84 degrees.

    pictures: difference hashes (16 hex digits) of photos that no case holds yet. is_neighbour: asked by somebody who is
    no staff; pictures then count only within the place and time in which words are compared. has_photos: whether the
    case `apart_from` may have some.
    """

    tenant_id: int
    text: str
    category: Category
    at: datetime
    lon: float | None = None
    lat: float | None = None
    living_area_id: int | None = None
    building_id: int | None = None
    apart_from: UUID | None = None
    has_photos: bool = False
    pictures: tuple[str, ...] = ()
    is_neighbour: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open case that may be the same, and why. `metres` None: no point on one side; `days` apart, whole."""

    case: Case
    percent: int
    words: tuple[str, ...]
    metres: float | None
    days: int
    is_same_building: bool
    is_same_category: bool
    is_same_photo: bool


def stands_alone(case: Case) -> bool:
    """Whether it is work to be done by itself: not answered, no part of a split case, not merged into another."""
    return case.state in OPEN_TO_WORK and case.channel != SPLIT and case.merged_into_id is None


def about(case: Case) -> About:
    """A case as it is compared."""
    return About(
        tenant_id=case.tenant_id, text=case.text, category=case.category, at=case.received_at, lon=case.lon,
        lat=case.lat, living_area_id=case.living_area_id, building_id=case.building_id, apart_from=case.id,
        has_photos=case.photo_count > 0,
    )  # fmt: skip


class _Seen(NamedTuple):
    """What is compared of a case that lies near: hundreds do, and five are told."""

    id: UUID
    text: str
    category_id: int
    received_at: datetime
    lon: float | None
    lat: float | None
    living_area_id: int | None
    building_id: int | None


def candidates(scope: Scope, wanted: About, *, most: int = MOST) -> list[Candidate]:
    """Open cases of the scope that may be about the same, the likeliest first. Merged ones are found by their lead."""
    rule = similar_rules.rule_of(similar_rules.rules_of(wanted.tenant_id), wanted.category.code)
    near = _near(scope, wanted, rule)
    shown = showing_the_same(scope, wanted.pictures or _own_pictures(scope, wanted), wanted.apart_from)
    far = _seen(_open(scope).filter(id__in=shown)) if shown else []
    own = pairs(wanted.text)
    found = [
        judged
        for seen in {each.id: each for each in (*near, *far) if each.id != wanted.apart_from}.values()
        if (judged := _judged(wanted, own, seen, seen.id in shown, rule)) is not None
    ]
    kept = sorted(found, key=lambda one: (-one.percent, one.metres or 0.0, str(one.seen.id)))[:most]
    cases = _open(scope).select_related("category").in_bulk([one.seen.id for one in kept]) if kept else {}
    return [_told(wanted, one, cases[one.seen.id]) for one in kept if one.seen.id in cases]


def _open(scope: Scope) -> QuerySet[Case]:
    rows: QuerySet[Case] = Case.objects.within(scope).defer("search")
    return rows.filter(state__in=OPEN_TO_WORK, closed_at__isnull=True, merged_into__isnull=True).exclude(
        channel=SPLIT
    )


def _seen(rows: QuerySet[Case]) -> list[_Seen]:
    return [_Seen(*row) for row in rows.values_list(*_Seen._fields)]


def _near(scope: Scope, wanted: About, rule: similar_rules.Similar) -> Sequence[_Seen]:
    """The cases near by in place and time; without a point, those of the same building or living area."""
    span = timedelta(days=rule.days)
    since, until = wanted.at - span, wanted.at + span
    if wanted.lon is not None and wanted.lat is not None:
        box = geometry.BBox(wanted.lon, wanted.lat, wanted.lon, wanted.lat).grown(rule.metres)
        rows = _open(scope).filter(
            lat__gte=box.south, lat__lte=box.north, lon__gte=box.west, lon__lte=box.east
        )
        # Told the time as a column the planner takes the index of states and reads every open case of these weeks.
        rows = rows.alias(received=_RECEIVED).filter(received__gte=since, received__lte=until)
        return _latest(rows)
    rows = _open(scope).filter(received_at__gte=since, received_at__lte=until)
    if wanted.building_id is not None:
        rows = rows.filter(building_id=wanted.building_id)
    elif wanted.living_area_id is not None:
        rows = rows.filter(living_area_id=wanted.living_area_id)
    else:
        return []
    return _latest(rows)


def _latest(rows: QuerySet[Case]) -> list[_Seen]:
    return _seen(rows.order_by("-received_at", "-id")[:MOST_LOOKED_AT])


@dataclass(frozen=True, slots=True)
class _Judged:
    """How likely it is the same; metres and "the same building" as a candidate has them."""

    seen: _Seen
    percent: int
    metres: float | None
    is_same_building: bool
    is_shown: bool


def _judged(
    wanted: About, own: frozenset[str], seen: _Seen, is_shown: bool, rule: similar_rules.Similar
) -> _Judged | None:
    metres = _metres(wanted, seen)
    if not is_shown and metres is not None and metres > rule.metres:
        return None
    if is_shown and wanted.is_neighbour and not _is_near(wanted, seen, metres, rule):
        return None
    is_same_building = wanted.building_id is not None and seen.building_id == wanted.building_id
    is_same_spot = is_same_building or (metres is not None and metres <= SAME_SPOT)
    score = likeness(own, pairs(seen.text))
    score += _OF_SAME_CATEGORY * (seen.category_id == wanted.category.id) + _ON_SAME_SPOT * is_same_spot
    percent = 100 if is_shown else round(100 * min(1.0, score))
    return _Judged(seen, percent, metres, is_same_building, is_shown) if percent >= rule.percent else None


def _told(wanted: About, one: _Judged, case: Case) -> Candidate:
    return Candidate(
        case=case, percent=one.percent, words=tuple(common_words(wanted.text, case.text)), metres=one.metres,
        days=abs(case.received_at - wanted.at).days, is_same_building=one.is_same_building,
        is_same_category=case.category_id == wanted.category.id, is_same_photo=one.is_shown,
    )  # fmt: skip


def _metres(wanted: About, seen: _Seen) -> float | None:
    if wanted.lon is None or wanted.lat is None or seen.lon is None or seen.lat is None:
        return None
    return geometry.metres_between((wanted.lon, wanted.lat), (seen.lon, seen.lat))


def _is_near(wanted: About, seen: _Seen, metres: float | None, rule: similar_rules.Similar) -> bool:
    """Whether a case lies within the place and time of the rule, though nothing but a picture speaks for it."""
    if abs(seen.received_at - wanted.at) > timedelta(days=rule.days):
        return False
    if metres is not None:
        return metres <= rule.metres
    if wanted.building_id is not None and seen.building_id is not None:
        return seen.building_id == wanted.building_id
    return wanted.living_area_id is not None and seen.living_area_id == wanted.living_area_id


def _own_pictures(scope: Scope, wanted: About) -> tuple[str, ...]:
    if wanted.apart_from is None or not wanted.has_photos:
        return ()
    own = _reported(scope).filter(case_id=wanted.apart_from).order_by("id")
    return tuple(own.values_list("perceptual_hash", flat=True)[:MOST_PICTURES])


def _reported(scope: Scope) -> QuerySet[Photo]:
    rows: QuerySet[Photo] = Photo.objects.filter(tenant_id=scope.tenant, purpose=Photo.Purpose.REPORT)
    return rows


def showing_the_same(scope: Scope, pictures: Iterable[str], apart_from: UUID | None = None) -> set[UUID]:
    """Cases, at any distance, with a reported picture of the last year that looks like one of these (hashes).

    Of a merged case its lead.
    """
    telling = [written for written in pictures if not tells_little(written)][:MOST_PICTURES]
    if not telling:
        return set()
    since = clock.now() - timedelta(days=similar_rules.LIMITS["days"][1])
    others = _reported(scope).filter(with_a_quarter_of(telling), added_at__gte=since)
    if apart_from is not None:
        others = others.exclude(case_id=apart_from)
    rows = others.order_by("-id").values_list("case_id", "case__merged_into_id", "perceptual_hash")
    return {
        lead or case
        for case, lead, written in rows[: 2 * MOST_LOOKED_AT]
        if _looks_like_one_of(written, telling)
    }


def _looks_like_one_of(written: str, telling: Iterable[str]) -> bool:
    return any(differing_bits(int(written, 16), int(own, 16)) <= SAME_BITS for own in telling)
