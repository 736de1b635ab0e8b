"""Proof: near the place or said to be unknown; used before, or new."""

from __future__ import annotations

import io
import random

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from baiying.cases import photo_reuse, steps
from baiying.cases.models import Case, Photo, Reuse
from baiying.cases.services import StepData, take_step
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.photos import differing_bits, read_photo
from baiying.kit.refusals import Invalid
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo


def scene(seed: int, *, quality: int = 90, size: int = 360, exif: Image.Exif | None = None) -> bytes:
    """A picture with something on it: a mosaic, different for every seed."""
    dice = random.Random(seed)
    small = Image.new("L", (9, 8))
    small.putdata([dice.randint(0, 255) for _ in range(72)])
    out = io.BytesIO()
    more = {"exif": exif} if exif else {}
    small.resize((size, size), Image.Resampling.NEAREST).convert("RGB").save(
        out, "JPEG", quality=quality, **more
    )
    return out.getvalue()


def with_gps(lon: float, lat: float) -> Image.Exif:
    exif = Image.Exif()

    def parts(value: float) -> tuple[float, float, float]:
        minutes = (value - int(value)) * 60
        return int(value), int(minutes), (minutes - int(minutes)) * 60

    exif[0x8825] = {1: "N", 2: parts(lat), 3: "E", 4: parts(lon)}
    return exif


def handle(cast: Cast, case: Case, photo: ReadPhoto, **more: object) -> None:
    data = StepData(text="已处理", outcome="solved", photos=[photo], **more)  # type: ignore[arg-type]
    take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=data)


def reuses(cast: Cast) -> list[Reuse]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Reuse.objects.order_by("id"))


def test_only_the_distance_is_kept_and_the_file_holds_no_position(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    assert case.lon is not None and case.lat is not None
    raw = scene(1, exif=with_gps(case.lon, case.lat + 0.001))
    photo = read_photo(raw)
    assert photo.point is not None
    assert b"Exif" in raw and b"Exif" not in photo.jpeg + photo.thumb
    handle(cast, case, photo, before_photos=[a_photo("red")], device=(case.lon, case.lat))
    with acting(Scope(cast.tenant.id, "street")):
        kept = list(
            Photo.objects.filter(case_id=case.id).order_by("id").values_list("purpose", "metres", "placed_by")
        )
    assert kept == [("before", 0, "device"), ("proof", 111, "photo")]


def test_unknown_is_allowed_and_said(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    handle(cast, case, read_photo(scene(2)))
    with acting(Scope(cast.tenant.id, "street")):
        assert list(Photo.objects.filter(case_id=case.id).values_list("metres", "placed_by")) == [(None, "")]
    page = cast.client("checker_qian").get(f"/desk/cases/{case.reference}/").content.decode()
    assert "办理后 · 位置不明" in page


@pytest.mark.parametrize("exif", [b"", b"\xff\xe1\x00\x10Exif\x00\x00broken!!"])
def test_a_broken_or_missing_position_is_no_position(exif: bytes) -> None:
    raw = scene(3)
    assert read_photo(raw[:2] + exif + raw[2:]).point is None


def test_the_same_picture_for_another_case_must_be_explained(cast: Cast) -> None:
    first, second = (cast.lead(cast.case(text=f"第{n}盏灯不亮"), steps.IN_PROGRESS) for n in (1, 2))
    handle(cast, first, read_photo(scene(4)))
    handle(cast, second, read_photo(scene(4, quality=40, size=500)))  # sent on, shrunk, saved anew
    [reuse] = reuses(cast)
    assert (reuse.case_id, reuse.other_case_id) == (second.id, first.id)
    page = cast.client("checker_qian").get(f"/desk/cases/{second.reference}/").content.decode()
    assert "照片以前用过" in page and f"/desk/cases/{first.reference}/" in page
    with pytest.raises(Invalid) as refused, transaction.atomic():
        take_step(cast.checker_qian, case_id=second.id, step="check")
    assert refused.value.field == "reuse"
    take_step(cast.checker_qian, case_id=second.id, step="check", data=StepData(reuse="两盏灯在同一根杆上"))
    [reuse] = reuses(cast)
    assert (reuse.explanation, reuse.explained_name) == ("两盏灯在同一根杆上", "钱进")


def test_the_reporters_own_picture_is_no_proof_but_may_show_what_was_before(cast: Cast) -> None:
    case = cast.lead(cast.case(photos=(read_photo(scene(5)),)), steps.IN_PROGRESS)
    handle(cast, case, read_photo(scene(6)), before_photos=[read_photo(scene(5))])
    assert reuses(cast) == []
    take_step(cast.checker_qian, case_id=case.id, step="send_back", data=cast.data_for("send_back"))
    handle(cast, case, read_photo(scene(5)))
    [reuse] = reuses(cast)
    assert (reuse.case_id, reuse.other_case_id) == (case.id, case.id)


def test_another_street_and_another_picture_are_not_found(cast: Cast) -> None:
    first, second = (cast.lead(cast.case(), steps.IN_PROGRESS) for _ in range(2))
    handle(cast, first, read_photo(scene(7)))
    handle(cast, second, read_photo(scene(8)))
    assert reuses(cast) == []
    with acting(Scope(cast.other_tenant.id, "street")):
        photo = Photo(
            id=first.id, tenant_id=cast.other_tenant.id, perceptual_hash="0123456789abcdef", sha256=""
        )
        assert photo_reuse.similar_to(photo, 7) == []


def test_dark_pictures_are_alike_only_when_they_are_the_same_file(cast: Cast) -> None:
    cases = [cast.lead(cast.case(), steps.IN_PROGRESS) for _ in range(3)]
    for case, colour in zip(cases, ("black", "navy", "black"), strict=True):
        handle(cast, case, a_photo(colour))
    assert [(r.case_id, r.other_case_id) for r in reuses(cast)] == [(cases[2].id, cases[0].id)]


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(0, 63), max_size=7, unique=True))
def test_seven_bits_are_always_within_one_of_a_quarter(value: int, flipped: list[int]) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    assert differing_bits(value, other) == len(flipped)
    quarters = [(value >> shift & 0xFFFF, other >> shift & 0xFFFF) for shift in (48, 32, 16, 0)]
    assert any((a ^ b).bit_count() <= 1 for a, b in quarters)


@pytest.mark.django_db
def test_row_security_lets_the_look_up_use_its_indexes() -> None:
    """A comparison that is not leakproof would be made after the policy, on every picture of the street."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proleakproof FROM pg_proc WHERE oid = 'texteq(text,text)'::regprocedure")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'photo\\_band\\_%' ORDER BY 1")
        assert [row[0] for row in cursor.fetchall()] == [f"photo_band_{n}" for n in (1, 2, 3, 4)]
