"""Which period a page speaks of: one of the usual ones, or freely from a day to a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import pgettext_lazy

from baiying.doors.shared.words import say_date
from baiying.insight.queries import Period
from baiying.kit import clock

FREE: Final = "free"
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 1, 1)
PRESETS: Final[Mapping[str, tuple[str | Promise, Callable[[date], date]]]] = {
    "today": (pgettext_lazy("period", "今天"), lambda today: today),
    "week": (later("近 7 天"), lambda today: today - timedelta(days=6)),
    "month": (later("本月"), lambda today: today.replace(day=1)),
    "year": (later("今年"), lambda today: today.replace(month=1, day=1)),
}
USUAL: Final = "month"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period, which choice it is, and what was wrong with the days written."""

    period: Period
    code: str
    fault: str = ""

    @property
    def words(self) -> str:
        """本月（11月1日至11月23日）."""
        first, last = self.period.first, self.period.last
        years = first.year != last.year or last.year != clock.today().year
        span = _("%(first)s至%(last)s") % {
            "first": say_date(first, year=years),
            "last": say_date(last, year=years),
        }
        if first == last:
            span = say_date(first, year=years, weekday=True)
        if self.code == FREE:
            return span
        return _("%(name)s（%(span)s）") % {"name": PRESETS[self.code][0], "span": span}


def preset(code: str) -> Period:
    """One of the usual periods, up to today."""
    today = clock.today()
    return Period(PRESETS[code][1](today), today)


def chosen(query: QueryDict) -> Chosen:
    """The period of an address: `period=week`, or `from=2026-11-01&to=2026-11-20` (both days included)."""
    if not (query.get("from") or query.get("to")):
        code = query.get("period", USUAL)
        return Chosen(preset(code), code) if code in PRESETS else Chosen(preset(USUAL), USUAL)
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    last = last or (clock.today() if not query.get("to") else None)
    if first is None or last is None:
        return Chosen(preset(USUAL), USUAL, _("日期没有看懂，请写成 2026-11-23 的样子。"))
    if last < first:
        return Chosen(preset(USUAL), USUAL, _("结束日期在开始日期之前。"))
    return Chosen(Period(first, last), FREE)


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
