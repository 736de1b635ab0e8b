"""What goes into the search for what recurs, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

# Levels of places that mean one spot, and one estate; any other level (grid, community) is an area.
POINT: Final = frozenset({"point", "building"})
ESTATE: Final = frozenset({"living_area"})

Kind = Literal["point", "estate", "burst", "matter"]
About = Literal["category", "text"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that somebody wrote. places: level -> key, as far as known. who: "" = not known, counted by itself."""

    id: str
    at: datetime
    text: str
    category: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    who: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked. until: bursts are looked for only at this moment's end (nightly); None = anywhere in the data.

    most_q: of what is shown, the share that chance alone may have made. least: persons a finding needs, by kind.
    alive_days: what has not come within so many days before `until` is no longer proposed.
    """

    until: datetime | None = None
    windows: tuple[int, ...] = (7, 28, 91)  # days
    alive_days: int = 28
    most_q: float = 0.01
    likeness: float = 0.2  # cosine to the centre of a group of texts
    most_findings: int = 100
    least: Mapping[Kind, int] = field(
        default_factory=lambda: {"point": 3, "estate": 5, "burst": 4, "matter": 5}
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """Demand that recurs. `observed` counts persons within the window; p is that of chance, q among all that was looked at.

    kind: point (the same spot again and again), estate (a whole estate), burst (suddenly more than before), matter (the
    same again and again, the place not known). ids: the cases behind it, the oldest first. title: masked.
    """

    kind: Kind
    about: About
    level: str  # of the place; "" = everywhere
    place: str
    category: str  # the commonest among the cases
    title: str
    ids: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    observed: int
    expected: float
    p: float
    q: float
