"""The limits: which profile the street follows, each row with source, grade and validity, and what the street set itself."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import case_limits, catalogue, rules
from baiying.dispatch import limit_uses, limits, ruling
from baiying.dispatch.models import LocalLimit, ProfileChoice
from baiying.dispatch.rules import SET_LIMITS
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of, source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_date
from baiying.kit import clock
from baiying.kit.refusals import Refusal

LOOKS: Final = {
    limit_uses.CLOCK: ("clock", "open"),
    limit_uses.PART: ("note", "plain"),
    limit_uses.REFERENCE: ("info", "wait"),
}
UNITS: Final = [
    ("working_day", later("工作日")),
    ("working_hour", later("工作时（只算上班时间）")),
    ("hour", later("小时（不分昼夜）")),
    ("minute", later("分钟（不分昼夜）")),
    ("natural_day", later("自然日")),
]


def _date_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class ProfileForm(forms.Form):
    """Which profile, from when, and why."""

    profile = forms.ChoiceField(label=later("时限规则"), choices=list(limits.PROFILES.items()))
    valid_from = _date_field(later("从哪一天起"))
    reason = forms.CharField(label=later("依据"), max_length=ruling.MOST_REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["valid_from"] = clock.today().isoformat()
        self.auto_id = "profile-%s"


class LimitForm(forms.Form):
    """A limit of our own."""

    step = forms.ChoiceField(label=later("哪一步"))
    category = forms.ChoiceField(label=later("哪一类"), required=False)
    value = forms.IntegerField(
        label=later("多长"), min_value=1, max_value=ruling.MOST_VALUE, required=False,
        help_text=later("不填就是从那天起恢复规则原来的时限。"),
    )  # fmt: skip
    unit = forms.ChoiceField(label=later("单位"), choices=UNITS)
    valid_from = _date_field(later("从哪一天起"))
    reason = forms.CharField(label=later("依据"), max_length=ruling.MOST_REASON)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["valid_from"] = clock.today().isoformat()
        self.auto_id = "limit-%s"
        step: Any = self.fields["step"]
        step.choices = [(code, limits.STEPS[code]) for code in limits.SETTABLE]
        category: Any = self.fields["category"]
        listed = [(c.code, name_of(c)) for c in catalogue.categories(clock.today())]
        category.choices = [("", _("所有类别")), *listed]


@require_safe
@staff_page(rules.READ)
def show(request: StaffRequest) -> HttpResponse:
    """Everything that is in force, and what is not any more or not yet."""
    return _show(request)


@require_POST
@staff_page(SET_LIMITS)
def choose_profile(request: StaffRequest) -> HttpResponse:
    """The street follows a profile from a day on."""
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            ruling.choose_profile(request.actor, **form.cleaned_data)
        except Refusal as refused:
            return _show(
                request, profile_form=form, refusal=show_refusal(form, refused), status=refused.status
            )
        messages.success(request, _("已记下。正在计算的时限不变，从那天起新开始的按新规则。"))
        return redirect("desk_limits")
    return _show(request, profile_form=form, status=422)


@require_POST
@staff_page(SET_LIMITS)
def set_limit(request: StaffRequest) -> HttpResponse:
    """The street's own limit from a day on."""
    form = LimitForm(request.POST)
    if form.is_valid():
        try:
            ruling.set_limit(request.actor, **form.cleaned_data)
        except Refusal as refused:
            return _show(request, limit_form=form, refusal=show_refusal(form, refused), status=refused.status)
        messages.success(request, _("已记下。正在计算的时限不变，从那天起新开始的按新时限。"))
        return redirect("desk_limits")
    return _show(request, limit_form=form, status=422)


def _show(
    request: HttpRequest, *, profile_form: ProfileForm | None = None, limit_form: LimitForm | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    staff: Any = request
    tenant, today = staff.actor.scope.tenant, clock.today()
    held = limits.street_limits(tenant)
    rulings: list[ProfileChoice | LocalLimit] = [*held.choices, *held.own]
    profile = held.profile(today)
    shown = request.GET.get("profile", profile)
    shown = shown if shown in limits.PROFILES else profile
    broken = next((form for form in (profile_form, limit_form) if form is not None), None)
    context = {
        "profile": limits.PROFILES[profile],
        "shown": limits.PROFILES[shown],
        "tabs": [
            {"label": name, "href": f"?profile={code}", "is_current": code == shown}
            for code, name in limits.PROFILES.items()
        ],
        "rows": [_said(rule, today) for rule in limits.rules_shown(tenant, shown, today)],
        "planned": [_planned(row) for row in rulings if row.valid_from > today],
        "short": _short_categories(today),
        "may_set": staff.actor.has(SET_LIMITS),
        "form": broken,
        "profile_form": profile_form or ProfileForm(),
        "limit_form": limit_form or LimitForm(),
        "refusal": refusal,
    }
    return desk_page(staff, "desk/limits.html", context, status=status)


def _said(rule: limits.Rule, today: date) -> dict[str, Any]:
    ids = catalogue.ids_of([rule.category]) if rule.category else []
    category = catalogue.category(ids[-1]) if ids else None
    return {
        "step": limits.STEPS.get(rule.step, rule.step),
        "category": name_of(category) if category else "",
        "limit": limits.say_limit(rule.value, rule.unit),
        "use": _use(rule, today),
        "source": source_of(rule.source),
        "grade": rule.grade,
        "is_local_choice": rule.is_local_choice,
        "is_own": rule.profile == limits.LOCAL,
        "valid_from": say_date(rule.valid_from, year=True),
        "valid_to": say_date(rule.valid_to, year=True) if rule.valid_to else "",
        "is_in_force": rule.is_in_force(today),
    }


def _use(rule: limits.Rule, today: date) -> dict[str, Any]:
    """Whether the row starts a clock, from when until when and for what; or why it starts none."""
    use = limit_uses.USES[rule.step]
    names = next((n for n in case_limits.CLASSES if rule.step.endswith(f"_{n}")), "")
    ids = catalogue.ids_of(case_limits.members_of(names, today)) if names else []
    members = [name_of(found) for one in ids if (found := catalogue.category(one)) is not None]
    icon, tone = LOOKS[use.kind]
    return {
        "kind": limit_uses.KINDS[use.kind], "icon": icon, "tone": tone, "words": use.words,
        "members": _("、").join(members),
    }  # fmt: skip


def _planned(row: ProfileChoice | LocalLimit) -> dict[str, Any]:
    if isinstance(row, ProfileChoice):
        what = _("改用%(profile)s") % {"profile": limits.PROFILES.get(row.profile, row.profile)}
    else:
        said = limits.say_limit(row.value, row.unit) if row.value is not None else _("恢复规则原来的时限")
        what = f"{limits.STEPS.get(row.step, row.step)} {said}"
    return {"what": what, "valid_from": row.valid_from, "reason": row.reason, "by": row.added_name}


def _short_categories(today: date) -> list[dict[str, Any]]:
    """Categories that the catalogue itself gives fewer days than usual."""
    usual = max((c.limit_days for c in catalogue.categories(today)), default=0)
    rows = [c for c in catalogue.categories(today) if c.limit_days < usual]
    return [{"name": name_of(c), "limit": limits.say_limit(c.limit_days, "working_day")} for c in rows]
