"""How gateways are reached. Read from the environment by config, held in `settings.LETTER_GATEWAYS`; never printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

CHANNELS: Final = ("wecom", "dingtalk", "feishu", "sms", "email")
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


Gateway = Smtp | Web
