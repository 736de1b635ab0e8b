"""`bench desk`: the desk's pages as they are served, at 10 thousand and at N cases of one street, in one run.

Growth is the question: what a page costs may not depend on how much a street has seen. Each page is asked by one
client after another and by four at once; the number of statements is counted in this process.
"""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from baiying.bench.load import drive
from baiying.bench.making import RARE, Maker
from baiying.bench.scratch import Scratch, machine, scratch_street

FIRST: Final = 10_000
ROWS: Final = 1_000_000
SAMPLES: Final = 80
CLIENTS: Final = (1, 4)
DEEP: Final = 1000  # pages
P95_MS: Final = 100
GROWTH: Final = 1.5
# In about one case of ten thousand, of fifty, of ten; and three at once.
WORDS: Final = {"rare": RARE, "medium": "路灯", "common": "孩子", "three words": "孩子 楼道 物业"}


@dataclass(frozen=True)
class Page:
    """One address, as somebody asks for it. `piece`: htmx asks for a part of the page."""

    name: str
    who: str
    address: str
    piece: bool = False
    status: int = 200

    def request(self, cookie: str) -> bytes:
        """The request on the line."""
        extra = "HX-Request: true\r\n" if self.piece else ""
        return (
            f"GET {self.address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
            f"Accept-Language: zh-CN,zh;q=0.9\r\n{extra}\r\n"
        ).encode()


def run(say: Callable[[str], None], rows: int | None = None, *, samples: int = SAMPLES) -> dict[str, Any]:
    """Measure; returns machine, figures and ratios."""
    return compare("desk", say, rows or ROWS, samples=samples, pages=_pages)


def compare(
    bench: str,
    say: Callable[[str], None],
    wanted_rows: int,
    *,
    samples: int,
    pages: Callable[[Scratch, int], list[Page]],
    besides: Callable[[Scratch, Callable[[str], None]], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The same pages in a small street and in one of `wanted_rows` cases; machine, figures and ratios.

    besides: what else is measured in the large one, and told with the rest.
    """
    sizes = (min(FIRST, max(3, wanted_rows // 3)), wanted_rows)
    with scratch_street(say) as scratch:
        cookies = _staff(scratch)
        maker = Maker(scratch.superuser, scratch.tenant, say)
        measured: dict[int, dict[str, dict[str, Any]]] = {}
        made: dict[str, float] = {}
        memory = 0.0
        for size in sizes:
            made[str(size)] = maker.up_to(size)
            asked = pages(scratch, size)
            with scratch.serving() as address:
                say(f"measuring {len(asked)} pages at {size} cases")
                measured[size] = _measure(address, asked, cookies, samples, say)
                memory = max(memory, scratch.worker_memory())
            _count_work(asked, cookies, measured[size], maker.blocks)
        maker.close()
        more = besides(scratch, say) if besides else {}
        return (
            {
                "bench": bench,
                "machine": machine(),
                "rows": list(sizes),
                "made_in_seconds": made,
            }
            | _verdict(measured, sizes, memory)
            | more
        )


def _verdict(
    measured: dict[int, dict[str, dict[str, Any]]], sizes: tuple[int, int], memory: float
) -> dict[str, Any]:
    few, many = (measured[size] for size in sizes)
    pages: dict[str, Any] = {}
    for name in many:
        one, four = (f"{n} client{'s' * (n > 1)}" for n in CLIENTS)
        pages[name] = {
            str(sizes[0]): few[name],
            str(sizes[1]): many[name],
            "is_fuller": many[name]["kilobytes"] > 1.2 * few[name]["kilobytes"],
            "growth_blocks": _ratio(many[name]["blocks"], few[name]["blocks"]),
            "growth_best": _ratio(many[name][one]["best_ms"], few[name][one]["best_ms"]),
            "growth_p50": _ratio(many[name][one]["p50_ms"], few[name][one]["p50_ms"]),
            "growth_p95": _ratio(many[name][one]["p95_ms"], few[name][one]["p95_ms"]),
            "growth_p95_4_clients": _ratio(many[name][four]["p95_ms"], few[name][four]["p95_ms"]),
        }
    return {
        "pages": pages,
        "slowest_p95_ms": max(p[str(sizes[1])]["1 client"]["p95_ms"] for p in pages.values()),
        # An exact count touches every hit; it comes after the page and may grow with them. A page that was half
        # empty in the small street and is full in the large one says more: that is no growth of the same page.
        "largest_growth_p95": max(
            p["growth_p95"] for n, p in pages.items() if not n.startswith("count: ") and not p["is_fuller"]
        ),
        # A list that fits on its page is not counted, so a filter with few hits sends one statement less.
        "statements_constant": all(many[n]["statements"] - few[n]["statements"] in (0, 1) for n in many),
        "web_worker_memory_mib": memory,
        "wanted": {"p95_ms": P95_MS, "growth_p95": GROWTH, "statements_constant": True, "memory_mib": 250},
    }


def _ratio(many: float, few: float) -> float:
    return round(many / few, 2) if few else 0.0


# -- who asks, and for what ---------------------------------------------------------------------------------------


def _staff(scratch: Scratch) -> dict[str, str]:
    """Session cookies of a street clerk, a community head and a department's handler."""
    from baiying.org.queries import street_map

    street = street_map(scratch.tenant)
    busiest = street.at_level("community")[0]
    department = street.by_code["dept-municipal"]
    return {
        "street clerk": scratch.session(role="dispatch_clerk", unit=street.root),
        "community head": scratch.session(role="community_head", unit=busiest),
        "department handler": scratch.session(role="department_handler", unit=department),
    }


def _pages(scratch: Scratch, size: int) -> list[Page]:
    from baiying.kit import clock
    from baiying.org.queries import street_map

    street = street_map(scratch.tenant)
    community = street.at_level("community")[0]
    today = clock.now().date()
    cases = "/desk/cases/"

    def of(
        name: str, who: str = "street clerk", path: str = cases, piece: bool = False, **asked: str
    ) -> Page:
        return Page(name, who, f"{path}?{urlencode(asked)}" if asked else path, piece)

    return [
        of("my work", path="/desk/"),
        of("first page"),
        of("first page, community", "community head"),
        of("first page, department", "department handler"),
        of("filter: state", state="in_progress"),
        of("filter: category and month", category="street-light-out",
           received_from=str(today - timedelta(days=60)), received_to=str(today - timedelta(days=30))),
        of("filter: category and month, community", "community head", category="street-light-out",
           received_from=str(today - timedelta(days=60)), received_to=str(today - timedelta(days=30))),
        of("filter: closed in a week", closed_from=str(today - timedelta(days=7)), closed_to=str(today)),
        of("filter: community", community=community.code),
        of("filter: unit", unit="dept-municipal"),
        of("filter: overdue", overdue="yes"),
        of("filter: dissatisfied", rating="dissatisfied"),
        of("deep page", cursor=_deep_cursor(scratch, size)),
        *(of(f"search: {name}", q=words) for name, words in WORDS.items()),
        of("search: medium, community", "community head", q=WORDS["medium"]),
        of("search: common, and state", q=WORDS["common"], state="in_progress"),
        of("count: rare word", path="/desk/cases/count", piece=True, q=WORDS["rare"]),
        of("count: medium word", path="/desk/cases/count", piece=True, q=WORDS["medium"]),
        of("queues", path="/desk/rail", piece=True),
        of("queues, community", "community head", path="/desk/rail", piece=True),
        of("case page", path=f"{cases}{open_reference(scratch)}/"),
        of("overview, street", path="/desk/overview/"),
        of("overview, community", "community head", path="/desk/overview/"),
    ]  # fmt: skip


def _deep_cursor(scratch: Scratch, size: int) -> str:
    """The key beside which page 1,000 begins; in a small street, the page in its middle."""
    from baiying.cases.models import Case
    from baiying.doors.desk.finding import ORDER, ROWS
    from baiying.kit.paging import Edge, encode_cursor
    from baiying.org.rules import Scope, acting

    row = min(DEEP * ROWS, size // 2)
    scope = Scope(scratch.tenant, "street")
    with acting(scope):
        keys = Case.objects.within(scope).order_by(*ORDER).values_list("received_at", "id")
        return encode_cursor(Edge("next", tuple(keys[row])), ORDER)


def open_reference(scratch: Scratch) -> str:
    """An open case that a unit is working on."""
    from baiying.cases.models import Case
    from baiying.org.rules import Scope, acting

    scope = Scope(scratch.tenant, "street")
    with acting(scope):
        found = Case.objects.within(scope).filter(state="in_progress").order_by("-received_at")
        return str(found.values_list("reference", flat=True)[0])


# -- measuring ----------------------------------------------------------------------------------------------------


def _measure(
    address: str, pages: Sequence[Page], cookies: dict[str, str], samples: int, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    measured: dict[str, dict[str, Any]] = {}
    for page in pages:
        request = page.request(cookies[page.who])
        size = _demand_answer(address, page, cookies[page.who])
        # Warm-up: both workers, all threads.
        status = str(page.status).encode()
        drive(address, _again(request), clients=4, seconds=10, most=min(16, samples), status=status)
        found: dict[str, Any] = {"kilobytes": round(size / 1000, 1)}
        for clients in CLIENTS:
            result = drive(
                address, _again(request), clients=clients, seconds=120, most=samples, status=status
            )
            if result.failed:
                raise RuntimeError(f"{page.name}: {result.failed} of {result.requests} requests failed")
            found[f"{clients} client{'s' * (clients > 1)}"] = {
                "best_ms": result.percentile(0.0),
                "p50_ms": result.percentile(0.5),
                "p95_ms": result.percentile(0.95),
            }
        measured[page.name] = found
        one = found["1 client"]
        say(f"{page.name}: best {one['best_ms']}, p50 {one['p50_ms']}, p95 {one['p95_ms']} ms")
    return measured


def _again(request: bytes) -> Iterator[bytes]:
    return itertools.repeat(request)


def _demand_answer(address: str, page: Page, cookie: str) -> int:
    """The bytes of the page. A redirect to the sign-in page would be quick, too."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    line.request(
        "GET", page.address, headers={"Cookie": cookie} | ({"HX-Request": "true"} if page.piece else {})
    )
    answer = line.getresponse()
    body = answer.read()
    line.close()
    if answer.status != page.status:
        raise RuntimeError(
            f"{page.name}: {answer.status} for {page.address}: {body[:300].decode(errors='replace')}"
        )
    return len(body)


def _count_work(
    pages: Sequence[Page],
    cookies: dict[str, str],
    measured: dict[str, dict[str, Any]],
    blocks: Callable[[], int],
) -> None:
    """Statements that a page sends and blocks that PostgreSQL touches for it, asked once the caches are warm, without
    leaving this process. Neither depends on what else the machine is doing.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    for page in pages:
        client = Client(headers={"cookie": cookies[page.who]})
        extra: dict[str, Any] = {"headers": {"HX-Request": "true"}} if page.piece else {}
        client.get(page.address, HTTP_HOST="localhost", **extra)
        _flush_counters(connection)
        before = blocks()
        with CaptureQueriesContext(connection) as caught:
            client.get(page.address, HTTP_HOST="localhost", **extra)
        _flush_counters(connection)
        measured[page.name]["blocks"] = blocks() - before
        # Once a second a process asks whether the street's map is still the same: the clock's doing, not the page's.
        sent = [q["sql"] for q in caught.captured_queries if 'FROM "org_tenant"' not in q["sql"]]
        measured[page.name]["statements"] = len(sent)


def _flush_counters(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
