"""What programs are given: the shapes of answers about requests and orders, and how they are filled from rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from baiying.cases import catalogue, wording
from baiying.cases.clocks import due_of
from baiying.cases.models import Case, Line, Merge, Photo
from baiying.dispatch.models import Order
from baiying.kit.versions import version_of
from baiying.org.models import Unit
from baiying.org.queries import street_map


class Named(msgspec.Struct):
    """Something with a code of its own."""

    code: str
    name: str
    name_en: str = ""


class Point(msgspec.Struct):
    """Degrees, WGS-84."""

    lon: float
    lat: float


class RequestRow(msgspec.Struct, kw_only=True):
    """A request as it stands in a list."""

    reference: str
    state: str
    kind: str
    channel: str
    category: Named
    community: Named | None
    grid: Named | None
    unit: Named | None
    text: str
    place: str
    point: Point | None
    located_by: str
    is_urgent: bool
    is_anonymous: bool
    photo_count: int
    received_at: datetime
    promised_by: datetime
    due_at: datetime
    handled_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    outcome: str | None
    rating: str | None
    version: int


class OrderRow(msgspec.Struct, kw_only=True):
    """An order to a unit. It names units, no persons."""

    id: UUID
    part: str
    unit: Named
    state: str
    instruction: str
    handed_out_at: datetime
    acknowledged_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    result: str | None
    reason: str | None
    is_final: bool
    version: int


class PartRow(msgspec.Struct, kw_only=True):
    """A part that was split off; read with its own reference."""

    reference: str
    state: str
    category: Named
    unit: Named | None
    due_at: datetime
    outcome: str | None


class RequestOne(RequestRow, kw_only=True):
    """A request with what hangs on it, and the steps that this token could take on it now."""

    is_estimated: bool
    is_hard: bool
    orders: list[OrderRow]
    whole: str | None
    parts: list[PartRow]
    merged_into: str | None
    merged: list[str]
    steps: list[str]


class RequestPage(msgspec.Struct, kw_only=True):
    """A page of requests. `total` null: more than are counted at once; ask with `count=true`."""

    requests: list[RequestRow]
    total: int | None
    next: str | None
    previous: str | None


class LineOne(msgspec.Struct, kw_only=True):
    """A line of the timeline; `says` in the language of the answer, `inner` for colleagues only."""

    id: UUID
    at: datetime
    step: str
    says: str
    who: str
    text: str
    inner: str
    is_public: bool


class Timeline(msgspec.Struct):
    """What happened, in order."""

    lines: list[LineOne]


class PhotoOne(msgspec.Struct, kw_only=True):
    """A photo; `address` gives the picture, with `?size=thumb` a small one."""

    id: UUID
    purpose: str
    width: int
    height: int
    size: int
    added_at: datetime
    address: str


class Photos(msgspec.Struct):
    """The photos of a request, the oldest first."""

    photos: list[PhotoOne]


class ContactOne(msgspec.Struct):
    """How the reporter may be reached."""

    name: str
    phone: str


class NoteOne(msgspec.Struct):
    """A note that was written down."""

    id: UUID
    at: datetime


class Problem(msgspec.Struct, kw_only=True):
    """A refusal (RFC 9457). Further members may say more; programs read `code` and `errors[].field`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]]
    instance: str = ""


def named(unit: Unit | None) -> Named | None:
    """A unit by its code."""
    return Named(unit.code, unit.name, unit.name_en) if unit is not None else None


def row_of(case: Case) -> RequestRow:
    """A request as the list shows it, without a query."""
    return RequestRow(**_facts(case))


def _facts(case: Case) -> dict[str, Any]:
    units = street_map(case.tenant_id).units
    category = catalogue.category(case.category_id)
    assert category is not None
    same = (
        "reference", "state", "kind", "channel", "text", "place", "located_by", "is_urgent", "is_anonymous", "photo_count",
        "received_at", "promised_by", "due_at", "handled_at", "closed_at", "updated_at", "version",
    )  # fmt: skip
    has_point = case.lon is not None and case.lat is not None
    return {name: getattr(case, name) for name in same} | {
        "category": Named(category.code, category.name, category.name_en),
        "community": named(units.get(case.community_id or 0)),
        "grid": named(units.get(case.grid_id or 0)),
        "unit": named(units.get(case.unit_id or 0)),
        "point": Point(case.lon or 0.0, case.lat or 0.0) if has_point else None,
        "outcome": case.outcome or None,
        "rating": case.rating or None,
    }


def one_of(
    case: Case, *, orders: list[Order], parts: list[Case], whole: Case | None, merge: Merge | None, merged: list[Case],
    steps: list[str],
) -> RequestOne:  # fmt: skip
    """A request with what hangs on it, as the caller has read it."""
    return RequestOne(
        **_facts(case),
        is_estimated=due_of(case).is_estimated,
        is_hard=case.is_hard,
        orders=[order_row(order) for order in orders],
        whole=whole.reference if whole is not None else None,
        parts=[_part(part) for part in parts],
        merged_into=merge.lead.reference if merge is not None else None,
        merged=[part.reference for part in merged],
        steps=steps,
    )


def order_row(order: Order) -> OrderRow:
    """An order; its unit must be loaded."""
    return OrderRow(
        id=order.id, part=order.part, unit=Named(order.unit.code, order.unit.name, order.unit.name_en), state=order.state,
        instruction=order.instruction, handed_out_at=order.handed_out_at, acknowledged_at=order.acknowledged_at,
        due_at=order.due_at, ended_at=order.ended_at, result=order.result or None, reason=order.reason_code or None,
        is_final=bool(order.final_reason), version=version_of(order),
    )  # fmt: skip


def _part(case: Case) -> PartRow:
    unit = street_map(case.tenant_id).units.get(case.unit_id or 0)
    category = catalogue.category(case.category_id)
    assert category is not None
    return PartRow(
        reference=case.reference, state=case.state, category=Named(category.code, category.name, category.name_en),
        unit=named(unit), due_at=case.due_at, outcome=case.outcome or None,
    )  # fmt: skip


def line_of(line: Line) -> LineOne:
    """A line as staff read it."""
    return LineOne(
        id=line.id, at=line.at, step=line.step, says=wording.say_line(line, "staff"), who=wording.who_of(line, "staff"),
        text=line.text, inner=wording.inner_word(line), is_public=line.is_public,
    )  # fmt: skip


def photo_of(case: Case, photo: Photo) -> PhotoOne:
    """A photo and where its picture is."""
    return PhotoOne(
        id=photo.id, purpose=photo.purpose, width=photo.width, height=photo.height, size=photo.size,
        added_at=photo.added_at, address=f"/api/v1/requests/{case.reference}/photos/{photo.id}",
    )  # fmt: skip
