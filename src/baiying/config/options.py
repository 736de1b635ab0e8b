"""Every `BAIYING_*` variable: its kind, its default, and one sentence. `docs/settings.md` is checked
against this table.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal[
    "text", "flag", "count", "words", "networks", "path", "database", "choice", "gateway", "secret"
]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WrongSetting(Exception):
    """A setting that cannot be used; the text names it, what is wrong, and what would be right."""


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    kind: Kind
    default: str
    sentence: str
    choices: tuple[str, ...] = ()
    least: int = 0
    set_by_launcher: bool = False


OPTIONS: tuple[Option, ...] = (
    Option(
        "BAIYING_DATA",
        "path",
        "",
        "Folder of everything that must survive: database, photos, keys; --data comes first. "
        "Otherwise a folder of the user's own: $XDG_STATE_HOME/baiying or ~/.local/state/baiying.",
    ),
    Option("BAIYING_PORT", "count", "8000", "Port of the web server, unless --port says otherwise.", least=1),
    Option("BAIYING_BIND", "text", "127.0.0.1", "Address the web server listens on."),
    Option(
        "BAIYING_HOSTS",
        "words",
        "localhost,127.0.0.1,[::1]",
        "Host names under which the service may be addressed; add your own when it is not local.",
    ),
    Option(
        "BAIYING_ORIGINS",
        "words",
        "",
        "Full origins (https://example.cn) that may send forms, where a proxy changes the host name.",
    ),
    Option(
        "BAIYING_HTTPS",
        "flag",
        "no",
        "The service is reached through HTTPS: cookies are marked secure and plain HTTP is sent to HTTPS.",
    ),
    Option(
        "BAIYING_HSTS_SECONDS",
        "count",
        "0",
        "How long browsers are told to insist on HTTPS (Strict-Transport-Security); 0 says nothing.",
    ),
    Option(
        "BAIYING_TRUSTED_PROXIES",
        "networks",
        "",
        "Addresses or networks of your own proxies; only their X-Forwarded-For and -Proto are believed.",
    ),
    Option(
        "BAIYING_METRICS_FROM",
        "networks",
        "127.0.0.0/8,::1",
        "Addresses or networks that may read /metrics.",
    ),
    Option(
        "BAIYING_DATABASE_URL",
        "database",
        "",
        "An ordinary PostgreSQL 15-18 to use in place of our own, as the owner of the database "
        "(postgresql://baiying_owner:…@host/baiying).",
    ),
    Option(
        "BAIYING_APP_DATABASE_URL",
        "database",
        "",
        "How the service itself connects there; without it, the owner's address with the role baiying_app.",
    ),
    Option(
        "BAIYING_DATABASE_URL_OWNER",
        "database",
        "",
        "The owner's connection, for migrations and provisioning only.",
        set_by_launcher=True,
    ),
    Option(
        "BAIYING_DATABASE_URL_APP",
        "database",
        "",
        "The service's connection, under row-level security.",
        set_by_launcher=True,
    ),
    Option(
        "BAIYING_POSTGRES_BIN",
        "path",
        "",
        "Folder with the PostgreSQL programs (postgres, initdb) to use, in place of the ones found.",
    ),
    Option("BAIYING_WEB_WORKERS", "count", "0", "Web server processes; 0 means one for each processor core."),
    Option(
        "BAIYING_WEB_THREADS",
        "count",
        "4",
        "Threads, and database connections, of each web process.",
        least=1,
    ),
    Option(
        "BAIYING_LANGUAGE",
        "choice",
        "zh-hans",
        "Language of pages for whoever has not chosen one.",
        choices=("zh-hans", "en"),
    ),
    Option(
        "BAIYING_SESSION_HOURS",
        "count",
        "8",
        "Hours without a click after which a staff member must sign in again.",
        least=1,
    ),
    Option(
        "BAIYING_LOG_LEVEL",
        "choice",
        "INFO",
        "The least level that is logged.",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Option("BAIYING_LOG_REQUESTS", "flag", "no", "Log every request; otherwise only slow and failed ones."),
    Option(
        "BAIYING_LOG_DETAIL",
        "flag",
        "no",
        "Log the text of errors too, which may hold what people wrote; for a short hunt after a fault only.",
    ),
    Option(
        "BAIYING_WEBHOOK_NETWORKS",
        "networks",
        "",
        "Networks of your own to which events may be sent although they are not public, also by plain HTTP.",
    ),
    Option(
        "BAIYING_API_PER_MINUTE",
        "count",
        "600",
        "Calls of the API that one token may make in a minute, the receipt of requests apart; 0 sets no limit.",
    ),
    Option(
        "BAIYING_INTAKE_PER_HOUR",
        "count",
        "20",
        "Requests that one device may send in an hour without signing in; 0 sets no limit.",
    ),
    Option(
        "BAIYING_INTAKE_PER_HOUR_ADDRESS",
        "count",
        "120",
        "Requests that may come from one network address in an hour without signing in; 0 sets no limit.",
    ),
    Option(
        "BAIYING_OPEN311_PER_HOUR_ADDRESS",
        "count",
        "3600",
        "Open311 pages that one network address may read in an hour without an api_key; 0 sets no limit.",
    ),
    Option(
        "BAIYING_ADDRESS",
        "text",
        "",
        "How the service is addressed from outside (https://baiying.example.cn): links in letters begin with it. "
        "Needed as soon as a gateway below is set.",
    ),
    Option(
        "BAIYING_LETTERS_DAYS",
        "count",
        "90",
        "Days after which the words of letters are deleted; the ledger's lines stay.",
        least=1,
    ),
    Option(
        "BAIYING_SMTP",
        "gateway",
        "",
        "Mail server: smtps://user:password@host:465, or smtp://… with STARTTLS; smtp+plain://… only inside your "
        "own network. Reserved characters in the password percent-encoded.",
    ),
    Option("BAIYING_MAIL_FROM", "text", "", "Sender of e-mails (baiying@example.cn)."),
    Option(
        "BAIYING_SMS", "gateway", "", "Address of the HTTP gateway for text messages (docs/operating.md)."
    ),
    Option("BAIYING_SMS_KEY", "secret", "", "Key sent to that gateway as bearer."),
    Option(
        "BAIYING_SMS_SIGNATURE",
        "text",
        "",
        "Signature before every text message, brackets included, as registered with the provider.",
    ),
    Option("BAIYING_WECOM", "gateway", "", "Address of a WeCom group robot, key and all."),
    Option("BAIYING_DINGTALK", "gateway", "", "Address of a DingTalk group robot, token and all."),
    Option(
        "BAIYING_DINGTALK_SECRET",
        "secret",
        "",
        "Signing secret of that robot (its security setting with a signature).",
    ),
    Option("BAIYING_FEISHU", "gateway", "", "Address of a Feishu group robot."),
    Option("BAIYING_FEISHU_SECRET", "secret", "", "Signing secret of that robot, if it checks signatures."),
    Option(
        "BAIYING_PUSH",
        "flag",
        "no",
        "Web push: the browsers of staff who want it say that there is a message, not what it says. "
        "Needs BAIYING_ADDRESS with https.",
    ),
    Option(
        "BAIYING_PUSH_HOSTS",
        "words",
        "fcm.googleapis.com,updates.push.services.mozilla.com,*.notify.windows.com,web.push.apple.com",
        "Push services to which such messages may be sent, always by https; *.name stands for everything below a name.",
    ),
    Option(
        "BAIYING_PUSH_KEY",
        "secret",
        "",
        "Private key for web push (base64 of 32 bytes), to take one along; otherwise the street makes its own. "
        "With another key every browser must be switched on again.",
    ),
    Option(
        "BAIYING_EXPORT_ROWS",
        "count",
        "5000",
        "Rows above which a list is not exported while somebody waits, but written in the background.",
    ),
    Option(
        "BAIYING_EXPORT_DAYS",
        "count",
        "3",
        "Days for which a file written in the background can be fetched; then it is deleted.",
        least=1,
    ),
    Option(
        "BAIYING_EXPORT_MEGABYTES",
        "count",
        "2000",
        "How much all files of exports together may take on the disk, in megabytes.",
        least=1,
    ),
    Option("BAIYING_BASEMAP", "text", "", "Path of a PMTiles file for the base map, inside the data folder."),
)

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}

# Read before Python code of ours runs, or by the test suite only.
OUTSIDE_NAMES = frozenset(
    {"BAIYING_PYTHON", "BAIYING_TEST_BROWSER", "BAIYING_TEST_PICTURES", "BAIYING_TEST_STREET"}
)


def text(name: str, environ: Mapping[str, str] | None = None) -> str:
    """The value as written, or the default; a `choice` is checked against its choices."""
    option = BY_NAME[name]
    value = (os.environ if environ is None else environ).get(name, "").strip() or option.default
    if option.kind == "choice" and value not in option.choices:
        raise WrongSetting(f"{name}={value!r} is not one of {', '.join(option.choices)}")
    return value


def flag(name: str) -> bool:
    value = text(name).lower()
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise WrongSetting(f"{name}={value!r} is neither yes nor no")


def count(name: str) -> int:
    option, value = BY_NAME[name], text(name)
    if not value.isascii() or not value.isdigit() or int(value) < option.least:
        raise WrongSetting(f"{name}={value!r} is not a whole number from {option.least}")
    return int(value)


def words(name: str) -> list[str]:
    return [word for word in (part.strip() for part in text(name).split(",")) if word]


def networks(name: str) -> list[Network]:
    found: list[Network] = []
    for word in words(name):
        try:
            found.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            raise WrongSetting(
                f"{name}: {word!r} is neither an IP address nor a network such as 10.0.0.0/8"
            ) from None
    return found


def path(name: str) -> Path | None:
    value = text(name)
    return Path(value).expanduser().absolute() if value else None


def unknown_names(environ: Mapping[str, str] | None = None) -> list[str]:
    """`BAIYING_*` variables that mean nothing to us: most often a typing slip, so the launcher names them."""
    given = os.environ if environ is None else environ
    return sorted(
        name
        for name in given
        if name.startswith("BAIYING_") and name not in BY_NAME and name not in OUTSIDE_NAMES
    )


def as_markdown() -> str:
    """The table of docs/settings.md."""
    lines = ["| name | kind | default | what it says |", "|---|---|---|---|"]
    for option in OPTIONS:
        kind = f"one of {', '.join(option.choices)}" if option.choices else option.kind
        sentence = f"(Set by the launcher.) {option.sentence}" if option.set_by_launcher else option.sentence
        lines.append(
            f"| `{option.name}` | {kind} | {f'`{option.default}`' if option.default else ''} | {sentence} |"
        )
    return "\n".join(lines) + "\n"
