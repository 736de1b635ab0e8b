"""Checks on site, for the telephone of a grid worker: what was I drawn for, what is to be seen there, what did I see."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_safe

from baiying.cases import inspecting, rules, wording
from baiying.cases import photos as kept
from baiying.cases.inspecting import Check
from baiying.cases.models import Photo
from baiying.doors.desk.case_forms import photos_field, show_refusal
from baiying.doors.desk.case_pages import said_place
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.place_fields import outlines_url
from baiying.doors.shared.names import name_of
from baiying.doors.shared.pictures import picture, read_uploads
from baiying.doors.shared.positions import PositionFields, device_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import text
from baiying.kit.refusals import Refusal
from baiying.org.queries import street_map

RESULTS: Final = [
    ("solved", later("已经解决")),
    ("still_there", later("问题还在")),
    ("cannot_tell", later("看不出来")),
]


class CheckForm(PositionFields):
    """What was seen: one of three, a word, a picture."""

    result = forms.ChoiceField(
        label=later("现场看到什么"), choices=RESULTS, widget=forms.RadioSelect,
        error_messages={"required": later("还没有选看到的结果。按现场看到的选一项。")},
    )  # fmt: skip
    note = forms.CharField(
        label=later("说明"), required=False, max_length=inspecting.MOST_NOTE, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=later("问题还在或看不出来的，请写一句现场的情况。居民看不到。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photos"] = photos_field(later("现场照片"))


@require_safe
@staff_page(rules.INSPECT)
def checks(request: StaffRequest) -> HttpResponse:
    """What is to be looked at, the first to run out first, and what was seen lately."""
    context = {
        "to_do": [_row(check) for check in inspecting.checks_to_do(request.actor)],
        "done": [_row(check) for check in inspecting.checks_done(request.actor)],
    }
    return desk_page(request, "desk/inspections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.INSPECT)
def check(request: StaffRequest, draw_id: UUID) -> HttpResponse:
    """One check: the place, what was wrong, what was done, and the three answers."""
    found = inspecting.check_by_id(request.actor, draw_id)
    if request.method != "POST":
        return _page(request, found, CheckForm())
    form = CheckForm(request.POST, request.FILES)
    is_sound = form.is_valid()
    try:
        pictures = read_uploads(request.FILES.getlist("photos"))
        if is_sound:
            said = form.cleaned_data
            inspecting.record_check(
                request.actor, draw_id=draw_id, result=said["result"], note=said["note"], pictures=pictures,
                device=device_of(form),
            )  # fmt: skip
    except Refusal as refused:
        return _page(request, found, form, refusal=show_refusal(form, refused), status=refused.status)
    if not is_sound:
        return _page(request, found, form, status=422)
    messages.success(request, _("已经记下：%(result)s。谢谢。") % {"result": dict(RESULTS)[said["result"]]})
    return redirect("desk_inspections")


@require_safe
@staff_page(rules.INSPECT)
def photo(request: StaffRequest, draw_id: UUID, photo_id: UUID) -> HttpResponse:
    """A picture of the case that is checked, large or (`?size=thumb`) small."""
    found = inspecting.photo_of(request.actor, draw_id, photo_id)
    content = kept.content_of(found, is_small=request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=86400)


def _page(
    request: StaffRequest, found: Check, form: CheckForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    case, draw = found.case, found.draw
    units = street_map(case.tenant_id).units
    handler = units.get(draw.handler_unit_id or 0)
    context = {
        "check": found,
        "form": form,
        "refusal": refusal,
        "title": text.first_words(case.text, 28),
        "outlines_url": outlines_url(case.tenant_id),
        "facts": [
            {"name": _("地点"), "value": said_place(case)},
            {"name": _("类别"), "value": name_of(case.category)},
            {"name": _("办理单位"), "value": name_of(handler) if handler else ""},
            {"name": _("办结时间"), "when": draw.handled_at},
            {"name": _("看到什么时候为止"), "when": draw.open_until},
        ],
        "photos": [_picture(found, p) for p in found.photos if p.purpose != Photo.Purpose.INSPECTION],
        "result_word": wording.SAMPLE_RESULTS.get(draw.result, ""),
    }
    return desk_page(request, "desk/inspection.html", context, status=status)


LABELS: Final = {"report": later("反映时"), "before": later("办理前"), "proof": later("办理后")}


def _picture(found: Check, photo: Photo) -> dict[str, Any]:
    href = reverse("desk_inspection_photo", kwargs={"draw_id": found.draw.id, "photo_id": photo.id})
    label = LABELS.get(photo.purpose, "")
    return {"href": href, "thumb": f"{href}?size=thumb", "label": label, "at": photo.added_at}


def _row(check: Check) -> dict[str, Any]:
    return {
        "href": reverse("desk_inspection", kwargs={"draw_id": check.draw.id}),
        "words": text.first_words(check.case.text, 40),
        "place": said_place(check.case),
        "category": name_of(check.case.category),
        "open_until": check.draw.open_until,
        "result": wording.SAMPLE_RESULTS.get(check.draw.result, ""),
        "result_at": check.draw.result_at,
    }
