"""Pages by key: nothing twice, nothing left out, both ways, one query each."""

from __future__ import annotations

import base64
import operator
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from baiying.kit.paging import Edge, Page, comparisons, decode_cursor, encode_cursor, page_of
from baiying.kit.refusals import Invalid

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOW = {"exact": operator.eq, "lt": operator.lt, "gt": operator.gt}


def is_beyond(row: dict[str, Any], order: tuple[str, ...], edge: Edge) -> bool:
    return any(
        all(HOW[how](row[name], value) for name, how, value in one) for one in comparisons(order, edge)
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 99)), unique_by=lambda row: row[2]
    ),
    st.tuples(st.sampled_from(["a", "-a"]), st.sampled_from(["b", "-b"]), st.sampled_from(["c", "-c"])),
    st.data(),
)
def test_edge_parts_a_sorted_list_exactly(
    triples: list[tuple[int, int, int]], order: tuple[str, ...], data: st.DataObject
) -> None:
    rows = [dict(zip("abc", triple, strict=True)) for triple in triples]
    rows.sort(key=lambda row: [-row[name[1]] if name[0] == "-" else row[name] for name in order])
    if not rows:
        return
    position = data.draw(st.integers(0, len(rows) - 1))
    values = tuple(rows[position][name.lstrip("-")] for name in order)
    assert [row for row in rows if is_beyond(row, order, Edge("next", values))] == rows[position + 1 :]
    assert [row for row in rows if is_beyond(row, order, Edge("previous", values))] == rows[:position]


values = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.uuids(),
    st.integers(-(2**63), 2**63 - 1),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False),
    st.text(),
)


@given(st.lists(values, min_size=1, max_size=3), st.sampled_from(["next", "previous"]))
def test_cursor_comes_back_as_it_was(given_values: list[Any], direction: Any) -> None:
    order = tuple("xyz"[: len(given_values)])
    edge = Edge(direction, tuple(given_values))
    try:
        cursor = encode_cursor(edge, order)
    except UnicodeEncodeError:  # a lone surrogate, which no column can hold
        return
    if len(cursor) <= 2000:
        assert decode_cursor(cursor, order) == edge
    assert cursor.isascii() and not set(cursor) & set("+/=&? ")


@given(st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_foreign_cursor_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(text, ("-id",))
    assert (refused.value.code, refused.value.field, refused.value.status) == ("cursor", "cursor", 400)


@pytest.mark.parametrize(
    "packed",
    [
        b"[]",
        b'["n"]',
        b'["n","-id"]',
        b'["x","-id",["i","1"]]',
        b'["n","id",["i","1"]]',
        b'["n","-id",["z","1"]]',
        b'["n","-id",["i","x"]]',
        b'["n","-id",["i","99999999999999999999999"]]',
        b'["n","-id",["i"]]',
        b'["n","-id",["i",1]]',
        b'["n","-id",["u","1"]]',
        b'{"n":1}',
        b"7",
        b"[" * 1500,
    ],
)
def test_forged_cursor_is_refused_by_name(packed: bytes) -> None:
    with pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(packed).decode(), ("-id",))


@pytest.mark.parametrize(
    "packed",
    [
        b'["n","-at",["t","2026-01-01T00:00:00"]]',
        b'["n","-at",["t","0001-01-01T00:00:00+14:00"]]',
        b'["n","-at",["n","Infinity"]]',
        b'["n","-at",["n","sNaN"]]',
    ],
)
def test_cursor_of_values_that_no_column_holds_is_refused(packed: bytes) -> None:
    with pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(packed).decode(), ("-at",))


def test_cursor_is_of_the_types_that_are_asked_for() -> None:
    order, edge = ("-at", "-id"), Edge("next", (START, UUID(int=5)))
    cursor = encode_cursor(edge, order)
    assert decode_cursor(cursor, order, kinds="tu") == edge
    with pytest.raises(Invalid):
        decode_cursor(cursor, order, kinds="ti")


def test_null_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="never NULL"):
        encode_cursor(Edge("next", (None,)), ("id",))


def test_kinds_of_values_keep_their_type() -> None:
    edge = Edge("next", (START, date(2026, 1, 1), UUID(int=5), Decimal("1.50"), 7, "路灯"))
    back = decode_cursor(encode_cursor(edge, tuple("abcdef")), tuple("abcdef"))
    assert [type(value) for value in back.values] == [type(value) for value in edge.values]


@pytest.fixture
def probe(db: None) -> Iterator[type[models.Model]]:
    """A model over a temporary table: 57 rows, many of them of the same moment."""
    with isolate_apps("baiying.journal"):

        class Probe(models.Model):
            id: Any = models.UUIDField(primary_key=True)
            received_at: Any = models.DateTimeField()
            number: Any = models.IntegerField()

            class Meta:
                app_label = "journal"
                db_table = "kit_paging_probe"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kit_paging_probe (id uuid, received_at timestamptz, number int)")
    Probe.objects.bulk_create(
        Probe(id=uuid4(), received_at=START + timedelta(minutes=n % 5), number=n) for n in range(57)
    )
    yield Probe
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kit_paging_probe")


def walk(queryset: Any, order: tuple[str, ...], size: int) -> list[Page[Any]]:
    pages = [page_of(queryset, order=order, size=size)]
    while pages[-1].next_cursor:
        pages.append(page_of(queryset, order=order, size=size, cursor=pages[-1].next_cursor))
    return pages


@pytest.mark.parametrize(
    "order", [("-received_at", "-id"), ("received_at", "-id"), ("-number",), ("-received_at", "number")]
)
@pytest.mark.parametrize("size", [1, 7, 19, 57, 100])
def test_pages_are_whole_both_ways(probe: Any, order: tuple[str, ...], size: int) -> None:
    expected = list(probe.objects.order_by(*order))
    pages = walk(probe.objects.all(), order, size)
    assert [row for page in pages for row in page.rows] == expected
    assert pages[0].previous_cursor is None
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = page_of(probe.objects.all(), order=order, size=size, cursor=back.previous_cursor)
        assert back.rows == page.rows
        assert back.next_cursor == page.next_cursor
    assert back.previous_cursor is None


def test_values_rows_can_be_paged(probe: Any) -> None:
    pages = walk(probe.objects.values("number", "id"), ("number",), 20)
    assert [row["number"] for page in pages for row in page.rows] == list(range(57))


def test_page_costs_one_query(probe: Any, django_assert_num_queries: Any) -> None:
    cursor = page_of(probe.objects.all(), size=10).next_cursor
    for at in (None, cursor):
        with django_assert_num_queries(1):
            page_of(probe.objects.all(), size=10, cursor=at)


def test_new_and_vanished_rows_shift_nothing(probe: Any) -> None:
    first = page_of(probe.objects.all(), order=("-number",), size=10)
    probe.objects.create(id=uuid4(), received_at=START, number=1000)
    probe.objects.filter(number=47).delete()  # the row at the edge itself
    second = page_of(probe.objects.all(), order=("-number",), size=10, cursor=first.next_cursor)
    assert [row.number for row in second.rows] == list(range(46, 36, -1))


def test_last_rows_gone_leaves_an_empty_page(probe: Any) -> None:
    first = page_of(probe.objects.all(), order=("number",), size=50)
    probe.objects.filter(number__gte=50).delete()
    assert page_of(probe.objects.all(), order=("number",), size=50, cursor=first.next_cursor) == Page(
        [], None, None
    )


@pytest.mark.filterwarnings("ignore:DateTimeField")  # that of Django about the wrong value itself
@pytest.mark.parametrize("value", ["x", 5, 2**62, date(2026, 1, 1), float("inf")])
def test_cursor_of_wrong_values_is_refused_by_name(probe: Any, value: object) -> None:
    order = ("-received_at", "-id")
    cursor = encode_cursor(Edge("next", (value, value)), order)
    with pytest.raises(Invalid) as refused:
        page_of(probe.objects.all(), order=order, cursor=cursor)
    assert refused.value.code == "cursor"


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "x", "\0"])
def test_cursor_of_a_number_that_is_none_is_refused_by_name(probe: Any, value: object) -> None:
    cursor = encode_cursor(Edge("next", (value,)), ("number",))
    with pytest.raises(Invalid):
        page_of(probe.objects.all(), order=("number",), cursor=cursor)


@pytest.mark.parametrize("size", [0, -1, 501])
def test_odd_size_is_a_fault_of_ours(size: int) -> None:
    with pytest.raises(ValueError, match="size"):
        page_of(models.QuerySet(), size=size)
