"""The benches run, and what they say has the documented shape. How fast they are is not for a test to judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("bench")  # each bench is run once, whoever asks
ROOT = Path(__file__).parents[2]
# A bench makes a database of its own and sets Django up for it, so it runs as it is meant to: as a program.
PROGRAM = """
import json, sys
from baiying.bench import {name} as bench
{settings}
print(json.dumps(bench.run(lambda text: None, {arguments})))
"""


def run(name: str, arguments: str, settings: str = "") -> dict[str, Any]:
    program = PROGRAM.format(name=name, arguments=arguments, settings=settings)
    clean = {n: v for n, v in os.environ.items() if not n.startswith(("BAIYING_", "DJANGO_", "PG"))}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def desk() -> dict[str, Any]:
    return run("desk", "300, samples=2")


@pytest.fixture(scope="module")
def search() -> dict[str, Any]:
    return run("search", "300, samples=2")


@pytest.fixture(scope="module")
def intake() -> dict[str, Any]:
    return run("intake", "None", "bench.ROUNDS, bench.SECONDS, bench.MESSAGES = 1, 1.0, 20")


def test_desk_tells_every_page_at_both_sizes_with_its_growth(desk: dict[str, Any]) -> None:
    assert desk["rows"] == [100, 300]
    assert {"first page", "deep page", "search: rare", "case page", "queues", "overview, street"} <= set(
        desk["pages"]
    )
    for page in desk["pages"].values():
        assert set(page) == {
            "100",
            "300",
            "is_fuller",
            "growth_blocks",
            "growth_best",
            "growth_p50",
            "growth_p95",
            "growth_p95_4_clients",
        }
        for size in ("100", "300"):
            assert page[size]["kilobytes"] > 0
            assert set(page[size]) == {"kilobytes", "1 client", "4 clients", "statements", "blocks"}
            assert set(page[size]["1 client"]) == {"best_ms", "p50_ms", "p95_ms"}


def test_desk_names_what_was_wanted(desk: dict[str, Any]) -> None:
    assert desk["wanted"] == {
        "p95_ms": 100,
        "growth_p95": 1.5,
        "statements_constant": True,
        "memory_mib": 250,
    }
    assert desk["slowest_p95_ms"] > 0
    assert desk["largest_growth_p95"] > 0


def test_a_page_sends_no_more_statements_for_more_cases(desk: dict[str, Any]) -> None:
    """One more at most: a list that fits on its page needs no count."""
    more = {
        name: page["300"]["statements"] - page["100"]["statements"] for name, page in desk["pages"].items()
    }
    assert {name: n for name, n in more.items() if n not in (0, 1)} == {}
    assert desk["statements_constant"] is True


def test_intake_tells_clients_limits_and_ratios(intake: dict[str, Any]) -> None:
    assert set(intake["clients"]) == {"1", "8", "32", "32, worker folding beside it"}
    assert set(intake["clients"]["8"]) == {"per_second", "p50_ms", "p95_ms", "failed"}
    assert {name: figures["failed"] for name, figures in intake["clients"].items() if figures["failed"]} == {}
    assert set(intake["limits_per_second"]) == {"inserts", "function"}
    assert intake["ratio_to_inserts"] > 0
    assert intake["ratio_to_function"] > 0


@pytest.mark.parametrize("name", ["desk", "intake"])
def test_machine_and_versions_stand_beside_the_figures(name: str, request: pytest.FixtureRequest) -> None:
    told = request.getfixturevalue(name)
    assert set(told["machine"]) == {
        "cores", "memory_gib", "system", "python", "django", "granian", "postgresql", "fsync",
    }  # fmt: skip
    assert told["machine"]["fsync"] == "on"


def test_rules_tells_seconds_at_both_sizes_and_their_ratio() -> None:
    told = run("rules", "300", "bench.ROUNDS = 1")
    assert (told["30 cases"]["replayed"], told["300 cases"]["replayed"]) == (30, 300)
    assert set(told["300 cases"]) == {
        "replayed", "changed", "rows_of_the_draft", "median_seconds", "worst_seconds", "cases_per_second",
    }  # fmt: skip
    assert "seconds_per_case_against_a_tenth" in told


def test_clocks_are_found_and_escalated_at_both_sizes() -> None:
    told = run("clocks", "5000, due=1200")
    assert told["rows"] == [5000, 5000]
    for size in told["sizes"].values():
        assert (size["batches"], size["batch_p95_ms"] > 0, size["find_p95_ms"] > 0) == (3, True, True)
    assert {"growth_p50", "growth_p95", "growth_find_p95"} <= set(told)


def test_search_tells_every_way_of_looking(search: dict[str, Any]) -> None:
    assert search["rows"] == [100, 300]
    ways = {"best: common", "latest: rare", "address", "reference", "telephone number", "near here"}
    assert ways <= set(search["pages"])
    assert all(page["300"]["1 client"]["p95_ms"] > 0 for page in search["pages"].values())


def test_open311_tells_growth_and_the_ratio_to_the_native_intake() -> None:
    told = run("open311", "300, samples=1, rounds=1", "bench.SECONDS = 0.3")
    assert {"last 90 days", "open", "a box", "changed in an hour", "updates of an hour"} <= set(told["pages"])
    assert told["statements_constant"] is True
    assert set(told["posting"]["ratio_to_native"]) == {"1", "8"}
    assert told["wanted"]["post_ratio"] == 1.2
