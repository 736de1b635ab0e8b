"""A version that follows from what stands in a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from baiying.cases.models import Draw, Exclusion
from baiying.kit.refusals import Conflict
from baiying.kit.versions import not_overtaken, version_of

AT = datetime(2026, 11, 23, 4, 5, 6, 789, UTC)
ID = UUID("01a208c8-8f2c-7c5f-8f8c-0c8a7d2f84f2")


def test_it_is_another_one_for_every_other_content_and_the_same_for_the_same() -> None:
    row = Exclusion(id=ID, case_id=ID, text="一", state=Exclusion.State.PROPOSED, proposed_at=AT)
    read = Exclusion(
        id=str(ID), case_id=ID, text="一", state="proposed", proposed_at=AT.astimezone(timezone(timedelta(hours=8)))
    )  # fmt: skip
    assert version_of(row) == version_of(read) < 2**53
    changed = [
        Exclusion(id=ID, case_id=ID, text="一", state="agreed", proposed_at=AT),
        Exclusion(id=ID, case_id=ID, text="一 ", state="proposed", proposed_at=AT),
        Exclusion(id=ID, case_id=ID, text="一", state="proposed", proposed_at=AT + timedelta(microseconds=1)),
        Draw(id=ID, case_id=ID, reasons=[["a", 1]], probability=0.1),
        Draw(id=ID, case_id=ID, reasons=[["a", 2]], probability=0.1),
        Draw(id=ID, case_id=ID, reasons=[["a", 1]], probability=0.1, is_drawn=False),
    ]
    assert len({version_of(one) for one in [row, *changed]}) == 7


def test_whoever_read_another_version_is_told_which_there_is() -> None:
    row = Exclusion(id=ID, state="agreed")
    not_overtaken(row, None, state="agreed")
    not_overtaken(row, version_of(row), state="agreed")
    with pytest.raises(Conflict) as refused:
        not_overtaken(row, version_of(row) + 1, state="agreed")
    assert (refused.value.field, refused.value.extra) == (
        "version",
        {"state": "agreed", "version": version_of(row)},
    )
