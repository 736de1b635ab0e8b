"""Whatever was merged, answered, sent back and undone in between: a case is in the end what its twin is that never was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.cases import clocks, jobs, merging, steps, together, urgency
from baiying.cases.facts import facts_of
from baiying.cases.models import Case, Contact, Line
from baiying.cases.services import Correction, correct, take_step
from baiying.dispatch.models import Clock, Order
from baiying.insight import checking
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Refusal
from baiying.org.rules import Scope, acting
from tests.cases.test_lifecycle import attempt, hand_for
from tests.cast import Cast

pytestmark = pytest.mark.django_db

HOW_MANY = 3
STEPS = (
    "accept", "hand_out", "acknowledge", "start", "ask", "answer", "park", "recall", "return", "handle", "check", "send_back",
    "rate", "decline", "close", "correct",
)  # fmt: skip
NUMBER = st.integers(0, HOW_MANY - 1)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), NUMBER, NUMBER),
        st.tuples(st.just("unmerge"), NUMBER, NUMBER),
        st.tuples(st.sampled_from(STEPS), NUMBER, NUMBER),
        st.tuples(st.just("time"), NUMBER, NUMBER),
    ),
    min_size=6,
    max_size=16,
)
# Where the cases stand when it begins: else nearly every random step would be refused.
BEGINNINGS = st.lists(
    st.sampled_from([s for s in sorted(together._BEFORE_THE_ANSWER) if s != steps.REOPENED]),
    min_size=HOW_MANY, max_size=HOW_MANY,
)  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(BEGINNINGS, ACTS)
def test_unmerged_a_case_is_as_if_it_had_never_been_merged(
    cast: Cast, beginnings: list[str], acts: list[tuple[str, int, int]]
) -> None:
    with attempt():
        now = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
        with clock.telling(now):
            pairs = [(_begin(cast, state), _begin(cast, state)) for state in beginnings]
        for number, (what, one, other) in enumerate(acts):
            now += timedelta(hours=3 + number % 5 * 20)
            with clock.telling(now):
                _act(cast, what, pairs, one, other)
        with clock.telling(now + timedelta(hours=1)):
            for _n in range(HOW_MANY):  # a lead's end may have ended others: from the top down
                for own, _twin in pairs:
                    _tried(
                        lambda case=own: merging.unmerge(
                            cast.dispatch_clerk_zhang, part_id=case.id, reason="分开"
                        )
                    )
        for own, twin in pairs:
            assert _seen(cast, own) == _seen(cast, twin), (beginnings, acts)
        found = [f for f in checking.check(cast.tenant) if f.check not in ("seals", "photo_files")]
        assert found == []


def _begin(cast: Cast, state: str) -> Case:
    cast.draw_none()
    case = cast.lead(cast.case(name="赵大姐", phone="13805330000"), state)
    with acting(Scope(cast.tenant.id, "street")):
        clocks.bring_up(cast.tenant.id, [case.id])
    return case


def _act(cast: Cast, what: str, pairs: list[tuple[Case, Case]], one: int, other: int) -> None:
    own, twin = pairs[one]
    if what == "merge":
        lead = pairs[other][0]
        _tried(
            lambda: merging.merge(
                cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[own.id], reason="一处"
            )
        )
    elif what == "unmerge":
        _tried(lambda: merging.unmerge(cast.dispatch_clerk_zhang, part_id=own.id, reason="分开"))
    elif what == "time":
        jobs.stop_waiting(cast.tenant.id)
        jobs.unpark(cast.tenant.id)
    else:
        merge = together.in_force(own)
        is_answered = merge is not None and bool(
            merge.before
        )  # what follows from the lead's answer goes with it
        if _take(cast, own, what) and not is_answered:
            assert _take(cast, twin, what)


def _take(cast: Cast, case: Case, name: str) -> bool:
    if name == "correct":
        return _tried(lambda: _confirm_or_turn(cast, cast.read(case.id)))
    step = steps.LIFECYCLE.step(name)
    assert step is not None
    return _tried(
        lambda: take_step(hand_for(cast, step, case), case_id=case.id, step=name, data=cast.data_for(name))
    )


def _confirm_or_turn(cast: Cast, case: Case) -> None:
    """As urgent as it stands there; said once more, the other way round."""
    with acting(Scope(cast.tenant.id, "street")):
        is_urgent = case.is_urgent != urgency.is_confirmed(case)
    changes = Correction(is_urgent=is_urgent, urgency_reason="问过")
    correct(cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=changes)


def _tried(act: Any) -> bool:
    try:
        act()
    except Refusal:
        return False
    return True


def _seen(cast: Cast, case: Case) -> dict[str, Any]:
    """Everything of a case but names, versions, and the lines of what the lead did."""
    with acting(Scope(cast.tenant.id, "street")):
        row = Case.objects.get(id=case.id)
        own = {f.attname: getattr(row, f.attname) for f in Case._meta.concrete_fields}
        orders = Order.objects.filter(subject_id=case.id).order_by("handed_out_at", "id")
        running = Clock.objects.filter(subject_id=case.id, stopped_at=None).order_by("what")
        lines = Line.objects.filter(case_id=case.id).order_by("id")
        return {
            "case": {k: v for k, v in own.items() if k not in ("id", "reference", "version", "updated_at", "search")},
            "orders": [(o.state, o.unit_id, o.due_at, o.reason, o.result, o.ended_at) for o in orders],
            "clocks": [(c.what, c.state, c.started_at, c.due_at, c.paused_at, c.pause_until, c.next_at) for c in running],
            "changes": [(c.kind, c.at, c.ended_at, c.due_after) for k in running for c in k.changes.order_by("id")],
            "contact": list(Contact.objects.filter(case_id=case.id).values_list("name", "phone")),
            "lines": [(x.step, x.at, x.text) for x in lines if x.step in _OWN and not _is_of_the_answer(x, lines)],
            "facts": facts_of(row),
        }  # fmt: skip


_OWN = frozenset(STEPS) | {"receive", "stop_waiting", "unpark"}


def _is_of_the_answer(line: Line, lines: Any) -> bool:
    """Rated while the lead's answer held: that line stays, and the twin has none."""
    return line.step == "rate" and any(other.step == "handle_with_lead" for other in lines)
