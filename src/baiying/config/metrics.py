"""Numbers for Prometheus: requests by route, and how the street stands. Nothing about anybody; our own networks only.

Each web process writes its counters into a small mapped file (prometheus-client's way for several processes), so
that whichever process is asked answers for all. `baiying up` begins with an empty folder.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from baiying import __version__

if settings.DATA:  # must be known before prometheus_client is imported
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.DATA / "run" / "metrics"))
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from baiying.insight.queries import stock
from baiying.journal.queries import unheard_count
from baiying.org.queries import tenants
from baiying.org.rules import Scope, acting

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_requests = Counter("baiying_requests", "Requests answered.", ["method", "route", "status"])
_seconds = Histogram("baiying_request_seconds", "How long answers took.", ["route"], buckets=BUCKETS)


def observe(request: HttpRequest, status: int, seconds: float) -> None:
    """Count one answer. By route, never by address: addresses hold references, and there is no end of them."""
    match = request.resolver_match
    route = match.route if match else "-"
    answered, took = _counters(request.method if request.method in METHODS else "-", route, status)
    answered.inc()
    took.observe(seconds)


@lru_cache(maxsize=1000)
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding a counter by its labels costs more than counting."""
    return _requests.labels(method, route, str(status)), _seconds.labels(route)


class StreetCollector(Collector):
    """What is read from the database at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        """Cases by state, and what still waits for the worker; only `baiying_database_up 0` when it is gone."""
        yield InfoMetricFamily("baiying", "What runs here.", {"version": __version__})
        up = GaugeMetricFamily("baiying_database_up", "Whether the database answers.")
        cases = GaugeMetricFamily("baiying_cases", "Cases by state.", labels=["street", "state"])
        unheard = GaugeMetricFamily(
            "baiying_journal_unheard", "Journal entries that the worker has not heard.", labels=["street"]
        )
        try:
            for tenant in tenants():
                with acting(Scope(tenant.id, "street")):
                    unheard.add_metric([tenant.code], unheard_count(tenant.id))
                    for state, count in stock(Scope(tenant.id, "street")).items():
                        cases.add_metric([tenant.code, state], count)
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield from (up, cases, unheard)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text; 404 for whoever does not ask from one of BAIYING_METRICS_FROM."""
    if not may_read(str(request.META.get("REMOTE_ADDR", ""))):
        return HttpResponse("not found\n", status=404, content_type="text/plain")
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(StreetCollector())
        text = generate_latest(registry)
    else:
        registry.register(StreetCollector())
        text = generate_latest(REGISTRY) + generate_latest(registry)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def may_read(address: str) -> bool:
    """Whether the address lies in a network that may read the numbers."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.METRICS_FROM)
