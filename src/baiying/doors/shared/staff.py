"""Who is at the desk: the signed-in account, the post it acts under, and the scope that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Denied
from baiying.org import queries as org
from baiying.org.models import Account, Post
from baiying.org.rules import Actor, acting, demand

POST_IN_SESSION = "post"
P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request whose actor is known."""

    actor: Actor
    post: Post
    posts: list[Post]


StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def staff_page(
    *permissions: str, in_transaction: bool = True
) -> Callable[[StaffView[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """A desk view: signed in, under a post, with these permissions; the whole view runs in one scoped transaction.

    Where several things are done and each stands for itself (in_transaction=False), the view opens its own scopes.
    """

    def decorate(view: StaffView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, Account) or not request.user.is_active:
                return _sign_in_first(request)
            known = with_actor(request, request.user)
            if request.user.must_change_password and not _is_password_page(request):
                return redirect("desk_password")
            for permission in permissions:
                demand(known.actor, permission)
            if not in_transaction:
                return view(known, *args, **kwargs)
            with acting(known.actor.scope):
                return view(known, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]  # read by the generated outsider test
        return guarded

    return decorate


def _is_password_page(request: HttpRequest) -> bool:
    """A password that somebody else has set opens only the page on which it is changed."""
    return request.resolver_match is not None and request.resolver_match.url_name == "desk_password"


def with_actor(request: HttpRequest, account: Account) -> StaffRequest:
    """The request with `actor`, `post` and `posts`; Denied when the account has no post in force."""
    posts = org.posts_of(account)
    if not posts:
        raise Denied(
            permission=_("登录工作台"), sentence=_("要先由安全管理员安排岗位。"), unit=account.tenant.name
        )
    chosen = next((p for p in posts if p.id == request.session.get(POST_IN_SESSION)), posts[0])
    known: Any = request
    known.posts, known.post, known.actor = posts, chosen, org.actor_for(chosen, account)
    staff: StaffRequest = known
    return staff


def is_background(request: HttpRequest) -> bool:
    """Whether the page itself asks, with nobody's hand on it: fresh counts, a number that comes later."""
    headers = request.headers
    return request.method == "GET" and headers.get("HX-Request") == "true" and "HX-Boosted" not in headers


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """Words typed before the session ended come along to the sign-in page and back (see doors.desk.signing_in).

    What the page asks by itself is answered with nothing, or a form being filled would be torn away.
    """
    if is_background(request):
        return HttpResponse(status=204)
    if request.headers.get("HX-Request") == "true" and request.method == "GET":
        return HttpResponse(headers={"HX-Redirect": redirect_to_login(request.get_full_path())["Location"]})
    if request.method == "POST":
        page: HttpResponse = import_string(settings.SESSION_LOST_VIEW)(request)
        return page
    return redirect_to_login(request.get_full_path())
