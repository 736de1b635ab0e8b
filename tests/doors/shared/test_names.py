"""What is written of sources is read in the reader's language."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from django.utils import translation

import baiying
from baiying.doors.shared.names import source_of

ROOMS = Path(baiying.__file__).parent
# Tables whose sources a page shows.
SHOWN = (
    "cases/data/closure.csv",
    "dispatch/data/community_tasks.csv",
    "dispatch/data/limits.csv",
    "insight/data/profiles.csv",
)
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


@pytest.mark.parametrize("table", SHOWN)
def test_sources_are_read_in_both_languages(table: str) -> None:
    with (ROOMS / table).open(encoding="utf-8-sig", newline="") as file:
        written = sorted({row["source"] for row in csv.DictReader(file)})
    assert written != []
    with translation.override("en"):
        assert [source for source in written if CHINESE.search(source_of(source))] == []
    with translation.override("zh-hans"):
        left = [said for said in map(source_of, written) if "own default" in said or " art. " in said]
    assert left == []


def test_a_source_of_its_own_stays_as_it_is_written() -> None:
    assert source_of("GB/T 33358-2016") == "GB/T 33358-2016"
