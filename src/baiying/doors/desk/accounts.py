"""The security administrator's pages: accounts, posts, passwords, keys. No business data comes near them."""

from __future__ import annotations

import secrets
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import NotFound, Refusal
from baiying.org import people, second_factor
from baiying.org import services as org
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import MANAGE_ACCOUNTS

ROWS: Final = 50
_SYLLABLES: Final = ("ba", "du", "fe", "gi", "ho", "ku", "la", "mi", "no", "pe", "ru", "so", "ta", "vi", "zu")


class OpenForm(forms.Form):
    """A new account; the first password is made by us."""

    username = forms.CharField(
        label=later("用户名"), max_length=60, help_text=later("英文字母、数字和下划线，登录时用，以后不能改。"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    name = forms.CharField(label=later("姓名"), max_length=60)
    name_en = forms.CharField(label=later("英文或拼音姓名"), max_length=120, required=False)


class PostForm(forms.Form):
    """One role at one unit."""

    role = forms.ChoiceField(label=later("角色"))
    unit = forms.ChoiceField(label=later("单位"))

    def __init__(self, *args: Any, street: StreetMap) -> None:
        super().__init__(*args)
        role, unit = self.fields["role"], self.fields["unit"]
        assert isinstance(role, forms.ChoiceField) and isinstance(unit, forms.ChoiceField)
        role.choices = [("", _("请选择")), *((r.code, name_of(r)) for r in people.roles())]
        unit.choices = [
            ("", _("请选择")),
            *(
                (title, [(str(u.id), name_of(u)) for u in street.at_level(level)])
                for title, level in (
                    (_("街道"), Unit.Level.SUBDISTRICT),
                    (_("社区"), Unit.Level.COMMUNITY),
                    (_("部门"), Unit.Level.DEPARTMENT),
                    (_("成员单位"), Unit.Level.PARTNER),
                    (_("网格"), Unit.Level.GRID),
                )
            ),
        ]


@require_safe
@staff_page(MANAGE_ACCOUNTS)
def accounts(request: StaffRequest) -> HttpResponse:
    """Everybody who may sign in, by user name."""
    words, after = request.GET.get("q", "").strip()[:60], request.GET.get("after", "")[:60]
    found = people.people(request.actor.scope.tenant, words=words, after=after, most=ROWS + 1)
    here = reverse("desk_accounts")
    older = f"{here}?after={found[ROWS - 1].account.username}&q={words}" if len(found) > ROWS else ""
    context = {"people": found[:ROWS], "words": words, "older_url": older, "newer_url": here if after else ""}
    return desk_page(request, "desk/accounts.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE_ACCOUNTS)
def open_account(request: StaffRequest) -> HttpResponse:
    """Open an account; its first password is shown this once and must be changed at the first sign-in."""
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = new_password()
        try:
            account = org.open_account(
                request.actor,
                tenant=street_map(request.actor.scope.tenant).tenant,
                password=password,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say_refusal(refusal))
        else:
            return _show(request, account.pk, first_password=password)
    return desk_page(request, "desk/account_open.html", {"form": form}, status=422 if form.errors else 200)


def new_password() -> str:
    """Five spoken syllable pairs and a number: some 50 bits of chance, and it can be read out on the phone."""
    pairs = ["".join(secrets.choice(_SYLLABLES) for _n in range(2)) for _m in range(5)]
    return "-".join(pairs) + f"-{secrets.randbelow(9000) + 1000}"


@require_safe
@staff_page(MANAGE_ACCOUNTS)
def account(request: StaffRequest, account_id: int) -> HttpResponse:
    """One account: posts, keys, and what can be done."""
    return _show(request, account_id)


def _found(request: StaffRequest, account_id: int) -> people.Person:
    found = people.person(request.actor.scope.tenant, account_id)
    if found is None:
        raise NotFound(problem=_("本街道没有这个账号。"), remedy=_("请从账号列表进入。"))
    return found


def _show(request: StaffRequest, account_id: int, *, status: int = 200, **more: Any) -> HttpResponse:
    found = _found(request, account_id)
    context: dict[str, Any] = {
        "person": found,
        "is_self": found.account.pk == request.actor.account_id,
        "tokens": people.tokens_of(found.account),
        "device": second_factor.confirmed_device(found.account),
        "now": timezone.now(),
        "post_form": PostForm(street=street_map(request.actor.scope.tenant)),
    }
    return desk_page(request, "desk/account.html", context | more, status=status)


@require_POST
@staff_page(MANAGE_ACCOUNTS)
def set_active(request: StaffRequest, account_id: int) -> HttpResponse:
    """Close an account or open it again."""
    is_active = request.POST.get("active") == "yes"
    org.set_account_active(request.actor, account=_found(request, account_id).account, active=is_active)
    messages.success(
        request, _("账号已启用。") if is_active else _("账号已停用，它的登录和令牌从现在起无效。")
    )
    return redirect("desk_account", account_id=account_id)


@never_cache
@sensitive_post_parameters()
@require_POST
@staff_page(MANAGE_ACCOUNTS)
def reset_password(request: StaffRequest, account_id: int) -> HttpResponse:
    """A new first password, shown this once; sessions of the account end. The second factor may go as well."""
    target = _found(request, account_id).account
    password = new_password()
    org.set_password(request.actor, account=target, password=password, must_change=True)
    if request.POST.get("second_factor") == "remove":
        second_factor.remove(request.actor, account=target)
    return _show(request, account_id, first_password=password)


@require_POST
@staff_page(MANAGE_ACCOUNTS)
def appoint(request: StaffRequest, account_id: int) -> HttpResponse:
    """One more post; the three administrators and business exclude one another."""
    target, street = _found(request, account_id).account, street_map(request.actor.scope.tenant)
    form = PostForm(request.POST, street=street)
    if form.is_valid():
        role = next(r for r in people.roles() if r.code == form.cleaned_data["role"])
        unit = street.units[int(form.cleaned_data["unit"])]
        try:
            org.appoint(request.actor, account=target, unit=unit, role=role)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say_refusal(refusal))
        else:
            messages.success(
                request, _("已安排：%(unit)s %(role)s。") % {"unit": name_of(unit), "role": name_of(role)}
            )
            return redirect("desk_account", account_id=account_id)
    return _show(request, account_id, status=422, post_form=form)


@require_POST
@staff_page(MANAGE_ACCOUNTS)
def end_post(request: StaffRequest, post_id: int) -> HttpResponse:
    """A post ends from today."""
    post = people.post_of(request.actor.scope.tenant, post_id)
    if post is None or post.to_date is not None:
        raise NotFound(problem=_("没有这个岗位，或已经结束。"), remedy=_("刷新页面看看。"))
    org.end_post(request.actor, post=post)
    messages.success(request, _("岗位已结束，它的令牌也已收回。"))
    return redirect("desk_account", account_id=post.account_id)


@require_POST
@staff_page(MANAGE_ACCOUNTS)
def revoke_token(request: StaffRequest, token_id: int) -> HttpResponse:
    """Take a key back."""
    token = people.token_of(request.actor.scope.tenant, token_id)
    if token is None:
        raise NotFound(problem=_("没有这个令牌，或已经收回。"), remedy=_("刷新页面看看。"))
    org.revoke_token(request.actor, token=token)
    messages.success(request, _("令牌“%(label)s”已收回。") % {"label": token.label})
    return redirect("desk_account", account_id=token.post.account_id)
