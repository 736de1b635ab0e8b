"""One interface to every gateway: `send(channel, message) -> Answer`. Nothing here knows a letter's ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings

from baiying.kit.text import mask_phone
from baiying.notify.channels import dingtalk, feishu, mail, push, sms, wecom
from baiying.notify.channels.message import Answer, Message, Receiver
from baiying.notify.gateways import CHANNELS, Gateway

__all__ = [
    "PUSH",
    "Answer",
    "Message",
    "Receiver",
    "configured",
    "has_one_server",
    "is_address",
    "mask",
    "send",
]

_SEND: Final[Mapping[str, Callable[[Any, Message], Answer]]] = {
    "wecom": wecom.send,
    "dingtalk": dingtalk.send,
    "feishu": feishu.send,
    "sms": sms.send,
    "email": mail.send,
    "push": push.send,
}
# Its addresses are not typed in: they are the browsers that somebody has let show messages.
PUSH: Final = "push"


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


def has_one_server(channel: str) -> bool:
    """Whether one message that finds nobody there says that the next would not either."""
    return channel != PUSH


def mask(channel: str, address: str) -> str:
    """An address as the ledger shows it; of browsers only how many they are."""
    if channel == PUSH:
        return address
    if channel == "email":
        name, _at, host = address.partition("@")
        return f"{name[:1]}***@{host}"
    if address.isdigit() and len(address) == 11:
        return mask_phone(address)
    return f"***{address[-3:]}" if len(address) > 3 else "***"


def is_address(channel: str, address: str) -> bool:
    """Whether an address can be one of this channel's; nobody types in a browser's."""
    if channel == PUSH:
        return False
    if channel == "email":
        name, _at, host = address.partition("@")
        return bool(name) and "." in host and address.isascii() and not set(' \r\n,;<>"') & set(address)
    if channel == "feishu":
        return address.startswith("ou_") and address.isascii() and address[3:].isalnum() and len(address) < 80
    return address.isdigit() and len(address) == 11 and address.startswith("1")
