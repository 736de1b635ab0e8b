"""The gateways of letters, read from the environment. A wrong one stops the start; what it said is never repeated,
because addresses of robots and mail servers carry passwords.
"""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

from baiying.config import options
from baiying.config.options import WrongSetting
from baiying.notify.gateways import Gateway, Smtp, Web

_SECURITY = {"smtps": ("tls", 465), "smtp": ("starttls", 587), "smtp+plain": ("none", 25)}
_WEB = {
    "sms": ("BAIYING_SMS", "BAIYING_SMS_KEY"),
    "wecom": ("BAIYING_WECOM", ""),
    "dingtalk": ("BAIYING_DINGTALK", "BAIYING_DINGTALK_SECRET"),
    "feishu": ("BAIYING_FEISHU", "BAIYING_FEISHU_SECRET"),
}
_INSIDE = ("localhost", "127.0.0.1", "::1")


def read_gateways() -> dict[str, Gateway]:
    """{channel: gateway} of what is set. Raises WrongSetting."""
    found: dict[str, Gateway] = {}
    if address := options.text("BAIYING_SMTP"):
        found["email"] = _smtp(address)
    for channel, (name, secret) in _WEB.items():
        if address := options.text(name):
            signature = options.text("BAIYING_SMS_SIGNATURE") if channel == "sms" else ""
            found[channel] = Web(_web(name, address), options.text(secret) if secret else "", signature)
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
