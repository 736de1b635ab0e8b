"""A calendar feed as RFC 5545 asks for it: CRLF, lines of at most 75 octets, escaped text, times in UTC.

Written here in place of the package `icalendar` (which brings time zone data and date parsing with it), because a
feed of moments needs neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LINE: Final = 75  # octets, without the line break (3.1)
PRODUCT: Final = "-//baiying//calendar 1//ZH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A moment with a name. uid: the same for the same thing at every reading; ends_at None: just the moment."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    changed_at: datetime
    link: str = ""
    alarm_minutes: int | None = None


def feed(name: str, events: Iterable[Event]) -> bytes:
    """The whole calendar, to be sent as text/calendar; charset=utf-8. Times must be aware."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"DTSTAMP:{_moment(event.changed_at)}",
        f"DTSTART:{_moment(event.starts_at)}",
    ]
    if event.ends_at is not None:
        lines.append(f"DTEND:{_moment(event.ends_at)}")
    lines.append(f"SUMMARY:{_text(event.title)}")
    if event.link:
        lines.append(f"URL:{event.link}")
    lines.append("TRANSP:TRANSPARENT" if event.ends_at is None else "TRANSP:OPAQUE")
    if event.alarm_minutes is not None:
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"TRIGGER:-PT{event.alarm_minutes}M",
            f"DESCRIPTION:{_text(event.title)}",
            "END:VALARM",
        ]
    return [*lines, "END:VEVENT"]


def _moment(at: datetime) -> str:
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError("a moment in a calendar must be aware")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """TEXT (3.3.11): backslash, semicolon, comma and line break are escaped, other control characters left out."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(c for c in escaped if c >= " " and c != "\x7f")


def _folded(line: str) -> bytes:
    """A content line, folded between characters so that no part is longer than 75 octets."""
    parts: list[bytes] = []
    current = b""
    for char in line:
        packed = char.encode()
        if len(current) + len(packed) > LINE:
            parts.append(current)
            current = b" "
        current += packed
    parts.append(current)
    return b"\r\n".join(parts) + b"\r\n"
