"""The nightly look at what recurs: proposals for persons to decide on. Repeating it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from baiying.cases.models import Case, Category
from baiying.kit import clock
from baiying.kit.recurring.finding import METHOD
from baiying.org.queries import system_actor
from baiying.org.rules import acting
from baiying.topics import detecting, services
from baiying.topics.models import Tie

MOST_PROPOSED: Final = 20  # new ones in a night; a person reads them
LEAST_CASES: Final = 30  # of a street, before anything can be said to recur


def look(tenant_id: int) -> int:
    """Look at the last year and propose; returns how many topics are new or changed."""
    by = system_actor(tenant_id)
    with acting(by.scope):
        if Case.objects.filter(tenant_id=tenant_id).count() < LEAST_CASES:
            return 0
        found = detecting.findings(tenant_id)
    return take(tenant_id, found)


def take(tenant_id: int, found: Sequence[Mapping[str, Any]]) -> int:
    """Findings become proposals, or news of topics that are known; returns how many are new or changed."""
    by, changed, proposed = system_actor(tenant_id), 0, 0
    for finding in found:
        ids = detecting.ids_of(dict(finding))
        evidence = evidence_of(finding)
        with acting(by.scope):
            known = _known(tenant_id, ids)
            if known is not None:
                changed += services.renew(by, topic_id=known, evidence=evidence, cases=ids)
            elif proposed < MOST_PROPOSED:
                services.propose(by, words=_words(tenant_id, finding, ids), evidence=evidence, cases=ids)
                proposed += 1
    return changed + proposed


def evidence_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a finding as it was."""
    kept = (
        "kind",
        "about",
        "level",
        "place",
        "category",
        "observed",
        "expected",
        "p",
        "q",
        "first_at",
        "last_at",
    )
    return {name: finding[name] for name in kept} | {
        "cases": len(finding["ids"]), "until": clock.now().isoformat(), "days": detecting.DAYS, "method": METHOD,
    }  # fmt: skip


def _known(tenant_id: int, ids: Sequence[UUID]) -> UUID | None:
    """The topic that holds at least half of these cases, or held them before they were taken out."""
    held = Counter(
        Tie.objects.filter(tenant_id=tenant_id, case_id__in=ids).values_list("topic_id", flat=True)
    )
    if not held:
        return None
    topic_id, count = max(held.items(), key=lambda pair: (pair[1], pair[0]))
    return topic_id if 2 * count >= len(ids) else None


def _words(tenant_id: int, finding: Mapping[str, Any], ids: Sequence[UUID]) -> dict[str, Any]:
    """The columns that say what a new topic is about and where."""
    cases = list(Case.objects.filter(tenant_id=tenant_id, id__in=ids).defer("search", "text"))

    def shared(column: str) -> int | None:
        values = {getattr(case, column) for case in cases}
        return values.pop() if len(values) == 1 else None

    points = [(c.lon, c.lat) for c in cases if c.lon is not None and c.lat is not None]
    has_place = finding["level"] in ("point", "building", "living_area") and points
    return {
        "kind": finding["kind"], "level": finding["level"], "place_key": finding["place"], "title": finding["title"],
        "category": Category.objects.filter(code=finding["category"]).first(),
        "community_id": shared("community_id"), "grid_id": shared("grid_id"),
        "living_area_id": shared("living_area_id"), "building_id": shared("building_id"),
        "lon": sum(p[0] for p in points) / len(points) if has_place else None,
        "lat": sum(p[1] for p in points) / len(points) if has_place else None,
    }  # fmt: skip
