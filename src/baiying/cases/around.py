"""What is open around a point, the nearest first."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases.facts import SPLIT
from baiying.cases.models import Case
from baiying.kit import geometry
from baiying.kit.refusals import Invalid
from baiying.org.rules import Scope

MOST: Final = 5_000  # so many open cases are measured; more say nothing to somebody who stands there
RADII: Final = (200, 500, 1000, 2000)  # metres


class Around(NamedTuple):
    """An open case and how far it is from the point, in metres."""

    metres: float
    id: UUID


def open_around(scope: Scope, lon: float, lat: float, *, metres: int) -> list[Around]:
    """The open cases within a distance (WGS-84 degrees, metres), the nearest first; one statement.

    Cases whose place is known in words only are nowhere near. Raises Invalid (`within`) for more than MOST.
    """
    box = geometry.BBox(lon, lat, lon, lat).grown(metres)
    rows = (
        Case.objects.within(scope)
        .filter(
            closed_at__isnull=True,
            lat__gte=box.south,
            lat__lte=box.north,
            lon__gte=box.west,
            lon__lte=box.east,
        )
        .exclude(channel=SPLIT)
        .order_by()
        .values_list("id", "lon", "lat")[: MOST + 1]
    )
    held = list(rows)
    if len(held) > MOST:
        raise Invalid(field="within", problem=_("这一带没结案的诉求太多。"), remedy=_("请把范围选小一些。"))
    found = (
        Around(geometry.metres_between((lon, lat), (east, north)), case_id) for case_id, east, north in held
    )
    return sorted(each for each in found if each.metres <= metres)
