"""The list as a file for programs: CSV, XLSX or GeoJSON, streamed."""

from __future__ import annotations

from typing import Final

from django.http import StreamingHttpResponse

from baiying.cases import rules
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.reading import TAG, filter_of
from baiying.doors.shared import exports
from baiying.kit.sheet_writing import FORMS

FORMAT: Final = {"format": ({"type": "string", "enum": list(FORMS), "default": "csv"}, "What kind of file")}


@operation(
    "export_requests", "GET", "v1/exports/requests", tag=TAG, summary="Export a list as CSV, XLSX or GeoJSON",
    permission=rules.EXPORT, filters=True, media="text/csv", takes_no_scope=True, more={"query": FORMAT},
    other_media=tuple(kind.partition(";")[0] for kind, _write in FORMS.values()),
)  # fmt: skip
def export_requests(call: Call) -> StreamingHttpResponse:
    """Every request of the filter, today's too, the latest first; streamed, so that a million cost no more memory than ten.

    Without names and telephone numbers of reporters. What was taken away is recorded.
    """
    return exports.stream(
        call.by, filter_of(call, and_apart=("format",)), call.request.GET.get("format", "csv")
    )
