"""To whom does this go? Rows of a rule set, the most specific first; where none fits, the sayings of the trade.

The sayings, in order: a component goes to its owner, then to the territory (部件先属主、后属地); a matter to the
territory, then to the owner (事件先属地、后属主); else whoever received it first leads (首接负责).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

COMPONENT, MATTER = "component", "matter"
WORKING, OFF = "working", "off"
TERRITORY, RECEIVER, OWNER = "@territory", "@receiver", "@owner"
SYMBOLS: Final = (TERRITORY, OWNER, RECEIVER)
SAYINGS: Final[Mapping[str, tuple[str, ...]]] = {
    COMPONENT: (OWNER, TERRITORY, RECEIVER),
    MATTER: (TERRITORY, OWNER, RECEIVER),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is asked of the rules; places and units by code."""

    category: str
    kind: str
    what: str  # component | matter
    hours: str  # working | off: when it came
    community: str = ""
    grid: str = ""
    owner: str = ""  # whose duty the catalogue says it is
    receiver: str = ""  # the unit that heard of it first


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is matched; an empty condition fits everything."""

    id: int | None
    position: int
    lead: str
    category: str = ""
    area: str = ""
    is_grid: bool = False
    what: str = ""
    kind: str = ""
    hours: str = ""
    supports: tuple[str, ...] = ()
    limit_days: int | None = None

    def fits(self, asked: Inputs) -> bool:
        """Whether every condition holds."""
        return (
            self.category in ("", asked.category)
            and self.area in ("", asked.grid, asked.community)
            and self.what in ("", asked.what)
            and self.kind in ("", asked.kind)
            and self.hours in ("", asked.hours)
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        """How specific it is: category, then area (a grid more than a community), then how many of the others."""
        area = 0 if not self.area else 2 if self.is_grid else 1
        return bool(self.category), area, sum(map(bool, (self.what, self.kind, self.hours)))

    @property
    def outcome(self) -> tuple[Any, ...]:
        """What it leads to; rows with the same outcome do not contradict one another."""
        return self.lead, self.supports, self.limit_days


@dataclass(frozen=True, slots=True)
class Answer:
    """Where it goes and why. `lead` "" when neither a rule nor a saying knows."""

    lead: str
    row: Row | None = None
    saying: str = ""  # a symbol of SAYINGS
    supports: tuple[str, ...] = ()
    limit_days: int | None = None
    rivals: tuple[int, ...] = ()  # positions of rows that fit as well and say something else
    passed: tuple[str, ...] = ()  # units that would have been next, but have returned it

    def kept(self, asked: Inputs) -> dict[str, Any]:
        """The answer with its inputs, as it is kept with the order."""
        said = {
            "inputs": asdict(asked),
            "suggested": self.lead,
            "saying": self.saying,
            "passed": list(self.passed),
        }
        return said | ({"row": asdict(self.row)} if self.row is not None else {})


@dataclass(frozen=True)
class Rulebook:
    """One version of a street's rules, ready to be asked."""

    version: int
    rows: tuple[Row, ...]
    units: frozenset[str] = field(default_factory=frozenset)  # codes of the units that exist and work

    @cached_property
    def _by_category(self) -> dict[str, list[Row]]:
        """The rows that can fit a category, the most specific first; under "" those for all others."""
        general = [row for row in self.rows if not row.category]
        named: dict[str, list[Row]] = {"": general}
        for row in self.rows:
            if row.category:
                named.setdefault(row.category, list(general)).append(row)
        for rows in named.values():
            rows.sort(key=lambda row: (*(-n for n in row.weight), row.position))
        return named

    def answer(self, asked: Inputs, *, returned: Collection[str] = ()) -> Answer:
        """The best row whose unit exists and has not returned it, else the first saying that names such a unit."""
        passed: list[str] = []
        fitting = [r for r in self._by_category.get(asked.category, self._by_category[""]) if r.fits(asked)]
        for row in fitting:
            lead = _meant(row.lead, asked)
            if lead in returned:
                passed.append(lead)
            elif lead in self.units:
                rivals = tuple(
                    r.position for r in fitting if r.weight == row.weight and r.outcome != row.outcome
                )
                supports = tuple(
                    code for s in row.supports if (code := _meant(s, asked)) in self.units and code != lead
                )
                return Answer(lead, row, "", supports, row.limit_days, rivals, tuple(passed))
        for symbol in SAYINGS[asked.what]:
            lead = _meant(symbol, asked)
            if lead in returned:
                passed.append(lead)
            elif lead in self.units:
                return Answer(lead, saying=symbol, passed=tuple(dict.fromkeys(passed)))
        return Answer("", passed=tuple(dict.fromkeys(passed)))


def _meant(target: str, asked: Inputs) -> str:
    if target == TERRITORY:
        return asked.community or asked.grid
    if target == RECEIVER:
        return asked.receiver
    return asked.owner if target == OWNER else target


def conflicts_of(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Pairs of rows that are equally specific, can fit the same case and lead to different units."""
    found: list[tuple[Row, Row]] = []
    by_weight: dict[tuple[str, tuple[int, int, int]], list[Row]] = {}
    for row in rows:
        for other in by_weight.setdefault((row.category, row.weight), []):
            meet = all(
                not mine or not theirs or mine == theirs
                for mine, theirs in (
                    (row.area, other.area), (row.what, other.what), (row.kind, other.kind), (row.hours, other.hours),
                )
            )  # fmt: skip
            if meet and row.outcome != other.outcome:
                found.append((other, row))
        by_weight[row.category, row.weight].append(row)
    return found
