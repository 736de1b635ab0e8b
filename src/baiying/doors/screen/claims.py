"""A leader types a sentence of the press - so many accepted, so many percent satisfied - and sees what the rows say."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from baiying.doors.screen import measures as m
from baiying.doors.screen.periods import EARLIEST, LATEST
from baiying.doors.shared.names import name_of, source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_number, say_share
from baiying.insight import rules
from baiying.insight.headline import Claim, Recomputed, recompute
from baiying.insight.queries import Period
from baiying.insight.rates import Profile, Rate, counting_of
from baiying.kit import clock
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map

VERDICTS: Final = {
    "agrees": ("done", "done", later("和诉求记录一致")),
    "other_number": ("soon", "info", later("满意率一致，受理件数不一致")),
    "differs": ("late", "late", later("和诉求记录不一致")),
    "too_few": ("soon", "info", later("样本不足，不能这么说")),
    "no_answers": ("late", "late", later("算不出来：没有有效回访")),
}
SHARE: Final = {
    "required": later("还没有写百分之几。"),
    "invalid": later("请写 0 到 100 的数，比如 99 或 97.6。"),
    "min_value": later("请写 0 到 100 的数，比如 99 或 97.6。"),
    "max_value": later("请写 0 到 100 的数，比如 99 或 97.6。"),
}
DAY: Final = {
    "required": later("还没有选日期。"),
    "invalid": later("日期没有看懂，请写成 2026-11-23 的样子。"),
}


class ClaimForm(forms.Form):
    """505 accepted, 99 % satisfied, from a day to a day, here."""

    accepted = forms.IntegerField(
        label=later("受理多少件"), required=False, min_value=0, max_value=100_000_000
    )
    percent = forms.DecimalField(
        label=later("满意率百分之几"), min_value=0, max_value=100, decimal_places=3, error_messages=SHARE
    )
    first = forms.DateField(
        label=later("从哪一天"),
        error_messages=DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=later("到哪一天"),
        error_messages=DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    community = forms.ChoiceField(label=later("哪里"), required=False)

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].choices = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        said: dict[str, Any] = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        for name in ("first", "last"):
            if said.get(name) and not EARLIEST <= said[name] <= LATEST:
                self.add_error(name, _("日期超出了范围。"))
        if first and last and last < first:
            self.add_error("last", _("结束日期在开始日期之前。"))
        return said


@require_safe
@staff_page(rules.READ)
def page(request: StaffRequest) -> HttpResponse:
    """The form, and with numbers in the address what comes out."""
    scope = request.actor.scope
    street = street_map(scope.tenant)
    own = street.units[scope.unit] if scope.level == "community" else None
    places = [(own.code, name_of(own))] if own else _places(street)
    today = clock.today()
    initial = {"first": today.replace(day=1), "last": today}
    form = ClaimForm(request.GET if "percent" in request.GET else None, places=places, initial=initial)
    context: dict[str, Any] = {
        "form": form, "level_name": _("核对一个说法"), "street_name": name_of(street.tenant),
        "overview_url": reverse("screen_overview"),
    }  # fmt: skip
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        unit = street.by_code.get(said["community"]) or own
        claim = Claim(
            said["accepted"], said["percent"], Period(said["first"], said["last"]), unit.id if unit else None
        )
        counting = counting_of(scope.tenant)
        found = recompute(scope, claim, counting)
        context |= _shown(claim, found, {"community": unit.code} if unit else {}) | {"least": counting.least}
    return render(request, "screen/claim.html", context, status=422 if form.errors else 200)


def _places(street: StreetMap) -> list[tuple[str, str]]:
    return [("", _("全街道")), *((u.code, name_of(u)) for u in street.at_level(Unit.Level.COMMUNITY))]


def _shown(claim: Claim, found: Recomputed, place: dict[str, str]) -> dict[str, Any]:
    counted, period = found.counted, claim.period
    tone, icon, word = VERDICTS[found.verdict]
    rated = ("rated", m.RATED)
    steps = [
        (m.RECEIVED.name, counted.received, m.RECEIVED.dated, ()),
        (m.HANDLED.name, counted.handled, m.HANDLED.dated, ()),
        (_("回访有了结果"), counted.asked, "rated", ()),
        (_("其中经两人审定不计入"), counted.not_counted, "rated", (("counted", "no"),)),
        (_("其中未回应"), counted.unanswered, "rated", (("rating", "no_answer"), ("counted", "yes"))),
        (m.CALLED_BACK.name, counted.called_back, *rated),
        (_("满意"), counted.satisfied, "rated", (("rating", "satisfied"), ("counted", "yes"))),
        (
            _("基本满意"),
            counted.basically_satisfied,
            "rated",
            (("rating", "basically_satisfied"), ("counted", "yes")),
        ),
        (_("不满意"), counted.dissatisfied, "rated", (("rating", "dissatisfied"), ("counted", "yes"))),
    ]
    return {
        "claim": claim,
        "verdict": {"tone": tone, "icon": icon, "word": word},
        "steps": [
            {"name": name, "count": count, "href": m.Measure("", "", "", dated, also).href(period, place)}
            for name, count, dated, also in steps
        ],
        "rates": [_said_rate(profile, rate) for profile, rate in found.rates],
        "needed": found.needed,
        "answers": counted.called_back,
        "received": counted.received,
        "is_as_figures": found.is_as_figures,
    }


def _said_rate(profile: Profile, rate: Rate) -> dict[str, Any]:
    part = rate.numerator
    return {
        "name": name_of(profile),
        "source": source_of(profile.source),
        "grade": profile.grade,
        "part": say_number(part, 0 if part == int(part) else 1),
        "whole": rate.denominator,
        "share": say_share(float(part), rate.denominator),
        "interval": m.say_interval(rate.interval) if rate.interval else "",
    }
