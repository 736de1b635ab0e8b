"""What others see of a request, for programs of staff: the public version, its decisions, passages and blurred photos."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse

from baiying.cases import guarding, photos, public, rules
from baiying.cases.models import Case, Correction, PublicPhoto
from baiying.doors.open.changing import ONE
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.decoding import NothingSaid
from baiying.doors.open.reading import case_for
from baiying.doors.open.shapes import Point
from baiying.doors.shared.pictures import picture
from baiying.org.rules import demand

TAG: Final = "What others see"
COPY: Final = f"{ONE}/public-photos/<uuid:public_photo_id>"
Pixels = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]


class CoveredOne(msgspec.Struct):
    """A passage of the original that others do not read, and as what it was found."""

    passage: str
    kind: str


class GuardDecision(msgspec.Struct, kw_only=True):
    """What was decided about a passage, by whom and why; the latest about the same passage counts."""

    number: int
    act: Literal["mask", "release"]
    passage: str
    reason: str
    by: str
    at: datetime


class PublicCopy(msgspec.Struct, kw_only=True):
    """A blurred copy of a photo; everybody sees it from `released_at` on. `address` gives the picture to staff."""

    id: UUID
    photo: UUID
    areas: int
    made_at: datetime
    released_at: datetime | None
    address: str


class PublicVersion(msgspec.Struct, kw_only=True):
    """The request as others read it, what of it is covered, and what staff decided, the latest first."""

    title: str
    text: str
    address: str
    point: Point | None
    is_sensitive: bool
    covered: list[CoveredOne]
    decisions: list[GuardDecision]
    photos: list[PublicCopy]


class PassageSaid(msgspec.Struct, forbid_unknown_fields=True):
    """A passage as it stands in the original: `cover` it, or `release` one that was covered by mistake; and why."""

    act: Literal["cover", "release"]
    passage: str
    reason: str


class AreaSaid(msgspec.Struct, forbid_unknown_fields=True):
    """A rectangle of the photo, in pixels from its upper left corner."""

    left: Pixels
    top: Pixels
    width: Pixels
    height: Pixels


class BlurSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What is made unrecognisable; nothing where the photo may be seen as it is."""

    areas: list[AreaSaid] = []


class WithdrawSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Why others shall see the copy no more."""

    reason: str


@operation(
    "read_public_version", "GET", f"{ONE}/public", tag=TAG, summary="What others see of a request",
    answer=PublicVersion, permission=rules.READ,
)  # fmt: skip
def read_public_version(call: Call) -> PublicVersion:
    """Beside it what is covered and what was decided: that is for staff, and not to be published."""
    return _version(case_for(call))


def _version(case: Case) -> PublicVersion:
    shown = public.public_version(case)
    covered = {
        said[f.start : f.end]: f.kind for said in guarding.public_texts(case) for f in shown.guard.found(said)
    }
    return PublicVersion(
        title=shown.title, text=shown.text, address=shown.address, is_sensitive=shown.is_sensitive,
        point=Point(*shown.point) if shown.point else None,
        covered=[CoveredOne(passage, kind) for passage, kind in covered.items()],
        decisions=[_decision(row) for row in guarding.corrections_of(case)],
        photos=[_copy(case, row) for row in guarding.copies_of(case)],
    )  # fmt: skip


def _decision(row: Correction) -> GuardDecision:
    return GuardDecision(
        number=row.version, act=row.action, passage=row.passage, reason=row.reason, by=row.by_name, at=row.at,  # type: ignore[arg-type]
    )  # fmt: skip


def _copy(case: Case, row: PublicPhoto) -> PublicCopy:
    return PublicCopy(
        id=row.id, photo=row.photo_id, areas=len(row.areas), made_at=row.made_at, released_at=row.released_at,
        address=f"/api/v1/requests/{case.reference}/public-photos/{row.id}",
    )  # fmt: skip


@operation(
    "guard_passage", "POST", f"{ONE}/public/passages", tag=TAG, summary="Cover a passage, or show one that was covered",
    answer=PublicVersion, permission=rules.GUARD, body=PassageSaid,
)  # fmt: skip
def guard_passage(call: Call) -> PublicVersion:
    """The words that were sent are never changed. The reporter's own name and number cannot be released."""
    case, said = _case_for_guarding(call), call.body
    act = guarding.cover_passage if said.act == "cover" else guarding.release_passage
    act(call.by, case_id=case.id, passage=said.passage, reason=said.reason)
    return _version(case)


def _case_for_guarding(call: Call) -> Case:
    """The case of the address: who guards it is shown what it says, and needs leave for that as well."""
    demand(call.by, rules.READ)
    return case_for(call)


@operation(
    "blur_photo", "POST", f"{ONE}/photos/<uuid:photo_id>/copies", tag=TAG, summary="Make a copy of a photo for others",
    answer=PublicCopy, status=201, permission=rules.GUARD, body=BlurSaid,
)  # fmt: skip
def blur_photo(call: Call) -> PublicCopy:
    """Nobody else sees it before it is released: look at it first."""
    case, said = _case_for_guarding(call), call.body
    areas = [(one.left, one.top, one.width, one.height) for one in said.areas]
    made = guarding.blur_photo(call.by, case_id=case.id, photo_id=call.path["photo_id"], areas=areas)
    return _copy(case, made)


@operation(
    "read_public_copy", "GET", COPY, tag=TAG, summary="Read a copy of a photo, released or not",
    permission=rules.READ, media="image/jpeg",
    more={"query": {"size": ({"type": "string", "enum": ["thumb"]}, "`thumb`: a small picture")}},
)  # fmt: skip
def read_public_copy(call: Call) -> HttpResponse:
    """The picture itself; it never changes."""
    found = guarding.copy_of(case_for(call), call.path["public_photo_id"])
    content = photos.content_of(found, is_small=call.request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=3600)


@operation(
    "release_public_copy", "POST", f"{COPY}/release", tag=TAG, summary="Let everybody see a copy of a photo",
    answer=PublicCopy, permission=rules.GUARD, body=NothingSaid,
)  # fmt: skip
def release_public_copy(call: Call) -> PublicCopy:
    """An earlier copy of the same photo is taken back. Never of a sensitive request. Twice is as good as once."""
    case, copy_id = _case_for_guarding(call), call.path["public_photo_id"]
    return _copy(case, guarding.release_photo(call.by, case_id=case.id, public_photo_id=copy_id))


@operation(
    "withdraw_public_copy", "POST", f"{COPY}/withdraw", tag=TAG, summary="Take a copy of a photo back",
    answer=PublicVersion, permission=rules.GUARD, body=WithdrawSaid,
)  # fmt: skip
def withdraw_public_copy(call: Call) -> PublicVersion:
    """From now on nobody else sees it."""
    case, copy_id = _case_for_guarding(call), call.path["public_photo_id"]
    guarding.withdraw_photo(call.by, case_id=case.id, public_photo_id=copy_id, reason=call.body.reason)
    return _version(case)
