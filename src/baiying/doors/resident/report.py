"""`/report`: one question a page. What was typed travels in the form itself; going back loses nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from baiying.cases import catalogue, suggesting
from baiying.cases.reference import rows
from baiying.doors.resident import drafts, following, forms, guards, questions, sending, staging, uploads
from baiying.doors.resident.drafts import Draft
from baiying.doors.resident.frame import show, words_back
from baiying.doors.resident.questions import PAGES, Asked, Page
from baiying.doors.shared import limits
from baiying.doors.shared.context import choose_look
from baiying.doors.shared.names import name_of
from baiying.doors.shared.pictures import picture
from baiying.doors.shared.streets import street_named, street_of
from baiying.kit import clock
from baiying.kit.refusals import NotFound, Refusal, Unavailable

log = logging.getLogger("baiying.web")

GROUP_ICONS: Final = {
    "roads": "road", "cleaning": "waste", "estate": "home", "utilities": "water", "pollution": "noise",
    "market": "unit", "traffic": "parking", "education": "book", "welfare": "care", "safety": "danger",
    "neighbours": "people", "service": "question",
}  # fmt: skip
TOO_OLD: Final = "stale"


@csrf_exempt  # our own check keeps the words (guards.is_own_form)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """GET begins a report; POST answers one page and shows the next."""
    if request.method != "POST":
        street = street_of(request)
        return _page(request, Asked(street, Draft(street=street.code)), "what")
    arrived = uploads.listen(request)
    try:
        return _answered(request, arrived)
    except (OperationalError, InterfaceError) as error:
        log.warning("database unavailable", extra={"kind": type(error).__name__})
        return words_back(request, Unavailable(), _typed(request))


def _answered(request: HttpRequest, arrived: uploads.PhotoUploads) -> HttpResponse:
    asked, is_sealed = _opened(request)
    draft, at, go = asked.draft, request.POST.get("at", "what"), request.POST.get("go", "next")
    page = PAGES.get(at)
    if page is not None:
        page.keep(draft, request.POST)
    refused = _take_photos(request, draft, arrived) if at == "what" else []
    if choose_look(request):
        return _page(request, asked, at)
    if not guards.is_own_form(request):
        return _page(request, asked, at, note=TOO_OLD, status=403)
    if not is_sealed and request.POST.get(
        "draft"
    ):  # its photos cannot be believed any more; said before going on
        return _page(request, asked, at, note=TOO_OLD)
    if go == "back":
        return _page(request, asked, questions.before(draft, at) if at in questions.ORDER else "what")
    if go.startswith("to-"):
        return _page(request, asked, go.removeprefix("to-"))
    if at == "danger":
        draft.warned = draft.mark
        return _page(request, asked, questions.after(draft, "what"))
    if at == "look":
        return _sent(request, asked)
    if page is None:
        return _page(request, asked, "what")
    return _next(request, asked, page, at, go, refused)


def _next(
    request: HttpRequest, asked: Asked, page: Page, at: str, go: str, refused: list[str]
) -> HttpResponse:
    draft, data = asked.draft, request.POST.copy()
    if go == "swap":
        draft.lon, draft.lat = draft.lat, draft.lon
        data["lon"], data["lat"] = draft.lon, draft.lat
    if go == "unknown":  # where: nobody has to know
        return _page(request, asked, "look" if draft.has_seen_all else "who")
    if go.startswith("drop-"):
        _drop(draft, go.removeprefix("drop-"))
        return _page(request, asked, at)
    form = page.form(asked, data)
    if form.is_valid() or form.errors:
        page.check(asked, form)
    for sentence in refused:
        form.add_error("photos", sentence)
    if form.errors:
        return _page(request, asked, at, form=form, status=422)
    if go == "stay":  # photos were added, the words are still being written
        return _page(request, asked, at)
    if at == "what" and draft.warned != draft.mark and catalogue.danger_in(draft.text):
        return _page(request, asked, "danger")
    return _page(request, asked, questions.after(draft, at))


def _opened(request: HttpRequest) -> tuple[Asked, bool]:
    draft, is_sealed = drafts.unseal(request.POST.get("draft", ""))
    if draft is None:
        street = street_of(request)
        return Asked(street, Draft(street=street.code)), False
    try:
        return Asked(street_named(draft.street), draft), is_sealed
    except NotFound:
        street = street_of(request)
        return Asked(street, replace(draft, street=street.code)), is_sealed


def _take_photos(request: HttpRequest, draft: Draft, arrived: uploads.PhotoUploads) -> list[str]:
    files = request.FILES.getlist("photos")
    if not files and not arrived.refused:
        return []
    try:
        limits.take_photos(request, len(files))
    except Refusal as refusal:
        return [_("照片没有收下：%(why)s") % {"why": forms.said(refusal)}]
    photos, refused = uploads.read(files, room=uploads.MOST - len(draft.photos))
    draft.photos += [staging.put(photo) for photo in photos]
    return [*arrived.refused, *refused]


def _drop(draft: Draft, number: str) -> None:
    if number.isdigit() and int(number) < len(draft.photos):
        del draft.photos[int(number)]


def _sent(request: HttpRequest, asked: Asked) -> HttpResponse:
    draft = asked.draft
    if guards.looks_hasty(request, draft) and not draft.is_asked:
        draft.is_asked = True
        return _page(request, asked, "look", note="hasty")
    had = len(draft.photos)
    photos = drafts.photos_of(draft)
    if len(photos) < had:
        return _page(request, asked, "look", note="photos_gone")
    try:
        return sending.send(request, asked, photos)
    except sending.Changed:
        return _page(request, asked, "look", note="changed", status=409)
    except Refusal as refusal:
        response = _refused(request, asked, refusal)
        for name, value in refusal.headers.items():
            response[name] = value
        return response


def _refused(request: HttpRequest, asked: Asked, refusal: Refusal) -> HttpResponse:
    """Back to the page where it can be mended, or to the last one."""
    field = (refusal.parts[0].field or "").split(".")[0]
    at = questions.PAGE_OF.get(field)
    if at is None:
        return _page(request, asked, "look", refusal=refusal, status=refusal.status)
    return _mend(request, asked, at, refusal)


def _mend(request: HttpRequest, asked: Asked, at: str, refusal: Refusal) -> HttpResponse:
    form = PAGES[at].form(asked, None)
    form.is_bound, form.data = True, form.initial
    form.full_clean()
    forms.complain(form, refusal, questions.FIELDS)
    return _page(request, asked, at, form=form, status=refusal.status)


def _page(
    request: HttpRequest,
    asked: Asked,
    at: str,
    *,
    form: Form | None = None,
    note: str = "",
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """One page of the report; its draft is sealed into the form."""
    if at not in (*questions.ORDER, "danger"):
        at = "what"
    context: dict[str, Any] = {"at": at, "note": note, "refusal": refusal, "draft": asked.draft}
    if at == "danger":
        context |= _danger(asked.draft.text)
    elif at == "look":
        asked.draft.has_seen_all = True
        try:
            context |= sending.look_it_over(asked)
            context["near"] = following.near_draft(asked.street, asked.draft)
        except Refusal as trouble:
            field = (trouble.parts[0].field or "").split(".")[0]
            return _mend(request, asked, questions.PAGE_OF.get(field, "what"), trouble)
    else:
        context |= {"form": form or PAGES[at].form(asked, None)} | _beside(asked, at)
    context |= {
        "sealed": drafts.seal(asked.draft),
        "steps": questions.bar("what" if at == "danger" else at),
        "look_form": "report",
        "island": at in ("what", "where") or status != 200,
        "honeypot": guards.HONEYPOT,
        "photos": [
            {"token": staging.token_of(name), "number": n} for n, name in enumerate(asked.draft.photos)
        ],
    }
    return show(request, f"report_{at}", asked.street, context, status=status)


def _beside(asked: Asked, at: str) -> dict[str, Any]:
    if at == "which":
        return _choices(asked)
    if at == "who":
        return {"category": asked.category}
    return {}


def _choices(asked: Asked) -> dict[str, Any]:
    """The everyday list: what the words suggest first, then all groups, folded."""
    today = clock.today()
    likely = suggesting.suggestion(asked.draft.text, on=today, tenant_id=asked.street.id)
    named = {one.category.code: one for one in likely.categories if one.category.code != catalogue.OTHER}
    first = {code: one.category for code, one in named.items()}
    # Where the words leave it open nothing is ticked, nor what would oblige somebody to leave a number: people
    # would only press on.
    guess = named.get(likely.sure.category.code) if likely.sure else None
    is_own_word = guess is not None and not guess.category.anonymous_allowed and not asked.draft.phone
    ticked = asked.chosen or (guess.category if guess and not is_own_word else None)
    if ticked and ticked.code != catalogue.OTHER:
        first.setdefault(ticked.code, ticked)
    words = {code: "、".join(one.words) for code, one in named.items()}
    listed = catalogue.categories(today)
    groups: dict[str, dict[str, Any]] = {}
    for category in listed:
        if category.code in first or category.code == catalogue.OTHER:
            continue
        group = groups.setdefault(
            category.group_code,
            {
                "name": category.group_en if name_of(category) == category.name_en else category.group,
                "icon": GROUP_ICONS.get(category.group_code, "list"),
                "is_drawn": False,
                "categories": [],
            },
        )
        group["is_drawn"] |= category.icon != group["icon"]
        group["categories"].append({"code": category.code, "name": name_of(category), "icon": category.icon})
    return {
        "chosen": ticked.code if ticked else "",
        "is_sure": guess is not None and ticked == guess.category,
        "is_own_word": is_own_word and ticked is None,
        "first": [
            {"code": c.code, "name": name_of(c), "icon": c.icon, "words": words.get(c.code, "")}
            for c in first.values()
        ],
        "other": next((c for c in listed if c.code == catalogue.OTHER), None),
        "groups": list(groups.values()),
    }


def _danger(text: str) -> dict[str, Any]:
    """Which number to call and what to do until help comes."""
    matching = [row for row in rows("danger_words") if row["word"] in text]
    row = max(matching, key=lambda row: len(row["word"]), default=None)
    if row is None:
        return {"number": "110", "advice": ""}
    return {"number": row["number"], "advice": row["advice"], "advice_en": row["advice_en"]}


def _typed(request: HttpRequest) -> str:
    draft, _sealed = drafts.unseal(request.POST.get("draft", ""))
    return request.POST.get("text", "") or (draft.text if draft else "")


@require_safe
def staged_photo(request: HttpRequest, token: str) -> HttpResponse:
    """The small picture of a photo that is not sent yet, for whoever holds its signed name."""
    name = staging.name_in(token)
    photo = staging.get(name) if name else None
    if photo is None:
        raise NotFound(problem=_("这张照片不在了：照片只暂存一天。"), remedy=_("请回到填写页重新添加。"))
    return picture(photo.thumb, name="photo", keep_seconds=3600)
