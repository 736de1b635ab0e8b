"""`baiying test`: sets up what the suite needs, and runs all of it. With arguments: pytest alone, with these."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from baiying.command import browser, islands, serving
from baiying.command.paths import CHECKOUT
from baiying.command.trouble import Trouble

# Settings of whoever runs the suite must not lead it to a real database.
KEPT_SETTINGS = {"BAIYING_POSTGRES_BIN", "BAIYING_PYTHON", "BAIYING_TEST_PICTURES", "BAIYING_TEST_STREET"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="args", help="for pytest; then nothing else runs"
    )


def run(arguments: argparse.Namespace) -> int:
    if CHECKOUT is None:
        raise Trouble(
            "the suite is part of the source tree", "clone the project and run ./baiying test there"
        )
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BAIYING_") or name in KEPT_SETTINGS
    }
    install_test_packages(CHECKOUT)
    islands.build(print)
    islands.compile_translations()
    environment["BAIYING_TEST_BROWSER"] = str(browser.ensure_browser())
    browser.ensure_chinese_font()
    if arguments.rest:
        return call([sys.executable, "-m", "pytest", *arguments.rest], CHECKOUT, environment)
    failed = [name for name, command in checks() if not passes(name, command, CHECKOUT, environment)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}", file=sys.stderr)
        return 1
    print("\nEverything passed.")
    return 0


def install_test_packages(root: Path) -> None:
    command = [
        sys.executable,
        "-P",
        str(root / "tools" / "bootstrap.py"),
        "--install",
        "requirements-dev.lock",
    ]
    if subprocess.run(command, check=False).returncode != 0:
        raise Trouble("the packages of the suite could not be installed", "see above")
    # Old clients of others, two of them as source only: their tests are skipped where they cannot be built.
    bootstrap = [sys.executable, "-P", str(root / "tools" / "bootstrap.py")]
    subprocess.run([*bootstrap, "--try", "requirements-clients.lock"], check=False)


def checks() -> list[tuple[str, list[str]]]:
    """In the order of speed: what fails quickly is told quickly."""
    python = [sys.executable, "-m"]
    listed = [
        ("ruff check", [*python, "ruff", "check", "."]),
        ("ruff format", [*python, "ruff", "format", "--check", "."]),
        ("import contracts", [str(Path(sys.prefix) / "bin" / "lint-imports")]),
        ("mypy", [*python, "mypy"]),
    ]
    node = islands.find_node()
    if node is not None and CHECKOUT is not None and (CHECKOUT / "node_modules" / "typescript").exists():
        listed.append(("typescript", [*node.npm, "run", "--silent", "check"]))
    workers = min(4, serving.cores())
    parallel = ["-n", str(workers), "--dist", "loadgroup"] if workers > 1 else []
    listed.append(("pytest", [*python, "pytest", *parallel]))
    return listed


def passes(name: str, command: Sequence[str], folder: Path, environment: dict[str, str]) -> bool:
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    code = call(command, folder, environment)
    print(
        f"== {name}: {'ok' if code == 0 else f'failed ({code})'} in {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return code == 0


def call(command: Sequence[str], folder: Path, environment: dict[str, str]) -> int:
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False
        ).returncode
    except FileNotFoundError:
        print(f"{command[0]} is missing", file=sys.stderr)
        return 127
