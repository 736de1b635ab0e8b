"""`/o/<token>`: somebody without an account answers an order on the phone: done, or not theirs. No name of a resident."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from baiying.cases import outside
from baiying.dispatch.outside import find
from baiying.doors.resident import forms, guards, uploads
from baiying.doors.resident.frame import show
from baiying.doors.shared import limits
from baiying.doors.shared.context import choose_look
from baiying.doors.shared.names import name_of
from baiying.kit.refusals import Conflict, NotFound, Refusal, TooMany
from baiying.org.queries import street_map


class Answer(forms.Question):
    """Done or not theirs, a few words, and a photo or why there is none."""

    answer = forms.choice(later("办得怎样"), [("done", later("办好了")), ("not_ours", later("不归我们管"))])
    text = forms.WordsField(
        most=2_000,
        missing=later("还没有写情况。请写一两句再提交。"),
        label=later("做了什么，或者为什么不归你们"),
        rows=4,
    )
    photos = forms.photo_field()
    no_photo_reason = django_forms.CharField(
        label=later("没有照片的，写明为什么"), required=False, max_length=200
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["photos"].required = False


@csrf_exempt  # our own check keeps the words (guards.is_own_form)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The order and the form; what cannot be answered any more says so, and nothing is changed."""
    arrived = uploads.listen(request) if request.method == "POST" else None
    try:
        if arrived is not None and not choose_look(request):
            return _answered(request, token, arrived)
        return _show(request, token, Answer(initial=request.POST.dict()) if arrived is not None else Answer())
    except NotFound as refusal:
        limits.take_link(request)
        return _over(request, refusal, _typed(request))
    except Conflict as refusal:
        return _over(request, refusal, _typed(request), token)


def _answered(request: HttpRequest, token: str, arrived: uploads.PhotoUploads) -> HttpResponse:
    form = Answer(request.POST)
    if not guards.is_own_form(request):
        return _show(request, token, form, note="stale", status=403)
    photos, refused = _pictures(request, arrived)
    if form.is_valid() and not refused:
        said = form.cleaned_data
        try:
            outside.answer(
                token, answer=said["answer"], text=said["text"], photos=photos,
                no_photo_reason=said["no_photo_reason"],
            )  # fmt: skip
        except (NotFound, Conflict):
            raise
        except Refusal as refusal:
            forms.complain(form, refusal, {})
            return _show(request, token, form, status=refusal.status)
        return _thanks(request, token)
    for sentence in refused:
        form.add_error("photos", sentence)
    return _show(request, token, form, status=422)


def _pictures(request: HttpRequest, arrived: uploads.PhotoUploads) -> tuple[list[Any], list[str]]:
    files = request.FILES.getlist("photos")
    try:
        limits.take_photos(request, len(files))
    except TooMany as refusal:
        return [], [forms.said(refusal)]
    photos, refused = uploads.read(files, room=uploads.MOST)
    return photos, [*arrived.refused, *refused]


def _show(
    request: HttpRequest, token: str, form: Answer, *, note: str = "", status: int = 200
) -> HttpResponse:
    told = outside.look(token)
    street, case, order = street_map(told.case.tenant_id), told.case, told.link.order
    area = " · ".join(
        name_of(street.units[i]) for i in (case.community_id, case.grid_id) if i in street.units
    )
    facts: list[dict[str, Any]] = [
        {"name": _("请你们办"), "value": order.instruction or name_of(case.category)},
        {"name": _("类别"), "value": name_of(case.category)},
        {"name": _("地点"), "value": " · ".join(part for part in (area, case.place) if part)},
        {"name": _("坐标"), "value": f"{case.lat:.5f}, {case.lon:.5f}" if case.lat and case.lon else ""},
        {"name": _("期限"), "when": order.due_at},
    ]
    context = {
        "reference": case.reference,
        "unit": told.unit,
        "to_name": told.link.to_name,
        "facts": [fact for fact in facts if fact.get("value") or fact.get("when")],
        "form": form,
        "note": note,
        "expires_at": told.link.expires_at,
        "look_form": "answer",
        "island": True,
    }
    return _sealed(show(request, "outside", street.tenant, context, status=status, remember=False))


def _thanks(request: HttpRequest, token: str) -> HttpResponse:
    tenant = street_map(find(token).tenant_id).tenant
    return _sealed(
        show(request, "outside_over", tenant, {"is_thanks": True, "look_form": ""}, remember=False)
    )


def _over(request: HttpRequest, refusal: Refusal, kept: str, token: str = "") -> HttpResponse:
    tenant = street_map(find(token).tenant_id).tenant if token else None
    context = {"refusal": refusal, "kept": kept, "look_form": ""}
    return _sealed(show(request, "outside_over", tenant, context, status=refusal.status, remember=False))


def _typed(request: HttpRequest) -> str:
    return request.POST.get("text", "") if request.method == "POST" else ""


def _sealed(response: HttpResponse) -> HttpResponse:
    """The address is a key: it goes nowhere else."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
