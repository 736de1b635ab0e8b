"""A year's cases told to a process of its own, and what it found. The worker never loads numpy.

The process gets the words through a pipe, touches no database and writes nothing down.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import baiying
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case
from baiying.kit import clock

DAYS: Final = 365
MOST_CASES: Final = 100_000  # the latest; about a minute of one core and 0.7 GB, at night
MOST_CHARACTERS: Final = 1_000
TIMEOUT: Final = 900  # seconds


def findings(tenant_id: int, now: datetime | None = None) -> list[dict[str, Any]]:
    """What recurs among the street's cases, the strongest first. The caller has set the street's scope.

    Raises CalledProcessError, TimeoutExpired.
    """
    now = now or clock.now()
    source = str(Path(baiying.__file__).parents[1])
    command = [sys.executable, "-m", "baiying.kit.recurring", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": source, "OMP_NUM_THREADS": "1"},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"until": now.isoformat()}) + "\n")
            for item in items(tenant_id, now):
                process.stdin.write(json.dumps(item, ensure_ascii=False) + "\n")
            answer, _errors = process.communicate(timeout=TIMEOUT)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return [json.loads(line) for line in answer.splitlines()]


def items(tenant_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    """The latest cases as kit.recurring reads them; sensitive categories and parts of cases are left out."""
    rows = (
        Case.objects.filter(tenant_id=tenant_id, received_at__gt=now - timedelta(days=DAYS), received_at__lte=now)
        .exclude(channel=SPLIT)
        .exclude(category__is_sensitive=True)
        .order_by("-received_at", "-id")
        .values_list(
            "id", "received_at", "text", "category__code", "building_id", "living_area_id", "grid_id", "community_id",
            "lon", "lat", "contact__phone_hash",
        )[:MOST_CASES]
    )  # fmt: skip
    for case_id, at, text, category, building, area, grid, community, lon, lat, who in rows.iterator(
        chunk_size=2_000
    ):
        places = {"building": building, "living_area": area, "grid": grid, "community": community}
        said = {level: str(key) for level, key in places.items() if key is not None}
        if building is None and lon is not None and lat is not None:
            said["point"] = point_key(lon, lat)
        yield {
            "id": str(case_id), "at": at.isoformat(), "text": text[:MOST_CHARACTERS], "category": category,
            "places": said, "who": who or "",
        }  # fmt: skip


def point_key(lon: float, lat: float) -> str:
    """A square of a thousandth of a degree, about a hundred metres, by its middle."""
    return f"{lon:.3f},{lat:.3f}"


def ids_of(finding: dict[str, Any]) -> list[UUID]:
    """The cases behind a finding, the oldest first."""
    return [UUID(case_id) for case_id in finding["ids"]]
