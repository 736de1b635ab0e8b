"""Keeping pictures: re-encoded, under a random name below the data folder, on the disk before the row commits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from baiying.cases.models import Case, Photo, PublicPhoto
from baiying.kit import clock, geometry
from baiying.kit.ids import uuid7
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Invalid, NotFound, Words
from baiying.org.rules import Actor, Scope, acting

MOST_OF_A_CASE = 24
MISSING = _("请告诉系统管理员，从备份里恢复。")


def keep(
    by: Actor,
    *,
    case: Case,
    purpose: str,
    pictures: Sequence[ReadPhoto],
    device: tuple[float, float] | None = None,
) -> list[Photo]:
    """Keep pictures of a case whose row the caller has locked.

    Of where each was taken only the distance to the case is kept: by the camera's own word, else by the device that
    sends it, if it says so.
    """
    if case.photo_count + len(pictures) > MOST_OF_A_CASE:
        raise Invalid(
            field="photos", problem=_("这件诉求的照片太多了。"), remedy=_("请留下最能说明问题的几张。")
        )
    place = (case.lon, case.lat) if case.lon is not None and case.lat is not None else None
    kept = _keep(by, case.id, case.tenant_id, purpose, pictures, [_near(p, place, device) for p in pictures])
    case.photo_count += len(pictures)
    case.save(update_fields=["photo_count"])
    return kept


def keep_for_receipt(by: Actor, *, case_id: UUID, tenant_id: int, pictures: Sequence[ReadPhoto]) -> None:
    """Keep the pictures that came with a new request, in the transaction that receives it."""
    with acting(Scope(tenant_id, "case", case=case_id)):
        _keep(by, case_id, tenant_id, Photo.Purpose.REPORT, pictures, [(None, "")] * len(pictures))


def _near(
    picture: ReadPhoto, place: tuple[float, float] | None, device: tuple[float, float] | None
) -> tuple[int | None, str]:
    """(metres from the case, by whose word)."""
    point, said_by = (picture.point, "photo") if picture.point else (device, "device")
    if place is None or point is None:
        return None, ""
    return min(round(geometry.metres_between(place, point)), 20_000_000), said_by


def _keep(
    by: Actor,
    case_id: UUID,
    tenant_id: int,
    purpose: str,
    pictures: Sequence[ReadPhoto],
    near: Sequence[tuple[int | None, str]],
) -> list[Photo]:
    return Photo.objects.bulk_create(
        Photo(
            id=uuid7(),
            tenant_id=tenant_id,
            case_id=case_id,
            purpose=purpose,
            stored_as=store(picture),
            sha256=picture.sha256,
            perceptual_hash=f"{picture.phash:016x}",
            width=picture.width,
            height=picture.height,
            size=len(picture.jpeg),
            metres=metres,
            placed_by=placed_by,
            added_at=clock.now(),
            added_by=by.account_id,
        )
        for picture, (metres, placed_by) in zip(pictures, near, strict=True)
    )


def store(picture: ReadPhoto) -> str:
    """Put the files of a picture on the disk; returns the name under which they lie."""
    name = uuid7().hex
    folder = Path(settings.MEDIA_ROOT) / name[-2:]
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in (
        (folder / f"{name}.jpg", picture.jpeg),
        (folder / f"{name}.thumb.jpg", picture.thumb),
    ):
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return f"{name[-2:]}/{name}"


def content_of(photo: Photo | PublicPhoto, *, is_small: bool = False, remedy: Words = MISSING) -> bytes:
    """The picture itself, as JPEG. Raises NotFound when its file is gone; `remedy` says what the reader can do."""
    try:
        return path_of(photo, thumb=is_small).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(problem=_("这张照片的文件不在了。"), remedy=remedy) from error


def path_of(photo: Photo | PublicPhoto, *, thumb: bool = False) -> Path:
    """Where the picture lies."""
    return Path(settings.MEDIA_ROOT) / f"{photo.stored_as}{'.thumb' if thumb else ''}.jpg"
