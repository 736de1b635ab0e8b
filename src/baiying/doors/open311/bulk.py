"""GeoReport Bulk: all public requests of a street as CSV, JSON or XML, written while they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation

from baiying.cases import published
from baiying.cases.named import CHANNELS
from baiying.cases.published import Conditions, Published
from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import Call
from baiying.doors.open311.formats import DECLARATION, TYPES, element
from baiying.doors.open311.keys import reader
from baiying.doors.open311.reading import conditions, status_notes, unit_name
from baiying.doors.open311.service_list import service_name
from baiying.doors.open311.whens import said
from baiying.kit.paging import Edge

CHUNK: Final = 500
FIELDS: Final = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description", "status_notes",
    "source", "service_name", "service_subtype", "description", "agency_responsible", "address", "lat", "long",
)  # fmt: skip
# What a spreadsheet would take for a formula.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


@resource("GET")
def download(call: Call) -> Answer | HttpResponseBase:
    """The whole list, newest first, under the filters of `requests` without their limit of 90 days."""
    reader(call, download=True)
    wanted = replace(conditions(call), since=call.moment("start_date"), until=call.moment("end_date"))
    rows = _rows(call.street.id, wanted)
    first = next(rows, None)  # a trouble of the database is still told as one
    kind = str(call.fmt)
    response = StreamingHttpResponse(
        (piece.encode() for piece in _WRITERS[kind](_with(first, rows))),
        content_type=TYPES.get(kind, "text/csv; charset=utf-8"),
    )
    response["Content-Disposition"] = f'attachment; filename="requests-{call.street.code}.{kind}"'
    return response


def _with(first: dict[str, Any] | None, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if first is not None:
        yield first
        yield from rows


def _rows(tenant_id: int, wanted: Conditions) -> Iterator[dict[str, Any]]:
    """Chunk by chunk by key, each in a transaction of its own: a slow reader holds nothing open."""
    after: Edge | None = None
    language = translation.get_language()
    while True:
        with translation.override(language):  # by now the thread may speak somebody else's
            page = published.published_page(tenant_id, wanted, size=CHUNK, after=after)
            shown = [_shown(row) for row in page.rows]
        yield from shown
        if page.next is None:
            return
        after = page.next


def _shown(row: Published) -> dict[str, Any]:
    return {
        "service_request_id": row.reference,
        "requested_datetime": said(row.received_at),
        "updated_datetime": said(row.updated_at),
        "closed_date": said(row.closed_at) if row.closed_at else None,
        "status_description": "closed" if row.is_closed else "open",
        "status_notes": status_notes(row),
        "source": str(CHANNELS.get(row.channel, "")),
        "service_name": service_name(row.category),
        "service_subtype": None,
        "description": row.text or None,
        "agency_responsible": unit_name(row.unit),
        "address": row.address or None,
        "lat": row.point[1] if row.point else None,
        "long": row.point[0] if row.point else None,
    }


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow(FIELDS)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in FIELDS])


def _cell(value: object) -> str:
    """As text; one that begins like a formula is made harmless, numbers stay numbers."""
    if value is None:
        return ""
    said_so = str(value)
    return f"'{said_so}" if isinstance(value, str) and said_so.startswith(_RISKY) else said_so


class _Echo:
    """Lets csv.writer give its line back instead of writing it somewhere."""

    def write(self, line: str) -> str:
        return line


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + msgspec.json.encode(row).decode()
    yield "\n]\n"


def _xml(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield f"{DECLARATION}<service_requests>"
    for row in rows:
        yield "\n" + element("request", row)
    yield "\n</service_requests>\n"


_WRITERS: Final = {"csv": _csv, "json": _json, "xml": _xml}
