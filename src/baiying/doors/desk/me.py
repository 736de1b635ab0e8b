"""One's own account: password, second factor, keys for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import qrcode
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from baiying.doors.desk.frame import desk_page, landing
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import NotFound, Refusal
from baiying.org import people, second_factor
from baiying.org import services as org
from baiying.org.models import Account
from baiying.org.queries import narrowed, street_map
from baiying.org.rules import PERMISSIONS, Actor

DAYS: Final = (("30", later("30 天")), ("90", later("90 天")), ("365", later("一年")))


def _password(label: Any, autocomplete: str, hint: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=200, strip=False, widget=widget, help_text=hint)


class PasswordForm(forms.Form):
    """The old password once, the new one twice."""

    old = _password(later("现在的密码"), "current-password")
    password = _password(
        later("新密码"), "new-password", later("至少 10 个字，不要用姓名、生日和常见的词；一句话最好记。")
    )
    again = _password(later("再输一遍新密码"), "new-password")

    def __init__(self, *args: Any, account: Account) -> None:
        super().__init__(*args)
        self.account = account

    def clean_old(self) -> str:
        old = str(self.cleaned_data["old"])
        if not self.account.check_password(old):
            raise forms.ValidationError(_("现在的密码不对。"))
        return old

    def clean(self) -> dict[str, Any]:
        new, again = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if new and again and new != again:
            self.add_error("again", _("两遍不一样。"))
        if new and new == self.cleaned_data.get("old"):
            self.add_error("password", _("新密码和现在的一样。"))
        return self.cleaned_data


class TokenForm(forms.Form):
    """A key for a program."""

    label = forms.CharField(
        label=later("用途"), max_length=60, help_text=later("例如“小程序后台”。"),
        error_messages={"required": later("还没有写用途。写清楚了，以后才知道该不该收回。")},
    )  # fmt: skip
    days = forms.ChoiceField(label=later("有效期"), choices=DAYS)
    permissions = forms.MultipleChoiceField(
        label=later("只能做这些"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=later("一项都不勾，就和岗位一样；只勾程序用得着的，泄露了损失也小。"),
    )
    unit = forms.ChoiceField(
        label=later("只看这个范围"), required=False, help_text=later("不选，就是岗位的整个辖区。")
    )

    def __init__(self, actor: Actor, *args: Any) -> None:
        super().__init__(*args)
        offered = {"permissions": _permissions_of(actor), "unit": _branches_of(actor)}
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
            if len(choices) < 2:
                del self.fields[name]


def _permissions_of(actor: Actor) -> list[tuple[str, Any]]:
    return [(code, PERMISSIONS[code].name) for code in sorted(actor.permissions) if code in PERMISSIONS]


def _branches_of(actor: Actor) -> list[tuple[str, Any]]:
    street = street_map(actor.scope.tenant)
    inside = [
        unit
        for unit in street.at_level("community", "grid", "department", "partner")
        if (branch := narrowed(actor.scope, unit)) is not None and branch != actor.scope
    ]
    order = ("community", "grid", "department", "partner")
    inside.sort(key=lambda unit: order.index(unit.level))
    return [("", later("岗位的整个辖区")), *((unit.code, name_of(unit)) for unit in inside)]


class CodeForm(forms.Form):
    """The first code of a new authenticator."""

    code = forms.CharField(
        label=later("验证器上的六位数字"), max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class RemoveForm(forms.Form):
    """The password, before the second factor goes."""

    password = _password(later("登录密码"), "current-password")


def account_of(request: StaffRequest) -> Account:
    """The signed-in account."""
    assert isinstance(request.user, Account)
    return request.user


@require_safe
@staff_page()
def me(request: StaffRequest) -> HttpResponse:
    """My posts, my second factor, my keys."""
    return _show(request)


def _show(request: StaffRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    account = account_of(request)
    context: dict[str, Any] = {
        "permissions": [
            PERMISSIONS[code] for code in sorted(request.actor.permissions) if code in PERMISSIONS
        ],
        "device": second_factor.confirmed_device(account),
        "tokens": people.tokens_of(account),
        "now": timezone.now(),
        "token_form": TokenForm(request.actor),
        "remove_form": RemoveForm(),
    }
    return desk_page(request, "desk/me.html", context | more, status=status)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def password(request: StaffRequest) -> HttpResponse:
    """A new password of one's own; all other sessions of the account end with it."""
    account = account_of(request)
    is_forced = account.must_change_password
    form = PasswordForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            org.set_password(
                request.actor, account=account, password=form.cleaned_data["password"], must_change=False
            )
        except Refusal as refusal:
            form.add_error("password", say_refusal(refusal))
        else:
            update_session_auth_hash(request, account)
            messages.success(request, _("密码已修改，其他地方的登录都已退出。"))
            return redirect(landing(request.actor))
    status = 422 if form.errors else 200
    return desk_page(request, "desk/password.html", {"form": form, "is_forced": is_forced}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def authenticator(request: StaffRequest) -> HttpResponse:
    """Set up the second factor: scan, then prove it with a code."""
    account = account_of(request)
    form, status = CodeForm(), 200
    if request.method == "POST" and "code" in request.POST:
        form = CodeForm(request.POST)
        try:
            if form.is_valid():
                second_factor.confirm(request.actor, account=account, code=form.cleaned_data["code"])
                messages.success(request, _("已设好第二步验证，下次登录时会问六位数字。"))
                return redirect("desk_me")
        except Refusal as refusal:
            form.add_error("code", say_refusal(refusal))
        status = 422
    device = second_factor.begun_device(account)
    if device is None or (request.method == "POST" and "code" not in request.POST):
        if request.method != "POST":
            return redirect("desk_me")
        device = second_factor.begin(request.actor, account=account)
    context = {"form": form, "picture": _qr(device.config_url), "key": _in_fours(device)}
    return desk_page(request, "desk/authenticator.html", context, status=status)


def _qr(words: str) -> SafeString:
    image = qrcode.make(words, image_factory=SvgPathImage, border=2)
    return mark_safe(image.to_string(encoding="unicode"))  # noqa: S308  # drawn by us from our own address


def _in_fours(device: Any) -> str:
    import base64

    key = base64.b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))


@require_POST
@staff_page()
def remove_authenticator(request: StaffRequest) -> HttpResponse:
    """No second factor any more; the password is asked."""
    form = RemoveForm(request.POST)
    try:
        if form.is_valid():
            second_factor.remove(
                request.actor, account=account_of(request), password=form.cleaned_data["password"]
            )
            messages.success(request, _("第二步验证已停用。"))
            return redirect("desk_me")
    except Refusal as refusal:
        form.add_error("password", say_refusal(refusal))
    return _show(request, status=422, remove_form=form)


@never_cache
@require_POST
@staff_page()
def issue_token(request: StaffRequest) -> HttpResponse:
    """A key for a program under the present post, shown this once."""
    form = TokenForm(request.actor, request.POST)
    if not form.is_valid():
        return _show(request, status=422, token_form=form)
    expires_at = timezone.now() + timedelta(days=int(form.cleaned_data["days"]))
    said = form.cleaned_data
    unit = street_map(request.actor.scope.tenant).by_code.get(said.get("unit", ""))
    _token, clear = org.issue_token(
        request.actor, post=request.post, label=said["label"], expires_at=expires_at,
        permissions=said.get("permissions", []), unit=unit,
    )  # fmt: skip
    return _show(request, new_token=clear)


@require_POST
@staff_page()
def revoke_token(request: StaffRequest, token_id: int) -> HttpResponse:
    """One's own key, taken back."""
    account = account_of(request)
    token = people.token_of(account.tenant_id, token_id, accounts=[account.pk])
    if token is None:
        raise NotFound(problem=_("没有这个令牌，或已经收回。"), remedy=_("刷新页面看看。"))
    org.revoke_token(request.actor, token=token)
    messages.success(request, _("令牌“%(label)s”已收回，从现在起不能再用。") % {"label": token.label})
    return redirect("desk_me")
