"""`bench intake`: the public API against the limits of the same PostgreSQL.

Limits, by pgbench with prepared statements on the same server, the same fsync, the same 32 clients:
*function* - the SQL function that intake calls, and nothing else; *inserts* - the same five rows (key, case, contact,
line, journal) as plain INSERTs in one transaction. Ours does all real work: HTTP, token, JSON, location in a polygon,
category, promise by the calendar, search words, key. Runs alternate, the median ratio counts.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from baiying.bench.load import Run, drive
from baiying.bench.scratch import Scratch, machine, scratch_street

ROUNDS = 3
SECONDS = 5.0
MESSAGES = 1000
CLIENTS = (1, 8, 32)


def run(say: Callable[[str], None], rows: int | None = None) -> dict[str, Any]:
    """Measure; returns machine, figures and ratios."""
    with scratch_street(say) as scratch:
        bodies = bodies_of(scratch, MESSAGES)
        _prepare_pgbench(scratch, bodies)
        taken: dict[str, list[float]] = {"function": [], "inserts": [], "api": [], "api_p95_ms": []}
        with scratch.serving() as address:
            requests = _requests(scratch, bodies)
            drive(address, requests, clients=8, seconds=3)  # warm-up: plans, caches, workers
            figures = {
                str(n): _figures(drive(address, requests, clients=n, seconds=SECONDS)) for n in CLIENTS
            }
            for number in range(ROUNDS):
                say(f"round {number + 1} of {ROUNDS}")
                taken["inserts"].append(_pgbench(scratch, INSERTS))
                taken["function"].append(_pgbench(scratch, FUNCTION))
                result = drive(address, requests, clients=32, seconds=SECONDS)
                taken["api"].append(result.per_second)
                taken["api_p95_ms"].append(result.percentile(0.95))
                figures["32"] = _figures(result)
            memory = scratch.worker_memory()
        with scratch.serving(worker=True) as address:
            drive(address, requests, clients=8, seconds=2)
            figures["32, worker folding beside it"] = _figures(
                drive(address, requests, clients=32, seconds=SECONDS)
            )
        ratio = {
            name: round(statistics.median(a / b for a, b in zip(taken["api"], taken[name], strict=True)), 3)
            for name in ("inserts", "function")
        }
        return {
            "bench": "intake",
            "machine": machine(),
            "clients": figures,
            "limits_per_second": {name: taken[name] for name in ("inserts", "function")},
            "api_per_second_at_32": taken["api"],
            "p95_ms_at_32": statistics.median(taken["api_p95_ms"]),
            "ratio_to_inserts": ratio["inserts"],
            "ratio_to_function": ratio["function"],
            "web_worker_memory_mib": memory,
            "wanted": {
                "ratio_to_inserts": 0.5,
                "ratio_to_function": 0.35,
                "p95_ms_at_32": 60,
                "memory_mib": 250,
            },
        }


def _figures(result: Run) -> dict[str, float]:
    return {
        "per_second": result.per_second,
        "p50_ms": result.percentile(0.5),
        "p95_ms": result.percentile(0.95),
        "failed": result.failed,
    }


def bodies_of(scratch: Scratch, count: int) -> list[dict[str, Any]]:
    """Believable requests: the demonstration's messages, at its buildings."""
    from baiying.org.rules import Scope, acting
    from baiying.registry.models import Building
    from baiying.street.founding import rows

    with acting(Scope(scratch.tenant, "street")):
        places = list(Building.objects.filter(tenant_id=scratch.tenant).values_list("lon", "lat", "name"))
    dice = random.Random(1)  # noqa: S311
    texts = [m["text"] for m in rows("messages")]
    residents = rows("residents")
    return [
        {
            "text": f"{texts[n % len(texts)]}（第{n}次测速）",
            "lon": place[0],
            "lat": place[1],
            "place": place[2],
            "channel": "web",
            "contact": {k: resident[k] for k in ("name", "phone")},
        }
        for n in range(count)
        for place, resident in [(dice.choice(places), dice.choice(residents))]
    ]


def _requests(scratch: Scratch, bodies: list[dict[str, Any]]) -> Iterator[bytes]:
    encoded = [json.dumps(body, ensure_ascii=False).encode() for body in bodies]
    for number in itertools.count():
        body = encoded[number % len(encoded)]
        yield (
            b"POST /api/v1/requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (scratch.token.encode(), uuid.uuid4().hex.encode(), len(body), body)
        )


# What intake would hand to the function for each message, kept in a table so that pgbench can pick one at random.
def _prepare_pgbench(scratch: Scratch, bodies: list[dict[str, Any]]) -> None:
    import psycopg

    from baiying.cases import intake
    from baiying.cases.services import Words
    from baiying.org.queries import street_map
    from baiying.org.services import actor_of_token

    by = actor_of_token(scratch.token)
    assert by is not None
    street = street_map(scratch.tenant)
    with psycopg.connect(scratch.database.owner) as owner:
        columns = ", ".join(f"p{n} {kind}" for n, kind in enumerate(TYPES))
        owner.execute(f"CREATE UNLOGGED TABLE bench_message (n integer PRIMARY KEY, {columns})")
        marks = ", ".join(["%s"] * (len(TYPES) + 1))
        for number, body in enumerate(bodies):
            words = Words(
                text=body["text"], lon=body["lon"], lat=body["lat"], place=body["place"], channel="web",
                name=body["contact"]["name"], phone=body["contact"]["phone"], key="k", body=b"b",
            )  # fmt: skip
            draft = intake._draft(by, words, street)
            values = intake._parameters(by, draft, street, intake._answer(draft, street))
            owner.execute(f"INSERT INTO bench_message VALUES ({marks})", [number, *values])
        owner.execute("GRANT SELECT ON bench_message TO baiying_app")
        owner.commit()
        owner.autocommit = True
        owner.execute("ANALYZE bench_message")


TYPES = [
    "integer",
    "bigint",
    "bigint",
    "text",
    "uuid",
    "text",
    "bigint",
    "bigint",
    "text",
    "text",
    "text",
    "float8",
    "float8",
    "text",
    "bigint",
    "bigint",
    "boolean",
    "boolean",
    "timestamptz",
    "bigint",
    "timestamptz",
    "timestamptz",
    "smallint",
    "text[]",
    "text",
    "text",
    "text",
    "uuid",
    "jsonb",
    "uuid",
    "jsonb",
    "text",
    "bigint",
    "text",
    "bigint",
    "text",
    "text",
    "text",
    "jsonb",
]

_ID = "(lpad(to_hex(:a::bigint), 16, '0') || lpad(to_hex(:b::bigint), 16, '0'))::uuid"
_PICK = f"\\set n random(0, {MESSAGES - 1})\n\\set a random(1, 9000000000000000000)\n\\set b random(1, 9000000000000000000)\n"
_FRESH = {4: _ID, 27: "gen_random_uuid()", 29: "gen_random_uuid()", 36: f"({_ID})::text"}
FUNCTION = (
    _PICK
    + "SELECT r.reference FROM bench_message m, LATERAL cases_receive("
    + ", ".join(_FRESH.get(n, f"m.p{n}") for n in range(39))
    + ") r WHERE m.n = :n;\n"
)
INSERTS = (
    _PICK
    + f"""BEGIN;
INSERT INTO cases_intakekey (tenant_id, key_hash, body_hash, case_id, answer, created_at)
 SELECT p0, ({_ID})::text, p37, {_ID}, p38, p18 FROM bench_message WHERE n = :n;
INSERT INTO cases_case (id, tenant_id, community_id, grid_id, reference, state, resume_state, kind, category_id,
 matter_id, channel, text, place, lon, lat, located_by, living_area_id, building_id, is_anonymous, is_urgent,
 received_at, received_by, occurred_at, promised_by, due_at, outcome, rating, reopen_count, photo_count,
 tracking_epoch, version, updated_at, search)
 SELECT {_ID}, p0, p1, p2, ({_ID})::text, 'received', '', p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17,
 now(), p19, p20, p21, p21, '', '', 0, p22, 0, 0, now(), array_to_tsvector(p23) FROM bench_message WHERE n = :n;
INSERT INTO cases_contact (case_id, tenant_id, name, phone, phone_hash)
 SELECT {_ID}, p0, p24, p25, p26 FROM bench_message WHERE n = :n;
INSERT INTO cases_line (id, tenant_id, case_id, at, step, is_public, actor_kind, actor_id, actor_name, unit_id,
 unit_name, text, data)
 SELECT gen_random_uuid(), p0, {_ID}, now(), 'receive', true, p31, p32, p33, p34, p35, '', p28
 FROM bench_message WHERE n = :n;
INSERT INTO journal_entry (id, tenant_id, at, event, subject_kind, subject_id, actor_kind, actor_id, actor_name,
 community_id, grid_id, unit_id, from_state, to_state, before, after, data, batch_id)
 SELECT gen_random_uuid(), p0, now(), 'cases.received', 'case', ({_ID})::text, p31, p32, p33, p1, p2, NULL, '',
 'received', NULL, p30, '{{}}', NULL FROM bench_message WHERE n = :n;
COMMIT;
"""
)


def _pgbench(scratch: Scratch, script: str, clients: int = 32) -> float:
    """Transactions per second, as the owner, for whom no policy is in the way: the limit, not our way."""
    from baiying.bench.programs import pgbench

    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        Path(file.name).chmod(0o644)
        command = [
            *(str(pgbench()), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(int(SECONDS))),
            *("-f", file.name, scratch.database.owner),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    found = re.search(r"tps = ([\d.]+) \(without", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    return round(float(found.group(1)), 1)
