"""Makes .venv from the lock files and hands over to `python -m baiying`.

Standard library only, and it must not need ensurepip or pip: a bare Debian 12 has neither. pip comes as one
wheel, pinned by its hash. The environment is built once per lock file; a stamp written last says that it is
whole, so a build that was interrupted is noticed and done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pip_wheel import WheelUnavailable, fetch_pip

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "baiying.json"
PYTHON = ENVIRONMENT / "bin" / "python"
RUNTIME_LOCK, TEST_LOCK = "requirements.lock", "requirements-dev.lock"


class Trouble(Exception):
    """Something the user can put right; the text says how, in one line."""


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--install"]:
        prepare([RUNTIME_LOCK, *arguments[1:]])
        return
    if arguments[:1] == ["--try"]:
        try_to_add(arguments[1])
        return
    prepare([RUNTIME_LOCK, TEST_LOCK] if arguments[:1] == ["test"] else [RUNTIME_LOCK])
    # -P: a folder called "baiying" where the user happens to stand must not be taken for the package.
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "baiying", *arguments])  # noqa: S606


def prepare(locks: list[str]) -> None:
    """Bring .venv to the state the lock files ask for; does nothing when it is there already."""
    wanted = {name: digest_of(ROOT / name) for name in locks}
    if missing_from(read_stamp(), wanted):
        with only_one_builder():
            stamp = read_stamp()
            if missing := missing_from(stamp, wanted):
                build(stamp, {name: wanted[name] for name in missing})


def missing_from(stamp: dict[str, object], wanted: dict[str, str]) -> list[str]:
    installed = stamp.get("locks")
    if not is_whole(stamp) or not isinstance(installed, dict):
        return list(wanted)
    return [name for name, digest in wanted.items() if installed.get(name) != digest]


def is_whole(stamp: dict[str, object]) -> bool:
    """False after an interrupted build, in a copied checkout, and when the interpreter underneath was
    replaced.
    """
    return (
        PYTHON.exists() and stamp.get("home") == str(ROOT) and stamp.get("python") == os.path.realpath(PYTHON)
    )


def build(stamp: dict[str, object], locks: dict[str, str]) -> None:
    if not os.access(ROOT, os.W_OK):
        raise Trouble(f"{ROOT} is not writable for this user: clone the project into a folder of your own")
    if shutil.disk_usage(ROOT).free < 700 * 2**20:
        raise Trouble(f"less than 700 MB free on the disk of {ROOT}: make room and run again")
    whole = is_whole(stamp)
    STAMP.unlink(missing_ok=True)
    if not whole:
        say(f"Python environment: {ENVIRONMENT}")
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        venv.create(ENVIRONMENT, with_pip=False, symlinks=True)
    pip = pip_command()
    for name in locks:
        install(pip, name)
    site_packages = next((ENVIRONMENT / "lib").glob("python3.*/site-packages"))
    (site_packages / "baiying-checkout.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    installed = dict(stamp.get("locks") or {}) if whole else {}  # type: ignore[call-overload]
    write_stamp({"home": str(ROOT), "python": os.path.realpath(PYTHON), "locks": {**installed, **locks}})


def write_stamp(content: dict[str, object]) -> None:
    """Last of all, and at once: whoever finds it finds a whole environment."""
    partial = STAMP.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    partial.replace(STAMP)


def try_to_add(lock: str) -> None:
    """Packages that a whole environment can do without, some of them as source only: built if this machine can."""
    digest = digest_of(ROOT / lock)
    with only_one_builder():
        stamp = read_stamp()
        if not is_whole(stamp) or not missing_from(stamp, {lock: digest}):
            return
        try:
            install(pip_command(), lock, binary_only=False)
        except Trouble as trouble:
            say(f"Going on without {lock}: {trouble}")
            return
        write_stamp(stamp | {"locks": {**stamp.get("locks", {}), lock: digest}})  # type: ignore[dict-item]


def pip_command() -> list[str]:
    python = str(PYTHON)
    try:
        return [python, f"{fetch_pip(ENVIRONMENT)}/pip"]
    except WheelUnavailable as unavailable:
        # Debian's python3-pip will do where the index cannot be reached but wheels lie in a local folder.
        probe = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
        if probe.returncode == 0:
            return [sys.executable, "-m", "pip", "--python", python]
        raise Trouble(
            f"pip could not be fetched ({unavailable}): check the network, or set PIP_INDEX_URL to a mirror"
        ) from None


def install(pip: list[str], lock: str, *, binary_only: bool = True) -> None:
    """Install one lock file, every download checked against its hash, with a line of progress."""
    total = sum(1 for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if "==" in line)
    command = [
        *pip,
        "install",
        "--require-hashes",
        *(["--only-binary", ":all:"] if binary_only else []),
        "--no-input",
        "--progress-bar",
        "off",
    ]
    command += ["--disable-pip-version-check", "--no-warn-script-location", "-r", str(ROOT / lock)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    environment.pop("PIP_REQUIRE_VIRTUALENV", None)
    say(f"Installing {lock} ({total} packages)")
    tail: list[str] = []
    seen = 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail = [*tail[-29:], line.rstrip()]
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                progress(f"  {seen}/{total}  {line.split(' (')[0].strip()[:60]}")
            elif line.startswith("Installing collected"):
                progress("  unpacking")
    progress("")
    if process.returncode != 0:
        print("\n".join(tail), file=sys.stderr)
        raise Trouble(
            f"installing {lock} failed, see above: check the network or PIP_INDEX_URL, then run again"
        )


@contextmanager
def only_one_builder() -> Iterator[None]:
    """Two commands started at once: the second waits for the first instead of tearing its work down."""
    try:
        descriptor = os.open(ROOT / ".venv.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError:
        raise Trouble(
            f"{ROOT} is not writable for this user: clone the project into a folder of your own"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is preparing the environment; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_stamp() -> dict[str, object]:
    try:
        content = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Trouble as trouble:
        say(f"baiying: {trouble}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
