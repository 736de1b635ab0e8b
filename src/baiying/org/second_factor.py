"""The authenticator on somebody's phone as a second factor (TOTP, RFC 6238): begun, confirmed by a code, removed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from baiying.kit.refusals import Invalid
from baiying.org.models import Account
from baiying.org.rules import MANAGE_ACCOUNTS, Actor, demand
from baiying.org.services import note_account


def confirmed_device(account: Account) -> TOTPDevice | None:
    """The authenticator that sign-in asks for, if there is one."""
    return TOTPDevice.objects.filter(user=account, confirmed=True).first()


def begun_device(account: Account) -> TOTPDevice | None:
    """The authenticator that was begun and not confirmed yet."""
    return TOTPDevice.objects.filter(user=account, confirmed=False).first()


@transaction.atomic
def begin(by: Actor, *, account: Account) -> TOTPDevice:
    """Somebody sets up an authenticator for themselves; it counts only once a code has proved it."""
    _own(by, account)
    TOTPDevice.objects.filter(user=account, confirmed=False).delete()
    return TOTPDevice.objects.create(user=account, name="totp", confirmed=False)


@transaction.atomic
def confirm(by: Actor, *, account: Account, code: str) -> TOTPDevice:
    """The first code proves that the phone holds the key; an authenticator before this one ends."""
    _own(by, account)
    device = TOTPDevice.objects.select_for_update().filter(user=account, confirmed=False).first()
    if device is None or not device.verify_token("".join(c for c in code if c.isdecimal())):
        raise Invalid(
            field="code",
            problem=_("动态码不对。"),
            remedy=_("请看手机的时间是否准确，再输入最新的六位数字。"),
        )
    TOTPDevice.objects.filter(user=account, confirmed=True).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    note_account(by, account, "org.second_factor_set")
    return device


@transaction.atomic
def remove(by: Actor, *, account: Account, password: str = "") -> None:
    """The holder removes it with their password; a security administrator for somebody who lost the phone."""
    if by.account_id != account.id:
        demand(by, MANAGE_ACCOUNTS)
    elif not account.check_password(password):
        raise Invalid(field="password", problem=_("密码不对。"), remedy=_("输入当前的登录密码。"))
    if TOTPDevice.objects.filter(user=account).delete()[0]:
        note_account(by, account, "org.second_factor_removed")


def _own(by: Actor, account: Account) -> None:
    if by.account_id != account.id:
        demand(Actor("staff", by.name, by.scope, unit_name=by.unit_name), MANAGE_ACCOUNTS)
