"""What neighbours see of a case, beside what was sent; and setting it right: passages, blurred photos."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import guarding, public, queries, rules
from baiying.cases import photos as kept
from baiying.cases.models import Case, Contact, Correction, PublicPhoto
from baiying.doors.desk.case_closure import picture_of
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.pictures import picture
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.photos import Area
from baiying.kit.refusals import Invalid, NotFound, Refusal

COLUMNS: Final = 12
ROWS: Final = 9
_AREA: Final = re.compile(r"\s*(\d{1,5})[\s,\uff0c]+(\d{1,5})[\s,\uff0c]+(\d{1,5})[\s,\uff0c]+(\d{1,5})\s*")
KINDS: Final = {
    "id": later("证件号"), "phone": later("电话"), "card": later("银行卡号"), "number": later("长号码"),
    "plate": later("车牌"), "email": later("邮箱"), "wechat": later("微信号"), "qq": later("QQ号"), "home": later("门牌"),
    "name": later("姓名"), "place": later("地点"), "said": later("工作人员隐去的内容"),
}  # fmt: skip
ACTIONS: Final = {
    Correction.Action.MASK: later("补充隐去"),
    Correction.Action.RELEASE: later("放开"),
}
_REASON: Final = {"required": later("没有写理由。请用一句话写清楚为什么。")}


class CoverForm(forms.Form):
    """A passage that must not be seen, and why."""

    passage = forms.CharField(
        label=later("要隐去的文字"), max_length=guarding.MOST_PASSAGE, help_text=later("从原文里照样复制。这件诉求里凡是出现的地方都会隐去。"),
        error_messages={"required": later("没有写是哪段文字。")},
    )  # fmt: skip
    reason = forms.CharField(label=later("理由"), max_length=guarding.MOST_REASON, error_messages=_REASON)


class ReleaseForm(forms.Form):
    """A passage that was covered by mistake, and why it is nobody's secret."""

    passage = forms.ChoiceField(
        label=later("误隐的文字"), error_messages={"required": later("还没有选。")}, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=later("理由"), max_length=guarding.MOST_REASON, error_messages=_REASON)

    def __init__(self, covered: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passage"].choices = [  # type: ignore[attr-defined]
            (words, _("%(words)s（%(kind)s）") % {"words": words, "kind": KINDS[kind]})
            for kind, words in covered
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ)
def public_page(request: StaffRequest, reference: str) -> HttpResponse:
    """The public version beside the original. A form covers a passage, another one releases one."""
    case = queries.case_by_reference(request.actor.scope, reference)
    asked = request.POST.get("act", "")
    form, refusal, status = None, None, 200
    if request.method == "POST":
        form = _form_of(case, asked, request)
        status = 422
        if form.is_valid():
            act = guarding.release_passage if asked == "release" else guarding.cover_passage
            try:
                act(request.actor, case_id=case.id, **form.cleaned_data)
                messages.success(request, _("公开内容已更新，写进了内部记录。"))
                return redirect("desk_case_public", reference=case.reference)
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    shown = public.public_version(case)
    covered = _covered(case, shown.guard)
    context = {
        "case": case,
        "shown": shown,
        "marked": marked(shown.guard, case.text),
        "covered": covered,
        "refusal": refusal,
        "wrong": form,
        "may_guard": request.actor.has(rules.GUARD),
        "cover": form if isinstance(form, CoverForm) else CoverForm(auto_id="cover_%s"),
        "release": form if isinstance(form, ReleaseForm) else ReleaseForm(covered, auto_id="release_%s"),
        "history": [_said(row) for row in guarding.corrections_of(case)],
        "photos": _photos(case),
    }
    return desk_page(request, "desk/case_public.html", context, status=status)


def public_box(case: Case, contact: Contact | None, told: Collection[str]) -> dict[str, Any]:
    """What the page of the case tells of its public version; `told`: the steps in its timeline."""
    shown = public.told_version(case, contact=contact, is_guarded=public.GUARDED in told)
    said = [(words, shown.guard.found(words)) for words in (case.text, case.place)]
    return {"shown": shown, "covered": [words[f.start : f.end] for words, found in said for f in found]}


def marked(guard: public.Guard, text: str) -> list[tuple[str, str]]:
    """The text in pieces: (kind of what is covered, or "", words)."""
    pieces, at = [], 0
    for found in guard.found(text):
        pieces += [("", text[at : found.start]), (str(KINDS[found.kind]), text[found.start : found.end])]
        at = found.end
    return [piece for piece in [*pieces, ("", text[at:])] if piece[1]]


def _covered(case: Case, guard: public.Guard | None = None) -> list[tuple[str, str]]:
    guard = guard or public.guards_of([case])[case.id]
    found = {said[f.start : f.end]: f.kind for said in guarding.public_texts(case) for f in guard.found(said)}
    return [(kind, words) for words, kind in found.items()]


def _form_of(case: Case, asked: str, request: StaffRequest) -> forms.Form:
    if asked == "release":
        return ReleaseForm(_covered(case), request.POST, auto_id="release_%s")
    return CoverForm(request.POST, auto_id="cover_%s")


def _said(row: Correction) -> dict[str, Any]:
    return {
        "version": row.version, "action": ACTIONS[Correction.Action(row.action)], "passage": row.passage,
        "reason": row.reason, "at": row.at, "by": row.by_name,
    }  # fmt: skip


def _photos(case: Case) -> list[dict[str, Any]]:
    copies: dict[UUID, list[dict[str, Any]]] = {}
    for copy in guarding.copies_of(case):
        copies.setdefault(copy.photo_id, []).append(_said_copy(case, copy))
    return [
        {
            "original": picture_of(photo),
            "copies": copies.get(photo.id, []),
            "blur_url": reverse("desk_case_blur", kwargs={"reference": case.reference, "photo_id": photo.id}),
        }
        for photo in queries.photos_of(case)
    ]


def _said_copy(case: Case, copy: PublicPhoto) -> dict[str, Any]:
    href = reverse("desk_public_photo", kwargs={"public_photo_id": copy.id})
    keys = {"reference": case.reference, "public_photo_id": copy.id}
    return {
        "href": href, "thumb": f"{href}?size=thumb", "copy": copy, "areas": len(copy.areas),
        "release_url": reverse("desk_public_photo_release", kwargs=keys),
        "withdraw_url": reverse("desk_public_photo_withdraw", kwargs=keys),
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.GUARD)
def blur_page(request: StaffRequest, reference: str, photo_id: str) -> HttpResponse:
    """Choose the squares of a picture to be made unrecognisable, or say rectangles in pixels."""
    case = queries.case_by_reference(request.actor.scope, reference)
    photo = next((p for p in queries.photos_of(case) if str(p.id) == photo_id), None)
    if photo is None:
        raise NotFound(problem=_("没有这张照片。"), remedy=_("请从诉求页面选一张。"))
    refusal, status = None, 200
    chosen = set(request.POST.getlist("cell"))
    if request.method == "POST":
        try:
            areas = _areas(chosen, photo.width, photo.height) + _rectangles(request.POST.get("areas", ""))
            guarding.blur_photo(request.actor, case_id=case.id, photo_id=photo.id, areas=areas)
            messages.success(request, _("打码照片做好了。请看清楚，再决定公不公开。"))
            return redirect(reverse("desk_case_public", kwargs={"reference": case.reference}) + "#photos")
        except Refusal as refused:
            refusal, status = refused, refused.status
    cells = [
        {"value": f"{row}-{column}", "row": row + 1, "column": column + 1, "is_chosen": f"{row}-{column}" in chosen}
        for row in range(ROWS) for column in range(COLUMNS)
    ]  # fmt: skip
    context = {
        "case": case, "photo": photo, "picture": picture_of(photo), "cells": cells, "refusal": refusal,
        "areas": request.POST.get("areas", ""),
    }  # fmt: skip
    return desk_page(request, "desk/case_blur.html", context, status=status)


def _areas(chosen: set[str], width: int, height: int) -> list[Area]:
    """Rectangles of the chosen squares; neighbours of one row are one rectangle."""
    areas: list[Area] = []
    for row in range(ROWS):
        top, bottom = height * row // ROWS, height * (row + 1) // ROWS
        start: int | None = None
        for column in range(COLUMNS + 1):
            is_chosen = column < COLUMNS and f"{row}-{column}" in chosen
            if is_chosen and start is None:
                start = column
            elif not is_chosen and start is not None:
                left, right = width * start // COLUMNS, width * column // COLUMNS
                areas.append((left, top, right - left, bottom - top))
                start = None
    return areas


def _rectangles(written: str) -> list[Area]:
    areas: list[Area] = []
    for line in written.splitlines()[:200]:
        if not line.strip():
            continue
        numbers = _AREA.fullmatch(line)
        if numbers is None:
            raise Invalid(
                field="areas",
                problem=_("有一行坐标看不懂。"),
                remedy=_("每行四个数：左、上、宽、高，用空格或逗号隔开。"),
            )
        left, top, wide, high = (int(n) for n in numbers.groups())
        areas.append((left, top, wide, high))
    return areas


@require_POST
@staff_page(rules.GUARD)
def release(request: StaffRequest, reference: str, public_photo_id: str) -> HttpResponse:
    """Everybody may see this copy from now on."""
    return _decide_photo(
        request, reference, _("照片已对外公开。"),
        lambda case: guarding.release_photo(request.actor, case_id=case.id, public_photo_id=_id(public_photo_id)),
    )  # fmt: skip


@require_POST
@staff_page(rules.GUARD)
def withdraw(request: StaffRequest, reference: str, public_photo_id: str) -> HttpResponse:
    """Nobody else sees this copy any more."""
    reason = request.POST.get("reason", "")
    return _decide_photo(
        request, reference, _("照片已收回。"),
        lambda case: guarding.withdraw_photo(
            request.actor, case_id=case.id, public_photo_id=_id(public_photo_id), reason=reason
        ),
    )  # fmt: skip


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        return UUID(int=0)


def _decide_photo(
    request: StaffRequest, reference: str, done: str, act: Callable[[Case], object]
) -> HttpResponse:
    case = queries.case_by_reference(request.actor.scope, reference)
    try:
        act(case)
        messages.success(request, done)
    except Refusal as refused:
        messages.error(request, f"{refused.problem}{refused.remedy}")
    return redirect(reverse("desk_case_public", kwargs={"reference": case.reference}) + "#photos")


@require_safe
@staff_page(rules.READ)
def copy(request: StaffRequest, public_photo_id: UUID) -> HttpResponse:
    """A copy, released or not, for staff who see its case."""
    found = guarding.copy_within(request.actor.scope, public_photo_id)
    content = kept.content_of(found, is_small=request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=3600)
