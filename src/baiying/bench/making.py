"""Believable cases by the hundred thousand, for measuring: set-based SQL over the demonstration's messages and places.

For scratch databases only: it works as the superuser, past services, row policies and foreign keys.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from baiying.kit.text import bigrams

SQL: Final = Path(__file__).parent / "sql"
LINES_OF: Final = 50_000  # so many of the latest cases get a timeline
OPEN: Final = 3_000  # at any time; at most a third of the first cases
RARE: Final = "锦鲤"  # about one case in ten thousand; the demonstration's messages do not know the word
TAILS: Final = (
    "", "已经好几天了。", "麻烦派人来看看。", "晚上更严重。", "楼上楼下都受影响。", "上回说修，一直没修。", "家里有老人，等不起。",
    "孩子上学天天路过，怕出事。", "请告诉我哪天能处理。", "反映过一次，没有下文。", "物业说不归他们管。", "大家都盼着早点解决。",
    "照片我可以再补。", "白天上班，请下午六点后联系。", "谢谢工作人员。", "下雨天最厉害。", "门口商户也说过。", "一楼最明显。",
    "希望以后有人定期检查。", "不是急事，方便的时候看看就行。", "隔壁楼去年刚修好。", "我愿意带路。", "请不要公开我的名字。", "盼回复。",
)  # fmt: skip
STATES: Final = (
    ("received", 10), ("accepted", 8), ("handed_out", 12), ("acknowledged", 10), ("returned", 3), ("in_progress", 30),
    ("waiting", 5), ("parked", 4), ("handled", 7), ("checked", 6), ("rated", 3), ("reopened", 2),
)  # fmt: skip
REFERENCE: Final[LiteralString] = """
CREATE OR REPLACE FUNCTION pg_temp.reference_of(p_short text, p_serial bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_serial text := lpad(p_serial::text, greatest(6, length(p_serial::text)), '0');
    v_digits text := p_short || v_serial;
    v_sum integer := 5;
BEGIN
    FOR i IN 1 .. length(v_digits) LOOP
        v_sum := (((CASE v_sum WHEN 0 THEN 10 ELSE v_sum END) * 2) % 11 + substr(v_digits, i, 1)::integer) % 10;
    END LOOP;
    RETURN p_short || '-' || v_serial || '-' || (1 - ((CASE v_sum WHEN 0 THEN 10 ELSE v_sum END) * 2) % 11 + 10) % 10;
END $$;
"""


class Maker:
    """Makes cases in one street of a scratch database."""

    def __init__(self, address: str, tenant: int, say: Callable[[str], None]) -> None:
        """address: the scratch database's, as superuser."""
        self.tenant = tenant
        self.say = say
        self.now = datetime.now().astimezone()
        self.server = psycopg.connect(address, autocommit=True)
        self.count = 0
        for setting in (
            "session_replication_role = replica",  # foreign keys hold by construction; a check a row doubles the time
            "synchronous_commit = off",
            "maintenance_work_mem = '768MB'",
            "work_mem = '128MB'",
            "lock_timeout = '60s'",
        ):
            self.server.execute(_sql(f"SET {setting}"))
        self.server.execute("SELECT setseed(0.42)")
        self.server.execute(REFERENCE)
        self.short_code = self._prepare()

    def up_to(self, rows: int) -> float:
        """Fill up to so many cases; returns the seconds it took."""
        started = time.monotonic()
        with self._without_indexes("cases_case", "cases_contact", "cases_line"):
            if not self.count:
                self._cases(min(OPEN, rows // 3), ended=False)
            while self.count < rows:
                self._cases(rows - self.count, ended=True)
            self.server.execute("TRUNCATE cases_line")
            self._step("timelines", "made_lines", tenant=self.tenant, most=LINES_OF)
            self._step("orders", "made_orders", tenant=self.tenant)
            self._contacts()
        for table in ("cases_case", "cases_contact", "cases_line", "dispatch_order"):
            self.server.execute(_sql(f"VACUUM (ANALYZE) {table}"))
        self.say("figures")
        self._figures()
        self.server.execute("CHECKPOINT")
        return round(time.monotonic() - started, 1)

    def blocks(self) -> int:
        """Blocks of this database that were touched so far, from memory or from disk."""
        row = self.server.execute(
            """SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)
                      + coalesce(toast_blks_hit + toast_blks_read + tidx_blks_hit + tidx_blks_read, 0))
            FROM pg_statio_user_tables"""
        ).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        self.server.close()

    # -- steps ------------------------------------------------------------------------------------------------

    def _cases(self, rows: int, *, ended: bool) -> None:
        self._step(
            f"{rows} cases, {'ended' if ended else 'open'}", "made_cases", rows=rows, ended=ended, now=self.now,
            tenant=self.tenant, short_code=self.short_code,
        )  # fmt: skip
        self.count += rows

    def _contacts(self) -> None:
        self.server.execute(
            """INSERT INTO cases_contact (case_id, tenant_id, name, phone, phone_hash)
            SELECT c.id, c.tenant_id, '居民', '154' || substr(n::text, 2), md5(n::text)
            FROM cases_case c, LATERAL (SELECT 100000000 + abs(hashtext(c.reference)) %% 40000 AS n) p
            WHERE c.tenant_id = %s AND NOT EXISTS (SELECT 1 FROM cases_contact k WHERE k.case_id = c.id)""",
            [self.tenant],
        )

    def _figures(self) -> None:
        """By the room's own rebuilding; the keys are taken off meanwhile, for the same reason as other indexes."""
        from django.apps import apps

        from baiying.insight.services import measure_durations, rebuild
        from baiying.org.rules import Scope, acting

        tables = [model._meta.db_table for model in apps.get_app_config("insight").get_models()]
        keys = self.server.execute(
            """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid::regclass::text = ANY (%s) AND contype = 'p'""",
            [tables],
        ).fetchall()
        for table, name, _definition in keys:
            self.server.execute(_sql(f"TRUNCATE {table}"))
            self.server.execute(_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        with acting(Scope(self.tenant, "street")):
            rebuild(self.tenant)
            measure_durations(self.tenant)
        for table, name, definition in keys:
            self.server.execute(_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
            self.server.execute(_sql(f"VACUUM (ANALYZE) {table}"))

    def _step(self, what: str, name: str, **parameters: Any) -> None:
        self.say(what)
        self.server.execute(_sql((SQL / f"{name}.sql").read_text(encoding="utf-8")), parameters)

    @contextmanager
    def _without_indexes(self, *tables: str) -> Iterator[None]:
        """Drops what no constraint needs and builds it again afterwards: a built index is quicker than a grown one."""
        found = self.server.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
            WHERE i.indrelid::regclass::text = ANY (%s)
              AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
            [list(tables)],
        ).fetchall()
        for name, _definition in found:
            self.server.execute(_sql(f"DROP INDEX {name}"))
        yield
        for number, (name, definition) in enumerate(found, 1):
            self.say(f"index {number} of {len(found)}: {name}")
            self.server.execute(_sql(definition))

    # -- what cases are made of -----------------------------------------------------------------------------------

    def _prepare(self) -> str:
        """Tables of texts, places and states to draw from; returns the street's short code."""
        server = self.server
        row = server.execute("SELECT short_code FROM org_tenant WHERE id = %s", [self.tenant]).fetchone()
        assert row is not None
        server.execute(
            """CREATE TEMP TABLE bench_text (n integer GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0) PRIMARY KEY, text text, everyday_code text, kind text,
            lexemes text[], category_id bigint, matter_id bigint, limit_days integer, unit_id bigint, search tsvector);
            CREATE TEMP TABLE bench_place (n integer GENERATED ALWAYS AS IDENTITY (MINVALUE 0 START 0) PRIMARY KEY, place text, lexemes text[], grid_id bigint,
            community_id bigint, living_area_id bigint, building_id bigint, lon float8, lat float8, search tsvector);
            CREATE TEMP TABLE bench_state (state text, up_to float8)"""
        )
        with server.cursor().copy("COPY bench_text (text, everyday_code, kind, lexemes) FROM STDIN") as copy:
            for text, code, kind in _texts():
                copy.write_row((text, code, kind, bigrams(text)))
        server.execute(
            """UPDATE bench_text t SET category_id = c.id, matter_id = c.matter_id, limit_days = c.limit_days,
                   search = array_to_tsvector(t.lexemes),
                   unit_id = (SELECT u.id FROM org_unit u WHERE u.tenant_id = %s AND u.code = c.suggested_unit_code)
            FROM cases_category c WHERE c.code = t.everyday_code""",
            [self.tenant],
        )
        self._places()
        total = 0.0
        for state, share in STATES:
            total += share / 100
            server.execute("INSERT INTO bench_state VALUES (%s, %s)", [state, total])
        for table in ("bench_text", "bench_place", "bench_state"):
            server.execute(_sql(f"ANALYZE {table}"))
        return str(row[0])

    def _places(self) -> None:
        """Buildings with their grid, and for one case in fifty no place at all."""
        buildings = self.server.execute(
            """SELECT b.name, b.grid_id, g.parent_id, b.living_area_id, b.id, b.lon, b.lat
            FROM registry_building b JOIN org_unit g ON g.id = b.grid_id WHERE b.tenant_id = %s
            ORDER BY md5(b.code)""",
            [self.tenant],
        ).fetchall()
        nowhere = ("", None, None, None, None, None, None)
        rows = [
            row
            for number, row in enumerate(buildings)
            for row in ([nowhere] if number % 50 == 7 else []) + [row]
        ]
        columns = "place, lexemes, grid_id, community_id, living_area_id, building_id, lon, lat"
        with self.server.cursor().copy(_sql(f"COPY bench_place ({columns}) FROM STDIN")) as copy:
            for name, *rest in rows:
                copy.write_row((name, bigrams(name), *rest))
        self.server.execute("UPDATE bench_place SET search = array_to_tsvector(lexemes)")


def _texts() -> Iterator[tuple[str, str, str]]:
    """Text, everyday code and kind: every message with every tail, so shuffled that the first of each come first."""
    file = Path(__file__).parent.parent / "street" / "data" / "messages.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        messages = list(csv.DictReader(stream))
    for number, (tail, message) in enumerate(product(TAILS, messages)):
        rare = f"池里的{RARE}也没了。" if number == len(messages) * len(TAILS) - 1 else ""
        yield f"{message['text']}{tail}{rare}", message["everyday_code"], message["kind"]


def _sql(text: str) -> LiteralString:
    """SQL of our own files and lists, never of anybody's input."""
    literal: Any = text
    return literal  # type: ignore[no-any-return]
