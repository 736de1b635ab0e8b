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
from django.utils.translation import gettext as _say
from django.utils.translation import gettext_lazy as _

from baiying.doors.shared.words import NO_FIGURE, say_number, say_share
from baiying.insight.queries import Figures, Period
from baiying.insight.rates import Counting, Rate

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
    is_asked: bool = (
        False  # a rate of what residents answered: it has an interval, and needs a number of answers
    )

    def href(self, period: Period, place: Mapping[str, str]) -> str:
        """The desk's list of these cases."""
        said = _said(self.dated, self.also, period)
        return f"{reverse('desk_cases')}?{said}{'&' if said and place else ''}{urlencode(place)}"

    def value(self, figures: Figures, counting: Counting) -> int | Rate:
        """The number, or the rate with numerator and denominator."""
        if self.code == "satisfaction":
            return figures.satisfaction(counting.profile.basically_satisfied)
        found: int | Rate = getattr(figures, self.code)
        return found

    def is_few(self, value: Rate, counting: Counting) -> bool:
        """Whether there are too few answers to speak of a rate; what is counted completely is never too few."""
        return self.is_asked and value.denominator < counting.least

    def tile(
        self, figures: Figures, period: Period, place: Mapping[str, str], counting: Counting
    ) -> dict[str, Any]:
        """The parameters of shared/parts/figure.html."""
        value = self.value(figures, counting)
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
                "few": FEW if value.denominator and self.is_few(value, counting) else "",
                "notes": self._notes(figures, value, counting),
            }
        return tile | {"value": value, "tone": self.tone if value else ""}

    def _notes(self, figures: Figures, value: Rate, counting: Counting) -> list[str]:
        if not self.is_asked or value.interval is None:
            return []
        notes = [
            _say("网上 %(online)s、电话 %(phone)s、上门 %(on_site)s") % {
                "online": figures.online, "phone": figures.phone, "on_site": figures.on_site,
            }
        ]  # fmt: skip
        return notes if self.is_few(value, counting) else [say_interval(value.interval), *notes]


def say_interval(interval: tuple[float, float]) -> str:
    """95% 区间 62.0%–91.0%."""
    low, high = (f"{100 * bound:.1f}%" for bound in interval)
    return _say("95%% 区间 %(low)s–%(high)s") % {"low": low, "high": high}


FEW: Final = _("样本不足")
ALL_RATED: Final = tuple(
    ("rating", r) for r in ("satisfied", "basically_satisfied", "dissatisfied", "no_answer")
)
RATED: Final = (*ALL_RATED[:3], ("counted", "yes"))
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
    is_asked=True,
)
SOLUTION = Measure(
    "solution",
    _("解决率"),
    _("解决数 ÷ 有效回访数。回访时居民说问题已经解决。没有有效回访时不计算，显示“-”。"),
    "rated",
    RATED,
    of=CALL_BACKS,
    is_asked=True,
)
SATISFACTION = Measure(
    "satisfaction",
    _("满意率"),
    _(
        "（满意数 + 折算后的基本满意数）÷ 有效回访数；基本满意怎么折算，看本页写的口径。没有有效回访时不计算，显示“-”。"
    ),
    "rated",
    RATED,
    of=CALL_BACKS,
    is_asked=True,
)
COVERAGE = Measure(
    "coverage",
    _("回访覆盖率"),
    _("这段时间的有效回访数 ÷ 这段时间的办结数。前一段办结、这一段才回访的也算，所以可能超过 100%。"),
    "handled",
    of=_("办结"),
)
NO_RESPONSE = Measure(
    "no_response",
    _("未回应率"),
    _("问了没有回音、联系不上的 ÷ 问过的。没有回音的不算满意，也不算不满意。"),
    "rated",
    (*ALL_RATED, ("counted", "yes")),
    of=_("问过的"),
)
NOT_COUNTED = Measure(
    "not_counted_share",
    _("不计入率"),
    _("经两人审定“解释不计入”的 ÷ 回访有了结果的全部。理由类别公开，居民可以申请复核。"),
    "rated",
    of=_("回访有结果的"),
)
RAISED = Measure(
    "raised",
    _("提级重办"),
    _("这段时间抽查发现问题仍在，或居民不满意按规则提级重办的诉求；重办后的回访代替原来的回访。"),
    "raised",
)
MEASURES: Final = (
    RECEIVED, OPEN, OVERDUE, HANDLED, CLOSED, REOPENED, RAISED, DECLINED, CALLED_BACK, COVERAGE, NO_RESPONSE,
    NOT_COUNTED, RESPONSE, SOLUTION, SATISFACTION,
)  # fmt: skip


@lru_cache(maxsize=200)
def _said(dated: str, also: tuple[tuple[str, str], ...], period: Period) -> str:
    """The part of an address that all places share."""
    said: Pairs = [*also]
    if dated:
        said += [(f"{dated}_from", str(period.first)), (f"{dated}_to", str(period.last))]
    return urlencode(said)


def cells(figures: Figures, period: Period, place: Mapping[str, str], counting: Counting) -> SafeString:
    """All measures of one line of a table, as written: a thousand of them stand on a page, and a template needs
    60 ms for them. A zero leads nowhere. Every part is a number, an address that is escaped, or a word of ours.
    """
    base, where = reverse("desk_cases"), urlencode(place)
    written = (_cell(m, m.value(figures, counting), counting, period, base, where) for m in MEASURES)
    return mark_safe("".join(written))  # noqa: S308


def _cell(
    measure: Measure, value: int | Rate, counting: Counting, period: Period, base: str, where: str
) -> str:
    is_rate = isinstance(value, Rate)
    if not (value.denominator if isinstance(value, Rate) else value):
        return f'<td class="is-number">{NO_FIGURE}</td>' if is_rate else _ZERO
    said = _said(measure.dated, measure.also, period)
    href = escape(f"{base}?{said}{'&' if said and where else ''}{where}")
    if isinstance(value, Rate):
        part, whole = value.numerator, value.denominator
        of = f"{say_number(part, 0 if part == int(part) else 1)}/{say_number(whole)}"
        share = escape(FEW) if measure.is_few(value, counting) else say_share(float(part), whole)
        link = f'<a href="{href}">{share}</a> <span class="overview-of">{of}</span>'
        return f'<td class="is-number">{link}</td>'
    tone = f" overview-{measure.tone}" if measure.tone else ""
    return f'<td class="is-number{tone}"><a href="{href}">{say_number(value)}</a></td>'


_ZERO: Final = '<td class="is-number"><span class="quiet">0</span></td>'


def of_day(measure: Measure, days: Mapping[date, Figures]) -> list[int]:
    """A measure day by day."""
    return [int(getattr(days[day], measure.code)) for day in sorted(days)]
