"""`baiying verify`: what must always hold, in every street; exit code 1 when something does not."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from baiying.command import environment
from baiying.command.paths import data_folder

if TYPE_CHECKING:
    from baiying.insight.checking import Finding
    from baiying.org.models import Tenant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", help="data folder of the running street")
    parser.add_argument("--json", action="store_true", help="the findings for programs")


def run(arguments: argparse.Namespace) -> int:
    environment.enter(data_folder(arguments.data))
    import django

    django.setup()
    from baiying.org.queries import tenants

    streets = tenants()
    started = time.perf_counter()
    findings = verify(streets)
    summary = _summary(streets, findings, round(time.perf_counter() - started, 2))
    print(json.dumps(summary, ensure_ascii=False) if arguments.json else _said(summary))
    return 1 if findings else 0


def verify(tenants: Iterable[Tenant]) -> list[Finding]:
    """All findings of these streets; none is how it should be."""
    from baiying.insight.checking import check

    found: list[Finding] = []
    for tenant in tenants:
        if sys.stderr.isatty():
            print(f"  {tenant.name} …", file=sys.stderr, flush=True)
        found += check(tenant)
    return found


def _summary(streets: list[Tenant], findings: list[Finding], seconds: float) -> dict[str, Any]:
    from baiying.insight.checking import SENTENCES

    counts = Counter(finding.check for finding in findings)
    return {
        "holds": not findings,
        "streets": [street.code for street in streets],
        "seconds": seconds,
        "checks": [
            {"check": code, "sentence": str(sentence), "findings": counts[code]}
            for code, sentence in SENTENCES.items()
        ],
        "findings": [asdict(finding) for finding in findings],
    }


def _said(summary: dict[str, Any]) -> str:
    lines = [
        f"{'ok  ' if not row['findings'] else 'FAIL'}  {row['sentence']}"
        + (f"  ({row['findings']})" if row["findings"] else "")
        for row in summary["checks"]
    ]
    lines += [f"      {f['tenant']} {f['check']}: {f['detail'] or f['subject']}" for f in summary["findings"]]
    streets = ", ".join(summary["streets"])
    end = "Everything holds" if summary["holds"] else f"{len(summary['findings'])} findings"
    return "\n".join([*lines, f"{end} in {streets} ({summary['seconds']} s)."])
