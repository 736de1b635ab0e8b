"""What may be the same, on the page of a case; and the numbers by which it is judged, set by the street's leader."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from baiying.cases import catalogue, rules, similar_rules
from baiying.cases.candidates import OPEN_TO_WORK, Candidate, about, candidates
from baiying.cases.facts import SPLIT
from baiying.cases.models import Case
from baiying.cases.wording import category_name
from baiying.doors.desk.case_forms import category_choices, show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.names import source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock, text
from baiying.kit.refusals import Denied, Refusal
from baiying.org.rules import PERMISSIONS

WRONG: Final = {"required": later("要写一个整数。"), "invalid": later("要写一个整数。")}


def candidates_of(request: StaffRequest, case: Case) -> list[dict[str, Any]]:
    """Open cases in the reader's sight that may be the same, each in one line with its reasons."""
    if case.state not in OPEN_TO_WORK or case.channel == SPLIT:
        return []
    found = candidates(request.actor.scope, about(case))
    return [
        {
            "href": reverse("desk_case", kwargs={"reference": one.case.reference}),
            "reference": one.case.reference,
            "words": text.first_words(one.case.text, 32),
            "state": one.case.state,
            "received_at": one.case.received_at,
            "reasons": reasons(one),
            "case": one.case,
        }
        for one in found
    ]


def reasons(one: Candidate) -> list[str]:
    """Why somebody might take the two for the same, each in a few words."""
    found = []
    if one.is_same_photo:
        found.append(_("照片看着是同一处"))
    if one.is_same_building:
        found.append(_("同一栋楼"))
    elif one.metres is not None:
        metres = 5 * round(one.metres / 5)
        found.append(_("相距约 %(metres)s 米") % {"metres": metres} if metres else _("同一个地点"))
    found.append(
        ngettext("前后相差 %(n)d 天", "前后相差 %(n)d 天", one.days) % {"n": one.days}
        if one.days
        else _("同一天反映")
    )
    if one.is_same_category:
        found.append(_("同一类别"))
    if one.words:
        found.append(_("都写了“%(words)s”") % {"words": _("”“").join(one.words[:4])})
    return found


class RuleForm(forms.Form):
    """The numbers of one category."""

    category = forms.ChoiceField(label=later("类别"), required=False)
    metres = forms.IntegerField(label=later("多少米以内"), error_messages=WRONG)
    days = forms.IntegerField(label=later("前后多少天以内"), error_messages=WRONG)
    percent = forms.IntegerField(
        label=later("像到百分之多少"), error_messages=WRONG,
        help_text=later("按两件共有的字词算，类别相同、地点相同再加分；数越大，列出来的越少。"),
    )  # fmt: skip
    reason = forms.CharField(
        label=later("为什么改"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": later("没有写为什么改。请写一句理由，别人查得到。")},
    )  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = category_choices(later("没有单独设定的所有类别"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ)
def similar_page(request: StaffRequest) -> HttpResponse:
    """The numbers in force for every category, where they come from, who set them and why."""
    form, refusal, status = RuleForm(request.POST or None), None, 200
    if request.method == "POST":
        if not request.actor.has(rules.SET_SIMILAR):
            declared = PERMISSIONS[rules.SET_SIMILAR]
            raise Denied(permission=declared.name, sentence=declared.sentence, unit=request.actor.unit_said)
        status = 422
        if form.is_valid():
            try:
                similar_rules.set_rule(request.actor, **form.cleaned_data)
                messages.success(request, _("已改，从现在起按新的数字办。"))
                return redirect("desk_similar_rules")
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    found = similar_rules.rules_of(request.actor.scope.tenant)
    order = {c.code: n for n, c in enumerate(catalogue.categories(clock.today()))}
    context = {
        "form": form,
        "refusal": refusal,
        "rules": [
            {"name": _name(rule.category), "rule": rule,
             "source": _("本街道设定") if rule.source == "street" else f"{source_of(rule.source)} {rule.grade}"}
            for rule in sorted(found.values(), key=lambda r: order.get(r.category, -1))
        ],
        "history": [
            {"row": row, "name": _name(row.category)} for row in similar_rules.history_of(request.actor.scope)
        ],
        "may_set": request.actor.has(rules.SET_SIMILAR),
    }  # fmt: skip
    return desk_page(request, "desk/similar_rules.html", context, status=status)


def _name(category: str) -> str:
    return category_name(category) if category else _("没有单独设定的所有类别")
