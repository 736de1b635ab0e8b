"""A long story costs the page of a case no more statements than a short one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from baiying.cases import clocks, steps
from baiying.cases.models import Case
from baiying.cases.services import StepData, add_note, take_step
from baiying.journal.services import drain
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo
from tests.doors.test_desk_case import page_of


@pytest.mark.usefixtures("steady_map")
def test_the_page_asks_the_database_equally_often_however_long_the_story(cast: Cast) -> None:
    fresh = cast.case(at=cast.in_grid("w1"))
    short, long = (
        cast.lead(cast.case(photos=[a_photo()]), steps.REOPENED),
        cast.lead(cast.case(photos=[a_photo()] * 3), steps.REOPENED),
    )
    for number in range(5):
        add_note(cast.dispatch_clerk_zhang, case_id=long.id, text=f"第 {number} 条", is_public=False)
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, [clocks.hear])  # as the worker does: the short one has its clocks as well
    client = cast.client("dispatch_clerk_zhang")

    def asked(case: Case) -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get(page_of(case)).status_code == 200
        return len(made)

    def move(*names: str) -> None:
        for step in names:
            data = StepData(text="换一个单位") if step == "recall" else cast.data_for(step)
            take_step(cast.dispatch_clerk_zhang, case_id=long.id, step=step, data=data)

    asked(fresh)  # with what the first page of a process reads and keeps
    counts = [asked(short), asked(short), asked(long)]
    move("accept", "hand_out", "recall")
    once = asked(long)
    move("hand_out", "recall", "hand_out", "recall")
    add_note(cast.dispatch_clerk_zhang, case_id=long.id, text="再一条", is_public=True)
    counts.append(asked(long))
    assert counts[3] == once
    assert counts[2] == counts[1]
    assert counts[2] < 42
    assert max(counts) < 52
    assert asked(fresh) < 36  # nobody is asked about what a new case cannot have
