"""The browser of the browser tests, and the fonts it needs to show Chinese."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from baiying.command.trouble import Trouble

SHELL: Final = (
    "chromium-headless-shell"  # the same pages for two thirds of the processor time: it draws no window
)
NAMES: Final = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED: Final = (
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium_headless_shell-*/*/headless_shell",
    "chromium-*/chrome-linux*/chrome",
)


def find_browser(*, is_whole: bool = False) -> Path | None:
    """The machine's Chromium or the one that Playwright downloaded for this user; one without windows is preferred.

    is_whole: only one with everything a person's browser has, such as pushed messages.
    """
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    installed = [Path(program) for name in NAMES if (program := shutil.which(name))]
    downloaded = [path for pattern in DOWNLOADED for path in sorted(home.glob(pattern), reverse=True)]
    found = [path for path in (*installed, *downloaded) if not (is_whole and _is_shell(path))]
    return min(found, key=lambda path: not _is_shell(path), default=None)


def _is_shell(path: Path) -> bool:
    return path.name in (SHELL, "chrome-headless-shell", "headless_shell")


def ensure_browser() -> Path:
    """Finds them, or installs them: Debian's own as root, Playwright's otherwise."""
    if not find_browser(is_whole=True):
        if can_install():
            print("Installing Chromium", flush=True)
            install("chromium", "fonts-noto-cjk")
            install(SHELL)  # not every distribution has it
        else:
            print("Downloading Chromium", flush=True)
            subprocess.run([sys.executable, "-P", "-m", "playwright", "install", "chromium"], check=False)
    if found := find_browser():
        return found
    raise Trouble("the browser tests need Chromium", "as root: apt-get install chromium fonts-noto-cjk")


def has_chinese_font() -> bool:
    try:
        answer = subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(answer.stdout.strip())


def ensure_chinese_font() -> None:
    if not has_chinese_font() and can_install():
        print("Installing a Chinese font", flush=True)
        install("fontconfig", "fonts-noto-cjk")


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", *command],
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
