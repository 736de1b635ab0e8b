"""What stands around every page of the desk: the rail of queues, the search box, who is working and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from baiying.cases import rules as cases
from baiying.doors.desk import queues
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest
from baiying.notify.queries import unread_count
from baiying.org.models import Post
from baiying.org.queries import street_map
from baiying.org.rules import MANAGE_ACCOUNTS, MANAGE_STRUCTURE, READ_JOURNAL, Actor


def desk_page(
    request: StaffRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of the desk with its frame; `context` comes on top."""
    return render(request, template, frame(request) | dict(context or {}), status=status)


def is_swap(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece of the page; going back in history wants the whole page."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") is None
    )


def landing(actor: Actor) -> str:
    """The page on which somebody with these permissions begins to work."""
    for permission, name in (
        (cases.READ, "desk_home"),
        (MANAGE_ACCOUNTS, "desk_accounts"),
        (READ_JOURNAL, "desk_audit"),
        (MANAGE_STRUCTURE, "desk_system"),
    ):
        if actor.has(permission):
            return reverse(name)
    return reverse("desk_me")


def frame(request: StaffRequest) -> dict[str, Any]:
    """The context of shared/desk.html."""
    actor = request.actor
    reads_cases = actor.has(cases.READ)
    return {
        "street_name": name_of(street_map(actor.scope.tenant).tenant),
        "desk_url": landing(actor),
        "rail": queues.rail(actor, request.get_full_path()),
        "rail_url": reverse("desk_rail") if reads_cases else "",
        "search_url": reverse("desk_cases") if reads_cases else "",
        "no_search": not reads_cases,
        "new_url": reverse("desk_new") if actor.has(cases.RECEIVE) else "",
        "post": said_post(request.post),
        "posts": [said_post(post) for post in request.posts],
        "switch_url": reverse("desk_switch"),
        "account_name": name_of(request.user),  # type: ignore[arg-type]  # staff_page lets in accounts only
        "letters_url": reverse("desk_letters"),
        "unread_letters": unread_count(actor.scope.tenant, actor.account_id or 0),
        "account_links": [
            {"label": _("我的账号"), "href": reverse("desk_me"), "icon": "person"},
            {"label": _("通知方式"), "href": reverse("desk_letter_settings"), "icon": "inbox"},
            *(
                [{"label": _("我的导出"), "href": reverse("desk_exports"), "icon": "save"}]
                if actor.has(cases.EXPORT)
                else []
            ),
            {"label": _("修改密码"), "href": reverse("desk_password"), "icon": "lock"},
        ],
        "logout_url": reverse("desk_logout"),
    }


def said_post(post: Post) -> dict[str, Any]:
    """A post as the account menu shows it."""
    return {"id": post.id, "title": name_of(post.role), "unit": name_of(post.unit)}
