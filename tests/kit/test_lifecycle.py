"""The step table refuses to be wrong, and tells what leads on from where."""

from __future__ import annotations

from typing import Any

import pytest

from baiying.kit.lifecycle import RESUME, Lifecycle, State, Step

OPEN, WAITING, DONE = (
    State("open", 1, "开", "Open"),
    State("waiting", 2, "等", "Waiting"),
    State("done", 3, "完", "Done"),
)
ASK = Step("ask", ("open",), "waiting", "p.ask", likely=7)
ANSWER = Step("answer", ("waiting",), RESUME, "p.answer", by=("reporter", "staff"))
FINISH = Step("finish", ("open", "waiting"), "done", "p.finish", needs=("text",), likely=1)


def table(**changed: Any) -> Lifecycle:
    return Lifecycle(
        **{"states": (OPEN, WAITING, DONE), "start": "open", "steps": (ASK, ANSWER, FINISH)} | changed
    )


def test_steps_lead_on_the_likeliest_first() -> None:
    assert table().steps_from("open") == [FINISH, ASK]
    assert table().steps_from("waiting", by=("reporter",)) == [ANSWER]
    assert table().steps_from("done") == []


def test_states_and_steps_are_found_by_name() -> None:
    assert table().step("ask") == ASK
    assert table().step("leap") is None
    assert table().state("done") == DONE
    assert table().has_state("done") and not table().has_state("gone")
    with pytest.raises(KeyError):
        table().state("gone")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"states": (OPEN, OPEN)}, "share a code or a number"),
        ({"states": (OPEN, State("twin", 1, "", ""))}, "share a code or a number"),
        ({"steps": (ASK, ASK, FINISH)}, "share a name"),
        ({"steps": (ASK, FINISH, Step("leap", ("open",), "moon", "p"))}, "leap: unknown state"),
        ({"steps": (ASK, FINISH, Step("leap", ("moon",), "open", "p"))}, "leap: unknown state"),
        ({"steps": (ASK,)}, "no step leads to"),
        ({"steps": (Step("x", ("waiting",), "done", "p"),)}, "no step leads to"),
    ],
)
def test_wrong_table_cannot_be_made(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(**changed)


def test_diagram_shows_every_step() -> None:
    assert table().as_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> open",
        "    open --> waiting: ask",
        "    waiting --> resumed: answer",
        "    open --> done: finish",
        "    waiting --> done: finish",
    ]
