"""How one member of staff wants to be told: channels in order, addresses, quiet hours, digest, calendar."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import time

from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.refusals import Invalid
from baiying.notify import channels
from baiying.notify.letters import Person
from baiying.notify.models import Preference
from baiying.notify.services import preference_of


def save_preferences(
    by: Person, *, order: Sequence[str], addresses: Mapping[str, str], quiet: tuple[time, time] | None,
    digest_at: time | None,
) -> Preference:  # fmt: skip
    """Somebody says how they want to be told. order: only channels that this installation has, each with an address."""
    known, given = channels.configured(), {name: a.strip() for name, a in addresses.items() if a.strip()}
    for name, address in given.items():
        if name not in known or not channels.is_address(name, address):
            raise Invalid(field=name, problem=_("这个地址不对。"), remedy=_("请核对后再填，不用的就空着。"))
    for name in order:
        # A browser is let show messages on that browser, before or after; without one the next channel takes over.
        if name not in given and not (name == channels.PUSH and name in known):
            raise Invalid(
                field=name, problem=_("选了这个渠道，但没有填地址。"), remedy=_("填上地址，或者不选它。")
            )
    if len(set(order)) != len(order):
        raise Invalid(field="order", problem=_("同一个渠道只能排一次。"), remedy=_("请重新排一下先后。"))
    if quiet is not None and quiet[0] == quiet[1]:
        raise Invalid(
            field="quiet_to",
            problem=_("免打扰的开始和结束不能是同一时刻。"),
            remedy=_("改一个时刻，或者都空着。"),
        )
    preference = preference_of(by.tenant_id, by.account_id)
    had = dict(preference.addresses)
    preference.channels, preference.addresses = list(order), given
    preference.quiet_from, preference.quiet_to = quiet or (None, None)
    preference.digest_at = digest_at
    preference.save()
    if had != given:  # that an address changed is kept; the address itself is not
        _note(
            by,
            "notify.addresses_changed",
            channels=sorted(n for n in {*had, *given} if had.get(n) != given.get(n)),
        )
    return preference


def renew_calendar(by: Person) -> str:
    """A new secret address for the person's calendar; the old one is worthless from now on. Returned this once."""
    preference = preference_of(by.tenant_id, by.account_id)
    clear = secrets.token_urlsafe(32)
    preference.calendar_hash, preference.calendar_made_at = _hash(clear), clock.now()
    preference.save()
    _note(by, "notify.calendar_opened")
    return f"{by.tenant_id}-{by.account_id}-{clear}"


def close_calendar(by: Person) -> None:
    """No calendar address any more."""
    preference = preference_of(by.tenant_id, by.account_id)
    preference.calendar_hash, preference.calendar_made_at = "", None
    preference.save()
    _note(by, "notify.calendar_closed")


def parse_calendar_key(key: str) -> tuple[int, int, str] | None:
    """(street, account, secret) of a calendar address, else None. Says nothing about whether it is right."""
    street, _dash, rest = key.partition("-")
    account, _dash, secret = rest.partition("-")
    if not (street.isascii() and street.isdigit() and account.isascii() and account.isdigit()):
        return None
    return (int(street), int(account), secret) if len(street) < 10 and len(account) < 19 else None


def is_calendar_secret(tenant_id: int, account_id: int, secret: str) -> bool:
    """Compared in constant time; under the scope of that account, or nothing is found."""
    found = Preference.objects.filter(tenant_id=tenant_id, account_id=account_id).first()
    kept = found.calendar_hash if found else ""
    return bool(kept) & hmac.compare_digest(kept.encode(), _hash(secret).encode())


def _hash(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()


def _note(by: Person, event: str, **data: object) -> None:
    record(
        News(
            tenant_id=by.tenant_id, event=event, subject_kind="account", subject_id=str(by.account_id),
            actor_kind="staff", actor_id=by.account_id, actor_name=by.name, data=data,
        )
    )  # fmt: skip


CHANNEL_NAMES = {
    "wecom": _("企业微信"),
    "dingtalk": _("钉钉"),
    "feishu": _("飞书"),
    "sms": _("短信"),
    "email": _("电子邮件"),
    "push": _("浏览器推送"),
}
