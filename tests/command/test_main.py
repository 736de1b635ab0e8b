"""The command line itself."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from baiying.command import doctor
from baiying.command import main as command_line
from baiying.command.paths import data_folder


def test_without_a_command_all_commands_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main([]) == 0
    told = capsys.readouterr().out
    assert [name for name in command_line.available() if f"  {name} " not in told] == []
    assert command_line.available() == list(command_line.COMMANDS)


def test_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["upp"]) == 2
    assert capsys.readouterr().err.startswith("baiying: there is no command 'upp'. There are:\n  up ")


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main([name, "--help"])
    assert caught.value.code == 0
    assert f"usage: baiying {name}" in capsys.readouterr().out


def test_doctor_looks_at_everything(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("BAIYING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BAIYING_PROT", "1")
    assert command_line.main(["doctor", "--data", str(tmp_path / "data")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[9:23].strip() for line in lines] == [
        *(
            "python",
            "settings",
            "database",
            "node",
            "browser",
            "fonts",
            "locale",
            "disk",
            "data folder",
            "port",
            "calendar",
        ),
    ]
    assert lines[1] == "MISSING  settings       unknown: BAIYING_PROT -> docs/settings.md lists all names"
    monkeypatch.delenv("BAIYING_PROT")
    assert command_line.main(["doctor", "--data", str(tmp_path / "data")]) == 0


def test_doctor_says_which_years_have_no_holidays(tmp_path: Path) -> None:
    data = data_folder(str(tmp_path / "data"))
    known = doctor.look_at_calendar(data, date(2026, 10, 31))
    ahead = doctor.look_at_calendar(data, date(2026, 11, 1))
    assert (known.is_ok, known.text) == (True, "holidays known for 2026")
    assert (ahead.is_ok, ahead.is_needed) == (False, False)
    assert ahead.text == "no holidays yet for 2027: limits that reach there are estimated"
    assert "/desk/calendar/import" in ahead.remedy
