"""What the worker does with exports: takes the next, writes it in chunks by key with its progress saved, deletes what is over.

A writer that died is noticed by its silence; another one begins the file again under the next number, and what the dead one
may still do counts for nothing. Every chunk is read under the scope of who asked, after a look whether they still may.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.utils import translation

from baiying.cases import exporting, rules, searching
from baiying.cases.export_models import Export
from baiying.cases.exporting_later import FORGOTTEN, OPEN, ROWS_KEPT, State, folder_of, lies_in, scope_of
from baiying.cases.filters import Condition, as_q
from baiying.cases.models import Case
from baiying.kit import clock
from baiying.kit.sheet_writing import FORMS, MOST_ROWS_OF_SHEET
from baiying.org.models import Account
from baiying.org.queries import actor_for, posts_of
from baiying.org.rules import Scope, acting

log = logging.getLogger("baiying.cases")

CHUNK: Final = 1000
SILENT: Final = timedelta(minutes=2)  # after which a writer is taken for dead
MOST_TRIES: Final = 3
LEFT_FREE: Final = 256 * 2**20  # bytes of the disk that exports never take


class _Failed(Exception):
    """It cannot be written; the word says why (exporting_later.PROBLEMS)."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class _Overtaken(Exception):
    """It was cancelled, or somebody else writes it now."""


def write_next(tenant_id: int) -> int:
    """Take the export that waits longest and write it; returns 1 when there was one."""
    export = _take(tenant_id)
    if export is None:
        return 0
    partial = folder_of(tenant_id) / f"{export.id}-{export.tries}.partial"
    try:
        if export.tries > MOST_TRIES:
            raise _Failed("tries")
        with translation.override(export.language):
            _write(export, partial)
    except _Overtaken:
        log.info("an export was cancelled", extra={"job": "exports"})
    except _Failed as failed:
        _fail(export, failed.problem)
    except OSError:
        log.exception("an export could not be written", extra={"job": "exports"})
        _fail(export, "disk")
    finally:
        partial.unlink(missing_ok=True)
    return 1


def _take(tenant_id: int) -> Export | None:
    """The next that waits, or whose writer is silent; of an account that has none running."""
    silent_since = clock.now() - SILENT
    mine = Export.objects.filter(tenant_id=tenant_id)
    try:
        with acting(Scope(tenant_id, "street")):
            busy = mine.filter(state=State.RUNNING, seen_at__gte=silent_since).values("account_id")
            is_free = Q(state=State.WAITING) | Q(state=State.RUNNING, seen_at__lt=silent_since)
            rows = mine.filter(is_free).exclude(account_id__in=busy).order_by("asked_at", "id")
            export = rows.select_for_update(skip_locked=True).first()
            if export is None:
                return None
            export.state, export.seen_at, export.tries = State.RUNNING, clock.now(), export.tries + 1
            export.rows_done, export.size = 0, 0
            export.save(update_fields=["state", "seen_at", "tries", "rows_done", "size"])
            return export
    except IntegrityError:  # another worker has just begun one of the same account
        return None


def _write(export: Export, partial: Path) -> None:
    _check(export)
    others = _taken_up()
    with acting(scope_of(export)):
        export.rows_all = _count(export)
        _save(export)
    if export.form == "xlsx" and export.rows_all > MOST_ROWS_OF_SHEET:
        raise _Failed("sheet")
    partial.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    columns = {name: str(words) for name, words in exporting.COLUMNS.items()}
    most = settings.EXPORT_MEGABYTES * 2**20
    with open(partial, "wb", opener=_for_us_alone) as file:  # a Path takes no opener
        for piece in FORMS[export.form][1](columns, _rows(export)):
            file.write(piece)
            export.size += len(piece)
            if others + export.size > most:
                raise _Failed("disk")
        file.flush()
        os.fsync(file.fileno())
    _finish(export, partial)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _finish(export: Export, partial: Path) -> None:
    """The file gets its name first: a row never points at a file that is not there."""
    whole = partial.with_suffix(f".{export.form}")
    partial.replace(whole)
    now = clock.now()
    with acting(scope_of(export)):
        is_ours = _held(export).update(
            state=State.DONE, ended_at=now, expires_at=now + timedelta(days=settings.EXPORT_DAYS), words="",
            conditions=[], file=str(whole.relative_to(settings.EXPORTS_ROOT)), size=export.size,
            rows_done=export.rows_done, rows_all=export.rows_done,
        )  # fmt: skip
    if not is_ours:
        whole.unlink(missing_ok=True)


def _fail(export: Export, problem: str) -> None:
    with acting(Scope(export.tenant_id, "street")):
        _held(export).update(
            state=State.FAILED, problem=problem, ended_at=clock.now(), words="", conditions=[]
        )


def _held(export: Export) -> Any:
    """The row, as long as nobody cancelled it or took it over."""
    return Export.objects.filter(
        tenant_id=export.tenant_id, id=export.id, state=State.RUNNING, tries=export.tries
    )


def _save(export: Export) -> None:
    """How far it is, and that somebody is there. Raises _Overtaken."""
    if not _held(export).update(
        rows_done=export.rows_done, rows_all=export.rows_all, size=export.size, seen_at=clock.now()
    ):
        raise _Overtaken


def _check(export: Export) -> None:
    """Whoever asked must still have the post, its permission and its scope; and the disk some room. Raises _Failed."""
    with acting(Scope(export.tenant_id, "public")):
        account = Account.objects.filter(
            tenant_id=export.tenant_id, pk=export.account_id, is_active=True
        ).first()
        posts = posts_of(account) if account is not None else []
        post = next((post for post in posts if post.id == export.post_id), None)
        by = actor_for(post, account) if post is not None and account is not None else None
    if by is None or not by.has(rules.EXPORT) or not lies_in(export, by.scope):
        raise _Failed("post")
    root = Path(settings.EXPORTS_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(root).free < LEFT_FREE:
        raise _Failed("disk")


def _taken_up() -> int:
    """Bytes of all files of exports."""
    return sum(path.stat().st_size for path in Path(settings.EXPORTS_ROOT).glob("*/*") if path.is_file())


def _asked(export: Export) -> list[Condition]:
    return [Condition(column, op, value) for column, op, value in export.conditions]


def _sought(export: Export) -> searching.Wanted | None:
    return searching.wanted(export.words) if export.words else None


def _count(export: Export) -> int:
    sought = _sought(export)
    if sought is not None:
        return searching.count(sought, _asked(export))
    return Case.objects.within(scope_of(export)).filter(as_q(_asked(export))).order_by().count()


def _rows(export: Export) -> Iterator[dict[str, Any]]:
    """The rows, chunk by chunk, each in a transaction of its own with the progress."""
    beyond: searching.Key | None = None
    while True:
        _check(export)
        with acting(scope_of(export)):
            _save(export)
            keys, cases = exporting.next_chunk(
                scope_of(export), _asked(export), _sought(export), beyond=beyond, most=CHUNK
            )
        for case in cases:
            yield exporting.row_of(case)
        export.rows_done += len(cases)
        if len(keys) < CHUNK:
            return
        beyond = keys[-1]


def clean(tenant_id: int) -> int:
    """What has expired goes, and every file that belongs to nothing; returns how many files. Scope set by the caller."""
    now, gone = clock.now(), 0
    mine = Export.objects.filter(tenant_id=tenant_id)
    mine.filter(state=State.DONE, expires_at__lte=now).update(state=State.EXPIRED, **FORGOTTEN)
    mine.filter(asked_at__lt=now - ROWS_KEPT).exclude(state__in=(*OPEN, State.DONE)).delete()
    held = set(mine.filter(state=State.DONE).values_list("file", flat=True))
    running = mine.filter(state=State.RUNNING).values_list("id", "tries")
    writing = {f"{export_id}-{number}" for export_id, number in running}
    folder = folder_of(tenant_id)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stem not in writing and f"{folder.name}/{path.name}" not in held:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
