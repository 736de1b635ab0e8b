"""How gateways are reached. Read from the environment by config, held in `settings.LETTER_GATEWAYS`; never printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

CHANNELS: Final = ("wecom", "dingtalk", "feishu", "sms", "email", "push")
TIMEOUT: Final = 10.0  # seconds for each step of a conversation


@dataclass(frozen=True, slots=True, repr=False)
class Smtp:
    """A mail server. security: tls from the first byte, starttls, or none (inside one's own network only)."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: Literal["tls", "starttls", "none"] = "starttls"
    timeout: float = TIMEOUT

    @property
    def host_said(self) -> str:
        """What may be shown of it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, repr=False)
class Web:
    """An address that takes JSON: a text message gateway, or a robot in a group. secret: key or signing secret."""

    url: str
    secret: str = ""
    signature: str = ""  # 【…】 before a text message
    timeout: float = TIMEOUT

    @property
    def host_said(self) -> str:
        """What may be shown of it: a robot's path is its password."""
        return self.url.split("/")[2]


@dataclass(frozen=True, slots=True, repr=False)
class Push:
    """The push services of the browsers' makers. key: our private number on P-256, 32 bytes; subject: whom they may ask.

    hosts: the only servers to which anything is ever sent, for the address of a device comes from outside:
    "name", "name:port", or "*.name" for everything below a name.
    """

    hosts: tuple[str, ...]
    key: bytes
    subject: str
    timeout: float = 4.0  # shorter than for others: one message may go to several devices

    @property
    def host_said(self) -> str:
        """What may be shown of it."""
        return ", ".join(self.hosts)

    def host_of(self, endpoint: str) -> str:
        """The allowed server of a device's address, with its port where it has one; "" when nothing may be sent there."""
        try:
            parts = urlsplit(endpoint)
            name, port = parts.hostname or "", parts.port
        except ValueError:
            return ""
        if parts.scheme != "https" or parts.username is not None or parts.fragment or not name:
            return ""
        host = name if port in (None, 443) else f"{name}:{port}"
        return host if any(_matches(host, allowed) for allowed in self.hosts) else ""


def _matches(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed


Gateway = Smtp | Web | Push
