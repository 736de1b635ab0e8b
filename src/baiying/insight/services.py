"""Writing figures: folded from the journal, rebuilt from the cases, and how long handling took lately.

Every function works in one street, whose scope the caller has set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from baiying.cases import steps
from baiying.insight.flows import FLOWS, expand
from baiying.insight.models import Duration, Figure, Flow
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.org.rules import Scope, acting

SQL = Path(__file__).parent / "sql"
LOOKED_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell in which the figures say `kept` and the cases `counted`."""

    grain: str
    community_id: int
    measure: str
    bucket: int
    grid_id: int
    category_id: int
    unit_id: int
    kept: int
    counted: int

    def __str__(self) -> str:
        place = f"community {self.community_id} grid {self.grid_id} category {self.category_id} unit {self.unit_id}"
        return f"{self.grain} {self.measure} {self.bucket} {place}: {self.kept}, the cases say {self.counted}"


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql, with the flows written out."""
    return expand((SQL / f"{name}.sql").read_text(encoding="utf-8"))


def fold(tenant_id: int, entries: Sequence[Entry]) -> None:
    """What was heard is counted: each entry takes away the facts before it and adds those after it (a listener)."""
    told = [e.id for e in entries if e.before is not None or e.after is not None]
    if told:
        with acting(Scope(tenant_id, "street")), connection.cursor() as cursor:
            cursor.execute("SELECT insight_fold(%s::uuid[])", [told])


def rebuild(tenant_id: int) -> None:
    """The figures are made anew from the cases; readers see the old ones until the new are complete."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The journal is not drained meanwhile, or an entry could be counted twice (see journal.services.drain).
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('journal.drain'), %s)", [tenant_id])
            cursor.execute("SET LOCAL work_mem = '64MB'")  # some million sums, once a night
        Figure.objects.filter(tenant_id=tenant_id).delete()
        Flow.objects.filter(tenant_id=tenant_id).delete()
        _execute("rebuild", _known(tenant_id))


def differences(tenant_id: int, most: int = 100) -> list[Difference]:
    """Where figures and cases do not agree, cell by cell; empty is how it should be."""
    with connection.cursor() as cursor:
        cursor.execute(statement("differences"), _known(tenant_id) | {"most": most})
        return [Difference(*row) for row in cursor.fetchall()]


def prune(tenant_id: int) -> int:
    """Cells that came back to nothing are dropped; returns how many."""
    empty = Flow.objects.filter(tenant_id=tenant_id, **dict.fromkeys(FLOWS, 0))
    return Figure.objects.filter(tenant_id=tenant_id, n=0).delete()[0] + empty.delete()[0]


def measure_durations(tenant_id: int) -> int:
    """How long handling took in the last 90 days, for the preview that residents see; returns how many rows."""
    now = clock.now()
    since = timezone.localdate(now) - LOOKED_BACK
    start = datetime.combine(since, time.min, timezone.get_default_timezone())
    with transaction.atomic():
        Duration.objects.filter(tenant_id=tenant_id).delete()
        return _execute("durations", {"tenant": tenant_id, "since": start, "since_day": since, "now": now})


def _known(tenant_id: int) -> dict[str, Any]:
    """What sql/raw.sql must know of the step table."""
    return {"tenant": tenant_id, "numbers": json.dumps(steps.NUMBER), "running": sorted(steps.RUNNING)}


def _execute(name: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement(name), parameters)
        return int(cursor.rowcount)
