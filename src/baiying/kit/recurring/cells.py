"""Place x category and place x text: what was counted, what chance would have put there, and the windows of bursts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from baiying.kit.recurring.chance import negative_binomial_tail, poisson_tail
from baiying.kit.recurring.items import ESTATE, POINT, About, Item, Kind, Settings

DAY: Final = 86_400.0
LEAST_DAYS: Final = 3  # of which a spot's cases come: all at once is a burst
LEAST_BUILDINGS: Final = 3  # of an estate, when buildings are known
MOST_SHAPE: Final = (
    20.0  # a known rate wavers all the same: at least sqrt(1 / 20) of itself from window to window
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Items (by number, the oldest first) of one place and one category or group of texts. expected: in all the time."""

    about: About
    level: str
    place: str
    group: str
    members: list[int]
    expected: float


@dataclass(frozen=True, slots=True)
class Tested:
    """A cell that one of the tests was made on, with the items it speaks of."""

    cell: Cell
    kind: Kind
    members: list[int]
    observed: int
    expected: float
    p: float


def cells(items: Sequence[Item], groups: Sequence[int]) -> Iterator[Cell]:
    """Every cell in which anything is. Items must be in the order of time; groups: the group of texts each is in."""
    yield from _everywhere(items, groups)
    by_level: dict[str, list[int]] = defaultdict(list)
    for i, item in enumerate(items):
        for level, key in item.places.items():
            if key:
                by_level[level].append(i)
    for level, known in sorted(by_level.items()):
        at_place = Counter(items[i].places[level] for i in known)
        for about in ("category", "text"):
            labels = {i: items[i].category if about == "category" else str(groups[i]) for i in known}
            total = Counter(labels.values())
            members: dict[tuple[str, str], list[int]] = defaultdict(list)
            for i in known:
                if labels[i]:
                    members[items[i].places[level], labels[i]].append(i)
            for (place, label), found in members.items():
                yield Cell(
                    "category" if about == "category" else "text", level, place, label, found,
                    at_place[place] * total[label] / len(known),
                )  # fmt: skip


def _everywhere(items: Sequence[Item], groups: Sequence[int]) -> Iterator[Cell]:
    by_category: dict[str, list[int]] = defaultdict(list)
    by_text: dict[int, list[int]] = defaultdict(list)
    for i, item in enumerate(items):
        if item.category:
            by_category[item.category].append(i)
        by_text[groups[i]].append(i)
    for category, found in by_category.items():
        yield Cell("category", "", "", category, found, float(len(found)))
    usual = len(items) / max(1, len(by_text))  # what is written about one matter
    for group, found in by_text.items():
        yield Cell("text", "", "", str(group), found, usual)


class Tests:
    """The tests, with the times of all items to measure bursts against: a quiet month makes few cases look like many."""

    def __init__(self, items: Sequence[Item], settings: Settings) -> None:
        self.items, self.settings = items, settings
        self.times = [item.at.timestamp() for item in items]
        self.until = settings.until.timestamp() if settings.until else None
        self.looked_at = 0

    def of(self, cell: Cell) -> Iterator[Tested]:
        """The tests that can say something about the cell; those that cannot are counted as looked at, with p = 1."""
        kind = self._kind(cell)
        if kind is not None:
            self.looked_at += 1
            if (found := self._again_and_again(cell, kind)) is not None:
                yield found
        self.looked_at += 1
        if (found := self._burst(cell)) is not None:
            yield found

    def _kind(self, cell: Cell) -> Kind | None:
        if cell.level in POINT:
            return "point"
        if cell.level in ESTATE:
            return "estate"
        if cell.level or cell.about == "category":
            return None
        known = sum(any(level in POINT | ESTATE for level in self.items[i].places) for i in cell.members)
        return "matter" if 2 * known < len(cell.members) else None

    def _again_and_again(self, cell: Cell, kind: Kind) -> Tested | None:
        if len(cell.members) < self.settings.least[kind] or not self._is_alive(cell.members):
            return None
        observed = self._persons(cell.members)
        days = {self.items[i].at.date() for i in cell.members}
        if observed < self.settings.least[kind] or (kind in ("point", "matter") and len(days) < LEAST_DAYS):
            return None
        if kind == "estate":
            buildings = [b for i in cell.members if (b := self.items[i].places.get("building"))]
            if 2 * len(buildings) >= len(cell.members) and len(set(buildings)) < LEAST_BUILDINGS:
                return None
        return Tested(
            cell, kind, cell.members, observed, cell.expected, poisson_tail(observed, cell.expected)
        )

    def _burst(self, cell: Cell) -> Tested | None:
        """The window in which the cell surprises most; p is raised by the number of windows that were tried."""
        least = self.settings.least["burst"]
        if len(cell.members) < least or not self._is_alive(cell.members):
            return None
        times = [self.times[i] for i in cell.members]
        best: tuple[float, int, int, float] | None = None
        tried = 0
        for days in self.settings.windows:
            length = days * DAY
            starts = [self.until - length] if self.until is not None else times
            for start in starts:
                tried += 1
                first, end = bisect_left(times, start), bisect_right(times, start + length)
                if end - first < least:
                    continue
                expected, shape = self._foreseen(cell, first, start, start + length)
                if end - first <= 1.5 * expected:
                    continue
                observed = self._persons(cell.members[first:end])
                p = negative_binomial_tail(observed, shape, expected)
                if observed >= least and (best is None or p < best[0]):
                    best = p, first, end, expected
        if best is None:
            return None
        p, first, end, expected = best
        members = cell.members[first:end]
        return Tested(cell, "burst", members, self._persons(members), expected, min(1.0, p * tried))

    def _foreseen(self, cell: Cell, before: int, start: float, end: float) -> tuple[float, float]:
        """How many the window should hold, and how sure that is, by the cell's own past (a Gamma prior of one item at the
        share that place and category or text have by themselves).
        """
        all_before = bisect_left(self.times, start)
        all_within = bisect_right(self.times, end) - all_before
        share = cell.expected / len(self.items)
        rate = (before + 1) / (all_before + 1 / share)
        return rate * all_within, min(before + 1.0, MOST_SHAPE)

    def _is_alive(self, members: list[int]) -> bool:
        until = self.settings.until
        return until is None or self.items[members[-1]].at >= until - timedelta(days=self.settings.alive_days)

    def _persons(self, members: list[int]) -> int:
        known = {who for i in members if (who := self.items[i].who)}
        return len(known) + sum(not self.items[i].who for i in members)
