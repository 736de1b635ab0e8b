"""The hot path as the schema says it: requests.receive_request does everything itself (docs/adr/0010)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from baiying.doors.open.declaring import Operation, declare
from baiying.doors.open.decoding import Request
from baiying.doors.open.reading import TAG
from baiying.doors.open.requests import receive_request


class AreaOne(msgspec.Struct):
    """A community or grid."""

    code: str
    name: str


class Receipt(msgspec.Struct, kw_only=True):
    """What the sender is told; `tracking_url` holds the reporter's secret and cannot be read again."""

    reference: str
    tracking_url: str
    state: str
    grid: AreaOne | None
    community: AreaOne | None
    located_by: str
    category: AreaOne
    kind: str
    received_at: datetime
    promised_by: datetime
    is_estimated: bool


declare(
    Operation(
        name="send_request",
        method="POST",
        path="v1/requests",
        tag=TAG,
        summary="Send a request",
        plain=receive_request,
        answer=Receipt,
        status=201,
        body=Request,
        note="With a token its post needs the permission `cases.receive`; without one it is a resident's own, counted by the limits.",
    )
)
