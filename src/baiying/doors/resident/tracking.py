"""`/t/`: a reporter comes back. By the secret link, or by reference and the end of the phone number."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms as django_forms
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import exclusions, parts, public, queries, services, steps, wording
from baiying.cases import photos as kept
from baiying.cases.models import Case, Photo
from baiying.cases.services import StepData
from baiying.cases.tracking import (
    Followed,
    case_followed,
    followed_by_phone,
    followed_by_secret,
    may_reopen_until,
)
from baiying.doors.resident import forms, guards, uploads, visits
from baiying.doors.resident.frame import show, words_back
from baiying.doors.resident.letters import letter
from baiying.doors.shared import limits
from baiying.doors.shared.context import choose_look
from baiying.doors.shared.names import name_of
from baiying.doors.shared.pictures import picture
from baiying.doors.shared.streets import street_of
from baiying.doors.shared.timeline import entries
from baiying.kit import ids
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Invalid, NotFound, Refusal, TooMany, Unavailable
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting, seeing
from baiying.registry import queries as places

log = logging.getLogger("baiying.web")

Act = Callable[[Followed, Any, list[ReadPhoto]], object]


@csrf_exempt  # nothing is changed by asking; what is told needs a secret
@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Reference and last four digits: the same answer whether the reference is unknown or the digits are wrong."""
    if request.method != "POST":
        return _ask(request, forms.Lookup(initial={"reference": request.GET.get("reference", "")[:60]}))
    form = forms.Lookup(request.POST)
    if choose_look(request):
        return _ask(request, forms.Lookup(initial=request.POST.dict()))
    if not form.is_valid():
        return _ask(request, form, status=422)
    try:
        reference = ids.check_reference(form.cleaned_data["reference"])
        limits.take_lookup(request, reference)
        followed = followed_by_phone(reference, _digits(form.cleaned_data["digits"]))
    except TooMany as refusal:
        return _ask(request, form, refusal=refusal, status=refusal.status)
    except Invalid as refusal:
        forms.complain(form, refusal, {})
        return _ask(request, form, status=refusal.status)
    except NotFound as refusal:
        return _ask(request, form, refusal=refusal, status=refusal.status)
    response = HttpResponseRedirect(visits.address(reference))
    visits.remember(response, followed)
    return response


@require_safe
def case_page(request: HttpRequest, reference: str) -> HttpResponse:
    """The case as a letter; with `?k=` the secret turns into a cookie and leaves the address bar."""
    known = ids.parse_reference(reference)
    if known is None:
        return _not_yours(request, reference)
    if "k" in request.GET:
        try:
            followed = followed_by_secret(known, request.GET["k"])
        except NotFound:
            limits.take_link(request)
            return _not_yours(request, known)
        response = HttpResponseRedirect(visits.address(known))
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        visits.remember(response, followed)
        return response
    if known != reference:
        return HttpResponseRedirect(visits.address(known))
    try:
        followed = visits.visitor_of(request, known)
    except NotFound:
        return _ask(request, forms.Lookup(initial={"reference": known}), must_prove=True)
    return _case(request, followed)


@csrf_exempt  # our own check keeps the words (guards.is_own_form)
@require_POST
def act(request: HttpRequest, reference: str, step: str) -> HttpResponse:
    """The reporter answers, adds photos, rates or asks for it to be taken up again."""
    arrived = uploads.listen(request)
    try:
        return _acted(request, reference, step, arrived)
    except (OperationalError, InterfaceError) as error:
        log.warning("database unavailable", extra={"kind": type(error).__name__})
        return words_back(request, Unavailable(), _typed(request))


def _acted(request: HttpRequest, reference: str, step: str, arrived: uploads.PhotoUploads) -> HttpResponse:
    try:
        followed = visits.visitor_of(request, reference)
    except NotFound:
        return _not_yours(request, reference, kept=_typed(request))
    form = FORMS[step](request.POST)
    if not guards.is_own_form(request):
        return _case(request, followed, form=form, step=step, note="stale", status=403)
    photos, refused = _pictures(request, arrived)
    form.full_clean()
    if step == "photos" and not photos and not refused:
        form.add_error("photos", _("还没有选照片。请先选照片，再按“补充照片”。"))
    if form.is_valid() and (photos or step != "photos"):
        try:
            ACTS[step](followed, form.cleaned_data, photos)
        except Refusal as refusal:
            forms.complain(form, refusal, {"text": "why" if step == "rate" else "text"})
            return _case(request, followed, form=form, step=step, status=refusal.status)
        if not refused:
            return HttpResponseRedirect(f"{visits.address(reference)}?done={step}#done")
    for sentence in refused:
        form.add_error("photos" if "photos" in form.fields else None, sentence)
    return _case(request, followed, form=form, step=step, status=422)


@require_safe
def photo(request: HttpRequest, reference: str, photo_id: UUID) -> HttpResponse:
    """A picture of the case, large or (`?size=thumb`) small, for whoever may see the case."""
    followed = visits.visitor_of(request, reference)
    with acting(followed.actor.scope):
        found = queries.photo_within(followed.actor.scope, photo_id)
    content = kept.content_of(
        found, is_small=request.GET.get("size") == "thumb", remedy=_("请打电话告诉社区。")
    )
    return picture(content, name=found.id.hex, keep_seconds=86400)


def _answer(followed: Followed, said: dict[str, Any], photos: list[ReadPhoto]) -> object:
    data = StepData(text=said["text"], photos=photos)
    return services.take_step(followed.actor, case_id=followed.case_id, step="answer", data=data)


def _add_photos(followed: Followed, said: dict[str, Any], photos: list[ReadPhoto]) -> object:
    return services.add_photos(followed.actor, case_id=followed.case_id, pictures=photos)


def _rate(followed: Followed, said: dict[str, Any], photos: list[ReadPhoto]) -> object:
    data = StepData(
        rating=said["rating"],
        contacted=said["contacted"] == "yes",
        solved=said["solved"] == "yes",
        text=said["why"],
        reason=said["reason"] if said["rating"] == "dissatisfied" else "",
    )
    return services.take_step(followed.actor, case_id=followed.case_id, step="rate", data=data)


def _reopen(followed: Followed, said: dict[str, Any], photos: list[ReadPhoto]) -> object:
    data = StepData(text=said["text"])
    return services.take_step(followed.actor, case_id=followed.case_id, step="reopen", data=data)


def _appeal(followed: Followed, said: dict[str, Any], photos: list[ReadPhoto]) -> object:
    return exclusions.appeal(followed.actor, case_id=followed.case_id, text=said["text"])


ACTS: Final[dict[str, Act]] = {
    "answer": _answer,
    "photos": _add_photos,
    "rate": _rate,
    "reopen": _reopen,
    "appeal": _appeal,
}
FORMS: Final[dict[str, type[django_forms.Form]]] = {
    "answer": forms.Answer,
    "photos": forms.Photos,
    "rate": forms.Rate,
    "reopen": forms.Reopen,
    "appeal": forms.Appeal,
}


def _pictures(request: HttpRequest, arrived: uploads.PhotoUploads) -> tuple[list[ReadPhoto], list[str]]:
    files = request.FILES.getlist("photos")
    try:
        limits.take_photos(request, len(files))
    except TooMany as refusal:
        return [], [forms.said(refusal)]
    photos, refused = uploads.read(files, room=uploads.MOST)
    return photos, [*arrived.refused, *refused]


def _typed(request: HttpRequest) -> str:
    return request.POST.get("text") or request.POST.get("why", "")


def _digits(typed: str) -> str:
    """Full-width digits and stray blanks are what phones produce."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isdigit())[-4:]


def _ask(
    request: HttpRequest,
    form: django_forms.Form,
    *,
    refusal: Refusal | None = None,
    must_prove: bool = False,
    kept: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form, "refusal": refusal, "must_prove": must_prove, "kept": kept, "look_form": "lookup", "island": True,
    }  # fmt: skip
    response = show(request, "lookup", street_of(request), context, status=status)
    for name, value in (refusal.headers if refusal else {}).items():
        response[name] = value
    return response


def _not_yours(request: HttpRequest, reference: str, *, kept: str = "") -> HttpResponse:
    """The same page for an unknown reference, a wrong secret and another case's cookie."""
    refusal = NotFound(
        code="not_followed",
        problem=_("没有找到这件诉求，或者链接不完整、已经失效。"),
        remedy=_("请打开提交时保存的完整链接，或者填写编号和手机号后四位。"),
    )
    form = forms.Lookup(initial={"reference": reference[:60]})
    return _ask(request, form, refusal=refusal, kept=kept, status=404)


def _case(
    request: HttpRequest,
    followed: Followed,
    *,
    form: django_forms.Form | None = None,
    step: str = "",
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    with acting(followed.actor.scope):
        case = case_followed(followed)
        lines = queries.lines_of(case, public_only=True)
        pictures = queries.photos_of(case)
        possible = {s.name for s in services.may_take(followed.actor, case)}
        excluded = exclusions.of_case(case) if case.is_not_counted else None
        shown = public.public_version(case)
    possible.discard("answer" if case.state != steps.WAITING else "")
    if case.state not in steps.ENDED:
        possible.add("photos")
    if excluded is not None and excluded.state == excluded.State.AGREED:
        possible.add("appeal")
    told = letter(case, lines)
    street = street_map(case.tenant_id)
    context: dict[str, Any] = {
        "case": case,
        "reference": followed.reference,
        "letter": told,
        "facts": _facts(case),
        "timeline": _timeline(request, case, lines, pictures, told),
        "shown": shown,
        "pictures": [_public_picture(case.reference, p) for p in shown.photos],
        "reports": [_shown(followed, p) for p in pictures if p.purpose == Photo.Purpose.REPORT],
        "question": next((line for line in reversed(lines) if line.step == "ask"), None),
        "forms": {
            name: form if name == step and form else FORMS[name]() for name in FORMS if name in possible
        },
        "wrong": form,
        "lost_words": _lost_words(form, step, possible),
        "note": note,
        "done": request.GET.get("done", "") if status == 200 else "",
        "reopen_until": may_reopen_until(case) if "reopen" in possible else None,
        "link": visits.link(request, followed),
        "island": True,
        "look_form": "",
    }
    response = show(request, "case", street.tenant, context, status=status)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _lost_words(form: django_forms.Form | None, step: str, possible: set[str]) -> str:
    """Words typed for a step that somebody else has made impossible meanwhile: given back, never dropped."""
    if form is None or step in possible:
        return ""
    return str(form.data.get("text") or form.data.get("why") or "")


def _facts(case: Case) -> list[dict[str, Any]]:
    units = street_map(case.tenant_id).units
    area = " · ".join(name_of(units[i]) for i in (case.community_id, case.grid_id) if i in units)
    return [
        {"name": _("您写的"), "value": case.text},
        {"name": _("类别"), "value": f"{name_of(case.category)} · {wording.kind_name(case.kind)}"},
        {"name": _("地点"), "value": _place(case) or _("没有说，由工作人员来找")},
        {"name": _("所在社区和网格"), "value": area or _("由街道核实")},
        {"name": _("提交时间"), "when": case.received_at},
    ]


def _place(case: Case) -> str:
    """The building or living area that was chosen, and the words about the place."""
    named: list[str] = []
    with seeing(Scope(case.tenant_id, "public")):
        if case.living_area_id and case.building_id:
            found = places.buildings_of(case.tenant_id, case.living_area_id).filter(id=case.building_id)
            named = [name_of(b) for b in found.defer("polygon")]
        elif case.living_area_id:
            named = [
                name_of(a)
                for a in places.living_areas(case.tenant_id).filter(id=case.living_area_id).defer("polygon")
            ]
    apart = [name for name in named if name not in case.place]
    return " · ".join([*apart, *([case.place] if case.place else [])])


def _timeline(
    request: HttpRequest, case: Case, lines: list[Any], pictures: list[Photo], told: Any
) -> list[dict[str, Any]]:
    told_so_far = entries(lines, "reporter", photos=pictures, picture=lambda p: _picture(case.reference, p))
    for part, line in parts.story_of(case):  # one story: what was taken out of it is told with it
        [entry] = entries([line], "reporter")
        said = {"part": name_of(part.category), "what": entry["what"]}
        told_so_far.append(entry | {"what": _("%(part)s：%(what)s") % said})
    told_so_far.sort(key=lambda entry: entry["at"])
    if told.next_what:
        told_so_far.append(
            {
                "icon": "clock",
                "what": told.next_what,
                "who": told.next_who,
                "by_when": told.next_by.at if told.next_by else None,
                "is_estimated": told.next_by is not None and told.next_by.is_estimated,
                "is_next": True,
            }
        )
    return told_so_far


def _shown(followed: Followed, photo: Photo) -> dict[str, Any]:
    return _picture(followed.reference, photo)


def _public_picture(reference: str, photo: public.Picture) -> dict[str, Any]:
    href = reverse("public_photo", kwargs={"reference": reference, "public_photo_id": photo.id})
    return {"href": href, "thumb": f"{href}?size=thumb", "label": _("公开的照片"), "at": photo.released_at}


def _picture(reference: str, photo: Photo) -> dict[str, Any]:
    href = f"{visits.address(reference)}/photos/{photo.id}"
    label = {
        Photo.Purpose.REPORT: _("您的照片"),
        Photo.Purpose.BEFORE: _("办理前的照片"),
        Photo.Purpose.INSPECTION: _("抽查时的照片"),
    }.get(Photo.Purpose(photo.purpose), _("办理后的照片"))
    return {"href": href, "thumb": f"{href}?size=thumb", "label": label, "at": photo.added_at}
