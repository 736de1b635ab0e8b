"""Signing in and out, with a second factor for whoever has set one up, and without losing what was typed."""

from __future__ import annotations

import time
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as note_second_factor

from baiying.doors.desk import push
from baiying.doors.desk.frame import landing
from baiying.doors.desk.kept import Kept, context, is_local, keep, kept_in
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import POST_IN_SESSION, with_actor
from baiying.kit.refusals import Denied, TooMany, worded
from baiying.org import services as org
from baiying.org.models import Account
from baiying.org.second_factor import confirmed_device

HALF: Final = "half_signed_in"  # password right, second factor still to come: [account, time, next, backend]
HALF_SECONDS: Final = 300


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=later("用户名"), max_length=60, error_messages={"required": later("还没有填用户名。")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    password = forms.CharField(
        label=later("密码"), max_length=200, strip=False, error_messages={"required": later("还没有填密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The six digits that the authenticator shows."""

    code = forms.CharField(
        label=later("六位动态码"), max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )  # fmt: skip


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then the page somebody came for, or the one their post begins with."""
    if request.method != "POST":
        if isinstance(request.user, Account) and request.user.is_active:
            return redirect(_next(request) or "/desk/")
        return _form_page(request, SignInForm(), None)
    kept = kept_in(request)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, kept, status=422)
    name = form.cleaned_data["username"].strip().lower()
    account = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(account, Account):
        form.add_error(None, _wrong())
        return _form_page(request, form, kept, status=422)
    if confirmed_device(account) is not None:
        request.session[HALF] = [account.pk, time.time(), _next(request), account.backend]
        return _code_page(request, CodeForm(), kept)
    return _enter(request, account, kept, _next(request))


def _wrong() -> str:
    """Which of the two is wrong is not told: it would tell who has an account."""
    return _(
        "用户名或密码不对。请核对后把密码再输一次；连续输错 %(times)d 次会锁定 %(minutes)d 分钟。"
        "忘记密码请联系本单位的安全管理员重设。"
    ) % {"times": settings.AXES_FAILURE_LIMIT, "minutes": _lock_minutes()}


def _lock_minutes() -> int:
    return int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)


@never_cache
@require_POST
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator, within five minutes of the password."""
    half = request.session.get(HALF)
    kept = kept_in(request)
    account = half_account(half[0]) if half else None
    device = confirmed_device(account) if account else None
    if not half or account is None or device is None or time.time() - half[1] > HALF_SECONDS:
        request.session.pop(HALF, None)
        messages.warning(request, _("等得太久了，请重新输入用户名和密码。"))
        return _form_page(request, SignInForm(), kept)
    form = CodeForm(request.POST)
    if form.is_valid() and device.verify_token(_digits(form.cleaned_data["code"])):
        account.backend = half[3]
        response = _enter(request, account, kept, half[2])
        note_second_factor(request, device)
        return response
    if form.is_valid():
        form.add_error("code", _("动态码不对或已经用过，请等下一个。"))
    return _code_page(request, form, kept, status=422)


def half_account(account_id: int) -> Account | None:
    """The account whose password was right a moment ago."""
    return Account.objects.filter(pk=account_id, is_active=True).first()


def _digits(code: str) -> str:
    return "".join(c for c in code if c.isdecimal())


def _enter(request: HttpRequest, account: Account, kept: Kept | None, target: str) -> HttpResponse:
    request.session.pop(HALF, None)
    login(request, account, backend=getattr(account, "backend", None))
    org.record_sign_in(account, "org.signed_in")
    if kept is not None:
        return render(request, "desk/go_on.html", context(kept))
    if target:
        return redirect(target)
    try:
        return redirect(landing(with_actor(request, account).actor))
    except Denied:
        return redirect("/desk/")  # says what is missing


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if is_local(asked, request) and not asked.startswith(settings.LOGIN_URL) else ""


def _form_page(
    request: HttpRequest, form: forms.Form, kept: Kept | None, *, status: int = 200, note: str | Promise = ""
) -> HttpResponse:
    if kept is not None and not note:
        note = _("登录已经过期。您刚才填写的内容还在，登录后可以接着提交。")
    whole: dict[str, Any] = {"form": form, "next": _next(request), "note": note} | context(kept)
    return render(request, "desk/sign_in.html", whole, status=status)


def _code_page(request: HttpRequest, form: CodeForm, kept: Kept | None, *, status: int = 200) -> HttpResponse:
    whole = {"form": form, "code_step": True, "title": _("第二步验证"), "submit": _("验证并登录")}
    whole["note"] = _("打开手机上的验证器，输入“百应”下面的六位数字。")
    return render(request, "desk/sign_in.html", whole | context(kept), status=status)


def sign_in_keeping_words(request: HttpRequest) -> HttpResponse:
    """Somebody sends a form after their session ended: the sign-in page, carrying what they typed."""
    return _form_page(request, SignInForm(), keep(request), status=401)


def locked_out(request: HttpRequest, credentials: Any = None, *_more: Any, **_others: Any) -> HttpResponse:
    """Too many wrong passwords under this name from this address (django-axes)."""
    minutes = _lock_minutes()
    refusal = TooMany(
        retry_after=60 * minutes,
        problem=worded(_("这个用户名在这里连续输错了密码，锁定 %(n)d 分钟。"), n=minutes),
    )
    page = render(request, "desk/locked_out.html", {"minutes": minutes}, status=refusal.status)
    for name, value in refusal.headers.items():
        page[name] = value
    return page


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The session ends here and now."""
    if isinstance(request.user, Account):
        org.record_sign_in(request.user, "org.signed_out")
    push.forget_this_device(request)
    logout(request)
    return push.without_device(redirect("desk_login"))


@require_POST
def switch_post(request: HttpRequest) -> HttpResponse:
    """Go on under another of one's own posts."""
    if not isinstance(request.user, Account):
        return redirect("desk_login")
    wanted = request.POST.get("post", "")
    known = with_actor(request, request.user)
    post = next((p for p in known.posts if str(p.id) == wanted), None)
    if post is None:
        raise Denied(
            permission=_("换岗"), sentence=_("这个岗位不是您的，或已经结束。"), unit=known.actor.unit_said
        )
    request.session[POST_IN_SESSION] = post.id
    messages.success(request, _("现在以“%(unit)s”的岗位办公。") % {"unit": name_of(post.unit)})
    return redirect(landing(with_actor(request, request.user).actor))
