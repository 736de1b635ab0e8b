"""A page of cases for a filter and words, with a true count. For programs always by recency: a cursor that stays put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from baiying.cases import rules, searching
from baiying.cases.filters import conditions
from baiying.cases.models import Case
from baiying.doors.shared import case_counts
from baiying.doors.shared.case_filters import Asked
from baiying.kit import text
from baiying.kit.paging import Edge, Page, decode_cursor, encode_cursor, page_of
from baiying.org.queries import calendar_of
from baiying.org.rules import Actor

ORDER: Final = ("-received_at", "-id")


@dataclass(frozen=True)
class Found:
    """A page of the list and how many there are in all (None: more than can be counted while the page waits)."""

    page: Page[Case]
    total: int | None
    is_too_short: bool = False  # no word of two characters was asked for
    by_phone: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the list, how much of it, and how the words are meant."""

    cursor: str | None
    rows: int
    is_text: bool = False  # digits are words, not a telephone number
    is_counted: bool = False  # however long counting takes


def find(by: Actor, what: Asked, at: Place) -> Found:
    """The page that is asked for. `what` must be valid."""
    numbers = cases_by_phone(by, what, is_text=at.is_text)
    if what.words and numbers is None:
        return _searched(by, what, at)
    wanted = what.filter(ids=numbers)
    total = case_counts.count_at_once(by.scope, wanted)
    is_few = total is not None and total <= case_counts.AT_ONCE
    rows = case_counts.few_of(by.scope, wanted) if is_few else case_counts.rows_of(by.scope, wanted)
    page = page_of(rows.defer("search"), order=ORDER, size=at.rows, cursor=at.cursor)
    if total is None and at.is_counted:
        total = case_counts.count_exactly(by.scope, wanted)
    return Found(page, total, by_phone=numbers is not None)


def _searched(by: Actor, what: Asked, at: Place) -> Found:
    wanted = searching.wanted(what.words)
    if wanted is None:
        return Found(Page([], None, None), 0, is_too_short=True)
    limits = conditions(what.filter(), calendar=calendar_of(by.scope.tenant))
    edge = decode_cursor(at.cursor, ORDER, kinds="tu") if at.cursor else None
    beyond = searching.Key(*edge.values) if edge else None
    older = edge is None or edge.direction == "next"
    keys = searching.find(wanted, limits, beyond=beyond, older=older, most=at.rows + 1)
    page = _page_of_keys(by, keys, edge, at.rows)
    if edge is None and page.next_cursor is None:
        return Found(page, len(page.rows))
    return Found(page, searching.count(wanted, limits) if at.is_counted else None)


def _page_of_keys(by: Actor, keys: list[searching.Key], edge: Edge | None, size: int) -> Page[Case]:
    """The rows behind keys in the order of the walk, read under the row policy."""
    backwards = edge is not None and edge.direction == "previous"
    has_more, keys = len(keys) > size, keys[:size]
    if backwards:
        keys.reverse()
    held = Case.objects.within(by.scope).defer("search").in_bulk([key.id for key in keys])
    rows = [held[key.id] for key in keys if key.id in held]
    has_older, has_newer = (
        (bool(rows), has_more) if backwards else (has_more, edge is not None and bool(rows))
    )
    return Page(
        rows,
        encode_cursor(Edge("next", tuple(keys[-1])), ORDER) if has_older else None,
        encode_cursor(Edge("previous", tuple(keys[0])), ORDER) if has_newer else None,
    )


def cases_by_phone(by: Actor, what: Asked, *, is_text: bool) -> list[UUID] | None:
    """The cases of a telephone number, for those who may read it; None when the words are no number."""
    number = text.normalise_phone(what.words) if what.words else None
    if number is None or is_text or not by.has(rules.READ_CONTACT):
        return None
    return searching.cases_by_phone(by, number)
