from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from baiying.config import options
from baiying.config.options import WrongSetting


def test_every_option_has_a_sentence_and_a_default_its_own_reader_takes() -> None:
    readers = {
        "flag": options.flag,
        "count": options.count,
        "words": options.words,
        "networks": options.networks,
    }
    for option in options.OPTIONS:
        assert option.name.startswith("BAIYING_")
        assert option.sentence.endswith(".") or option.sentence.endswith(".)")
        readers.get(option.kind, options.text)(option.name)


def test_slip_in_a_name_is_noticed() -> None:
    given = {"BAIYING_PORTS": "1", "BAIYING_PORT": "1", "PATH": "", "BAIYING_PYTHON": "python3"}
    assert options.unknown_names(given) == ["BAIYING_PORTS"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BAIYING_HTTPS", "perhaps", "BAIYING_HTTPS='perhaps' is neither yes nor no"),
        ("BAIYING_PORT", "eight", "BAIYING_PORT='eight' is not a whole number from 1"),
        ("BAIYING_PORT", "０１", "BAIYING_PORT='０１' is not a whole number from 1"),
        ("BAIYING_LANGUAGE", "fr", "BAIYING_LANGUAGE='fr' is not one of zh-hans, en"),
        (
            "BAIYING_TRUSTED_PROXIES",
            "10.0.0.0/8,proxy",
            "BAIYING_TRUSTED_PROXIES: 'proxy' is neither an IP address nor a network such as 10.0.0.0/8",
        ),
    ],
)
def test_wrong_value_stops_the_start_with_one_line(name: str, value: str, message: str) -> None:
    code = "from baiying.config import options, settings; options.count('BAIYING_PORT')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, name: value}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"baiying.config.options.WrongSetting: {message}"


def test_database_address_of_another_kind_is_refused() -> None:
    from baiying.config.database import connection

    with pytest.raises(WrongSetting, match="postgresql://"):
        connection("sqlite:///x", setting="BAIYING_DATABASE_URL_APP", persistent=True)


def test_settings_page_holds_the_table() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
    assert options.as_markdown() in page.read_text(encoding="utf-8")
