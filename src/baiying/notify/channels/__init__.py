"""One interface to every gateway: `send(channel, message) -> Answer`. Nothing here knows a letter's ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings

from baiying.kit.text import mask_phone
from baiying.notify.channels import dingtalk, feishu, mail, sms, wecom
from baiying.notify.channels.message import Answer, Message
from baiying.notify.gateways import CHANNELS, Gateway

__all__ = ["Answer", "Message", "configured", "is_address", "mask", "send"]

_SEND: Final[Mapping[str, Callable[[Any, Message], Answer]]] = {
    "wecom": wecom.send,
    "dingtalk": dingtalk.send,
    "feishu": feishu.send,
    "sms": sms.send,
    "email": mail.send,
}


def configured() -> dict[str, Gateway]:
    """The channels that this installation has, in the house's order."""
    given: Mapping[str, Gateway] = settings.LETTER_GATEWAYS
    return {name: given[name] for name in CHANNELS if name in given}


def send(channel: str, message: Message) -> Answer:
    """Give one message to the gateway. Never raises: what went wrong is the answer."""
    gateway = configured().get(channel)
    if gateway is None:
        return Answer.refused("not configured")
    try:
        return _SEND[channel](gateway, message)
    except (OSError, TimeoutError) as error:
        return Answer.away(type(error).__name__)
    except Exception as error:  # noqa: BLE001  # one strange answer must not stop the carrier
        return Answer.away(f"unexpected: {type(error).__name__}")


def mask(channel: str, address: str) -> str:
    """An address as the ledger shows it."""
    if channel == "email":
        name, _at, host = address.partition("@")
        return f"{name[:1]}***@{host}"
    if address.isdigit() and len(address) == 11:
        return mask_phone(address)
    return f"***{address[-3:]}" if len(address) > 3 else "***"


def is_address(channel: str, address: str) -> bool:
    """Whether an address can be one of this channel's."""
    if channel == "email":
        name, _at, host = address.partition("@")
        return bool(name) and "." in host and address.isascii() and not set(' \r\n,;<>"') & set(address)
    if channel == "feishu":
        return address.startswith("ou_") and address.isascii() and address[3:].isalnum() and len(address) < 80
    return address.isdigit() and len(address) == 11 and address.startswith("1")
