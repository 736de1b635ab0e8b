"""`bench open311`: what Open311 answers at 10 thousand and at N cases of one street, and its intake against the API's own.

Growth is the question for reading: a list costs the same however long the street's history is. For sending it is the
ratio to the native intake: the same words, by the same clients against the same server, in rounds that alternate.
"""

from __future__ import annotations

import itertools
import json
import statistics
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from baiying.bench.desk import ROWS, SAMPLES, Page, compare, open_reference
from baiying.bench.intake import bodies_of
from baiying.bench.load import drive
from baiying.bench.scratch import Scratch

ROUNDS: Final = 5
SECONDS = 4.0
MESSAGES: Final = 500
CLIENTS: Final = (1, 8)
POST_RATIO: Final = 1.2
V2: Final = "/open311/v2"


def run(
    say: Callable[[str], None], rows: int | None = None, *, samples: int = SAMPLES, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Measure; returns machine, figures and ratios."""
    told = compare(
        "open311", say, rows or ROWS, samples=samples, pages=_pages,
        besides=lambda scratch, speak: {"posting": _posting(scratch, speak, rounds)},
    )  # fmt: skip
    # A cache that ran out in between makes one page ask more in the small street; it must never ask more in the large one.
    few, many = (str(size) for size in told["rows"])
    told["statements_constant"] = all(
        page[many]["statements"] <= page[few]["statements"] for page in told["pages"].values()
    )
    told["wanted"] = {
        "growth_p95": 1.5,
        "statements_constant": True,
        "memory_mib": 250,
        "post_ratio": POST_RATIO,
    }
    return told


def _pages(scratch: Scratch, size: int) -> list[Page]:
    from baiying.kit import clock
    from baiying.org.queries import street_map

    street = street_map(scratch.tenant).tenant.code
    now = clock.now()
    reference = open_reference(scratch)

    def of(name: str, path: str, **asked: str) -> Page:
        given = (
            {"jurisdiction_id": street}
            | ({"page_size": "50"} if path.startswith("requests.") else {})
            | asked
        )
        return Page(name, "street clerk", f"{V2}/{path}?{urlencode(given)}")

    return [
        of("services", "services.xml"),
        of("one request", f"requests/{reference}.xml"),
        of("several by id", "requests.json", service_request_id=f"{reference},{reference}"),
        of("last 90 days", "requests.json"),
        of("last 90 days, XML", "requests.xml"),
        of("tenth page", "requests.json", page="10"),
        of("open", "requests.json", status="open"),
        of("closed", "requests.json", status="closed"),
        of("one service", "requests.json", service_code=_service(scratch)),
        of("three services, open", "requests.json", service_code="street-light-out,trees-green,lift-fault", status="open"),
        of("a month of last year", "requests.json", start_date=(now - timedelta(days=400)).isoformat(),
           end_date=(now - timedelta(days=370)).isoformat()),
        of("a box", "requests.json", bbox=_box(scratch)),
        of("changed in an hour", "requests.json", updated_after=(now - timedelta(hours=1)).isoformat()),
        of("with extensions", "requests.json", extensions="true"),
        of("updates of an hour", "servicerequestupdates.xml", start_date=(now - timedelta(hours=1)).isoformat()),
    ]  # fmt: skip


def _service(scratch: Scratch) -> str:
    """The service that was asked for most in the last 90 days: one that finds something in a small street, too."""
    from django.db.models import Count

    from baiying.cases.models import Case
    from baiying.kit import clock
    from baiying.org.rules import Scope, acting

    scope = Scope(scratch.tenant, "street")
    with acting(scope):
        lately = Case.objects.within(scope).filter(received_at__gt=clock.now() - timedelta(days=90))
        counted = lately.values("category__code").annotate(n=Count("id")).order_by("-n", "category__code")
        return str(counted[0]["category__code"])


def _box(scratch: Scratch) -> str:
    """Some 600 metres around a building."""
    from baiying.org.rules import Scope, acting
    from baiying.registry.models import Building

    with acting(Scope(scratch.tenant, "street")):
        lon, lat = (
            Building.objects.filter(tenant_id=scratch.tenant).values_list("lon", "lat").order_by("id")[0]
        )
    return f"{lon - 0.003:.4f},{lat - 0.003:.4f},{lon + 0.003:.4f},{lat + 0.003:.4f}"


# -- sending ------------------------------------------------------------------------------------------------------


def _posting(scratch: Scratch, say: Callable[[str], None], rounds: int) -> dict[str, Any]:
    """Milliseconds of one request and requests a second, ours and the API's own, and their ratios."""
    bodies = bodies_of(scratch, MESSAGES)
    ways = {"native": (_native(scratch, bodies), b"201"), "open311": (_forms(scratch, bodies), b"200")}
    taken: dict[str, list[float]] = {f"{way} {n}": [] for way in ways for n in CLIENTS}
    with scratch.serving() as address:
        for messages, status in ways.values():
            drive(address, messages, clients=4, seconds=SECONDS / 2, status=status)  # plans, caches, workers
        for number in range(rounds):
            say(f"sending, round {number + 1} of {rounds}")
            for clients, (way, (messages, status)) in itertools.product(CLIENTS, ways.items()):
                result = drive(address, messages, clients=clients, seconds=SECONDS, status=status)
                if result.failed:
                    raise RuntimeError(f"{way}: {result.failed} of {result.requests} requests failed")
                taken[f"{way} {clients}"].append(result.percentile(0.5))
    ratios = {
        str(n): round(
            statistics.median(
                b / a for a, b in zip(taken[f"native {n}"], taken[f"open311 {n}"], strict=True)
            ),
            3,
        )
        for n in CLIENTS
    }
    return {"p50_ms": taken, "ratio_to_native": ratios, "largest_ratio": max(ratios.values())}


def _native(scratch: Scratch, bodies: list[dict[str, Any]]) -> Iterator[bytes]:
    encoded = [json.dumps(body | {"category": "other"}, ensure_ascii=False).encode() for body in bodies]
    for number in itertools.count():
        body = encoded[number % len(encoded)]
        yield (
            b"POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (scratch.token.encode(), uuid.uuid4().hex.encode(), len(body), body)
        )


def _forms(scratch: Scratch, bodies: list[dict[str, Any]]) -> Iterator[bytes]:
    """The same as forms. A form must name its category, so both do."""
    from baiying.org.queries import street_map

    street = street_map(scratch.tenant).tenant.code
    encoded = [
        urlencode(
            {
                "api_key": scratch.token, "jurisdiction_id": street, "service_code": "other",
                "description": body["text"], "lat": body["lat"], "long": body["lon"], "address_string": body["place"],
                "last_name": body["contact"]["name"], "phone": body["contact"]["phone"],
            }
        ).encode()
        for body in bodies
    ]  # fmt: skip
    for number in itertools.count():
        body = encoded[number % len(encoded)]
        yield (
            b"POST /open311/v2/requests.json HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (uuid.uuid4().hex.encode(), len(body), body)
        )
