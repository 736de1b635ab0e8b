"""Calling a receiver: which addresses are never called, and one POST to the very address that was checked.

A subscription's address is written by somebody. Without a guard it could name a machine inside our own network, and the
answer's status would tell what is there. So the name is resolved, every address it has must be public (or in the
networks that the installation allows), and the connection goes to the checked address, not to the name again.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Invalid

SECONDS: Final = 10.0
MOST_READ: Final = 300
MOST_URL: Final = 500
# Public by their numbers, but ways into IPv4: what lies behind them could be inside.
_GATEWAYS: Final = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "2002::/16", "2001::/32"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """An address that is not called."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. `status` None: nothing did, `said` says why."""

    status: int | None
    milliseconds: int
    said: str = ""

    @property
    def is_taken(self) -> bool:
        """The receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_away(self) -> bool:
        """The receiver, not the message, is the trouble."""
        return self.status is None or self.status in (408, 425, 429) or self.status >= 500


def check_url(url: str) -> str:
    """An address that may be called. Raises Invalid."""
    parts = _parts(url.strip())
    if parts is None:
        raise Invalid(
            field="url", problem=_("这不是一个能用的网址。"), remedy=_("写成 https://域名/路径，不带用户名和 # 号。")
        )  # fmt: skip
    try:
        found = _addresses(parts)
    except OSError:
        raise Invalid(
            field="url", problem=_("找不到这个域名。"), remedy=_("请核对网址，或请对方确认域名已生效。")
        ) from None
    except Forbidden:
        raise Invalid(
            field="url", problem=_("这个网址指向内部网络，不能往那里推送。"),
            remedy=_("请用公网地址；确要推到内网的，请系统管理员在 BAIYING_WEBHOOK_NETWORKS 里放行。"),
        ) from None  # fmt: skip
    if parts.scheme == "http" and not all(_is_allowed_inside(one) for one in found):
        raise Invalid(field="url", problem=_("网址要用 https。"), remedy=_("请对方提供 https 地址。"))
    return url.strip()


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    if len(url) > MOST_URL or not url.isascii() or any(ord(c) <= 32 for c in url):
        return None
    is_whole = parts.scheme in ("https", "http") and bool(parts.hostname)
    return parts if is_whole and not parts.username and not parts.password and not parts.fragment else None


def _addresses(parts: SplitResult) -> list[Address]:
    """Every address of the host. Raises OSError, Forbidden when one of them is not to be called."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    found = [
        ipaddress.ip_address(str(row[4][0]).partition("%")[0])
        for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    plain = [one.ipv4_mapped or one if isinstance(one, ipaddress.IPv6Address) else one for one in found]
    if not plain or not all(_is_allowed_inside(one) or is_public(one) for one in plain):
        raise Forbidden
    return plain


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet and nowhere else."""
    return (
        address.is_global
        and not address.is_multicast
        and not any(address.version == network.version and address in network for network in _GATEWAYS)
    )


def _is_allowed_inside(address: Address) -> bool:
    return any(
        address.version == network.version and address in network for network in settings.WEBHOOK_NETWORKS
    )


def post(url: str, body: bytes, headers: dict[str, str], *, seconds: float = SECONDS) -> Answered:
    """One POST, no redirects; never raises for what the receiver or the network does."""
    begun = time.perf_counter()

    def after(status: int | None, said: str) -> Answered:
        return Answered(status, round((time.perf_counter() - begun) * 1000), said[:MOST_READ])

    parts = _parts(url)
    if parts is None:
        return after(None, "not an address")
    try:
        found = _addresses(parts)
        if parts.scheme == "http" and not all(_is_allowed_inside(one) for one in found):
            raise Forbidden
        connection = _connection(parts, str(found[0]), seconds)
    except Forbidden:
        return after(None, "an address inside")
    except OSError as error:
        return after(None, type(error).__name__)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Host": parts.netloc, **headers})
        answer = connection.getresponse()
        return after(answer.status, answer.read(MOST_READ).decode(errors="replace").replace("\0", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return after(None, type(error).__name__)
    finally:
        connection.close()


def _connection(parts: SplitResult, address: str, seconds: float) -> http.client.HTTPConnection:
    """A connection to the checked address; a certificate must still be the name's."""
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    line: socket.socket = socket.create_connection((address, port), timeout=seconds)
    if is_tls:
        line = ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)
    connection = http.client.HTTPConnection(parts.hostname or "", port, timeout=seconds)
    connection.sock = line
    return connection
