"""Whether a gateway is there, without sending anything: a robot would write into its group."""

from __future__ import annotations

import smtplib
import socket
import ssl
from urllib.parse import urlsplit

from baiying.notify.channels.mail import connected
from baiying.notify.gateways import Gateway, Push, Smtp


def trouble_with(gateway: Gateway) -> str:
    """ "" when the server answers (a mail server: also lets us sign in), else what went wrong, without addresses."""
    try:
        if isinstance(gateway, Push):
            return _silent_ones(gateway)
        if isinstance(gateway, Smtp):
            _greet(gateway)
        else:
            _shake_hands(gateway.url, gateway.timeout)
    except smtplib.SMTPResponseException as error:
        return f"SMTP {error.smtp_code}"
    except (OSError, smtplib.SMTPException) as error:
        return type(error).__name__
    return ""


def _silent_ones(gateway: Push) -> str:
    """The push services, as far as they have one name, that do not answer: from here some are out of reach."""
    silent = []
    for host in (host for host in gateway.hosts if not host.startswith("*.")):
        try:
            _shake_hands(f"https://{host}/", gateway.timeout)
        except OSError as error:
            silent.append(f"{host} {type(error).__name__}")
    return ", ".join(silent)


def _greet(gateway: Smtp) -> None:
    with connected(gateway) as server:
        server.ehlo()
        if gateway.user:
            server.login(gateway.user, gateway.password)


def _shake_hands(url: str, timeout: float) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    with socket.create_connection((host, port), timeout=timeout) as plain:
        if parts.scheme == "https":
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
                return
