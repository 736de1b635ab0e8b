"""The numbers of the protocol around orders: returns, splitting, links outside; the profile's and the street's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import rules
from baiying.dispatch import limits, order_numbers, ruling
from baiying.dispatch.models import LocalNumber
from baiying.dispatch.rules import SET_LIMITS
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_date
from baiying.kit import clock
from baiying.kit.refusals import Refusal

HISTORY = 50


class NumberForm(forms.Form):
    """A number of our own."""

    rule = forms.ChoiceField(label=later("哪一项"))
    value = forms.IntegerField(
        label=later("多少"), required=False, help_text=later("不填就是从那天起恢复默认的数。")
    )
    valid_from = forms.DateField(label=later("从哪一天起"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=later("依据"), max_length=ruling.MOST_REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["valid_from"] = clock.today().isoformat()
        self.auto_id = "number-%s"
        rule: Any = self.fields["rule"]
        rule.choices = [(code, kind.name) for code, kind in order_numbers.KINDS.items()]


@require_safe
@staff_page(rules.READ)
def show(request: StaffRequest) -> HttpResponse:
    """What counts today, what is planned, and who changed what when."""
    return _show(request, NumberForm())


@require_POST
@staff_page(SET_LIMITS)
def set_number(request: StaffRequest) -> HttpResponse:
    """The street's own number from a day on."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        ruling.set_number(request.actor, **form.cleaned_data)
    except Refusal as refused:
        return _show(request, form, refusal=show_refusal(form, refused), status=refused.status)
    messages.success(request, _("已记下。已经派出的派单和链接不变，从那天起新开始的按新的数。"))
    return redirect("desk_order_numbers")


def _show(
    request: StaffRequest, form: NumberForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    tenant, today = request.actor.scope.tenant, clock.today()
    held = order_numbers.street_numbers(tenant)
    context = {
        "profile": limits.PROFILES[limits.street_limits(tenant).profile(today)],
        "rows": [_said(held.number(rule, today)) for rule in order_numbers.KINDS],
        "planned": [_setting(row) for row in reversed(held.own) if row.valid_from > today],
        "history": [
            _setting(row) for row in sorted(held.own, key=lambda row: row.added_at, reverse=True)[:HISTORY]
        ],
        "may_set": request.actor.has(SET_LIMITS),
        "form": form,
        "refusal": refusal,
        "crumbs": [{"label": _("时限规则"), "href": reverse("desk_limits")}, {"label": _("派单规程的数字")}],
    }
    return desk_page(request, "desk/order_numbers.html", context, status=status)


def _said(number: order_numbers.Number) -> dict[str, Any]:
    kind = order_numbers.KINDS[number.rule]
    return {
        "name": kind.name,
        "means": kind.means,
        "number": order_numbers.say_number(number.value, number.unit),
        "source": number.source if number.is_own else source_of(number.source),
        "grade": number.grade,
        "is_own": number.is_own,
        "is_local_choice": number.is_local_choice,
        "valid_from": say_date(number.valid_from, year=True) if number.valid_from else "",
    }


def _setting(row: LocalNumber) -> dict[str, Any]:
    unit = order_numbers.unit_of(row.rule)
    said = order_numbers.say_number(row.value, unit) if row.value is not None else _("恢复默认的数")
    return {
        "name": order_numbers.KINDS[row.rule].name,
        "number": said,
        "valid_from": say_date(row.valid_from, year=True),
        "reason": row.reason,
        "by": row.added_name,
        "at": row.added_at,
    }
