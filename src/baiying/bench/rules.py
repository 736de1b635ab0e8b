"""`baiying bench rules`: a draft of the rules replayed on the cases of the last months."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from baiying.bench.making import Maker
from baiying.bench.scratch import Scratch, machine, scratch_street

ROWS: Final = 100_000
ROUNDS: Final = 3
SMALL: Final = 10  # the growth is told from a tenth of the rows
DAYS: Final = 4_000  # the made cases lie over years; all of them are replayed
EXTRA_ROWS: Final = 500


def run(say: Callable[[str], None], rows: int | None) -> dict[str, Any]:
    """Seconds for N and N/10 cases, the ratio, and what the replay found."""
    rows = rows or ROWS
    with scratch_street(say) as scratch:
        result: dict[str, Any] = {"machine": machine()}
        maker = Maker(scratch.superuser, scratch.tenant, say)
        for count in (rows // SMALL, rows):
            maker.up_to(count)
            say(f"replaying {count} cases")
            result[f"{count} cases"] = _measured(scratch)
        maker.close()
    small, large = (result[f"{count} cases"]["median_seconds"] for count in (rows // SMALL, rows))
    result["seconds_per_case_against_a_tenth"] = round(large / small / SMALL, 2)
    return result


def _measured(scratch: Scratch) -> dict[str, Any]:
    from baiying.cases import backtest, rulebook
    from baiying.dispatch.matching import Row, Rulebook
    from baiying.kit import clock
    from baiying.org.queries import street_map

    live = rulebook.book_for(scratch.tenant)
    street = street_map(scratch.tenant)
    areas = [u.code for u in street.at_level("grid")]
    departments = sorted(u.code for u in street.at_level("department", "partner"))
    categories = [row.category for row in live.rows]
    extra = tuple(
        Row(id=None, position=10_000 + n, category=categories[n % len(categories)], area=areas[n % len(areas)],
            is_grid=True, lead=departments[n % len(departments)])
        for n in range(EXTRA_ROWS)
    )  # fmt: skip
    draft = Rulebook(live.version + 1, live.rows + extra, live.units)
    times = []
    for _round in range(ROUNDS):
        gc.collect()
        started = time.perf_counter()
        found = backtest.replay(scratch.tenant, live, draft, clock.now() - timedelta(days=DAYS))
        told = backtest.told(found, draft, clock.now())
        times.append(time.perf_counter() - started)
    return {
        "replayed": told["cases"],
        "changed": told["changed"],
        "rows_of_the_draft": len(draft.rows),
        "median_seconds": round(statistics.median(times), 2),
        "worst_seconds": round(max(times), 2),
        "cases_per_second": round(told["cases"] / statistics.median(times)),
    }
