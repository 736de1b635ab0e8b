"""Which browser the browser tests take."""

from __future__ import annotations

from pathlib import Path

import pytest

from baiying.command.browser import find_browser


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but the folders `bin` and `downloads`."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_a_machine_without_a_browser_has_none(machine: Path) -> None:
    assert find_browser() is None


def test_an_installed_chromium_comes_before_a_downloaded_one(machine: Path) -> None:
    downloaded = program(machine / "downloads" / "chromium-1255" / "chrome-linux64" / "chrome")
    assert find_browser() == downloaded
    installed = program(machine / "bin" / "chromium")
    assert find_browser() == installed


def test_the_newest_shell_without_windows_comes_before_all(machine: Path) -> None:
    program(machine / "bin" / "chromium")
    program(machine / "downloads" / "chromium_headless_shell-1254" / "chrome-linux" / "headless_shell")
    shells = machine / "downloads" / "chromium_headless_shell-1255"
    newest = program(shells / "chrome-headless-shell-linux64" / "chrome-headless-shell")
    assert find_browser() == newest
    installed = program(machine / "bin" / "chromium-headless-shell")
    assert find_browser() == installed
    assert find_browser(is_whole=True) == machine / "bin" / "chromium"
