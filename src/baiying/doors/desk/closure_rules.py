"""The numbers that closure goes by, shown to everybody who works with cases and set by the street's leader."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from baiying.cases import closure, rules
from baiying.cases.closure import ClosureRules
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import name_of, source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.insight.rates import profiles
from baiying.kit.language import is_english
from baiying.kit.refusals import Denied, Refusal
from baiying.org.rules import PERMISSIONS

WRONG = {"required": later("要写一个整数。"), "invalid": later("要写一个整数。")}


class RulesForm(forms.Form):
    """Every number, the profile, and why."""

    def __init__(self, data: Any, *, numbers: ClosureRules) -> None:
        super().__init__(data)
        self.fields["profile"] = forms.ChoiceField(
            label=_("评价口径"),
            choices=[(code, name_of(p)) for code, p in profiles().items()],
            initial=numbers.profile,
        )
        for key, rule in numbers.rules.items():
            hint = _("默认 %(default)s；来源：%(source)s（%(grade)s）") % {
                "default": rule.default, "source": source_of(rule.source), "grade": rule.grade,
            }  # fmt: skip
            self.fields[key] = forms.IntegerField(
                label=rule.name_en if is_english() else rule.name,
                initial=rule.value,
                help_text=hint,
                error_messages=WRONG,
            )
        self.fields["reason"] = forms.CharField(
            label=_("为什么改"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": _("没有写为什么改。请写一句理由，别人查得到。")},
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ)
def closure_rules(request: StaffRequest) -> HttpResponse:
    """The numbers in force, where they come from, who set them last and why."""
    numbers = closure.rules_of(request.actor.scope.tenant)
    form, refusal, status = RulesForm(request.POST or None, numbers=numbers), None, 200
    if request.method == "POST":
        if not request.actor.has(rules.SET_CLOSURE):
            declared = PERMISSIONS[rules.SET_CLOSURE]
            raise Denied(permission=declared.name, sentence=declared.sentence, unit=request.actor.unit_said)
        status = 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            profile, reason = said.pop("profile"), said.pop("reason")
            try:
                closure.set_rules(request.actor, values=said, profile=profile, reason=reason)
                messages.success(request, _("已改，从现在起按新的数字办。"))
                return redirect("desk_closure_rules")
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    context = {
        "form": form,
        "refusal": refusal,
        "rules": [
            {"name": r.name_en if is_english() else r.name, "value": r.value, "default": r.default, "source": source_of(r.source), "grade": r.grade}
            for r in numbers.rules.values()
        ],
        "profile": name_of(profiles()[numbers.profile]),
        "history": closure.rule_history(request.actor.scope),
        "may_set": request.actor.has(rules.SET_CLOSURE),
    }  # fmt: skip
    return desk_page(request, "desk/closure_rules.html", context, status=status)
