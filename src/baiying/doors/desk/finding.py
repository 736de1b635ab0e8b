"""One page of the list of cases: by recency, by how well the words match, or by distance; each with a true count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from baiying.cases import merging, searching
from baiying.cases.filters import Condition, conditions
from baiying.cases.models import Case
from baiying.doors.shared import case_counts
from baiying.doors.shared.case_filters import Asked, address
from baiying.doors.shared.staff import StaffRequest
from baiying.kit.paging import Edge, Page, decode_cursor, encode_cursor, page_of
from baiying.org.queries import calendar_of

ROWS: Final = 40
ORDER: Final = ("-received_at", "-id")
RANKED: Final = ("-until", "place")  # the latest case that was ranked, and how many of the best came before
DISTANT: Final = ("metres", "id")
RECENT: Final = "recent"
_LAST_ID: Final = UUID(int=2**128 - 1)
_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """A page of the list and how many there are in all (None: more than can be counted while the page waits)."""

    page: Page[Case]
    total: int | None
    hint: str = ""
    by_phone: bool = False
    order: str = ""  # "match", "recent" (words were asked for), "near", or "" (as lists are)
    metres: Mapping[UUID, float] = field(default_factory=dict)
    rest_url: str = ""  # behind the best matches: all the others, by recency


def find(request: StaffRequest, what: Asked) -> Found:
    """The page that the address asks for."""
    scope = request.actor.scope
    cursor = request.GET.get("cursor") or None
    numbers = cases_by_phone(request, what)
    if what.around is not None:
        return _near(request, what, cursor)
    if what.words and numbers is None:
        return _searched(request, what, cursor)
    wanted = what.filter(ids=numbers)
    total = case_counts.count_at_once(scope, wanted)
    is_few = total is not None and total <= case_counts.AT_ONCE
    rows = case_counts.few_of(scope, wanted) if is_few else case_counts.rows_of(scope, wanted)
    page = page_of(_listed(rows), order=ORDER, size=ROWS, cursor=cursor)
    if total is None and "exact" in request.GET:
        total = case_counts.count_exactly(scope, wanted)
    return Found(page, total, by_phone=numbers is not None)


def count_exactly(request: StaffRequest, what: Asked) -> int:
    """How many the address asks for, however long that takes."""
    numbers = cases_by_phone(request, what)
    if what.words and numbers is None:
        wanted = searching.wanted(what.words)
        return searching.count(wanted, _limits(request, what)) if wanted else 0
    return case_counts.count_exactly(request.actor.scope, what.filter(ids=numbers))


def cases_by_phone(request: StaffRequest, what: Asked) -> list[UUID] | None:
    """The cases of a telephone number, for those who may read it; None when the words are no number."""
    return searching.cases_by_phone(request.actor, what.phone) if what.phone is not None else None


def _limits(request: StaffRequest, what: Asked) -> list[Condition]:
    return conditions(what.filter(), calendar=calendar_of(request.actor.scope.tenant))


def _too_short(order: str) -> Found:
    return Found(Page([], None, None), 0, hint=_("请至少输入两个连在一起的字，例如“路灯”。"), order=order)


def _searched(request: StaffRequest, what: Asked, cursor: str | None) -> Found:
    order = RECENT if what.query.get("sort") == RECENT else "match"
    wanted = searching.wanted(what.words)
    if wanted is None:
        return _too_short(order)
    return (
        _by_match(request, what, wanted, cursor)
        if order == "match"
        else _by_recency(request, what, wanted, cursor)
    )


def _by_match(request: StaffRequest, what: Asked, wanted: searching.Wanted, cursor: str | None) -> Found:
    edge = decode_cursor(cursor, RANKED, kinds="ti") if cursor else None
    until, begin = edge.values if edge else (_EVER, 0)
    limits = _limits(request, what)
    best = searching.best(wanted, limits, until=searching.Key(until, _LAST_ID), enough=ROWS + 1)
    begin = max(0, min(int(begin), len(best.keys) - 1)) // ROWS * ROWS
    keys = best.keys[begin : begin + ROWS]
    # What is received meanwhile must not move the pages that follow.
    latest = until if edge else max((key.at for key in best.keys), default=_EVER)

    def at(place: int) -> str:
        return encode_cursor(Edge("next", (latest, place)), RANKED)

    has_more = begin + ROWS < len(best.keys)
    page = Page(
        _rows(request, [key.id for key in keys]),
        at(begin + ROWS) if has_more else None,
        at(begin - ROWS) if begin else None,
    )
    rest_url = ""
    if not has_more and not best.is_all and best.oldest is not None:
        beyond = encode_cursor(Edge("next", tuple(best.oldest)), ORDER)
        rest_url = address(reverse("desk_cases"), what.query, sort=RECENT, cursor=beyond)
    total = len(best.keys) if best.is_all and edge is None else _counted(request, wanted, limits)
    return Found(page, total, order="match", rest_url=rest_url)


def _by_recency(request: StaffRequest, what: Asked, wanted: searching.Wanted, cursor: str | None) -> Found:
    limits = _limits(request, what)
    edge = decode_cursor(cursor, ORDER, kinds="tu") if cursor else None
    beyond = searching.Key(*edge.values) if edge else None
    older = edge is None or edge.direction == "next"
    keys = searching.find(wanted, limits, beyond=beyond, older=older, most=ROWS + 1)
    page = _page_of_keys(request, keys, edge)
    if edge is None and page.next_cursor is None:
        return Found(page, len(page.rows), order=RECENT)
    return Found(page, _counted(request, wanted, limits), order=RECENT)


def _counted(request: StaffRequest, wanted: searching.Wanted, limits: Sequence[Condition]) -> int | None:
    return searching.count(wanted, limits) if "exact" in request.GET else None


def _near(request: StaffRequest, what: Asked, cursor: str | None) -> Found:
    """The open cases around a point, the nearest first, that hold to every other condition, too."""
    metres = {each.id: each.metres for each in what.around or []}
    if what.words:
        wanted = searching.wanted(what.words)
        if wanted is None:
            return _too_short("near")
        keys = searching.find(wanted, _limits(request, what), beyond=None, most=len(metres) + 1)
        held = [key.id for key in keys]
    else:
        held = list(
            case_counts.rows_of(request.actor.scope, what.filter()).order_by().values_list("id", flat=True)
        )
    ordered = sorted((metres[case_id], case_id) for case_id in held)
    edge = decode_cursor(cursor, DISTANT, kinds="fu") if cursor else None
    backwards = edge is not None and edge.direction == "previous"
    begin = 0
    if edge is not None:
        place = tuple(edge.values)
        begin = sum(1 for each in ordered if (each < place if backwards else each <= place))
        begin = max(0, begin - ROWS) if backwards else begin
    part = ordered[begin : begin + ROWS]
    page = Page(
        _rows(request, [case_id for _metres, case_id in part]),
        encode_cursor(Edge("next", part[-1]), DISTANT) if begin + ROWS < len(ordered) else None,
        encode_cursor(Edge("previous", part[0]), DISTANT) if begin and part else None,
    )
    return Found(page, len(ordered), order="near", metres=metres)


def _rows(request: StaffRequest, ids: Sequence[UUID]) -> list[Case]:
    """The cases in the order of their ids, read under the row policy."""
    held = _listed(Case.objects.within(request.actor.scope)).in_bulk(list(ids))
    return [held[case_id] for case_id in ids if case_id in held]


def _listed(rows: QuerySet[Case]) -> QuerySet[Case]:
    return merging.with_merged(rows.defer("search"))


def _page_of_keys(request: StaffRequest, keys: list[searching.Key], edge: Edge | None) -> Page[Case]:
    """The rows behind keys in the order of the walk."""
    backwards = edge is not None and edge.direction == "previous"
    has_more, keys = len(keys) > ROWS, keys[:ROWS]
    if backwards:
        keys.reverse()
    rows = _rows(request, [key.id for key in keys])
    has_older, has_newer = (
        (bool(rows), has_more) if backwards else (has_more, edge is not None and bool(rows))
    )
    return Page(
        rows,
        encode_cursor(Edge("next", tuple(keys[-1])), ORDER) if has_older else None,
        encode_cursor(Edge("previous", tuple(keys[0])), ORDER) if has_newer else None,
    )
