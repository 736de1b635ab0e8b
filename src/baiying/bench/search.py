"""`bench search`: everything that can be looked for at the desk, at 10 thousand and at N cases of one street, in one run.

By words (rare, frequent, several), by address, reference, telephone number, around a point, each alone and with
filters, as the whole street and as one community: always the page as it is served, under row-level security. That the
answers equal a slow exact search is the suite's to show (tests/cases/test_searching.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from baiying.bench.desk import ROWS, SAMPLES, WORDS, Page, compare, open_reference
from baiying.bench.scratch import Scratch

PHONE: Final = "19900001234"  # of the scratch street only
PHONE_CASES: Final = 3


def run(say: Callable[[str], None], rows: int | None = None, *, samples: int = SAMPLES) -> dict[str, Any]:
    """Measure; returns machine, figures and ratios."""
    return compare("search", say, rows or ROWS, samples=samples, pages=_pages)


def _pages(scratch: Scratch, size: int) -> list[Page]:
    from baiying.kit import clock

    _give_a_phone(scratch)
    today = clock.now().date()
    building, lon, lat = _busy_place(scratch)

    def of(name: str, who: str = "street clerk", **asked: str) -> Page:
        return Page(name, who, f"/desk/cases/?{urlencode(asked)}", status=302 if name == "reference" else 200)

    def near(name: str, who: str = "street clerk", **asked: str) -> Page:
        return of(name, who, lon=f"{lon:.6f}", lat=f"{lat:.6f}", within="500", **asked)

    def count(name: str, **asked: str) -> Page:
        return Page(f"count: {name}", "street clerk", f"/desk/cases/count?{urlencode(asked)}", piece=True)

    return [
        *(of(f"best: {name}", q=words) for name, words in WORDS.items()),
        *(of(f"latest: {name}", q=words, sort="recent") for name, words in WORDS.items()),
        of("best: medium, community", "community head", q=WORDS["medium"]),
        of("best: medium, department", "department handler", q=WORDS["medium"]),
        of("address", q=building),
        of("address and word", q=f"{building} {WORDS['common']}"),
        of("word and state", q=WORDS["common"], state="in_progress"),
        of("word, category and month", q=WORDS["medium"], category="street-light-out",
           received_from=str(today - timedelta(days=60)), received_to=str(today - timedelta(days=30))),
        of("reference", q=open_reference(scratch)),
        of("telephone number", q=PHONE),
        near("near here"),
        near("near here, community", "community head"),
        near("near here, with a word", q=WORDS["common"]),
        count("rare word", q=WORDS["rare"]),
        count("medium word", q=WORDS["medium"]),
    ]  # fmt: skip


def _give_a_phone(scratch: Scratch) -> None:
    """A few cases of the scratch street get the number that is looked for."""
    import psycopg

    from baiying.cases.secrets import phone_hash

    with psycopg.connect(scratch.superuser, autocommit=True) as owner:
        owner.execute(
            """UPDATE cases_contact SET phone_hash = %s WHERE case_id IN (
                   SELECT case_id FROM cases_contact WHERE tenant_id = %s ORDER BY md5(case_id::text) LIMIT %s)""",
            [phone_hash(PHONE), scratch.tenant, PHONE_CASES],
        )


def _busy_place(scratch: Scratch) -> tuple[str, float, float]:
    """Name and point of a building where something is open."""
    from baiying.cases.models import Case
    from baiying.org.rules import Scope, acting
    from baiying.registry.models import Building

    scope = Scope(scratch.tenant, "street")
    with acting(scope):
        open_cases = Case.objects.within(scope).filter(closed_at=None, building_id__isnull=False)
        case = open_cases.order_by("-received_at")[0]
        building = Building.objects.get(tenant_id=scratch.tenant, id=case.building_id)
    return building.name, building.lon, building.lat
