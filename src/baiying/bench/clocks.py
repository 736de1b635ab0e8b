"""`bench clocks`: finding what is due among N running clocks and escalating 10,000 of them, as the worker does it.

Growth is the question again: what a batch costs may not depend on how many clocks run. Both sizes are measured in one
run with the same 10,000 overdue clocks; batches of 500, each one transaction, durable.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from baiying.bench.scratch import Scratch, machine, scratch_street

FIRST: Final = 10_000
ROWS: Final = 1_000_000
DUE: Final = 10_000
FINDS: Final = 50
GROWTH: Final = 1.5
SQL: Final = Path(__file__).parent / "sql"
DEPARTMENT: Final = "dept-municipal"


def run(say: Callable[[str], None], rows: int | None = None, *, due: int = DUE) -> dict[str, Any]:
    """Measure; returns machine, figures and growth."""
    wanted = max(rows or ROWS, due)
    sizes = (min(FIRST, wanted), wanted)
    with scratch_street(say) as scratch:
        _people(scratch)
        measured: dict[str, dict[str, Any]] = {}
        with psycopg.connect(scratch.superuser, autocommit=True) as server:
            _grids(server, scratch.tenant)
            held = 0
            for size in sizes:
                say(f"making clocks up to {size}")
                _make(server, scratch, size - held)
                held = size
                say(f"escalating {due} of {size}")
                measured[str(size)] = _measured(server, scratch, min(due, size))
        return {"bench": "clocks", "machine": machine(), "rows": list(sizes), "due": due} | _verdict(
            measured, sizes
        )


def _verdict(measured: dict[str, dict[str, Any]], sizes: tuple[int, int]) -> dict[str, Any]:
    few, many = (measured[str(size)] for size in sizes)
    return {
        "sizes": measured,
        "growth_p50": _ratio(many["batch_p50_ms"], few["batch_p50_ms"]),
        "growth_p95": _ratio(many["batch_p95_ms"], few["batch_p95_ms"]),
        "growth_find_p95": _ratio(many["find_p95_ms"], few["find_p95_ms"]),
        "wanted": {"growth_p95": GROWTH},
    }


def _ratio(many: float, few: float) -> float:
    return round(many / few, 2) if few else 0.0


def _people(scratch: Scratch) -> None:
    """A department's handler and the street's leader; the office has its clerk."""
    from baiying.org.queries import street_map

    street = street_map(scratch.tenant)
    scratch.session(role="department_handler", unit=street.by_code[DEPARTMENT])
    scratch.session(role="street_leader", unit=street.root)


def _grids(server: psycopg.Connection[Any], tenant: int) -> None:
    server.execute(
        """CREATE TEMP TABLE bench_grid (n integer GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0) PRIMARY KEY,
        id bigint, parent_id bigint)"""
    )
    server.execute(
        "INSERT INTO bench_grid (id, parent_id) SELECT id, parent_id FROM org_unit WHERE tenant_id = %s AND level = 'grid'",
        [tenant],
    )


def _make(server: psycopg.Connection[Any], scratch: Scratch, rows: int) -> None:
    from baiying.kit import clock
    from baiying.org.queries import street_map

    unit = street_map(scratch.tenant).by_code[DEPARTMENT].id
    values = {"rows": rows, "tenant": scratch.tenant, "unit": unit, "now": clock.now()}
    server.execute(_sql((SQL / "made_clocks.sql").read_text(encoding="utf-8")), values)
    server.execute("VACUUM (ANALYZE) dispatch_clock")


def _measured(server: psycopg.Connection[Any], scratch: Scratch, due: int) -> dict[str, Any]:
    """So many clocks become due, are found again and again, and are then escalated batch by batch."""
    from baiying.dispatch import ringing
    from baiying.org.rules import Scope, acting

    late = _become_due(server, scratch.tenant, due)
    scope = Scope(scratch.tenant, "street")
    finds = [_timed(lambda: _find(scope)) for _ in range(FINDS)]
    batches, rung = [], 0
    while True:
        started = time.perf_counter()
        with acting(scope):
            taken = ringing.ring_batch(scratch.tenant)
        if not taken:
            break
        batches.append((time.perf_counter() - started) * 1000)
        rung += taken
    told = server.execute("SELECT count(*) FROM dispatch_escalation WHERE at > %s", [late]).fetchone()
    assert told is not None and (rung, told[0]) == (due, due), (rung, told, due)
    return {
        "batches": len(batches),
        "batch_best_ms": round(min(batches), 1),
        "batch_p50_ms": _percentile(batches, 0.5),
        "batch_p95_ms": _percentile(batches, 0.95),
        "clocks_per_second": round(rung / (sum(batches) / 1000)),
        "find_best_ms": round(min(finds), 2),
        "find_p95_ms": _percentile(finds, 0.95),
    }


def _become_due(server: psycopg.Connection[Any], tenant: int, due: int) -> datetime:
    """The next clocks become overdue; what was escalated before stops, so that both sizes do the same work."""
    from baiying.kit import clock

    now = clock.now()
    server.execute(
        "UPDATE dispatch_clock SET stopped_at = %s, state = 'stopped', next_at = NULL WHERE tenant_id = %s AND overdue_at IS NOT NULL",
        [now, tenant],
    )
    server.execute(
        """UPDATE dispatch_clock SET due_at = %(late)s, warn_at = %(late)s, next_at = %(late)s, warned_at = %(late)s,
                  state = 'running', paused_at = NULL, pause_until = NULL
        WHERE id IN (SELECT id FROM dispatch_clock WHERE tenant_id = %(tenant)s AND stopped_at IS NULL
                     ORDER BY subject_id LIMIT %(due)s)""",
        {"late": now - timedelta(hours=1), "tenant": tenant, "due": due},
    )
    server.execute("VACUUM (ANALYZE) dispatch_clock")
    server.execute("CHECKPOINT")
    return now


def _find(scope: Any) -> None:
    """The statement that finds a batch; its rows are let go again."""
    from baiying.dispatch.models import Clock
    from baiying.dispatch.ringing import BATCH
    from baiying.kit import clock
    from baiying.org.rules import acting

    with acting(scope):
        rows = Clock.objects.within(scope).filter(next_at__lte=clock.now()).order_by("next_at")
        assert len(rows.select_for_update(of=("self",), skip_locked=True)[:BATCH]) > 0


def _timed(do: Callable[[], None]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def _sql(text: str) -> LiteralString:
    literal: Any = text
    return literal  # type: ignore[no-any-return]
