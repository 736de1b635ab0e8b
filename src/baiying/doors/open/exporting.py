"""The list as a file for programs: CSV, XLSX or GeoJSON, streamed, or written in the background."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from django.http import FileResponse, QueryDict, StreamingHttpResponse

from baiying.cases import exporting_later, rules
from baiying.cases.models import Export
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.decoding import NothingSaid
from baiying.doors.open.reading import TAG, checked, filter_of
from baiying.doors.shared import exports
from baiying.kit.sheet_writing import FORMS

FORMAT: Final = {"format": ({"type": "string", "enum": list(FORMS), "default": "csv"}, "What kind of file")}
KINDS: Final = tuple(kind.partition(";")[0] for kind, _write in FORMS.values())


class ExportSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What kind of file, and of what: `filter` as it stands behind the question mark of GET /api/v1/requests,
    `q` and `lon`, `lat`, `within` too.
    """

    format: Literal["csv", "xlsx", "geojson"] = "csv"
    filter: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class ExportOne(msgspec.Struct, kw_only=True):
    """How far an export is; `rows` is null until they are counted, `file` until it is written and after it expired.

    `problem`: post (it ended, or may no longer), disk, sheet (too many rows for XLSX), tries.
    """

    id: UUID
    state: Literal["waiting", "running", "done", "failed", "cancelled", "expired"]
    format: str
    asked_at: datetime
    rows_done: int
    rows: int | None
    bytes: int
    problem: str | None
    expires_at: datetime | None
    file: str | None


class ExportList(msgspec.Struct):
    """One's own exports, the latest first, fifty at most."""

    exports: list[ExportOne]


def one_of(export: Export) -> ExportOne:
    """The export as programs read it."""
    may_fetch = exporting_later.may_fetch(export)
    return ExportOne(
        id=export.id, state=export.state, format=export.form, asked_at=export.asked_at, rows_done=export.rows_done,  # type: ignore[arg-type]
        rows=export.rows_all, bytes=export.size, problem=export.problem or None, expires_at=export.expires_at,
        file=f"/api/v1/exports/{export.id}/file" if may_fetch else None,
    )  # fmt: skip


@operation(
    "export_requests", "GET", "v1/exports/requests", tag=TAG, summary="Export a list as CSV, XLSX or GeoJSON",
    permission=rules.EXPORT, filters=True, media="text/csv", takes_no_scope=True, more={"query": FORMAT},
    other_media=KINDS,
)  # fmt: skip
def export_requests(call: Call) -> StreamingHttpResponse:
    """Every request of the filter, and with the words of `q`, today's too, in the order of the list: the latest first.

    Streamed, so that a million cost no more memory than ten. Without names and telephone numbers of reporters. What was
    taken away is recorded.
    """
    return exports.stream(
        call.by, filter_of(call, and_apart=("format",)), call.request.GET.get("format", "csv")
    )


@operation(
    "start_export", "POST", "v1/exports", tag=TAG, summary="Have a list written into a file in the background",
    answer=ExportOne, status=201, body=ExportSaid, permission=rules.EXPORT,
)  # fmt: skip
def start_export(call: Call) -> ExportOne:
    """For large sets: the worker writes it under the token's scope, as it then is, and fails if the post ended."""
    said: ExportSaid = call.body
    return one_of(exports.ask(call.by, checked(QueryDict(said.filter), call.by), said.format))


@operation(
    "list_exports", "GET", "v1/exports", tag=TAG, summary="List one's own exports",
    answer=ExportList, permission=rules.EXPORT,
)  # fmt: skip
def list_exports(call: Call) -> ExportList:
    """Those of the token's account, also what was asked at the desk."""
    return ExportList([one_of(export) for export in exporting_later.exports(call.by)])


@operation(
    "read_export", "GET", "v1/exports/<uuid:export_id>", tag=TAG, summary="How far an export is",
    answer=ExportOne, permission=rules.EXPORT,
)  # fmt: skip
def read_export(call: Call) -> ExportOne:
    """Ask every few seconds; the number of rows grows as they are written."""
    return one_of(exporting_later.export_of(call.by, call.path["export_id"]))


@operation(
    "read_export_file", "GET", "v1/exports/<uuid:export_id>/file", tag=TAG, summary="Fetch the file of an export",
    permission=rules.EXPORT, media="text/csv", other_media=KINDS,
)  # fmt: skip
def read_export_file(call: Call) -> FileResponse:
    """Until it expires, and only while the token sees all of it. That it was taken is recorded."""
    export, path = exporting_later.fetch(call.by, export_id=call.path["export_id"])
    return exports.file_of(export, path)


@operation(
    "cancel_export", "POST", "v1/exports/<uuid:export_id>/cancel", tag=TAG, summary="Cancel an export, or delete its file",
    answer=ExportOne, body=NothingSaid, permission=rules.EXPORT,
)  # fmt: skip
def cancel_export(call: Call) -> ExportOne:
    """Twice is as good as once."""
    return one_of(exporting_later.cancel(call.by, export_id=call.path["export_id"]))
