"""Brings a database to the state this version wants: tables, rights, reference data, and the demonstration
street.

A process of its own, so that the launcher stays small and what happens here can be ended at any moment.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from baiying.command.paths import PACKAGE, DataFolder
from baiying.command.trouble import Trouble
from baiying.config.options import WrongSetting

# One number for all installations: two launchers on one external database take turns.
LOCK = 0x6261_6979
# What went wrong has been said, in one line; the launcher adds nothing.
SAID = 3


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--demonstration", action="store_true")
    parser.add_argument("--load", action="store_true", help="only see whether the application can be loaded")
    arguments = parser.parse_args()
    data = DataFolder(Path(os.environ["BAIYING_DATA"]))
    try:
        if arguments.load:
            load_application(data.log, with_addresses=True)
            return 0
        # Counters of processes that are gone (config/metrics.py).
        shutil.rmtree(data.run / "metrics", ignore_errors=True)
        load_application(data.log)
        with one_at_a_time():
            migrate()
            provision()
            check_isolation()
            if arguments.demonstration:
                load_street(data.street)
    except (Trouble, WrongSetting) as trouble:
        print(f"baiying: {trouble}", file=sys.stderr)
        return SAID
    return 0


def load_application(log: Path, *, with_addresses: bool = False) -> None:
    """What each web process is going to load. Where that fails, it fails here first: once, by name, and before the
    database is touched, while web processes would be started again and again.
    """
    try:
        importlib.import_module("baiying.config.wsgi")
        if with_addresses:  # a third of a second; a web process does it with its first request
            resolve = importlib.import_module("django.urls").resolve
            resolve("/healthz")
    except WrongSetting:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a module raises while it is imported
        log.mkdir(parents=True, exist_ok=True)
        story = log / "load.log"
        story.write_text(traceback.format_exc(), encoding="utf-8")
        raise Trouble(f"the application cannot be loaded: {last_words(error)}", f"see {story}") from None


def last_words(error: Exception) -> str:
    """Type, message, and the line of our own that came last: `ImportError: … (doors/desk/urls.py, line 12)`."""
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(PACKAGE)
    ]
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    return (
        f"{text} ({Path(frames[-1].filename).relative_to(PACKAGE)}, line {frames[-1].lineno})"
        if frames
        else text
    )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def migrate() -> None:
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Bringing the tables up to date", flush=True)
        call_command("migrate", database="owner", interactive=False, verbosity=0)


def provision() -> None:
    """Rights of the service's role, and reference data. Skipped when this very version has done it to this database."""
    from django.db import connections

    version = fingerprint()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')")
        if cursor.fetchone() == (version,):
            return
        importlib.import_module("baiying.command.provision").provision()
        cursor.execute("COMMENT ON SCHEMA public IS %s", (version,))


def fingerprint() -> str:
    """Of all our code and reference data: whatever changes there, provisioning is done again."""
    total = hashlib.sha256()
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".csv", ".sql"}):
        total.update(f"{path.relative_to(PACKAGE)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"provisioned by {total.hexdigest()[:32]}"


def check_isolation() -> None:
    """Row-level security binds neither superusers nor owners nor BYPASSRLS: such a role would see every
    street.
    """
    from django.db import connections

    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, r.rolsuper, r.rolbypassrls,"
            "       EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database()"
            "               AND pg_has_role(r.oid, d.datdba, 'MEMBER')),"
            "       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p'))"
            "  FROM pg_roles r WHERE r.rolname = current_user"
        )
        row = cursor.fetchone()
    assert row is not None
    role, *dangers = row
    names = ["a superuser", "marked BYPASSRLS", "the database's owner", "the owner of tables"]
    if found := [name for name, danger in zip(names, dangers, strict=True) if danger]:
        raise Trouble(
            f"the service would connect as {role!r}, which is {' and '.join(found)}, and see every street",
            "give BAIYING_APP_DATABASE_URL a role without these, or leave it out",
        )


def load_street(file: Path) -> None:
    """Once. An interrupted load is taken up again: the mark is written last."""
    if not importlib.util.find_spec("baiying.street") or not importlib.util.find_spec("baiying.street.load"):
        return
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if content.get("loaded"):
        return
    print("Loading the demonstration street", flush=True)
    importlib.import_module("baiying.street.load").load(progress=show_progress)
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as stream:
        json.dump({"demonstration": True, **content, "loaded": True}, stream, ensure_ascii=False, indent=1)
    partial.replace(file)


def show_progress(*parts: object) -> None:
    """Takes a text, or a text with how many are done out of how many."""
    if len(parts) == 3:
        label, done, total = parts
        text = f"  {label} {done}/{total}"
    else:
        text = "  " + " ".join(str(part) for part in parts)
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="\n" if len(parts) == 3 and parts[1] == parts[2] else "", flush=True)
    else:
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
