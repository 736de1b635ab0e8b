"""How times, deadlines, numbers and states are said on every page.

Nothing here knows a room: callers pass datetimes, numbers and the names of states.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.kit import clock
from baiying.kit.refusals import Refusal

Tone = Literal["open", "wait", "done", "late", "soon", "plain"]

NO_FIGURE = "-"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge shows: an icon, a word and one of the fixed tones."""

    icon: str
    tone: Tone
    word: str | Promise


# Only a confirmed solution is green; grey means that somebody outside the office has to move first.
# The words are those of the step table (cases/steps.py); a test holds the two together.
STATES: dict[str, Badge] = {
    "received": Badge("inbox", "open", later("已登记")),
    "accepted": Badge("accept", "open", later("已受理")),
    "declined": Badge("decline", "plain", later("不予受理")),
    "handed_out": Badge("send", "open", later("已派单")),
    "acknowledged": Badge("sign", "open", later("已签收")),
    "returned": Badge("return", "open", later("已退单")),
    "in_progress": Badge("work", "open", later("办理中")),
    "waiting": Badge("wait", "wait", later("待居民补充")),
    "parked": Badge("pause", "wait", later("挂账")),
    "handled": Badge("handled", "open", later("已办结")),
    "checked": Badge("check", "open", later("已核查")),
    "rated": Badge("rate", "open", later("已评价")),
    "closed": Badge("done", "plain", later("已结案")),
    "solved": Badge("done", "done", later("已解决")),
    "explained": Badge("explained", "plain", later("已解释")),
    "unsolved": Badge("unsolved", "plain", later("未解决")),
    "reopened": Badge("reopen", "open", later("已重开")),
}

_WEEKDAYS = (
    later("周一"),
    later("周二"),
    later("周三"),
    later("周四"),
    later("周五"),
    later("周六"),
    later("周日"),
)


def state_badge(state: str, outcome: str = "") -> Badge:
    """A closed case shows how it was closed; an unknown state shows its own name rather than nothing."""
    if state == "closed" and outcome in STATES:
        return STATES[outcome]
    return STATES.get(state, Badge("info", "plain", state))


def say_date(day: dt.date, *, year: bool = False, weekday: bool = False) -> str:
    """11月23日 周一 or Mon 23 Nov, with the year and the weekday where they help."""
    named = _WEEKDAYS[day.weekday()] if weekday else ""
    if (get_language() or "zh").startswith("zh"):
        text = f"{day.month}月{day.day}日"
        return f"{day.year}年{text} {named}".rstrip() if year else f"{text} {named}".rstrip()
    text = f"{named} {day.day} {day:%b}".lstrip()
    return f"{text} {day.year}" if year else text


def say_full(moment: dt.datetime) -> str:
    """The real date and time, for hovering and for paper."""
    local = timezone.localtime(moment)
    return f"{say_date(local.date(), year=True, weekday=True)} {local:%H:%M}"


def say_when(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """今天 14:05; another day 11月23日 14:05; another year 2025年11月23日."""
    local = timezone.localtime(moment)
    today = timezone.localtime(now or clock.now()).date()
    days = (local.date() - today).days
    near = {0: _("今天"), -1: _("昨天"), 1: _("明天")}.get(days)
    if near:
        return f"{near} {local:%H:%M}"
    if local.year == today.year:
        return f"{say_date(local.date())} {local:%H:%M}"
    return say_date(local.date(), year=True)


def say_ago(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """How old a figure is: 刚刚, 2 分钟前, 3 小时前, then the date."""
    seconds = int(((now or clock.now()) - moment).total_seconds())
    if seconds < 60:
        return _("刚刚")
    if seconds < 3600:
        return ngettext("%(n)d 分钟前", "%(n)d 分钟前", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)d 小时前", "%(n)d 小时前", seconds // 3600) % {"n": seconds // 3600}
    return say_when(moment, now)


def say_number(value: float | Decimal | None, places: int = 0) -> str:
    """1,204; nothing known is "-", never 0."""
    if value is None:
        return NO_FIGURE
    step = Decimal(1).scaleb(-places)
    return f"{Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP):,}"


def say_share(part: float | None, whole: float | None, places: int = 1) -> str:
    """98.2%; "-" where the denominator is 0 or unknown. Never rounded up to a whole 100%."""
    if part is None or not whole:
        return NO_FIGURE
    step = Decimal(1).scaleb(-places)
    share = (Decimal(str(part)) * 100 / Decimal(str(whole))).quantize(step, rounding=ROUND_HALF_UP)
    if share >= 100 and part < whole:
        share = Decimal(100) - step
    return f"{share.normalize():f}%"


def say_refusal(refusal: Refusal) -> str:
    """Problem and remedy in one line; a blank between them where the language wants one."""
    problem, remedy = str(refusal.problem), str(refusal.remedy)
    return f"{problem}{'' if problem.endswith('。') else ' '}{remedy}"
