"""`/f/`: similar open cases near by while somebody reports, and following one of them instead of reporting it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import catalogue, following, wording
from baiying.doors.resident import drafts, guards
from baiying.doors.resident.drafts import Draft
from baiying.doors.resident.forms import complain
from baiying.doors.resident.frame import show
from baiying.doors.resident.questions import PAGES
from baiying.doors.shared import limits, near_tokens
from baiying.doors.shared.names import name_of
from baiying.doors.shared.streets import street_named, street_of
from baiying.kit.refusals import NotFound, Refusal, TooMany
from baiying.org.models import Tenant
from baiying.org.rules import Actor, Scope


class FollowForm(forms.Form):
    """Nothing has to be given."""

    phone = forms.CharField(
        label=later("手机号"), required=False, max_length=80,
        help_text=later("街道开通了短信的，办完时发一条告诉您，不作别用；办完 30 天后删除，您也可以随时删除。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip


def near_draft(street: Tenant, draft: Draft) -> list[dict[str, Any]]:
    """Open cases near by that this draft may be about, as neighbours may see them; none where anything is missing."""
    if (len(draft.text.strip()) < 4 and not draft.photos) or not draft.has_place:
        return []
    by = Actor(kind="reporter", name="居民", scope=Scope(street.id, "public"))
    try:
        found = following.near(street.id, drafts.words_of(draft, drafts.photos_of(replace(draft))), by)
    except Refusal:  # what is still wrong with the words is said where they are sent
        return []
    return [_said(street, draft, one) for one in found]


def _said(street: Tenant, draft: Draft, one: following.Near) -> dict[str, Any]:
    category = catalogue.category(one.category_id)
    days = (
        ngettext("%(n)d 天前反映", "%(n)d 天前反映", one.days) % {"n": one.days}
        if one.days
        else _("今天反映")
    )
    token = near_tokens.sealed(street, one.case_id, draft.key)
    return {
        "href": reverse("follow_new", kwargs={"token": token}),
        "title": one.seen.title,
        "category": name_of(category) if category else "",
        "address": one.seen.address,
        "metres": one.metres,
        "days": days,
        "state": one.state,
        "is_same_photo": one.is_same_photo,
    }


@csrf_exempt  # reads only
@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """What lies near by, as a piece of the page that is being written: for the island, which sends the page's form."""
    draft, _sealed = drafts.unseal(request.POST.get("draft", ""))
    found: list[dict[str, Any]] = []
    page = PAGES.get(request.POST.get("at", ""))
    if draft is not None and page is not None:
        page.keep(draft, request.POST)
        try:
            limits.take_near(request)
            found = near_draft(street_named(draft.street), draft)
        except (TooMany, NotFound):
            found = []
    response = render(request, "resident/parts/near.html", {"near": found})
    response.headers["Cache-Control"] = "no-store"
    return response


@csrf_exempt  # our own check, as on the report's pages
@require_http_methods(["GET", "HEAD", "POST"])
def follow_new(request: HttpRequest, token: str) -> HttpResponse:
    """What neighbours may see of the case, and one button: follow it. Only what was shown near by can be followed."""
    street, case_id, key = near_tokens.opened(token)
    form, status = FollowForm(request.POST or None), 200
    if request.method == "POST" and guards.is_own_form(request) and form.is_valid():
        try:
            limits.take_follow(request)
            phone = form.cleaned_data["phone"]
            reference, secret = following.follow(
                street.id, case_id=case_id, phone=phone, key=f"{key}:{case_id}"
            )
            return _to_page(reference, secret, "followed")
        except Refusal as refused:
            complain(form, refused, {})
            status = refused.status
    seen = following.seen_by_neighbours(street.id, case_id)
    return show(request, "follow_new", street, {"seen": seen, "form": form}, status=status)


@require_safe
def followed(request: HttpRequest, reference: str) -> HttpResponse:
    """The public progress of what somebody follows."""
    secret = request.GET.get("k", "")[:40]
    try:
        seen = following.progress(reference[:60], secret)
    except NotFound:
        limits.take_link(request)
        raise
    entries = [
        {
            "at": line.at,
            "what": wording.say_line(line, "reporter") if line.step not in _PLAIN else _PLAIN[line.step],
        }
        for line in seen.lines
    ]
    context = {
        "seen": seen, "entries": entries, "secret": secret, "done": request.GET.get("done", ""),
        "link": request.build_absolute_uri(_link(seen.reference, secret)), "reference": seen.reference,
    }  # fmt: skip
    return show(request, "followed", street_of(request), context)


# Words of the timeline that speak to the reporter; a neighbour reads them without "your".
_PLAIN: Final[dict[str, Any]] = {
    "receive": later("有人反映"),
    "accept": later("已受理"),
    "reopen_higher": later("已重新办理"),
    "find_unsolved": later("已重新办理"),
}


@csrf_exempt  # asks for the secret
@require_POST
def act(request: HttpRequest, reference: str, what: str) -> HttpResponse:
    """No longer follow, or no more letters."""
    secret = request.POST.get("k", "")[:40]
    try:
        {"unfollow": following.unfollow, "forget": following.forget_phone}[what](reference[:60], secret)
    except NotFound:
        limits.take_link(request)
        raise
    return _to_page(reference, secret, what)


def _link(reference: str, secret: str) -> str:
    return reverse("followed", kwargs={"reference": reference}) + f"?k={secret}"


def _to_page(reference: str, secret: str, done: str) -> HttpResponseRedirect:
    return redirect(f"{_link(reference, secret)}&done={done}")
