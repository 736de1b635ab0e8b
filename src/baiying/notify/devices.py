"""Browsers that may say "there is a message": let in by their owner, forgotten with signing out or when they are no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.refusals import Invalid, NotFound
from baiying.notify import channels, sealing
from baiying.notify.channels import Receiver
from baiying.notify.gateways import Push
from baiying.notify.letters import Person
from baiying.notify.models import Device
from baiying.notify.services import preference_of

MOST: Final = 5
MOST_ENDPOINT: Final = 1000
MOST_CHANNELS: Final = 3


def add_device(by: Person, *, endpoint: str, public_key: str, secret: str) -> Device:
    """Somebody lets the browser before them show messages; web push joins their channels, last, if there is room.

    One browser tells one person: whoever had it before is told nothing there any more, so the caller has set the
    street's scope. The oldest of more than five goes. Raises Invalid.
    """
    gateway = _gateway()
    host = gateway.host_of(endpoint) if len(endpoint) <= MOST_ENDPOINT else ""
    if not host:
        raise Invalid(
            field="endpoint",
            problem=_("这个浏览器用的推送服务不在允许的名单里，没有开启。"),
            remedy=_("换一个浏览器试试，或者请系统管理员核对名单。"),
        )
    if not sealing.are_keys(public_key, secret):
        raise Invalid(
            field="endpoint", problem=_("浏览器给的密钥不完整，没有开启。"), remedy=_("刷新页面再试一次。")
        )
    now = clock.now()
    with transaction.atomic():
        Device.objects.filter(tenant_id=by.tenant_id, endpoint=endpoint).delete()
        device = Device.objects.create(
            id=uuid4(), tenant_id=by.tenant_id, account_id=by.account_id, endpoint=endpoint,
            public_key=public_key, secret=secret, added_at=now, told_at=now,
        )  # fmt: skip
        own = Device.objects.filter(tenant_id=by.tenant_id, account_id=by.account_id)
        kept = own.order_by("-added_at", "-id").values_list("id", flat=True)[:MOST]
        own.exclude(id__in=list(kept)).delete()
        preference = preference_of(by.tenant_id, by.account_id)
        if channels.PUSH not in preference.channels and len(preference.channels) < MOST_CHANNELS:
            preference.channels = [*preference.channels, channels.PUSH]
            preference.save()
        _note(by, "notify.device_added", host=host)
    return device


def remove_device(by: Person, device_id: UUID) -> None:
    """Somebody takes one of their own browsers out. Raises NotFound."""
    own = Device.objects.filter(tenant_id=by.tenant_id, account_id=by.account_id, id=device_id)
    if not own.delete()[0]:
        raise NotFound(problem=_("没有这台设备，或它已经关闭。"), remedy=_("刷新页面看看。"))
    _note(by, "notify.device_removed")


def forget_device(tenant_id: int, device_id: UUID) -> None:
    """The browser was signed out, by whomever; under the street's scope."""
    Device.objects.filter(tenant_id=tenant_id, id=device_id).delete()


def forget_gone(tenant_id: int, gone: Sequence[UUID]) -> None:
    """Push services say that these browsers are no more."""
    if gone:
        Device.objects.filter(tenant_id=tenant_id, id__in=gone).delete()


def note_told(tenant_id: int, account_id: int) -> None:
    """Something has gone out to this person's browsers."""
    Device.objects.filter(tenant_id=tenant_id, account_id=account_id).update(told_at=clock.now())


def receivers_of(tenant_id: int, account_id: int) -> tuple[Receiver, ...]:
    """A person's browsers, as the channel takes them."""
    rows = Device.objects.filter(tenant_id=tenant_id, account_id=account_id).order_by("added_at", "id")
    return tuple(Receiver(d.id, d.endpoint, d.public_key, d.secret) for d in rows)


def public_key() -> str:
    """What a browser needs to let us in. Raises NotFound where web push is off."""
    return sealing.public_key(_gateway().key)


def _gateway() -> Push:
    found = channels.configured().get(channels.PUSH)
    if not isinstance(found, Push):
        raise NotFound(problem=_("本街道没有开通浏览器推送。"), remedy=_("可以用其他渠道。"))
    return found


def _note(by: Person, event: str, **data: object) -> None:
    record(
        News(
            tenant_id=by.tenant_id, event=event, subject_kind="account", subject_id=str(by.account_id),
            actor_kind="staff", actor_id=by.account_id, actor_name=by.name, data=data,
        )
    )  # fmt: skip
