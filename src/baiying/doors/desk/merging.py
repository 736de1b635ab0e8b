"""Cases about the same thing, at the desk: merged from the page of either, listed under their lead, taken apart again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from baiying.cases import following, merging, queries, rules, together
from baiying.cases.candidates import stands_alone
from baiying.cases.models import Case, Merge
from baiying.doors.desk.similar import candidates_of
from baiying.doors.desk.splitting import said_case
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import Invalid, Refusal

KEPT: Final = "merge_form"  # in the session: what was typed for a merging that was refused


class MergeForm(forms.Form):
    """Which other cases, which of them leads, and why."""

    chosen = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    other = forms.CharField(
        label=later("或写编号"), required=False, max_length=60,
        help_text=later("多远都可以；相距较远的要写为什么是同一件事。"),
    )  # fmt: skip
    lead = forms.ChoiceField(
        label=later("以哪一件为主"), choices=[("here", later("并到这一件")), ("there", later("把这一件并过去"))],
        widget=forms.RadioSelect, initial="here",
    )  # fmt: skip
    reason = forms.CharField(
        label=later("为什么是同一件事（相距较远时要写）"), required=False, max_length=2000
    )


class UnmergeForm(forms.Form):
    """Why they are taken apart."""

    reason = forms.CharField(label=later("为什么取消合并"), max_length=2000)


def merging_context(request: StaffRequest, case: Case, told: Collection[str]) -> dict[str, Any]:
    """Candidates with the form to merge them, the cases below this one, and the one above it; `told`: the steps in its
    timeline.
    """
    kept = request.session.pop(KEPT, None)
    said = kept["said"] if kept and kept["case"] == str(case.id) else {}
    may = request.actor.has(rules.MERGE)
    is_open = stands_alone(case)
    form = MergeForm(initial=said) if may and is_open else None
    above, below, past = _story(case) if merging.LINES & set(told) else (None, [], [])
    return {
        "similar": candidates_of(request, case) if is_open else [],
        "merge_form": form,
        "followers": following.count_of(case),
        "merge_chosen": said.get("chosen", []),
        "merged_above": _seen(request, above.lead) | {"merge": above} if above is not None else None,
        "merged_below": [_seen(request, merge.part) | {"merge": merge} for merge in below],
        "merged_past": past,
        "unmerge_form": UnmergeForm() if may else None,
    }


def _story(case: Case) -> tuple[Merge | None, list[Merge], list[Merge]]:
    """(the merging in force above this case, those in force below it, those that were undone)"""
    found = merging.history_of(case)
    above = next((m for m in found if m.part_id == case.id and m.until is None), None)
    below = [m for m in found if m.lead_id == case.id and m.until is None]
    return above, below, [m for m in found if m.until is not None]


def _seen(request: StaffRequest, case: Case) -> dict[str, Any]:
    """A merged case in one line; outside the reader's sight its reference only."""
    scope = request.actor.scope
    if Case.objects.within(scope).filter(id=case.id).exists():
        return said_case(case) | {"is_seen": True}
    return {"reference": case.reference, "is_seen": False}


@require_POST
@staff_page(rules.READ, rules.MERGE)
def merge(request: StaffRequest, reference: str) -> HttpResponse:
    """This case and others become one piece of work; what was refused comes back with what was typed."""
    case = queries.case_by_reference(request.actor.scope, reference)
    said: dict[str, Any] = {
        "chosen": request.POST.getlist("chosen")[:20],
        "other": request.POST.get("other", "").strip()[:60],
        "lead": request.POST.get("lead", "here"),
        "reason": request.POST.get("reason", "").strip()[:2000],
    }
    try:
        wanted = [r for r in [*said["chosen"], said["other"]] if r]
        others = [queries.case_by_reference(request.actor.scope, r) for r in wanted]
        lead = _merged(request, case, others, said)
    except Refusal as refused:
        messages.error(request, say_refusal(refused))
        request.session[KEPT] = {"case": str(case.id), "said": said}
        return _back(case, "#similar")
    messages.success(request, _("已合并，由 %(lead)s 一起办。") % {"lead": lead.reference})
    return _back(lead, "#merged")


def _merged(request: StaffRequest, case: Case, others: list[Case], said: dict[str, Any]) -> Case:
    if said["lead"] != "there":
        ids = [other.id for other in others]
        return merging.merge(request.actor, lead_id=case.id, part_ids=ids, reason=said["reason"])
    if len(others) != 1:
        raise Invalid(
            field="lead", problem=_("并过去时只能选一件做主件。"), remedy=_("请只选一件，或改为并到这一件。")
        )
    return merging.merge(request.actor, lead_id=others[0].id, part_ids=[case.id], reason=said["reason"])


@require_POST
@staff_page(rules.READ, rules.MERGE)
def unmerge(request: StaffRequest, reference: str) -> HttpResponse:
    """A merged case goes on by itself."""
    case = queries.case_by_reference(request.actor.scope, reference)
    lead = together.in_force(case)
    try:
        merging.unmerge(request.actor, part_id=case.id, reason=request.POST.get("reason", ""))
    except Refusal as refused:
        messages.error(request, say_refusal(refused))
        return _back(case, "#merged")
    messages.success(request, _("%(part)s 已取消合并，恢复原样。") % {"part": case.reference})
    back = request.POST.get("back") == "lead" and lead is not None
    return _back(lead.lead if back and lead is not None else case, "#merged")


def _back(case: Case, anchor: str) -> HttpResponseRedirect:
    return redirect(reverse("desk_case", kwargs={"reference": case.reference}) + anchor)
