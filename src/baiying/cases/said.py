"""What doors bring to the services: the words of a request, what a step needs, what is to be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from baiying.kit import clock
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Invalid

MOST_WORDS = 2_000  # characters of what is said with a step
MOST_REASON = 300  # of why something is missing
MOST_PLACE = 300
MOST_NAME = 60
OUTCOMES = ("solved", "explained", "unsolved")
RATINGS = ("satisfied", "basically_satisfied", "dissatisfied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody tells us, as a door parsed it. lon/lat in degrees, in `crs`; phone as typed."""

    text: str
    category: str | None = None  # code of the everyday list or of the standard's catalogue
    kind: str | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = "wgs84"
    place: str = ""
    living_area_id: int | None = None
    building_id: int | None = None
    name: str = ""
    phone: str = ""
    channel: str = "web"
    occurred_at: datetime | None = None
    photos: Sequence[ReadPhoto] = ()
    key: str | None = None  # idempotency key
    key_owner: str = ""  # whose key: two clients may use the same one
    body: bytes = b""  # what the key stands for, as it came
    is_urgent: bool | None = None  # as staff who write it down say; None: by the words of danger
    urgency_reason: str = ""  # why not, where there are such words
    # Kept with the first line of the timeline: `inner`, a word for colleagues; `answers`, to the category's questions.
    aside: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepData:
    """What a step may need; which of it, the table says."""

    text: str = ""
    reason: str = ""  # code of a listed reason
    unit_id: int | None = None
    until: date | None = None
    outcome: str = ""
    photos: Sequence[ReadPhoto] = ()
    no_photo_reason: str = ""
    rating: str = ""
    contacted: bool | None = None
    solved: bool | None = None
    category: str | None = None
    kind: str | None = None
    is_urgent: bool | None = None  # when accepting: as the person says; None leaves it, unconfirmed
    urgency_reason: str = ""  # why it is not urgent after all
    inner: str = ""  # a word for colleagues, never shown to the reporter
    person: str = ""  # name or user name of somebody of the unit, when one is named
    supports: Sequence[int] = ()  # units that shall support the one in charge
    result: str = ""  # of an order (dispatch.Order.Result); the outcome says it when this does not
    without_supports: str = ""  # why the unit in charge does not wait for those that support it
    without_parts: str = ""  # why a case is closed together with parts that have not ended
    before_photos: Sequence[ReadPhoto] = ()
    device: tuple[float, float] | None = None  # (lon, lat) of whoever uploads, if they offer it; not kept
    reuse: str = ""  # how the checker explains a picture that was used before
    method: str = ""  # of a call-back: phone | on_site
    due_at: datetime | None = (
        None  # by when the order is to be done; left out, the case's own limit or the rule's
    )


def check_due(due_at: datetime | None) -> None:
    """Raises Invalid when the wanted end of an order has passed."""
    if due_at is not None and due_at <= clock.now():
        raise Invalid(field="due_at", problem=_("期限已经过了。"), remedy=_("请选今天以后的一天。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the desk sets right; None leaves it as it is. lon/lat in WGS-84 degrees."""

    category: str | None = None
    kind: str | None = None
    is_urgent: bool | None = None  # the same as before: confirmed
    urgency_reason: str = ""  # why it is not urgent after all
    place: str | None = None
    lon: float | None = None
    lat: float | None = None
    living_area_id: int | None = None
    building_id: int | None = None
    community_id: int | None = None
    grid_id: int | None = None
