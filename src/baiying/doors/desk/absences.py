"""Who is away and who stands in: one's own, and - for the community head and the office - everybody's of the branch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit import clock
from baiying.kit.refusals import Refusal
from baiying.org import absences as org
from baiying.org.models import Account
from baiying.org.rules import MANAGE_ABSENCES, Scope


class AbsenceForm(forms.Form):
    """Who is away from when to when, and who stands in."""

    account = forms.ChoiceField(label=later("谁不在岗"))
    from_date = forms.DateField(
        label=later("第一天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    to_date = forms.DateField(
        label=later("最后一天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    deputy = forms.ChoiceField(
        label=later("谁代班"),
        required=False,
        help_text=later("不选就没有人代班：催办会越过您，直接报上一级。"),
    )

    def offer(self, who: list[Account], deputies: list[Account]) -> None:
        """Who can be named."""
        self._choices("account", [(str(a.pk), a.name) for a in who])
        self._choices(
            "deputy", [("", _("没有人代班")), *((str(a.pk), f"{a.name} {a.username}") for a in deputies)]
        )

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def absences(request: StaffRequest) -> HttpResponseBase:
    """My absences, and those of my branch where I manage them; recorded here."""
    actor, own = request.actor, request.user
    assert isinstance(own, Account)
    manages = actor.has(MANAGE_ABSENCES)
    who = org.accounts_within(actor.scope) if manages else [own]
    if own.pk not in {a.pk for a in who}:
        who.insert(0, own)
    form = AbsenceForm(
        request.POST or None,
        initial={"account": own.pk, "from_date": clock.today(), "to_date": clock.today()},
    )
    form.offer(who, org.accounts_within(Scope(actor.scope.tenant, "street")) if own.admin_kind == 0 else [])
    if request.method == "POST" and form.is_valid() and _recorded(request, form, who):
        messages.success(request, _("已登记。这些日子里的催办会找代班的人。"))
        return redirect("desk_absences")
    rows = list(org.absences_within(actor.scope)) if manages else []
    rows = [*org.absences_of(own), *(a for a in rows if a.account_id != own.pk)]
    return desk_page(
        request, "desk/absences.html", {"form": form, "absences": rows}, status=422 if form.errors else 200
    )


def _recorded(request: StaffRequest, form: AbsenceForm, who: list[Account]) -> bool:
    told = form.cleaned_data
    account = next(a for a in who if str(a.pk) == told["account"])
    deputy = Account.objects.filter(pk=int(told["deputy"])).first() if told["deputy"] else None
    try:
        org.record_absence(
            request.actor,
            account=account,
            from_date=told["from_date"],
            to_date=told["to_date"],
            deputy=deputy,
        )
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, say_refusal(refusal))
        return False
    return True


@require_POST
@staff_page()
def take_back(request: StaffRequest, absence_id: int) -> HttpResponseBase:
    """An absence that will not be, or ends early."""
    org.take_back_absence(request.actor, absence_id=absence_id)
    messages.success(request, _("已撤回，从今天起照常找本人。"))
    return redirect("desk_absences")
