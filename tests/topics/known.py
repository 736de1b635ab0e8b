"""Topics without the search for them: findings as the process would answer them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from baiying.cases.models import Case
from baiying.kit import clock
from baiying.org.rules import acting
from baiying.topics import jobs
from baiying.topics.models import Topic
from tests.cast import Cast


def finding(cases: Sequence[Case], **more: Any) -> dict[str, Any]:
    """What the search would say of these cases."""
    found = {
        "kind": "burst", "about": "text", "level": "grid", "place": str(cases[0].grid_id),
        "category": cases[0].category.code, "title": "东门的灯又不亮了", "ids": [str(case.id) for case in cases],
        "first_at": cases[0].received_at.isoformat(), "last_at": cases[-1].received_at.isoformat(),
        "observed": len(cases), "expected": 0.4, "p": 2e-6, "q": 0.0004,
    }  # fmt: skip
    return found | more


def a_topic(cast: Cast, cases: Sequence[Case], **more: Any) -> Topic:
    """A proposal with these cases."""
    known = set(ids_of(cast))
    jobs.take(cast.tenant.id, [finding(cases, **more)])
    with acting(cast.system.scope):
        return Topic.objects.exclude(id__in=known).get()


def ids_of(cast: Cast) -> list[Any]:
    with acting(cast.system.scope):
        return list(Topic.objects.filter(tenant_id=cast.tenant.id).values_list("id", flat=True))


def later(days: float) -> Any:
    """The clock so many days on."""
    return clock.telling(clock.now() + timedelta(days=days))


def topic_values(cast: Cast, case: Case) -> dict[str, list[Any]]:
    """What stands for a topic in addresses (tests/house/test_isolation.py): one that nobody owns yet."""
    return {"topic_id": [a_topic(cast, [case], title="独有标记庚").id], "topic_step": ["open", "dismiss"]}
