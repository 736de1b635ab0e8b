"""From items to findings: texts grouped, cells tested, what chance explains left out, what overlaps said once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from baiying.kit import privacy, text
from baiying.kit.recurring import groups
from baiying.kit.recurring.cells import Tested, Tests, cells
from baiying.kit.recurring.chance import false_discovery
from baiying.kit.recurring.items import Finding, Item, Settings

METHOD: Final = "recurring-1"  # kept with every finding; raised when numbers may come out differently
_OVERLAP: Final = 0.5  # of the smaller one's cases


def find(items: Iterable[Item], settings: Settings | None = None) -> list[Finding]:
    """What recurs more often than chance allows, the strongest first; no two with the same cases.

    The order of the items does not matter. Raises ValueError for an id that comes twice.
    """
    asked = settings or Settings()
    rows = sorted(items, key=lambda item: (item.at, item.id))
    if len({item.id for item in rows}) != len(rows):
        raise ValueError("an id comes twice")
    if not rows:
        return []
    vectors = groups.vectors([item.text for item in rows])
    tests = Tests(rows, asked)
    tested = [
        t for cell in cells(rows, groups.group(vectors, asked.likeness).tolist()) for t in tests.of(cell)
    ]
    qs = false_discovery([t.p for t in tested], tests.looked_at)
    strong = sorted(
        ((t, q) for t, q in zip(tested, qs, strict=True) if q <= asked.most_q),
        key=lambda pair: (pair[0].p, pair[0].expected - pair[0].observed, pair[0].members),
    )
    return [_finding(rows, vectors, t, q) for t, q in _apart(strong)[: asked.most_findings]]


def _apart(strong: Sequence[tuple[Tested, float]]) -> list[tuple[Tested, float]]:
    """Of those that speak of the same cases, the strongest."""
    kept: list[tuple[Tested, float]] = []
    in_kept: dict[int, list[int]] = defaultdict(list)
    for found, q in strong:
        shared = Counter(number for i in found.members for number in in_kept[i])
        if any(
            count >= _OVERLAP * min(len(found.members), len(kept[number][0].members))
            for number, count in shared.items()
        ):
            continue
        for i in found.members:
            in_kept[i].append(len(kept))
        kept.append((found, q))
    return kept


def _finding(rows: Sequence[Item], vectors: Any, tested: Tested, q: float) -> Finding:
    typical = rows[groups.most_typical(vectors, tested.members)]
    cases = [rows[i] for i in tested.members]
    categories = Counter(item.category for item in cases if item.category)
    return Finding(
        kind=tested.kind,
        about=tested.cell.about,
        level=tested.cell.level,
        place=tested.cell.place,
        category=max(categories, key=lambda c: (categories[c], c)) if categories else "",
        title=text.first_words(privacy.mask(_first_sentence(typical.text)).text, 40),
        ids=tuple(item.id for item in cases),
        first_at=cases[0].at,
        last_at=cases[-1].at,
        observed=tested.observed,
        expected=tested.expected,
        p=tested.p,
        q=q,
    )


def _first_sentence(words: str) -> str:
    line = words.strip().split("\n", 1)[0]
    for end in "。！？!?":
        line = line.split(end, 1)[0] or line
    return line
