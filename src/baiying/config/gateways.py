"""The gateways of letters, read from the environment. A wrong one stops the start; what it said is never repeated,
because addresses of robots and mail servers carry passwords.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from baiying.config import options
from baiying.config.options import WrongSetting
from baiying.notify import sealing
from baiying.notify.gateways import Gateway, Push, Smtp, Web

_SECURITY = {"smtps": ("tls", 465), "smtp": ("starttls", 587), "smtp+plain": ("none", 25)}
_WEB = {
    "sms": ("BAIYING_SMS", "BAIYING_SMS_KEY"),
    "wecom": ("BAIYING_WECOM", ""),
    "dingtalk": ("BAIYING_DINGTALK", "BAIYING_DINGTALK_SECRET"),
    "feishu": ("BAIYING_FEISHU", "BAIYING_FEISHU_SECRET"),
}
# A name, perhaps with a port or with "*." for everything below it; no bare numbers, so no address of a machine inside.
_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?")
_INSIDE = ("localhost", "127.0.0.1", "::1")


def read_gateways(push_key: str = "") -> dict[str, Gateway]:
    """{channel: gateway} of what is set. push_key: the installation's secret for web push. Raises WrongSetting."""
    found: dict[str, Gateway] = {}
    if address := options.text("BAIYING_SMTP"):
        found["email"] = _smtp(address)
    for channel, (name, secret) in _WEB.items():
        if address := options.text(name):
            signature = options.text("BAIYING_SMS_SIGNATURE") if channel == "sms" else ""
            found[channel] = Web(_web(name, address), options.text(secret) if secret else "", signature)
    if options.flag("BAIYING_PUSH"):
        found["push"] = _push(push_key)
    if found and not public_address():
        raise WrongSetting(
            "BAIYING_ADDRESS is needed for letters that leave the house: links in them begin with it"
        )
    return found


def public_address() -> str:
    """Scheme and host without a slash at the end, or nothing. Raises WrongSetting."""
    address = options.text("BAIYING_ADDRESS").rstrip("/")
    if not address:
        return ""
    parts = _parts("BAIYING_ADDRESS", address)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.username
    ):
        raise WrongSetting("BAIYING_ADDRESS must look like https://baiying.example.cn, without a path")
    return address


def _push(seed: str) -> Push:
    """Without an address of our own that browsers trust there is no web push at all."""
    address, hosts = public_address(), tuple(word.lower() for word in options.words("BAIYING_PUSH_HOSTS"))
    if urlsplit(address).scheme != "https" and urlsplit(address).hostname not in _INSIDE:
        raise WrongSetting("BAIYING_PUSH needs a BAIYING_ADDRESS that begins with https://")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise WrongSetting(
                f"BAIYING_PUSH_HOSTS: {host!r} is not a host name such as push.example.cn or *.example.cn"
            )
    given, sender = options.text("BAIYING_PUSH_KEY"), options.text("BAIYING_MAIL_FROM")
    try:
        key = sealing.key_in(given) if given else sealing.key_from(seed)
    except ValueError:
        raise WrongSetting("BAIYING_PUSH_KEY is not a private key (32 bytes in base64, 43 signs)") from None
    return Push(hosts, key, f"mailto:{sender}" if "@" in sender else address)


def _smtp(address: str) -> Smtp:
    parts = _parts("BAIYING_SMTP", address)
    if parts.scheme not in _SECURITY or not parts.hostname:
        raise WrongSetting("BAIYING_SMTP must begin with smtps://, smtp:// or smtp+plain:// and name a host")
    sender = options.text("BAIYING_MAIL_FROM")
    if "@" not in sender:
        raise WrongSetting("BAIYING_MAIL_FROM must be an e-mail address when BAIYING_SMTP is set")
    security, usual = _SECURITY[parts.scheme]
    return Smtp(
        host=parts.hostname,
        port=parts.port or usual,
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security=security,  # type: ignore[arg-type]
    )


def _web(name: str, address: str) -> str:
    parts = _parts(name, address)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _INSIDE)
    ):
        raise WrongSetting(f"{name} must begin with https:// (plain http only to this machine)")
    return address


def _parts(name: str, address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise WrongSetting(f"{name} is not an address") from None
    return parts
