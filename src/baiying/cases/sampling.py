"""Which handled cases an independent grid worker looks at on the spot: drawn by chance, likelier where there is risk.

Every handling gets a row with its probability and the reasons for it, drawn or not, so that the share of cases found
solved can be weighted. The number drawn follows from a seed, the case and the moment: anybody who holds the row can
compute it again, nobody can beforehand.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from baiying.cases import rules
from baiying.cases.closure import ClosureRules, rules_of
from baiying.cases.models import Case, Draw, Line, Photo, Reuse
from baiying.kit import clock, geometry
from baiying.kit.ids import uuid7
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map, units_with
from baiying.org.rules import Actor, Scope, acting, seeing

QUICK: Final = timedelta(minutes=15)
LINE: Final = "handle"  # stands in the timeline of every case for which chance has decided
NEIGHBOURS_WITHIN: Final = 60.0  # metres between two communities that count as neighbours
CHOSEN_FROM: Final = 5  # so many of the nearest grids take turns
_NUMBERS: Final = 2**52


def number_of(seed: str, case_id: UUID, handled_at: datetime) -> float:
    """The number drawn for a handling, 0 <= n < 1."""
    said = f"{seed}:{case_id}:{handled_at.timestamp():.6f}"
    return (int.from_bytes(hashlib.sha256(said.encode()).digest()[:8]) >> 12) / _NUMBERS


def seed_of(tenant_id: int, at: datetime) -> str:
    """The seed of a street's day; from the server's secret, so that nobody knows beforehand who is drawn."""
    words = f"draw:{tenant_id}:{timezone.localdate(at):%F}"
    return hmac.new(settings.SECRET_KEY.encode(), words.encode(), hashlib.sha256).hexdigest()[:32]


def probability(numbers: ClosureRules, risks: Iterable[str]) -> tuple[float, list[tuple[str, int]]]:
    """(0 .. 1, what it is made of): the base and each risk are added up, and cut off at the most."""
    parts = [(key, numbers[key]) for key in ("sample_base", *risks)]
    return min(sum(points for _key, points in parts), numbers["sample_most"]) / 100, parts


def draw(by: Actor, case: Case, photos: Sequence[Photo], reuses: Sequence[Reuse]) -> Draw:
    """Draw for a case that was handled this moment; in the transaction of the step."""
    assert case.handled_at is not None
    numbers = rules_of(case.tenant_id)
    with acting(Scope(case.tenant_id, "street")):
        chance, reasons = probability(numbers, _risks(case, numbers, photos, reuses))
        seed = seed_of(case.tenant_id, case.handled_at)
        number = number_of(seed, case.id, case.handled_at)
        grids = inspectors(street_map(case.tenant_id), case, case.unit_id) if number < chance else []
        if (
            not grids and number < chance
        ):  # nobody independent to send: said in the row, and not counted as drawn
            chance, reasons = 0.0, [*reasons, ("nobody_independent", 0)]
        return Draw.objects.create(
            id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, community_id=case.community_id,
            inspector_id=grids[int(number * 1e6) % len(grids)].id if grids else None, handler_unit_id=case.unit_id,
            handled_at=case.handled_at, reasons=reasons, probability=chance, seed=seed, number=number,
            is_drawn=number < chance, open_until=case.handled_at + timedelta(days=numbers["sample_days"]),
        )  # fmt: skip


def _risks(case: Case, numbers: ClosureRules, photos: Sequence[Photo], reuses: Sequence[Reuse]) -> list[str]:
    assert case.handled_at is not None
    lines = list(
        Line.objects.filter(tenant_id=case.tenant_id, case_id=case.id)
        .values_list("step", "at")
        .order_by("id")
    )
    handed_out = [at for step, at in lines if step == "hand_out"]
    after = [p for p in photos if p.purpose == Photo.Purpose.PROOF]
    known = [p.metres for p in after if p.metres is not None]
    risks = {
        "risk_no_photo": not after,
        "risk_far": any(metres > numbers["near_metres"] for metres in known),
        "risk_place_unknown": bool(after) and not known,
        "risk_reused": bool(reuses),
        "risk_again": case.reopened_at is not None,
        "risk_sent_back": any(step == "send_back" for step, _at in lines),
        "risk_late": case.handled_at > case.due_at,
        "risk_quick": bool(handed_out) and case.handled_at - handed_out[-1] < QUICK,
        "risk_danger": case.category.is_danger,
    }
    return [key for key, is_so in risks.items() if is_so]


def inspectors(street: StreetMap, case: Case, handler_unit_id: int | None) -> list[Unit]:
    """The grids whose workers may look at this case, the nearest few: of the same or a neighbouring community, not
    the case's own grid, not the handler's unit nor one that answers to it.
    """
    point = _point_of(street, case)
    able = units_with(case.tenant_id, rules.INSPECT)
    own = case.community_id
    found: list[tuple[float, str, Unit]] = []
    for grid in street.at_level(Unit.Level.GRID):
        if grid.id not in able or grid.id == case.grid_id or handler_unit_id in (grid.id, grid.parent_id):
            continue
        if own is not None and grid.parent_id != own and not _are_neighbours(street, own, grid.parent_id):
            continue
        middle = _middle(grid)
        distance = geometry.metres_between(point, middle) if point and middle else 0.0
        found.append((distance, grid.code, grid))
    return [grid for _distance, _code, grid in sorted(found, key=lambda f: f[:2])[:CHOSEN_FROM]]


def _point_of(street: StreetMap, case: Case) -> tuple[float, float] | None:
    if case.lon is not None and case.lat is not None:
        return case.lon, case.lat
    place = street.units.get(case.grid_id or case.community_id or 0)
    return _middle(place) if place else None


def _middle(unit: Unit) -> tuple[float, float] | None:
    bounds = geometry.bounds_of(unit.polygon) if unit.polygon else None
    return tuple(bounds.centre) if bounds else None  # type: ignore[return-value]


def _are_neighbours(street: StreetMap, one: int, other: int | None) -> bool:
    """Whether two communities lie side by side, measured by their boxes."""
    a, b = street.units.get(one), street.units.get(other or 0)
    if a is None or b is None or not a.polygon or not b.polygon:
        return False
    box, beside = geometry.bounds_of(a.polygon).grown(NEIGHBOURS_WITHIN), geometry.bounds_of(b.polygon)
    return (
        box.west <= beside.east and beside.west <= box.east
        and box.south <= beside.north and beside.south <= box.north
    )  # fmt: skip


def pending(case: Case) -> Draw | None:
    """The check on site that this handling of a case still waits for."""
    if case.handled_at is None:
        return None
    with seeing(Scope(case.tenant_id, "street")):
        rows = Draw.objects.filter(tenant_id=case.tenant_id, case_id=case.id, handled_at=case.handled_at)
        found: Draw | None = rows.filter(is_drawn=True, result="", open_until__gt=clock.now()).first()
        return found


def draws_of(case: Case) -> list[Draw]:
    """All draws of a case, the latest first; for whoever works for the whole street. Needs the street's scope."""
    return list(Draw.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("-handled_at"))
