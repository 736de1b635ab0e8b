"""What staff decide about the public version: a passage covered or released, a photo blurred, shown, taken back.

Every decision has a reason, a row of its own, an internal line of the timeline and a row of the journal. The words and
the pictures that were sent are never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import photos, public, queries, rules, tracking
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case, Contact, Correction, Photo, PublicPhoto
from baiying.kit import clock, text
from baiying.kit.ids import uuid7
from baiying.kit.photos import Area, blurred
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.rules import Actor, Scope, acting, demand

MOST_PASSAGE: Final = 500
MOST_REASON: Final = 200
MOST_CORRECTIONS: Final = 200


def cover_passage(by: Actor, *, case_id: UUID, passage: str, reason: str) -> Correction:
    """From now on others read "covered" in the place of the passage, wherever it stands in the case."""
    with acting(by.scope):
        case = _locked(by, case_id)
        words, why = _passage(passage), _reason(reason)
        if not any(words in said for said in public_texts(case)):
            raise Invalid(
                field="passage",
                problem=_("原文里没有这段文字。"),
                remedy=_("请从原文里照样复制要隐去的那几个字。"),
            )
        return _decide(by, case, Correction.Action.MASK, words, why)


def release_passage(by: Actor, *, case_id: UUID, passage: str, reason: str) -> Correction:
    """From now on others read the passage. What the reporter gave as their own name and number stays covered."""
    with acting(by.scope):
        case = _locked(by, case_id)
        words, why = _passage(passage), _reason(reason)
        guard = public.guards_of([case])[case.id]
        covered = {said[f.start : f.end] for said in public_texts(case) for f in guard.found(said)}
        if words not in covered:
            raise Invalid(
                field="passage",
                problem=_("这段文字没有被隐去。"),
                remedy=_("请从已隐去的内容里选一段。"),
            )
        if _is_the_reporters(case, words):
            raise Conflict(
                field="passage",
                problem=_("这是来访人自己的称呼或电话，不能公开。"),
                remedy=_("需要联系来访人的，请在诉求页面查看联系方式。"),
            )
        return _decide(by, case, Correction.Action.RELEASE, words, why)


def corrections_of(case: Case) -> list[Correction]:
    """What was decided about passages of a case that the caller has read within scope, the latest first."""
    return list(Correction.objects.filter(tenant_id=case.tenant_id, case_id=case.id).order_by("-version"))


def public_texts(case: Case) -> list[str]:
    """Every text of the case that may become public: its words, its place, what the reporter reads of the timeline."""
    lines = queries.lines_of(case, public_only=True)
    return [said for said in (case.text, case.place, *(line.text for line in lines)) if said]


def blur_photo(by: Actor, *, case_id: UUID, photo_id: UUID, areas: Sequence[Area]) -> PublicPhoto:
    """A copy of the photo with these rectangles made unrecognisable. Nobody else sees it before it is released."""
    with acting(by.scope):
        case = _locked(by, case_id)
        photo: Photo | None = Photo.objects.filter(case_id=case.id, id=photo_id).first()
        if photo is None:
            raise NotFound(problem=_("没有这张照片。"), remedy=_("请从诉求页面选一张。"))
        picture = blurred(photos.content_of(photo), areas)
        made = PublicPhoto.objects.create(
            id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, photo_id=photo.id,
            areas=[list(area) for area in areas], stored_as=photos.store(picture), sha256=picture.sha256,
            width=picture.width, height=picture.height, size=len(picture.jpeg), made_at=clock.now(),
            made_by=by.account_id, made_name=by.name,
        )  # fmt: skip
        _say(by, case, "blur", "", {"areas": len(areas)})
        return made


def release_photo(by: Actor, *, case_id: UUID, public_photo_id: UUID) -> PublicPhoto:
    """From now on everybody may see this copy; an earlier copy of the same photo is taken back."""
    with acting(by.scope):
        case = _locked(by, case_id)
        copy = _copy(case, public_photo_id)
        if case.category.is_sensitive:
            raise Conflict(
                field="photo",
                problem=_("这类诉求只公开到网格，照片不能公开。"),
                remedy=_("照片仍由有权限的同志查看。"),
            )
        if copy.withdrawn_at is not None:
            raise Conflict(
                field="photo", problem=_("这张照片已经收回。"), remedy=_("要再公开，请重新做一张打码照片。")
            )
        if copy.released_at is not None:
            return copy
        shown = PublicPhoto.objects.filter(
            photo_id=copy.photo_id, released_at__isnull=False, withdrawn_at__isnull=True
        )
        for earlier in shown:
            _withdraw(by, earlier, "")
        copy.released_at, copy.released_by, copy.released_name = clock.now(), by.account_id, by.name
        copy.save(update_fields=["released_at", "released_by", "released_name"])
        _say(by, case, "show", "", {})
        return copy


def withdraw_photo(by: Actor, *, case_id: UUID, public_photo_id: UUID, reason: str) -> PublicPhoto:
    """Others see this copy no more, or it is given up before anybody saw it."""
    with acting(by.scope):
        case = _locked(by, case_id)
        copy, why = _copy(case, public_photo_id), _reason(reason)
        if copy.withdrawn_at is None:
            _withdraw(by, copy, why)
            _say(by, case, "withdraw", why, {})
        return copy


def copies_of(case: Case) -> list[PublicPhoto]:
    """The copies of photos of a case that the caller has read within scope, but those that were taken back; the oldest
    first.
    """
    rows = PublicPhoto.objects.filter(tenant_id=case.tenant_id, case_id=case.id, withdrawn_at__isnull=True)
    return list(rows.order_by("id"))


def copy_of(case: Case, public_photo_id: UUID) -> PublicPhoto:
    """A copy, released or not, of a photo of a case that the caller has read within scope. Raises NotFound."""
    rows = PublicPhoto.objects.filter(tenant_id=case.tenant_id, case_id=case.id, id=public_photo_id)
    copy: PublicPhoto | None = rows.first()
    if copy is None:
        raise _no_photo()
    return copy


def copy_within(scope: Scope, public_photo_id: UUID) -> PublicPhoto:
    """A copy, released or not, whose case lies within the scope. Raises NotFound."""
    copy: PublicPhoto | None = PublicPhoto.objects.filter(tenant_id=scope.tenant, id=public_photo_id).first()
    if copy is None or not Case.objects.within(scope).filter(id=copy.case_id).exists():
        raise _no_photo()
    return copy


def shown_to_all(reference: str, public_photo_id: UUID) -> PublicPhoto:
    """A copy that everybody may see now. Raises NotFound, whatever the reason."""
    scope = tracking.scope_of(reference)
    if scope is None:
        raise _no_photo()
    with acting(scope):
        rows = PublicPhoto.objects.filter(tenant_id=scope.tenant, id=public_photo_id)
        copy: PublicPhoto | None = rows.filter(released_at__isnull=False, withdrawn_at__isnull=True).first()
    if copy is None:
        raise _no_photo()
    return copy


def _no_photo() -> NotFound:
    return NotFound(problem=_("没有这张照片，或者它没有公开。"), remedy=_("请从公开页面打开照片。"))


def _withdraw(by: Actor, copy: PublicPhoto, why: str) -> None:
    copy.withdrawn_at, copy.withdrawn_by, copy.withdrawn_name = clock.now(), by.account_id, by.name
    copy.reason = why
    copy.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_name", "reason"])


def _copy(case: Case, public_photo_id: UUID) -> PublicPhoto:
    found = PublicPhoto.objects.select_for_update(of=("self",)).filter(case_id=case.id, id=public_photo_id)
    copy: PublicPhoto | None = found.first()
    if copy is None:
        raise _no_photo()
    return copy


def _decide(by: Actor, case: Case, action: Correction.Action, passage: str, reason: str) -> Correction:
    rows = Correction.objects.filter(tenant_id=case.tenant_id, case_id=case.id)
    latest = rows.order_by("-version").first()
    same = rows.filter(passage=passage).order_by("-version").first()
    if same is not None and same.action == action:
        raise Conflict(
            field="passage", problem=_("这段文字已经这样处理过了。"), remedy=_("请看公开内容的修改记录。")
        )
    version = latest.version + 1 if latest else 1
    if version > MOST_CORRECTIONS:
        raise Conflict(
            field="passage", problem=_("这件的公开内容改得太多次了。"), remedy=_("请把整段文字一次隐去。")
        )
    row = Correction.objects.create(
        id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, version=version, action=action, passage=passage,
        reason=reason, at=clock.now(), by=by.account_id, by_name=by.name,
    )  # fmt: skip
    _say(by, case, str(action), reason, {"version": version})
    return row


def _say(by: Actor, case: Case, act: str, reason: str, data: dict[str, Any]) -> None:
    write_line(by, case, public.GUARDED, "", {"act": act, "inner": reason} | data, is_public=False)
    tell(by, case, "cases.public_changed", case.state, None, {"act": act} | data)


def _is_the_reporters(case: Case, passage: str) -> bool:
    contact = Contact.objects.filter(tenant_id=case.tenant_id, case_id=case.id).first()
    if contact is None:
        return False
    number = text.normalise_phone(passage)
    return (bool(contact.phone) and number == text.normalise_phone(contact.phone)) or (
        bool(contact.name) and (contact.name in passage or passage in contact.name)
    )


def _locked(by: Actor, case_id: UUID) -> Case:
    found = Case.objects.within(by.scope).select_for_update(of=("self",)).select_related("category")
    case: Case | None = found.filter(id=case_id).first()
    if case is None:
        raise NotFound(problem=_("没有这件诉求，或它不在您的范围内。"), remedy=_("请核对编号。"))
    demand(by, rules.GUARD, case)
    return case


def _passage(passage: str) -> str:
    words = text.clean(passage, most=MOST_PASSAGE, field="passage")
    if not words:
        raise Invalid(
            field="passage", problem=_("没有写是哪段文字。"), remedy=_("请从原文里复制要处理的那几个字。")
        )
    return words


def _reason(reason: str) -> str:
    words = text.clean(reason, most=MOST_REASON, field="reason")
    if not words:
        raise Invalid(field="reason", problem=_("没有写理由。"), remedy=_("请用一句话写清楚为什么。"))
    return words
