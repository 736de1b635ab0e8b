"""The figures of the overview: name, meaning, and the way back to exactly the cases behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from baiying.doors.shared.words import NO_FIGURE, say_number, say_share
from baiying.insight.queries import Figures, Period, Rate

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `dated`: the list's period it falls into; "" = of the moment. `also`: the list's other filters."""

    code: str
    name: str | Promise
    meaning: str | Promise
    dated: str
    also: tuple[tuple[str, str], ...] = ()
    tone: str = ""
    of: str | Promise = ""  # a rate: the words for its denominator

    def href(self, period: Period, place: Mapping[str, str]) -> str:
        """The desk's list of these cases."""
        said = _said(self.dated, self.also, period)
        return f"{reverse('desk_cases')}?{said}{'&' if said and place else ''}{urlencode(place)}"

    def value(self, figures: Figures) -> int | Rate:
        """The number, or the rate with numerator and denominator."""
        found: int | Rate = getattr(figures, self.code)
        return found

    def tile(self, figures: Figures, period: Period, place: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of shared/parts/figure.html."""
        value = self.value(figures)
        tile: dict[str, Any] = {
            "code": self.code,
            "name": self.name,
            "href": self.href(period, place),
            "definition": self.meaning,
        }
        if isinstance(value, Rate):
            part = value.numerator
            return tile | {
                "part": float(part),
                "said_part": say_number(part, 0 if part == int(part) else 1),
                "whole": value.denominator,
                "of": self.of,
            }
        return tile | {"value": value, "tone": self.tone if value else ""}


RATED: Final = (("rating", "satisfied"), ("rating", "basically_satisfied"), ("rating", "dissatisfied"))
CALL_BACKS: Final = _("有效回访")
RECEIVED = Measure("received", _("收到"), _("这段时间登记的诉求，不论来源，按登记时间。"), "received")
OPEN = Measure(
    "open", _("未结案"), _("此刻还没有结案、也没有不予受理的诉求，不论何时收到。"), "", (("open", "yes"),)
)
OVERDUE = Measure(
    "overdue",
    _("已超期"),
    _("此刻时限已过、还没有办结的诉求；待居民补充和挂账期间时限停走，不算超期。"),
    "",
    (("overdue", "yes"),),
    tone="late",
)
HANDLED = Measure(
    "handled",
    _("办结"),
    _("这段时间承办单位报告办完的诉求，按办结时间；退回再办和重开的，以最后一次办结为准。"),
    "handled",
)
CLOSED = Measure(
    "closed", _("结案"), _("这段时间核查、回访后结案的诉求，按结案时间；不含不予受理。"), "closed"
)
REOPENED = Measure("reopened", _("重开"), _("这段时间重新办理的诉求，按最近一次重开时间。"), "reopened")
DECLINED = Measure(
    "declined",
    _("不予受理"),
    _("这段时间说明理由后不予受理的诉求。"),
    "closed",
    (("state", "declined"),),
)
CALLED_BACK = Measure(
    "called_back",
    CALL_BACKS,
    _("这段时间居民评价或回访登记了满意程度的诉求；联系不上、未评价的不算有效回访。"),
    "rated",
    RATED,
)
RESPONSE = Measure(
    "response",
    _("响应率"),
    _("联系数 ÷ 有效回访数。口径见三率算法：回访时居民说工作人员联系过。没有有效回访时不计算，显示“-”。"),
    "rated",
    RATED,
    of=CALL_BACKS,
)
SOLUTION = Measure(
    "solution",
    _("解决率"),
    _("解决数 ÷ 有效回访数。回访时居民说问题已经解决。没有有效回访时不计算，显示“-”。"),
    "rated",
    RATED,
    of=CALL_BACKS,
)
SATISFACTION = Measure(
    "satisfaction",
    _("满意率"),
    _("（满意数 + 0.9 × 基本满意数）÷ 有效回访数。没有有效回访时不计算，显示“-”。"),
    "rated",
    RATED,
    of=CALL_BACKS,
)
MEASURES: Final = (
    RECEIVED, OPEN, OVERDUE, HANDLED, CLOSED, REOPENED, DECLINED, CALLED_BACK, RESPONSE, SOLUTION, SATISFACTION,
)  # fmt: skip


@lru_cache(maxsize=200)
def _said(dated: str, also: tuple[tuple[str, str], ...], period: Period) -> str:
    """The part of an address that all places share."""
    said: Pairs = [*also]
    if dated:
        said += [(f"{dated}_from", str(period.first)), (f"{dated}_to", str(period.last))]
    return urlencode(said)


def cells(figures: Figures, period: Period, place: Mapping[str, str]) -> SafeString:
    """All measures of one line of a table, as written: a thousand of them stand on a page, and a template needs
    60 ms for them. A zero leads nowhere. Every part is a number, an address that is escaped, or a word of ours.
    """
    base, where = reverse("desk_cases"), urlencode(place)
    return mark_safe("".join(_cell(measure, figures, period, base, where) for measure in MEASURES))  # noqa: S308


def _cell(measure: Measure, figures: Figures, period: Period, base: str, where: str) -> str:
    value = measure.value(figures)
    is_rate = isinstance(value, Rate)
    if not (value.denominator if isinstance(value, Rate) else value):
        return f'<td class="is-number">{NO_FIGURE}</td>' if is_rate else _ZERO
    said = _said(measure.dated, measure.also, period)
    href = escape(f"{base}?{said}{'&' if said and where else ''}{where}")
    if isinstance(value, Rate):
        part, whole = value.numerator, value.denominator
        of = f"{say_number(part, 0 if part == int(part) else 1)}/{say_number(whole)}"
        link = f'<a href="{href}">{say_share(float(part), whole)}</a> <span class="overview-of">{of}</span>'
        return f'<td class="is-number">{link}</td>'
    tone = f" overview-{measure.tone}" if measure.tone else ""
    return f'<td class="is-number{tone}"><a href="{href}">{say_number(value)}</a></td>'


_ZERO: Final = '<td class="is-number"><span class="quiet">0</span></td>'


def of_day(measure: Measure, days: Mapping[date, Figures]) -> list[int]:
    """A measure day by day."""
    return [int(getattr(days[day], measure.code)) for day in sorted(days)]
