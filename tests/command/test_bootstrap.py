"""The part that runs before anything is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def pip_wheel(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    import pip_wheel  # type: ignore[import-not-found,unused-ignore]

    return pip_wheel


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    import bootstrap  # type: ignore[import-not-found,unused-ignore]

    home = tmp_path / ".venv"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", home / "bin" / "python")
    return bootstrap


def test_mirror_of_the_machine_is_asked(
    pip_wheel: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://mirror.example/simple\nextra-index-url = https://b.example/s\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    assert pip_wheel.indexes(pip_wheel.pip_settings())[0] == "https://mirror.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer.example/simple")
    assert pip_wheel.indexes(pip_wheel.pip_settings())[0] == "https://nearer.example/simple"


def test_password_of_a_mirror_goes_to_its_own_host_only(pip_wheel: ModuleType) -> None:
    index = "https://me:s%40cret@mirror.example/simple"
    at_home = pip_wheel.request(index + "/pip/", index)
    assert at_home.full_url == "https://mirror.example/simple/pip/"
    assert at_home.get_header("Authorization") == "Basic bWU6c0BjcmV0"
    assert pip_wheel.request("https://files.example/pip.whl", index).get_header("Authorization") is None
    assert pip_wheel.without_password(index) == "https://mirror.example/simple"


def test_wheel_with_other_bytes_is_refused(pip_wheel: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "simple" / "pip"
    folder.mkdir(parents=True)
    (folder / pip_wheel.WHEEL).write_bytes(b"not pip")
    (folder / "index.html").write_text(f'<a href="{pip_wheel.WHEEL}#sha256=0">pip</a>')
    with pytest.raises(ValueError, match="pinned hash"):
        pip_wheel.download((tmp_path / "simple").as_uri(), {})


def test_environment_is_made_anew_when_interrupted_moved_or_on_another_python(bootstrap: ModuleType) -> None:
    python = str(Path(sys.executable).resolve())
    whole = {"home": str(bootstrap.ROOT), "python": python, "locks": {"a.lock": "1"}}
    assert bootstrap.missing_from(whole, {"a.lock": "1"}) == []
    assert bootstrap.missing_from(whole, {"a.lock": "2"}) == ["a.lock"]
    assert bootstrap.missing_from({}, {"a.lock": "1"}) == ["a.lock"]
    assert bootstrap.missing_from({**whole, "home": "/elsewhere"}, {"a.lock": "1"}) == ["a.lock"]
    assert bootstrap.missing_from({**whole, "python": "/usr/bin/python3.99"}, {"a.lock": "1"}) == ["a.lock"]
