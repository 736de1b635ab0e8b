"""Rows of rules against inputs: the most specific wins, sayings where none fits, contradictions are found."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from baiying.dispatch.matching import Answer, Inputs, Row, Rulebook, conflicts_of

UNITS = frozenset({"a", "b", "c", "east", "e1", "water"})
ASKED = Inputs(
    category="light", kind="help", what="component", hours="working", community="east", grid="e1", owner="a",
    receiver="c",
)  # fmt: skip


def row(position: int, lead: str, **more: object) -> Row:
    return Row(id=position, position=position, lead=lead, **more)  # type: ignore[arg-type]


def answer(*rows: Row, asked: Inputs = ASKED, returned: tuple[str, ...] = ()) -> Answer:
    return Rulebook(1, rows, UNITS).answer(asked, returned=returned)


def matter(**more: str) -> Inputs:
    known = {"category": "noise", "kind": "help", "what": "matter", "hours": "off"}
    return Inputs(**known | more)


@pytest.mark.parametrize(
    ("asked", "lead", "saying"),
    [
        (ASKED, "a", "@owner"),
        (matter(community="east", owner="a"), "east", "@territory"),
        (matter(owner="a", receiver="c"), "a", "@owner"),
        (matter(receiver="c"), "c", "@receiver"),
        (matter(owner="gone"), "", ""),
    ],
)
def test_where_no_rule_fits_the_sayings_hold(asked: Inputs, lead: str, saying: str) -> None:
    found = answer(asked=asked)
    assert (found.lead, found.saying, found.row) == (lead, saying, None)


def test_the_most_specific_row_wins_wherever_it_stands() -> None:
    rows = [
        row(1, "a"), row(2, "b", category="light"), row(3, "c", category="light", area="east"),
        row(4, "water", category="light", area="e1", is_grid=True),
    ]  # fmt: skip
    for end in range(1, len(rows) + 1):
        assert answer(*reversed(rows[:end])).lead == rows[end - 1].lead
    assert answer(*rows, asked=matter()).lead == "a"


def test_as_a_slow_obvious_search_would_say() -> None:
    values = {
        "category": ("", "light"),
        "area": ("", "east"),
        "kind": ("", "help", "report"),
        "hours": ("", "off"),
    }
    rows = [
        row(n, ("a", "b", "c")[n % 3], **dict(zip(values, chosen, strict=True)))
        for n, chosen in enumerate(product(*values.values()), 1)
    ]
    book = Rulebook(1, tuple(rows), UNITS)
    for category, kind, hours, place in product(
        ("light", "x"), ("help", "report", "y"), ("off", "working"), ("east", "w")
    ):
        asked = Inputs(category=category, kind=kind, what="matter", hours=hours, community=place)
        fitting = [r for r in rows if r.fits(asked)]
        best = max(fitting, key=lambda r: (r.weight, -r.position))
        assert book.answer(asked).row == best


def test_who_returned_it_is_passed_over() -> None:
    found = answer(row(1, "a", category="light"), returned=("a",))
    assert (found.lead, found.saying, found.passed) == ("east", "@territory", ("a",))


def test_a_row_whose_unit_is_gone_does_not_count() -> None:
    assert answer(row(1, "gone", category="light"), row(2, "b")).lead == "b"


def test_supports_are_units_that_exist_and_not_the_lead() -> None:
    assert answer(row(1, "b", supports=("b", "c", "gone", "@territory"))).supports == ("c", "east")


def test_rows_equally_specific_contradict_one_another() -> None:
    one, other = row(1, "a", category="light", kind="help"), row(2, "b", category="light", hours="working")
    same, apart = (
        row(3, "a", category="light", what="component"),
        row(4, "b", category="light", kind="report"),
    )
    found = {(a.position, b.position) for a, b in conflicts_of([one, other, same, apart])}
    wanted = {
        (a.position, b.position)
        for a, b in combinations([one, other, same, apart], 2)
        if a.lead != b.lead
        and not (a.kind and b.kind and a.kind != b.kind)
        and not (a.hours and b.hours and a.hours != b.hours)
    }
    assert found == wanted == {(1, 2), (2, 3), (3, 4)}
    assert answer(one, other).rivals == (2,)
    assert answer(one, same).rivals == ()
