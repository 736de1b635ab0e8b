"""Keys of an installation: made once, never changed; a key that came with a later version is added."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from baiying.config.secrets import NAMES, ensure_secrets, read_secrets


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    first = read_secrets(tmp_path)
    ensure_secrets(tmp_path)
    assert (read_secrets(tmp_path), first.temporary) == (first, False)
    assert len({getattr(first, name) for name in NAMES}) == len(NAMES)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert [name for name in NAMES if getattr(first, name) in repr(first)] == []


def test_street_founded_before_web_push_gets_its_key_at_the_next_start(tmp_path: Path) -> None:
    old = {"secret_key": "a", "tracking_key": "b", "phone_key": "c"}
    (tmp_path / "secrets.json").write_text(json.dumps(old), encoding="utf-8")
    assert read_secrets(tmp_path).push_key == ""
    ensure_secrets(tmp_path)
    kept = json.loads((tmp_path / "secrets.json").read_text(encoding="utf-8"))
    assert {name: kept[name] for name in old} == old
    assert len(read_secrets(tmp_path).push_key) == 64
