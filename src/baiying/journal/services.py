"""Writing the journal, and handing it on: batches are sealed and told to whoever listens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from baiying.journal.models import Batch, Entry
from baiying.kit import clock
from baiying.kit.ids import uuid7

Listener = Callable[[int, Sequence[Entry]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One event to be recorded. Facts: see cases.facts; `data` never holds words of a resident or a phone number."""

    tenant_id: int
    event: str
    subject_kind: str
    subject_id: str
    actor_kind: str
    actor_id: int | None = None
    actor_name: str = ""
    community_id: int | None = None
    grid_id: int | None = None
    unit_id: int | None = None
    from_state: str = ""
    to_state: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None


def record(news: News, *, at: datetime | None = None) -> Entry:
    """Write one event in the caller's transaction: it happened together with what it tells of, or not at all."""
    return Entry.objects.create(
        id=uuid7(),
        at=at or clock.now(),
        **{name: getattr(news, name) for name in news.__slots__ if name != "data"},
        data=dict(news.data or {}),
    )


def record_all(news: Iterable[News], *, at: datetime) -> None:
    """Write many events of one moment with one statement, in the caller's transaction."""
    Entry.objects.bulk_create(
        Entry(
            id=uuid7(),
            at=at,
            **{name: getattr(one, name) for name in one.__slots__ if name != "data"},
            data=dict(one.data or {}),
        )
        for one in news
    )


def drain(tenant_id: int, listeners: Sequence[Listener], *, most: int = 2000) -> int:
    """Take unheard entries of one street, tell every listener, seal them; all in one transaction.

    Returns how many were taken. Two workers never take the same row (SKIP LOCKED); a listener that fails leaves
    the whole batch unheard, to be tried again. The caller has set the street's scope.
    """
    with transaction.atomic():
        # One sealer per street at a time, or two batches would name the same predecessor.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('journal.drain'), %s)", [tenant_id])
            if not cursor.fetchone()[0]:
                return 0
        unheard = Entry.objects.filter(tenant_id=tenant_id, batch_id__isnull=True)
        entries = list(unheard.order_by("id").select_for_update(skip_locked=True)[:most])
        if not entries:
            return 0
        for listener in listeners:
            listener(tenant_id, entries)
        previous = (
            Batch.objects.filter(tenant_id=tenant_id).order_by("-id").values_list("root", flat=True).first()
        )
        batch = Batch.objects.create(
            tenant_id=tenant_id,
            at=clock.now(),
            entry_count=len(entries),
            previous_root=previous or "",
            root=seal(previous or "", entries),
        )
        Entry.objects.filter(tenant_id=tenant_id, id__in=[e.id for e in entries]).update(batch_id=batch.id)
        return len(entries)


def seal(previous_root: str, entries: Sequence[Entry]) -> str:
    """SHA-256 (hex) over the seal before and each entry's own hash, in order of id."""
    chain = hashlib.sha256(previous_root.encode())
    for entry in sorted(entries, key=lambda e: e.id):
        chain.update(hashlib.sha256(_canonical(entry)).digest())
    return chain.hexdigest()


def _canonical(entry: Entry) -> bytes:
    parts = [
        str(entry.id), entry.tenant_id, entry.at.timestamp(), entry.event, entry.subject_kind, entry.subject_id,
        entry.actor_kind, entry.actor_id, entry.actor_name, entry.community_id, entry.grid_id, entry.unit_id,
        entry.from_state, entry.to_state, entry.before, entry.after, entry.data,
    ]  # fmt: skip
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check_seals(tenant_id: int) -> list[str]:
    """Recompute every seal of a street; returns one sentence per batch that does not hold (none = intact)."""
    faults: list[str] = []
    previous = ""
    for batch in Batch.objects.filter(tenant_id=tenant_id).order_by("id").iterator(chunk_size=200):
        entries = list(Entry.objects.filter(batch_id=batch.id, tenant_id=tenant_id))
        if batch.previous_root != previous:
            faults.append(f"batch {batch.id}: predecessor's seal differs")
        if len(entries) != batch.entry_count:
            faults.append(f"batch {batch.id}: {len(entries)} entries, sealed with {batch.entry_count}")
        elif seal(batch.previous_root, entries) != batch.root:
            faults.append(f"batch {batch.id}: an entry was changed after sealing")
        previous = batch.root
    return faults
