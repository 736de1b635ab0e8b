"""`baiying replay FILE`: real messages through the public API at full speed, then the office at its work."""

from __future__ import annotations

import argparse
import copy
import csv
import hashlib
import http.client
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import urlsplit

from baiying.command import environment
from baiying.command.cast import read_cast
from baiying.command.paths import data_folder
from baiying.command.trouble import Trouble

CLIENTS = 8
OFFICE_HANDS = 4  # most of a step is waiting for the disk
CHANNELS = ("web", "web", "web", "phone", "phone", "wechat", "visit")
TEXT_COLUMNS = ("text", "body", "content", "message", "留言详情", "内容", "诉求内容")
TITLE_COLUMNS = ("title", "topic", "留言主题", "标题", "诉求标题")
SEED = 20260101


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV in UTF-8 with a text (or body) column, perhaps a title")
    parser.add_argument("--limit", type=int, help="only the first N")
    parser.add_argument("--no-office", action="store_true", help="send only; nobody works on them")
    parser.add_argument("--token", default="", help="API token (default: the demonstration's dispatch clerk)")
    parser.add_argument("--data", help="data folder of the running street")
    parser.add_argument("--json", action="store_true", help="the summary for programs")


@dataclass
class Sent:
    """How the sending went."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0


def run(arguments: argparse.Namespace) -> int:
    state = environment.enter(data_folder(arguments.data))
    messages = list(read_messages(arguments.file, arguments.limit))
    import django

    django.setup()
    from baiying.doors.open.requests import actor_of

    token = arguments.token or _clerk(arguments.data)["token"]
    tenant = actor_of(token).scope.tenant
    bodies = _bodies(messages, tenant)
    sent = _send(state.address, token, bodies, quiet=arguments.json)
    played = {} if arguments.no_office else _play(tenant, sent, quiet=arguments.json)
    summary = _summary(len(messages), sent, played)
    if arguments.json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        _print(summary)
    return 0 if summary["accepted"] == len(messages) else 1


def read_messages(file: Path, limit: int | None) -> Iterator[tuple[str, str]]:
    """(id, text) of each row; a title, if there is one, is the first line."""
    csv.field_size_limit(10_000_000)
    try:
        stream = file.open(encoding="utf-8-sig", newline="", errors="replace")
    except OSError as error:
        raise Trouble(f"{file} cannot be read", str(error.strerror)) from None
    with stream:
        reader = csv.DictReader(stream)
        columns = [c for c in reader.fieldnames or () if c]
        body = next((c for c in TEXT_COLUMNS if c in columns), None)
        title = next((c for c in TITLE_COLUMNS if c in columns), None)
        if body is None:
            raise Trouble(
                f"{file} has no text column", f"name one of its columns {', '.join(TEXT_COLUMNS[:3])}"
            )
        for number, row in enumerate(reader):
            if limit is not None and number >= limit:
                return
            parts = [(row.get(c) or "").strip() for c in (title, body) if c]
            yield row.get("id") or str(number), "\n".join(p for p in parts if p)


def _clerk(data: str | None) -> dict[str, Any]:
    people = read_cast(data)
    return next(p for p in people if p["role"] == "dispatch_clerk" and p["unit_code"] == p["tenant"])


def _bodies(messages: list[tuple[str, str]], tenant: int) -> list[tuple[str, bytes]]:
    """Each message as a request from somewhere inside a grid: the same file always comes from the same places."""
    from shapely import Point
    from shapely.geometry import shape

    from baiying.org.queries import street_map

    outlines = [shape(g.polygon) for g in street_map(tenant).at_level("grid") if g.polygon]
    if not outlines:
        raise Trouble("the street has no grid outlines", "import some with `baiying org import`")
    bodies = []
    for identity, text in messages:
        dice = random.Random(f"{SEED}:{identity}")  # noqa: S311  (places, not secrets)
        outline = dice.choice(outlines)
        west, south, east, north = outline.bounds
        spot = outline.representative_point()
        for _try in range(20):
            drawn = Point(dice.uniform(west, east), dice.uniform(south, north))
            if outline.contains(drawn):
                spot = drawn
                break
        said = {
            "text": text or "（没有写内容）",
            "lon": round(spot.x, 6),
            "lat": round(spot.y, 6),
            "channel": dice.choice(CHANNELS),
        }
        body = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
        key = hashlib.sha256(identity.encode() + body).hexdigest()[:32]
        bodies.append((f"replay-{key}", body))
    return bodies


def _send(address: str, token: str, bodies: list[tuple[str, bytes]], *, quiet: bool) -> Sent:
    place = urlsplit(address)
    lines = local()
    sent = Sent()

    def post(item: tuple[str, bytes]) -> tuple[int, dict[str, Any], bool, float]:
        key, body = item
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        started = time.perf_counter()
        for attempt in range(3):
            line = getattr(lines, "line", None) or http.client.HTTPConnection(
                place.hostname or "", place.port, timeout=30
            )
            lines.line = line
            try:
                line.request("POST", "/api/v1/requests", body, headers)
                response = line.getresponse()
                answer = json.loads(response.read())
                repeated = response.headers.get("Idempotency-Replayed") == "true"
                return response.status, answer, repeated, (time.perf_counter() - started) * 1000
            except (OSError, http.client.HTTPException):
                line.close()  # the key makes another try harmless
                lines.line = None
                if attempt == 2:
                    raise
                time.sleep(0.2)
        raise AssertionError("unreachable")

    started = time.perf_counter()
    bar = Bar("sending", len(bodies), quiet)
    with ThreadPoolExecutor(CLIENTS) as pool:
        for status, answer, repeated, milliseconds in pool.map(post, bodies):
            bar.step()
            sent.milliseconds.append(milliseconds)
            if status == 201:
                sent.accepted.append(answer)
                sent.repeated += repeated
            else:
                sent.refused[f"{status} {answer.get('detail', '')}"] += 1
    sent.seconds = time.perf_counter() - started
    return sent


def _play(tenant: int, sent: Sent, *, quiet: bool) -> dict[str, int]:
    """The seeded office leads every case that is still untouched through the table."""
    from baiying.cases.models import Case
    from baiying.org.rules import Scope, acting
    from baiying.street.office import Office

    scope = Scope(tenant, "street")
    office = Office(tenant, random.Random(SEED))  # noqa: S311
    with acting(scope):
        references = [a["reference"] for a in sent.accepted]
        untouched = list(
            Case.objects.within(scope)
            .filter(reference__in=references, state="received")
            .order_by("received_at", "id")
            .values_list("id", flat=True)
        )
    bar = Bar("office", len(untouched), quiet)

    def play(numbered: tuple[int, Any]) -> None:
        number, case_id = numbered
        # Each case has its own dice, so that the order in which threads come to them does not matter.
        one = copy.copy(office)
        one.dice = random.Random(f"{SEED}:{number}")  # noqa: S311
        one.play(case_id)

    with ThreadPoolExecutor(OFFICE_HANDS) as pool:
        for _done in pool.map(play, enumerate(untouched)):
            bar.step()
    with acting(scope):
        states = Case.objects.within(scope).filter(reference__in=references).values_list("state", flat=True)
        return dict(Counter(states))


def _summary(count: int, sent: Sent, states: dict[str, int]) -> dict[str, Any]:
    located = Counter(answer["located_by"] for answer in sent.accepted)
    times = sorted(sent.milliseconds) or [0.0]
    return {
        "messages": count,
        "accepted": len(sent.accepted),
        "repeated": sent.repeated,
        "refused": dict(sent.refused),
        "located": dict(located),
        "in_grid": sum(1 for answer in sent.accepted if answer["grid"]),
        "per_second": round(count / sent.seconds, 1) if sent.seconds else 0.0,
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[min(len(times) - 1, int(len(times) * 0.95))], 1),
        "states": states,
    }


def _print(summary: dict[str, Any]) -> None:
    print(
        f"{summary['accepted']} of {summary['messages']} accepted"
        f" ({summary['repeated']} were known already), {summary['in_grid']} located in a grid;"
        f" {summary['per_second']}/s, p50 {summary['p50_ms']} ms, p95 {summary['p95_ms']} ms"
    )
    for reason, count in summary["refused"].items():
        print(f"  refused {count}: {reason}")
    if summary["states"]:
        print("  now " + ", ".join(f"{count} {state}" for state, count in sorted(summary["states"].items())))


class Bar:
    """Progress on standard error: a bar on a terminal, a line for every tenth part elsewhere."""

    def __init__(self, label: str, total: int, quiet: bool) -> None:
        self.label, self.total, self.done = label, total, 0
        self.quiet, self.shown, self.tenths = quiet, 0.0, 0
        self.is_terminal = sys.stderr.isatty()

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        if self.quiet:
            return
        if not self.is_terminal:
            if self.done * 10 // self.total > self.tenths:
                self.tenths = self.done * 10 // self.total
                print(f"{self.label} {self.done}/{self.total}", file=sys.stderr, flush=True)
            return
        now = time.monotonic()
        if now - self.shown < 0.1 and self.done < self.total:
            return
        self.shown = now
        filled = 30 * self.done // max(1, self.total)
        bar = "#" * filled + "." * (30 - filled)
        end = "\n" if self.done == self.total else ""
        print(f"\r{self.label:<8} [{bar}] {self.done}/{self.total}", end=end, file=sys.stderr, flush=True)
