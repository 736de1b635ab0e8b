"""GET requests, one request, tokens: what anybody may read, in the standard's own fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from baiying.cases import published
from baiying.cases.history import say_merge, state_and
from baiying.cases.named import OUTCOMES
from baiying.cases.published import Conditions, Page, Published
from baiying.cases.steps import LIFECYCLE
from baiying.doors.open311 import extras, posting
from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import MOST_ROWS, MOST_SKIPPED, SPAN, Call, span
from baiying.doors.open311.discovery import base
from baiying.doors.open311.keys import reader
from baiying.doors.open311.service_list import service_name
from baiying.doors.open311.whens import said
from baiying.kit import clock
from baiying.kit.ids import parse_reference
from baiying.kit.language import is_english
from baiying.kit.paging import Edge, decode_cursor, encode_cursor
from baiying.kit.refusals import Invalid, NotFound
from baiying.org.models import Unit

STATUSES: Final = ("open", "closed")
MOST_DESCRIPTION: Final = posting.MOST_DESCRIPTION


@resource("GET", "POST")
def requests(call: Call) -> Answer | HttpResponseBase:
    """The list, or a new request."""
    if call.request.method == "POST":
        return posting.create(call)
    reader(call)
    ids = call.several("service_request_id")
    if ids:  # overrides everything else
        found = published.published(call.street.id, known_references(ids))
    else:
        page = _page(call)
        found = page.rows
        if page.next is not None:
            call.headers["Link"] = f'<{_next(call, page.next)}>; rel="next"'
    return Answer("service_requests", shown_all(call, found))


@resource("GET")
def one_request(call: Call, reference: str) -> Answer:
    """One request, in a list of one. Raises NotFound."""
    reader(call)
    found = published.published(call.street.id, known_references([reference]))
    if not found:
        raise NotFound(
            field="service_request_id", problem=_("没有这件诉求。"), remedy=_("请核对 service_request_id。")
        )
    return Answer("service_requests", shown_all(call, found))


@resource("GET")
def token(call: Call, token: str) -> Answer:
    """The request that a token stands for. Ours are given at once, so a token is the reference itself."""
    reader(call)
    found = published.published(call.street.id, known_references([token]))
    if not found:
        raise NotFound(field="token", problem=_("没有这个 token。"), remedy=_("请核对 token。"))
    return Answer("service_requests", [{"service_request_id": found[0].reference, "token": token}])


def known_references(given: list[str]) -> list[str]:
    """References as they are kept; what cannot be one is left out. Raises Invalid for more than 1,000."""
    if len(given) > MOST_ROWS:
        raise Invalid(
            field="service_request_id", problem=_("一次最多 1,000 个编号。"), remedy=_("请分几次查。")
        )
    return [known for one in given if len(one) <= 40 and (known := parse_reference(one)) is not None]


# -- the list ---------------------------------------------------------------------------------------------------------


def conditions(call: Call) -> Conditions:
    """The filters of a list, without its span of time. Raises Invalid."""
    wanted = {one.lower() for one in call.several("status")}
    if not wanted <= set(STATUSES):
        raise Invalid(field="status", problem=_("没有这个 status。"), remedy=_("可用：open、closed。"))
    codes = call.several("service_code")
    if len(codes) > 200:
        raise Invalid(
            field="service_code", problem=_("一次最多 200 个 service_code。"), remedy=_("请分几次查。")
        )
    changed = span(call, "updated_after", "updated_before")
    return Conditions(
        codes=tuple(codes) or None,
        is_closed=(wanted == {"closed"}) if len(wanted) == 1 else None,
        changed_since=changed[0],
        changed_until=changed[1],
        box=call.box(),
    )


def _page(call: Call) -> Page:
    wanted = conditions(call)
    since, until = span(call, "start_date", "end_date")
    if since is None and wanted.changed_since is None:
        since = clock.now() - SPAN
    size = call.number("page_size", default=MOST_ROWS, least=1, most=MOST_ROWS)
    page = call.number("page", default=1, least=1, most=10**9)
    skip = (page - 1) * size
    if skip > MOST_SKIPPED:
        raise Invalid(
            field="page", problem=_("页码太大。"),
            remedy=_("请缩小日期范围，或者顺着回答里的 Link（rel=next）往后翻。"),
        )  # fmt: skip
    return published.published_page(
        call.street.id, replace(wanted, since=since, until=until), size=size, skip=skip, after=_after(call)
    )


def _after(call: Call) -> Edge | None:
    cursor = call.text("cursor")
    return decode_cursor(cursor, published.ORDER, kinds="tu") if cursor else None


def _next(call: Call, edge: Edge) -> str:
    """The address of the next page by key: nothing is counted through again, and what comes in meanwhile shifts nothing."""
    query = call.request.GET.copy()
    for name in ("page", "api_key"):
        query.pop(name, None)
    query["cursor"] = encode_cursor(edge, published.ORDER)
    return call.request.build_absolute_uri(f"{call.request.path}?{query.urlencode()}")


# -- one row ----------------------------------------------------------------------------------------------------------


def shown_all(call: Call, rows: list[Published]) -> list[dict[str, Any]]:
    """The rows in the standard's fields; with `extensions=true` what goes beyond it."""
    plain = [shown(row, base(call.request)) for row in rows]
    if not call.is_asked("extensions") or not rows:
        return plain
    return [
        one | more
        for one, more in zip(plain, extras.of(call.street.id, rows, base(call.request)), strict=True)
    ]


def shown(row: Published, here: str) -> dict[str, Any]:
    """Exactly the standard's fields, in its order. here: scheme and host, for the address of a picture."""
    pictures = extras.pictures_of(row, here)
    return {
        "service_request_id": row.reference,
        "status": "closed" if row.is_closed else "open",
        "status_notes": status_notes(row),
        "service_name": service_name(row.category),
        "service_code": row.category.code,
        "description": row.text[:MOST_DESCRIPTION] or None,
        "agency_responsible": unit_name(row.unit),
        "service_notice": None,
        "requested_datetime": said(row.received_at),
        "updated_datetime": said(row.updated_at),
        "expected_datetime": said(row.due_at),
        "address": row.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": row.point[1] if row.point else None,
        "long": row.point[0] if row.point else None,
        "media_url": pictures[0] if pictures else None,
    }


def status_notes(row: Published) -> str:
    """Where it stands in our own words: 已办结 is still open, a closed one says how it ended, a merged one with which."""
    state = LIFECYCLE.state(row.state)
    name = state.label_en if is_english() else str(state.label)
    if row.is_merged:
        return state_and(name, say_merge(row.lead))
    return state_and(name, str(OUTCOMES[row.outcome])) if row.is_closed and row.outcome in OUTCOMES else name


def unit_name(unit: Unit | None) -> str | None:
    """In the reader's language."""
    if unit is None:
        return None
    return unit.name_en if is_english() and unit.name_en else unit.name
