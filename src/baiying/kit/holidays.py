"""A year's holidays and make-up days as a table (CSV), read and checked as a whole: it is taken entirely or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.kit.calendar import Span
from baiying.kit.refusals import Invalid

MOST_ROWS: Final = 400
MOST_NOTE: Final = 60
_OPEN: Final = {"班", "上班", "open", "work", "1", "true"}
_CLOSED: Final = {"休", "放假", "closed", "holiday", "0", "false"}
_DAY_NAMES: Final = ("day", "date", "日期")
_KIND_NAMES: Final = ("kind", "安排", "休班")
_NOTE_NAMES: Final = ("note", "name", "说明", "节日")


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day that is not what its weekday says: closed for a holiday, or open to make up for one."""

    day: date
    is_open: bool
    note: str = ""


def read_table(text: str, year: int) -> list[DayRow]:
    """The rows of a CSV table (day, 休|班, note) for one year, by day.

    Raises Invalid, naming up to five faults with their lines, when a day cannot be read, lies outside the year, or
    is said to be both open and closed. Nothing of such a table is taken.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    day_name, kind_name, note_name = (
        next((n for n in wanted if n in names), "") for wanted in (_DAY_NAMES, _KIND_NAMES, _NOTE_NAMES)
    )
    if not day_name or not kind_name:
        raise Invalid(
            field="table",
            problem=later("表头里没有“日期”和“安排”两列。"),
            remedy=later("第一行写：日期,安排,说明；安排写“休”或“班”。"),
        )
    faults: list[str] = []
    rows: list[tuple[int, DayRow]] = []
    for number, raw in enumerate(reader, 2):
        if number > MOST_ROWS:
            faults.append(_("超过 %(most)d 行") % {"most": MOST_ROWS})
            break
        if not any((value or "").strip() for value in raw.values() if isinstance(value, str)):
            continue
        read = _row(raw.get(day_name) or "", raw.get(kind_name) or "", raw.get(note_name) or "")
        if isinstance(read, str):
            faults.append(_("第 %(line)d 行：%(fault)s") % {"line": number, "fault": read})
        else:
            rows.append((number, read))
    faults += faults_of(rows, year)
    if faults:
        raise _refused(faults)
    if not rows:
        raise Invalid(
            field="table",
            problem=later("表里一天也没有。"),
            remedy=later("每行写一天：2027-10-01,休,国庆节。"),
        )
    return sorted({row.day: row for _line, row in rows}.values(), key=lambda row: row.day)


def faults_of(rows: Iterable[tuple[int, DayRow]], year: int) -> list[str]:
    """What contradicts: a day outside the year, a day both open and closed. (line number, row) each."""
    faults: list[str] = []
    seen: dict[date, tuple[int, DayRow]] = {}
    for number, row in rows:
        if row.day.year != year:
            said = {"line": number, "day": row.day, "year": year}
            faults.append(_("第 %(line)d 行：%(day)s 不在 %(year)d 年") % said)
        before = seen.setdefault(row.day, (number, row))
        if before[1].is_open != row.is_open:
            said = {"line": number, "other": before[0], "day": row.day}
            faults.append(_("第 %(other)d 行和第 %(line)d 行：%(day)s 又休又班") % said)
    return faults


def _row(day: str, kind: str, note: str) -> DayRow | str:
    try:
        parsed = date.fromisoformat(day.strip().replace("/", "-").replace(".", "-"))
    except ValueError:
        return _("“%(day)s”不是日期，请写成 2027-10-01") % {"day": day.strip()[:20]}
    word = kind.strip().lower()
    if word not in _OPEN | _CLOSED:
        return _("“%(kind)s”看不懂，请写“休”或“班”") % {"kind": kind.strip()[:20]}
    return DayRow(parsed, word in _OPEN, " ".join(note.split())[:MOST_NOTE])


def _refused(faults: Sequence[str]) -> Invalid:
    shown = "；".join(faults[:5]) + (
        _("；等 %(count)d 处") % {"count": len(faults)} if len(faults) > 5 else ""
    )
    return Invalid(
        field="table",
        problem=_("这张表自相矛盾或有看不懂的地方：%(faults)s。") % {"faults": shown},
        remedy=later("整张表都没有采用；请对照国务院办公厅通知改正后再导入。"),
        extra={"faults": len(faults)},
    )


def read_hours(text: str) -> tuple[Span, ...]:
    """Working hours as people write them: `08:30-12:00, 13:30-17:30`. Raises Invalid when they overlap or end early."""
    spans: list[Span] = []
    for part in text.replace("，", ",").replace("；", ",").replace("：", ":").split(","):
        first, dash, last = part.strip().replace("–", "-").replace("—", "-").partition("-")
        try:
            since, until = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
        except ValueError:
            raise _wrong_hours() from None
        if not dash or since >= until or (spans and since < spans[-1][1]):
            raise _wrong_hours()
        spans.append((since, until))
    if not 1 <= len(spans) <= 4:
        raise _wrong_hours()
    return tuple(spans)


def said_hours(spans: Iterable[Span]) -> str:
    """`08:30-12:00, 13:30-17:30`."""
    return ", ".join(f"{since:%H:%M}-{until:%H:%M}" for since, until in spans)


def _wrong_hours() -> Invalid:
    return Invalid(
        field="hours",
        problem=later("工作时间看不懂，或前后颠倒、互相重叠。"),
        remedy=later("请写成 08:30-12:00, 13:30-17:30。"),
    )
