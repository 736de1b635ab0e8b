"""The calendar feed against a small reader that follows RFC 5545."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from baiying.kit.calendar import ZONE
from baiying.kit.ics import Event, feed

AT = datetime(2026, 11, 23, 18, 0, tzinfo=ZONE)


def read(packed: bytes) -> list[tuple[str, str]]:
    """(name, value) of every content line, unfolded; texts unescaped. Fails on what the standard forbids."""
    assert packed.endswith(b"\r\n")
    raw = packed.split(b"\r\n")[:-1]
    assert [line for line in raw if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    lines: list[bytes] = []
    for line in raw:
        if line.startswith(b" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    found = []
    for line in lines:
        name, _colon, value = line.decode().partition(":")
        found.append(
            (name, unescaped(value) if name in ("SUMMARY", "UID", "DESCRIPTION", "X-WR-CALNAME") else value)
        )
    return found


def unescaped(value: str) -> str:
    out, escape = "", False
    for char in value:
        if escape:
            assert char in "\\;,n"
            out += "\n" if char == "n" else char
            escape = False
        elif char == "\\":
            escape = True
        else:
            assert char not in ";,"
            out += char
    assert not escape
    return out


def test_feed_is_what_the_standard_asks() -> None:
    event = Event(
        uid="order-1@street", title="到期：9001-000001-2", starts_at=AT, changed_at=AT - timedelta(days=1),
        link="https://street.example/desk/", alarm_minutes=30,
    )  # fmt: skip
    assert read(feed("张敏的期限", [event])) == [
        ("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", "-//baiying//calendar 1//ZH"), ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"), ("X-WR-CALNAME", "张敏的期限"), ("REFRESH-INTERVAL;VALUE=DURATION", "PT1H"),
        ("BEGIN", "VEVENT"), ("UID", "order-1@street"), ("DTSTAMP", "20261122T100000Z"), ("DTSTART", "20261123T100000Z"),
        ("SUMMARY", "到期：9001-000001-2"), ("URL", "https://street.example/desk/"), ("TRANSP", "TRANSPARENT"),
        ("BEGIN", "VALARM"), ("ACTION", "DISPLAY"), ("TRIGGER", "-PT30M"), ("DESCRIPTION", "到期：9001-000001-2"),
        ("END", "VALARM"), ("END", "VEVENT"), ("END", "VCALENDAR"),
    ]  # fmt: skip


def test_meeting_takes_time() -> None:
    event = Event(uid="m", title="现场会", starts_at=AT, ends_at=AT + timedelta(hours=1), changed_at=AT)
    lines = dict(read(feed("x", [event])))
    assert (lines["DTEND"], lines["TRANSP"]) == ("20261123T110000Z", "OPAQUE")


@given(some.text(alphabet=some.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_any_title_comes_back(title: str) -> None:
    event = Event(uid="u", title=title, starts_at=AT, changed_at=AT)
    assert dict(read(feed("n", [event])))["SUMMARY"] == title


@given(some.text(max_size=200).filter(lambda t: t.isprintable() or "\n" in t or "\r" in t))
def test_no_title_adds_a_line_of_its_own(title: str) -> None:
    clean = title.encode(errors="ignore").decode()
    names = [
        name for name, _value in read(feed("n", [Event(uid="u", title=clean, starts_at=AT, changed_at=AT)]))
    ]
    assert names == [
        *(
            "BEGIN",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "METHOD",
            "X-WR-CALNAME",
            "REFRESH-INTERVAL;VALUE=DURATION",
        ),
        *("BEGIN", "UID", "DTSTAMP", "DTSTART", "SUMMARY", "TRANSP", "END", "END"),
    ]


def test_moment_without_zone_is_refused() -> None:
    naive = datetime(2026, 11, 23, 18, 0, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        feed("n", [Event(uid="u", title="t", starts_at=naive, changed_at=AT)])
