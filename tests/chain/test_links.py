"""Links over time, against a slow model that knows for each day who answers for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baiying.chain.holders import Person, put_holder
from baiying.chain.models import Holder, Link
from baiying.chain.services import assign, end_link, hand_over
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.rules import Actor, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db
DAYS = 8
Key = tuple[int, str]  # (level, child)


@dataclass
class Span:
    """One arrangement of the model: days [start, end)."""

    holder: str
    start: int
    end: int  # DAYS means open


@dataclass
class Model:
    """Each child's arrangements in order of making; what is asked is answered day by day."""

    spans: dict[Key, list[Span]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    def holder(self, key: Key, day: int) -> str | None:
        found = [s.holder for s in self.spans.get(key, []) if s.start <= day < s.end]
        assert len(found) <= 1
        return found[0] if found else None

    def has_ring(self) -> bool:
        for day in range(DAYS):
            down: dict[str, set[str]] = {}
            for (level, child), _spans in self.spans.items():
                above = self.holder((level, child), day)
                if level in (4, 5) and above:
                    down.setdefault(above, set()).add(child)
            for one in down:
                reached: set[str] = set()
                todo = [one]
                while todo:
                    todo += (new := down.get(todo.pop(), set()) - reached)
                    reached |= new
                if one in reached:
                    return True
        return False

    def assign(self, key: Key, holder: str, start: int) -> bool:
        spans = self.spans.setdefault(key, [])
        if self.left.get(holder, DAYS) <= start or (key[0] in (4, 5) and key[1] == holder):
            return False
        if any(s.start > start for s in spans if s.start < s.end) or self.holder(key, start) == holder:
            return False
        before = [(s, s.end) for s in spans]
        for span in spans:
            if span.start <= start < span.end:
                span.end = start
        spans.append(Span(holder, start, DAYS))
        if self.has_ring():
            spans.pop()
            for span, end in before:
                span.end = end
            return False
        return True

    def end(self, key: Key, day: int) -> bool:
        running = [s for s in self.spans.get(key, []) if s.end == DAYS]
        if not running or day < running[0].start:
            return False
        running[0].end = day
        return True


class Street:
    """The same children and persons in the real street."""

    def __init__(self, cast: Cast, by: Actor) -> None:
        self.cast, self.by = cast, by
        self.people: dict[str, Holder] = {
            name: put_holder(by, unit=cast.units["e1"], person=Person(name=name, duty="x"))
            for name in ("甲", "乙", "丙")
        }

    def day(self, number: int) -> date:
        return clock.today() + timedelta(days=number)

    def child_id(self, key: Key) -> int:
        return self.cast.units[key[1]].id if key[0] == 2 else self.people[key[1]].pk

    def holder(self, key: Key, number: int) -> str | None:
        day = self.day(number)
        found = [
            link.holder.name
            for link in Link.objects.within(self.by.scope).select_related("holder").filter(level=key[0])
            if link.child_id == self.child_id(key)
            and link.from_date <= day
            and (link.until_date is None or day < link.until_date)
        ]
        assert len(found) <= 1
        return found[0] if found else None


def was_taken(step: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            step()
    except (Conflict, Invalid):
        return False
    return True


KEYS: list[Key] = [(2, "e1"), (2, "e2"), (4, "甲"), (4, "乙"), (5, "乙"), (5, "丙")]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["assign", "assign", "assign", "end"]), st.sampled_from(KEYS),
        st.sampled_from(["甲", "乙", "丙"]), st.integers(0, DAYS - 2),
    ),
    max_size=14,
)  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=STEPS)
def test_links_are_what_the_slow_model_says(cast: Cast, steps: list[tuple[str, Key, str, int]]) -> None:
    with transaction.atomic(), acting(cast.community_head_wang.scope):
        street, model = Street(cast, cast.community_head_wang), Model()
        for kind, key, name, day in steps:
            if kind == "assign":
                taken = was_taken(lambda: assign(
                    street.by, level=key[0], child_id=street.child_id(key),  # noqa: B023
                    holder_id=street.people[name].pk, from_date=street.day(day),  # noqa: B023
                ))  # fmt: skip
                assert taken == model.assign(key, name, day), (kind, key, name, day)
            else:
                open_links = [
                    x for x in Link.objects.within(street.by.scope).filter(level=key[0], until_date=None)
                    if x.child_id == street.child_id(key)
                ]  # fmt: skip
                taken = bool(open_links) and was_taken(
                    lambda: end_link(street.by, link_id=open_links[0].pk, until_date=street.day(day))  # noqa: B023
                )
                assert taken == model.end(key, day), (kind, key, day)
        real = {(key, n): street.holder(key, n) for key in KEYS for n in range(DAYS)}
        assert real == {(key, n): model.holder(key, n) for key in KEYS for n in range(DAYS)}
        transaction.set_rollback(True)


# -- handing over ----------------------------------------------------------------------------------------


@pytest.fixture
def street(cast: Cast) -> Street:
    with acting(cast.community_head_wang.scope):
        return Street(cast, cast.community_head_wang)


def link(street: Street, key: Key, holder: str, day: int = 0) -> Link:
    with acting(street.by.scope):
        return assign(
            street.by, level=key[0], child_id=street.child_id(key), holder_id=street.people[holder].pk,
            from_date=street.day(day),
        )  # fmt: skip


def test_handover_leaves_nothing_behind(street: Street) -> None:
    first, second = link(street, (2, "e1"), "甲"), link(street, (2, "e2"), "甲", 4)
    with acting(street.by.scope):
        made = hand_over(
            street.by, holder_id=street.people["甲"].pk, from_date=street.day(2),
            successors={first.pk: street.people["乙"].pk, second.pk: street.people["丙"].pk},
        )  # fmt: skip
        assert [(x.level, x.holder.name, x.from_date) for x in made] == [
            (2, "乙", street.day(2)), (2, "丙", street.day(4)),
        ]  # fmt: skip
        told = [[street.holder((2, u), n) for n in range(6)] for u in ("e1", "e2")]
        assert told == [["甲", "甲", "乙", "乙", "乙", "乙"], [None] * 4 + ["丙"] * 2]
        with pytest.raises(Invalid):
            assign(street.by, level=2, child_id=street.cast.units["e1"].id,
                   holder_id=street.people["甲"].pk, from_date=street.day(3))  # fmt: skip


def test_handover_with_a_link_left_out_changes_nothing(street: Street) -> None:
    first, _second = link(street, (2, "e1"), "甲"), link(street, (2, "e2"), "甲")
    with acting(street.by.scope):
        with pytest.raises(Invalid) as refused:
            hand_over(
                street.by, holder_id=street.people["甲"].pk, from_date=street.day(2),
                successors={first.pk: street.people["乙"].pk},
            )  # fmt: skip
        assert refused.value.field == "successor"
        assert Link.objects.filter(until_date=None, holder=street.people["甲"]).count() == 2
        assert Holder.objects.get(pk=street.people["甲"].pk).left_on is None


def test_successor_of_a_centre_takes_its_place(street: Street) -> None:
    link(street, (4, "乙"), "甲")
    below = link(street, (5, "丙"), "乙")
    with acting(street.by.scope):
        fourth = put_holder(street.by, unit=street.cast.units["e1"], person=Person(name="丁", duty="x"))
        street.people["丁"] = fourth
        hand_over(street.by, holder_id=street.people["乙"].pk, from_date=street.day(1),
                  successors={below.pk: fourth.pk})  # fmt: skip
        assert [street.holder((5, "丙"), n) for n in (0, 1)] == ["乙", "丁"]
        assert [street.holder((4, "乙"), n) for n in (0, 1)] == ["甲", None]
        assert [street.holder((4, "丁"), n) for n in (0, 1)] == [None, "甲"]


# -- leave -----------------------------------------------------------------------------------------------


def attempt(cast: Cast, who: Actor, street: Street, key: Key) -> type[Refusal] | None:
    try:
        with acting(who.scope):
            assign(who, level=key[0], child_id=street.child_id(key), holder_id=street.people["甲"].pk,
                   from_date=clock.today())  # fmt: skip
    except Refusal as refusal:
        return type(refusal)
    return None


def test_who_may_manage_what(cast: Cast, street: Street) -> None:
    assert attempt(cast, cast.community_head_chen, street, (2, "e1")) is NotFound
    assert attempt(cast, cast.outsider_zhao, street, (2, "e1")) is NotFound
    assert attempt(cast, cast.grid_worker_li, street, (2, "e1")) is Denied
    assert attempt(cast, cast.department_handler_sun, street, (2, "e1")) is NotFound
    assert attempt(cast, cast.dispatch_clerk_zhang, street, (5, "乙")) is Denied
    assert attempt(cast, cast.dispatch_clerk_zhang, street, (2, "e1")) is None
    assert attempt(cast, cast.community_head_wang, street, (5, "乙")) is None


def test_communities_are_held_by_street_staff_and_by_the_streets_word(cast: Cast, street: Street) -> None:
    office = cast.dispatch_clerk_zhang
    with acting(office.scope):
        sponsor = put_holder(office, unit=cast.units["street"], person=Person(name="包干", duty="副主任"))
        east = cast.units["east"].id
        with pytest.raises(Invalid):
            assign(office, level=1, child_id=east, holder_id=street.people["甲"].pk, from_date=clock.today())
        assign(office, level=1, child_id=east, holder_id=sponsor.pk, from_date=clock.today())
    with acting(street.by.scope), pytest.raises((Denied, NotFound)):
        assign(street.by, level=1, child_id=east, holder_id=sponsor.pk, from_date=clock.today())
