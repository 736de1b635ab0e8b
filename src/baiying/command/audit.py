"""Asks the advisory databases about every locked package. Run by .ci/run; silence of the source is no failure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from baiying.command import islands
from baiying.command.paths import CHECKOUT


def main() -> int:
    if CHECKOUT is None:
        return 0
    return max(python_packages(CHECKOUT), browser_packages(CHECKOUT))


def python_packages(root: Path) -> int:
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
    ]
    answer = ask([*command, "--format", "json", "-r", "requirements.lock"], root)
    if not isinstance(answer, dict) or "dependencies" not in answer:
        print("audit of Python packages: the advisory source cannot be reached, nothing was checked")
        return 0
    found = [
        f"{package['name']} {package.get('version')}: {', '.join(v['id'] for v in package['vulns'])}"
        for package in answer["dependencies"]
        if package.get("vulns")
    ]
    return report("Python", len(answer["dependencies"]), found)


def browser_packages(root: Path) -> int:
    node = islands.find_node()
    if node is None or not (root / "package-lock.json").exists():
        return 0
    answer = ask([*node.npm, "audit", "--omit=dev", "--json"], root)
    if not isinstance(answer, dict) or "vulnerabilities" not in answer:
        print("audit of browser packages: the advisory source cannot be reached, nothing was checked")
        return 0
    found = [f"{name}: {entry.get('severity')}" for name, entry in answer["vulnerabilities"].items()]
    return report("browser", int(answer["metadata"]["dependencies"].get("prod", 0)), found)


def ask(command: list[str], root: Path) -> object:
    """The answer as JSON, or None. Both tools leave with 1 for findings and for failures alike."""
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
        answer: object = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return answer


def report(kind: str, checked: int, found: list[str]) -> int:
    print(f"audit of {kind} packages: {checked} checked, {len(found)} with a known weakness")
    for line in found:
        print(f"  {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
