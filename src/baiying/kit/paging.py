"""Pages by key, not by number: the thousandth page costs what the first costs, and new rows shift nothing.

A cursor holds the ordering values of the row at the edge of a page. It is no secret and not signed: it can
only move within what the queryset shows anyway, and is checked when it comes back.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Invalid

MOST_ROWS: Final = 500
_MOST_CURSOR: Final = 2000

T = TypeVar("T")
Direction = Literal["next", "previous"]
Comparison = tuple[str, Literal["exact", "lt", "gt"], Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order, and the cursors of the pages after and before; None where there is none."""

    rows: list[T]
    next_cursor: str | None
    previous_cursor: str | None


class Edge(NamedTuple):
    """A place in an ordered list: beside the row with these ordering values, looking in one direction."""

    direction: Direction
    values: tuple[Any, ...]


M = TypeVar("M", bound=Model)


def page_of(
    queryset: QuerySet[M, T],
    *,
    order: Sequence[str] = ("-received_at", "-id"),
    size: int = 30,
    cursor: str | None = None,
) -> Page[T]:
    """One page of a queryset by one query.

    order: fields or annotations, "-" for descending, never NULL, together unique (end with the id). A
    queryset of rows or of values(). cursor: as given out before under the same order, or None or "" for the
    first page. Rows that come or go between two pages make no other row appear twice or be left out. Raises
    Invalid (`cursor`) for a cursor that is not ours, ValueError for a size outside 1 .. 500.
    """
    if not 1 <= size <= MOST_ROWS:
        raise ValueError(f"size must be 1 to {MOST_ROWS}, not {size}")
    edge = decode_cursor(cursor, order) if cursor else None
    backwards = edge is not None and edge.direction == "previous"
    try:
        if edge is not None:
            queryset = queryset.filter(_condition(order, edge))
        found = list(queryset.order_by(*(_reversed(order) if backwards else order))[: size + 1])
    except (ValidationError, ValueError, TypeError, OverflowError, DataError) as error:
        if edge is None:
            raise
        raise _not_ours() from error  # well formed, but of values that the columns do not take
    rows = found[:size]
    has_more = len(found) > size
    if backwards:
        rows.reverse()
    has_next, has_previous = (
        (bool(rows), has_more) if backwards else (has_more, edge is not None and bool(rows))
    )
    return Page(
        rows=rows,
        next_cursor=_cursor("next", order, rows[-1]) if has_next else None,
        previous_cursor=_cursor("previous", order, rows[0]) if has_previous else None,
    )


def comparisons(order: Sequence[str], edge: Edge) -> list[list[Comparison]]:
    """What lies beyond the edge: any of these, each of them all of its comparisons.

    ("-at", "id"), next of (5, 7) -> [[at < 5], [at = 5, id > 7]].
    """
    beyond: list[list[Comparison]] = []
    for position, name in enumerate(order):
        same: list[Comparison] = [
            (field.lstrip("-"), "exact", value)
            for field, value in zip(order[:position], edge.values, strict=False)
        ]
        falls = name.startswith("-") != (edge.direction == "previous")
        beyond.append([*same, (name.lstrip("-"), "lt" if falls else "gt", edge.values[position])])
    return beyond


def _condition(order: Sequence[str], edge: Edge) -> Q:
    either = Q()
    branches = comparisons(order, edge)
    for branch in branches:
        either |= Q(*((f"{name}__{how}", value) for name, how, value in branch))
    # Follows from the rest, but is what lets an index on the first column start at the edge.
    name, how, value = branches[0][0]
    return Q((f"{name}__{how}e", value)) & either


def _reversed(order: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def _cursor(direction: Direction, order: Sequence[str], row: object) -> str:
    def value_of(name: str) -> Any:
        if isinstance(row, Mapping):
            return row[name]
        value = row
        for step in name.split("__"):
            value = getattr(value, step)
        return value

    return encode_cursor(Edge(direction, tuple(value_of(name.lstrip("-")) for name in order)), order)


def encode_cursor(edge: Edge, order: Sequence[str]) -> str:
    """The edge as text for an address: URL-safe Base64 of JSON, values with a letter for their type.

    Raises ValueError for a NULL or for a type that is not ordered alike here and in the database.
    """
    said = [edge.direction[0], ",".join(order), *(_tagged(value) for value in edge.values)]
    packed = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str, order: Sequence[str], *, kinds: str = "") -> Edge:
    """The edge of a cursor that was made under this order. Raises Invalid (`cursor`) for anything else.

    kinds: the letters of its values' types (_WRITE), for whoever gives them to the database without Django's fields.
    """
    try:
        if len(cursor) > _MOST_CURSOR:
            raise ValueError("too long")
        packed = base64.b64decode(
            cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        )
        letter, made_for, *tagged = json.loads(packed)
        if made_for != ",".join(order) or len(tagged) != len(order):
            raise ValueError("another order")
        if kinds and kinds != "".join(kind for kind, _text in tagged):
            raise ValueError("another type")
        direction: Direction = {"n": "next", "p": "previous"}[letter]  # type: ignore[assignment]
        return Edge(direction, tuple(_READ[kind](text) for kind, text in tagged))
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        binascii.Error,
        InvalidOperation,
    ) as error:
        raise _not_ours() from error


def _tagged(value: object) -> tuple[str, str]:
    for kind, (of_type, write) in _WRITE.items():
        if type(value) is of_type:
            return kind, write(value)
    raise ValueError(f"cannot page by a {type(value).__name__}: order by columns that are never NULL")


def _number(text: str) -> int:
    if len(text) > 20:
        raise ValueError("too long for any column")
    return int(text)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("without a time zone")
    return at.astimezone(UTC)


def _exact(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a number")
    return number


_WRITE: Final[dict[str, tuple[type, Callable[[Any], str]]]] = {
    "t": (datetime, datetime.isoformat),
    "d": (date, date.isoformat),
    "u": (UUID, str),
    "i": (int, str),
    "n": (Decimal, str),
    "f": (float, repr),
    "s": (str, str),
}
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "t": _moment,
    "d": date.fromisoformat,
    "u": UUID,
    "i": _number,
    "n": _exact,
    "f": float,
    "s": str,
}


def _not_ours() -> Invalid:
    return Invalid(
        code="cursor",
        status=400,
        field="cursor",
        problem=_("翻页位置无效或已经过时。"),
        remedy=_("请回到第一页再往后翻。"),
    )
