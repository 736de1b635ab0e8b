"""A draft of the rules replayed on past cases: what would go elsewhere, which rows contradict, who gets how much."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from baiying.cases import catalogue, rulebook
from baiying.cases.models import Case
from baiying.dispatch import rulesets
from baiying.dispatch.matching import Answer, Inputs, Rulebook, conflicts_of
from baiying.dispatch.models import RuleSet
from baiying.dispatch.rules import EDIT_RULES
from baiying.kit import clock
from baiying.org.queries import calendar_of, street_map
from baiying.org.rules import Actor, Scope, acting, demand

DAYS: Final = 90
MOST_SHOWN: Final = 60
EXAMPLES: Final = 3


@dataclass
class Replay:
    """What the replay found; counts of cases, units by code ("" = nobody known)."""

    case_count: int = 0
    changed_count: int = 0
    by_rule_count: int = 0
    as_handed_count: int = 0  # of those that were handed out: the draft says the unit that had it
    handed_count: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    rivals: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, now: Answer, then: Answer, handed: str, reference: str) -> None:
        """One case."""
        self.case_count += 1
        self.by_rule_count += then.row is not None
        self.before[now.lead] += 1
        self.after[then.lead] += 1
        if handed:
            self.handed_count += 1
            self.as_handed_count += handed == then.lead
        if then.row is not None:
            for rival in then.rivals:
                self.rivals[then.row.position, rival] += 1
        if now.lead != then.lead:
            self.changed_count += 1
            move = (now.lead, then.lead)
            self.moves[move] += 1
            examples = self.examples.setdefault(move, [])
            if len(examples) < EXAMPLES:
                examples.append(reference)


def run(by: Actor, *, number: int, days: int = DAYS) -> RuleSet:
    """Replay a draft on the cases of the last days against the rules in force; what was found is kept with it."""
    demand(by, EDIT_RULES)
    with acting(by.scope):
        rule_set = rulesets.version(by.scope, number)
        draft, since = rulesets.book_of(rule_set), clock.now() - timedelta(days=days)
        started = time.monotonic()
        found = replay(by.scope.tenant, rulebook.book_for(by.scope.tenant), draft, since)
        test = told(found, draft, since) | {"seconds": round(time.monotonic() - started, 1), "days": days}
        return rulesets.keep_test(by, number=number, test=test)


def replay(tenant_id: int, live: Rulebook, draft: Rulebook, since: datetime) -> Replay:
    """Every case received since then, asked of both; no case is read twice, no answer worked out twice."""
    street, receiver_of = street_map(tenant_id), rulebook.receivers(tenant_id)
    codes = {unit.id: unit.code for unit in street.units.values()}
    columns = (
        "category_id",
        "kind",
        "community_id",
        "grid_id",
        "received_by",
        "received_at",
        "unit_id",
        "reference",
    )
    calendar = calendar_of(tenant_id)
    found, known = Replay(), dict[tuple[Any, ...], tuple[Answer, Answer]]()
    with acting(Scope(tenant_id, "street")):
        rows = Case.objects.filter(tenant_id=tenant_id, received_at__gte=since).exclude(channel="split")
        for category, kind, community, grid, received_by, at, unit, reference in rows.values_list(
            *columns
        ).iterator(chunk_size=5000):
            key = (category, kind, community, grid, received_by, rulebook.hours_of(at, calendar))
            answers = known.get(key)
            if answers is None:
                asked = _asked(key, codes, receiver_of)
                answers = known[key] = (live.answer(asked), draft.answer(asked))
            found.add(*answers, codes.get(unit, ""), reference)
    return found


def _asked(key: tuple[Any, ...], codes: dict[int, str], receiver_of: dict[int, str]) -> Inputs:
    category_id, kind, community, grid, received_by, hours = key
    category = catalogue.category(category_id)
    assert category is not None  # a foreign key
    return Inputs(
        category=category.code, kind=kind, what=rulebook.what_of(category), hours=hours,
        community=codes.get(community, ""), grid=codes.get(grid, ""), owner=category.suggested_unit_code,
        receiver=receiver_of.get(received_by, ""),
    )  # fmt: skip


def told(found: Replay, draft: Rulebook, since: datetime) -> dict[str, Any]:
    """The findings as they are kept: JSON, the largest first."""
    pairs = {tuple(sorted((a.position, b.position))): 0 for a, b in conflicts_of(draft.rows)}
    for (one, other), count in found.rivals.items():
        key = tuple(sorted((one, other)))
        pairs[key] = pairs.get(key, 0) + count
    return {
        "since": since.isoformat(timespec="minutes"),
        "cases": found.case_count,
        "changed": found.changed_count,
        "by_rule": found.by_rule_count,
        "handed": found.handed_count,
        "as_handed": found.as_handed_count,
        "moves": [
            {"from": a, "to": b, "count": n, "examples": found.examples[a, b]}
            for (a, b), n in found.moves.most_common(MOST_SHOWN)
        ],
        "conflicts": [{"rows": list(rows), "count": n} for rows, n in sorted(pairs.items())[:MOST_SHOWN]],
        "load": [
            {"unit": unit, "before": found.before[unit], "after": found.after[unit]}
            for unit in sorted({*found.before, *found.after}, key=lambda u: -found.after[u])
        ],
    }
