"""The browser of the browser tests, and the fonts it needs to show Chinese."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from baiying.command.trouble import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> Path | None:
    """The machine's Chromium, else the one that Playwright downloaded for this user."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloaded = sorted(home.glob("chromium-*/chrome-linux*/chrome"))
    return downloaded[-1] if downloaded else None


def ensure_browser() -> Path:
    """Finds one, or installs one: Debian's own as root, Playwright's otherwise."""
    if found := find_browser():
        return found
    if can_install():
        print("Installing Chromium", flush=True)
        install("chromium", "fonts-noto-cjk")
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
