"""Staff set the public version right: with leave, with a reason, in versions, and the original stays as it was."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import transaction
from PIL import Image, ImageStat

from baiying.cases import guarding, photos, queries
from baiying.cases.models import Case, Category, Line, Photo
from baiying.cases.public import GUARDED, public_version, told_version
from baiying.insight import checking
from baiying.journal.models import Entry
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.photos import read_photo
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo

pytestmark = pytest.mark.django_db
TEXT = "门口写着联系13805331234，阿旺家的狗没拴，我电话13805330000"


def shown(cast: Cast, case: Case) -> str:
    with acting(Scope(cast.tenant.id, "street")):
        told = {line.step for line in queries.lines_of(case, public_only=False)}
        seen = told_version(case, contact=queries.contact_of(case), is_guarded=GUARDED in told)
        assert seen == public_version(case)  # the page that has read the timeline shows the same
        return seen.text


def a_case(cast: Cast, **more: Any) -> Case:
    return cast.case(text=TEXT, name="王小明", phone="13805330000", photos=(half_and_half(),), **more)


def half_and_half() -> ReadPhoto:
    """A picture whose left half is a fine pattern, as a plate is, and whose right half is plain."""
    image = Image.new("RGB", (160, 120), "white")
    for x in range(0, 80, 4):
        image.paste("black", (x, 0, x + 2, 120))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return read_photo(out.getvalue())


def test_a_missed_name_is_covered_and_a_posted_number_released(cast: Cast) -> None:
    case, clerk = a_case(cast), cast.dispatch_clerk_zhang
    assert shown(cast, case) == "门口写着联系「电话已隐去」，阿旺家的狗没拴，我电话「电话已隐去」"
    first = guarding.cover_passage(clerk, case_id=case.id, passage="阿旺", reason="是人名")
    second = guarding.release_passage(
        clerk, case_id=case.id, passage="13805331234", reason="是物业公布的电话"
    )
    assert (first.version, second.version) == (1, 2)
    assert shown(cast, case) == "门口写着联系13805331234，「内容已隐去」家的狗没拴，我电话「电话已隐去」"
    guarding.release_passage(clerk, case_id=case.id, passage="阿旺", reason="是店名，不是人名")
    assert shown(cast, case) == "门口写着联系13805331234，阿旺家的狗没拴，我电话「电话已隐去」"
    assert cast.read(case.id).text == TEXT
    with acting(Scope(cast.tenant.id, "street")):
        events = Entry.objects.filter(event="cases.public_changed", subject_id=str(case.id)).order_by("id")
        assert [e.data for e in events] == [
            {"act": "mask", "version": 1}, {"act": "release", "version": 2}, {"act": "release", "version": 3},
        ]  # fmt: skip
        lines = Line.objects.filter(case_id=case.id, step="guard")
        assert [line.is_public for line in lines] == [False] * 3
        assert checking.broken(cast.tenant.id, "journal_and_timeline") == []


def test_what_cannot_be_decided_is_refused_by_name(cast: Cast) -> None:
    case, clerk = a_case(cast), cast.dispatch_clerk_zhang
    refusals = (
        (guarding.release_passage, "13805330000", "公开吧", Conflict),  # the reporter's own number
        (guarding.release_passage, "门口", "没有隐去", Invalid),
        (guarding.cover_passage, "没有这几个字", "x", Invalid),
        (guarding.cover_passage, "阿旺", " ", Invalid),
        (guarding.cover_passage, "", "x", Invalid),
    )
    for act, passage, reason, refusal in refusals:
        with pytest.raises(refusal), transaction.atomic():
            act(clerk, case_id=case.id, passage=passage, reason=reason)
    guarding.cover_passage(clerk, case_id=case.id, passage="阿旺", reason="是人名")
    with pytest.raises(Conflict), transaction.atomic():
        guarding.cover_passage(clerk, case_id=case.id, passage="阿旺", reason="是人名")


def test_only_who_has_leave_decides(cast: Cast) -> None:
    case = a_case(cast)
    for person, refusal in (
        ("grid_worker_li", Denied), ("department_handler_sun", NotFound), ("community_head_chen", NotFound),
        ("outsider_zhao", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal), transaction.atomic():
            guarding.cover_passage(getattr(cast, person), case_id=case.id, passage="阿旺", reason="是人名")
    with pytest.raises(Denied), transaction.atomic():
        guarding.cover_passage(cast.reporter_of(case), case_id=case.id, passage="阿旺", reason="是人名")
    with acting(Scope(cast.tenant.id, "street")):
        assert guarding.corrections_of(case) == []


def test_a_photo_is_blurred_looked_at_released_and_taken_back(cast: Cast) -> None:
    case, head = a_case(cast), cast.community_head_wang
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
    before = photos.path_of(photo).read_bytes()
    copy = guarding.blur_photo(head, case_id=case.id, photo_id=photo.id, areas=[(0, 0, 80, 120)])
    with pytest.raises(NotFound):
        guarding.shown_to_all(case.reference, copy.id)
    drawn = Image.open(photos.path_of(copy))
    assert ImageStat.Stat(Image.open(photos.path_of(photo)).convert("L").crop((0, 0, 60, 120))).stddev[0] > 60
    assert ImageStat.Stat(drawn.convert("L").crop((0, 0, 60, 120))).stddev[0] < 20
    assert ImageStat.Stat(drawn.convert("L").crop((100, 0, 160, 120))).mean[0] > 250
    assert (len(drawn.getexif()), photos.path_of(photo).read_bytes()) == (0, before)
    guarding.release_photo(head, case_id=case.id, public_photo_id=copy.id)
    assert guarding.shown_to_all(case.reference, copy.id).id == copy.id
    with acting(Scope(cast.tenant.id, "street")):
        assert [p.id for p in public_version(case).photos] == [copy.id]
    shown(cast, case)
    better = guarding.blur_photo(head, case_id=case.id, photo_id=photo.id, areas=[(0, 0, 160, 120)])
    guarding.release_photo(head, case_id=case.id, public_photo_id=better.id)
    with pytest.raises(NotFound):
        guarding.shown_to_all(case.reference, copy.id)
    guarding.withdraw_photo(head, case_id=case.id, public_photo_id=better.id, reason="看得清人脸")
    with pytest.raises(NotFound):
        guarding.shown_to_all(case.reference, better.id)
    with pytest.raises(Conflict), transaction.atomic():
        guarding.release_photo(head, case_id=case.id, public_photo_id=better.id)


def test_photos_of_a_sensitive_matter_stay_private(cast: Cast) -> None:
    sensitive = Category.objects.filter(is_sensitive=True)[0]
    case, clerk = a_case(cast, category=sensitive.code), cast.dispatch_clerk_zhang
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
    copy = guarding.blur_photo(clerk, case_id=case.id, photo_id=photo.id, areas=[])
    with pytest.raises(Conflict), transaction.atomic():
        guarding.release_photo(clerk, case_id=case.id, public_photo_id=copy.id)


def test_a_square_beside_the_picture_is_refused(cast: Cast) -> None:
    case, clerk = cast.case(photos=(a_photo(),)), cast.dispatch_clerk_zhang
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
    for area in ((500, 0, 20, 20), (0, 0, 1, 1)):
        with pytest.raises(Invalid), transaction.atomic():
            guarding.blur_photo(clerk, case_id=case.id, photo_id=photo.id, areas=[area])
