"""Several cases at once: looked at first, each tried for real and taken back, then done one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST

from baiying.cases import rules, services
from baiying.cases.models import Case
from baiying.dispatch.rules import RAISE_CALL
from baiying.doors.desk import bulk_merging
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.kept import is_local
from baiying.doors.desk.lists import said
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.ids import parse_reference
from baiying.kit.refusals import Invalid, Refusal
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Actor, acting, demand

MOST: Final = 100
CALL: Final = "call"


class HandOutForm(forms.Form):
    """To whom, and with which word."""

    unit = forms.ChoiceField(label=later("派给"), choices=[])
    text = forms.CharField(
        label=later("交办意见"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=later("只有承办单位看得到。"),
    )  # fmt: skip

    def __init__(self, *args: Any, street: StreetMap) -> None:
        super().__init__(*args)
        groups = [
            (title, [(str(u.id), name_of(u)) for u in street.at_level(level)])
            for title, level in (
                (_("部门"), Unit.Level.DEPARTMENT),
                (_("成员单位"), Unit.Level.PARTNER),
                (_("社区"), Unit.Level.COMMUNITY),
                (_("网格"), Unit.Level.GRID),
            )
        ]
        field = self.fields["unit"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *groups]


class NoteForm(forms.Form):
    """A word for colleagues."""

    text = forms.CharField(
        label=later("内部记录"), max_length=services.MOST_NOTE, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=later("记在每一件的办理经过里，居民看不到。"),
    )  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Something that can be done with several cases."""

    title: Any
    permission: str
    do: Any
    form: Callable[[Any, StreetMap, list[Case]], forms.Form]
    lead_of: Callable[[dict[str, Any]], str] | None = None  # the case that stays as it is


@dataclass
class Row:
    """One of the cases, and what became of it."""

    case: Case
    version: int
    shown: dict[str, Any]
    problem: str = ""
    remedy: str = ""
    is_lead: bool = False

    @property
    def value(self) -> str:
        return f"{self.case.id}:{self.version}"


@dataclass
class Chosen:
    """The cases that were ticked; those out of scope are counted, not shown."""

    rows: list[Row] = field(default_factory=list)
    missing_count: int = 0

    @property
    def parts(self) -> list[Row]:
        """Those that something is done with."""
        return [row for row in self.rows if not row.is_lead]


def _hand_out(by: Actor, case_id: UUID, version: int, said: dict[str, Any]) -> None:
    data = services.StepData(unit_id=int(said["unit"]), text=said["text"])
    services.take_step(by, case_id=case_id, step="hand_out", data=data, version=version)


def _note(by: Actor, case_id: UUID, version: int, said: dict[str, Any]) -> None:
    services.add_note(by, case_id=case_id, text=said["text"], is_public=False)


ACTS: Final = {
    "hand_out": Act(
        later("派给单位"), rules.HAND_OUT, _hand_out, lambda data, street, cases: HandOutForm(data, street=street)
    ),
    "note": Act(later("写内部记录"), rules.NOTE, _note, lambda data, street, cases: NoteForm(data)),
    "merge": Act(
        later("合并到一件"), rules.MERGE, bulk_merging.merge,
        lambda data, street, cases: bulk_merging.MergeForm(data, cases=cases), bulk_merging.lead_of,
    ),
}  # fmt: skip


def _to_call(request: StaffRequest) -> HttpResponse:
    """Units are called to all of them at once, on a page of its own."""
    with acting(request.actor.scope):
        demand(request.actor, RAISE_CALL)
        chosen = _chosen(request)
    if not chosen.rows:
        raise Invalid(
            field="case", problem=_("没有勾选诉求。"), remedy=_("请回到列表，勾选要一起呼叫的诉求。")
        )
    about = [("case", row.case.reference) for row in chosen.rows]
    return redirect(f"{reverse('desk_call_new')}?{urlencode(about)}")


# Each case is its own transaction: what was done stays done when a later one is refused or the power fails.
@require_POST
@staff_page(rules.READ, in_transaction=False)
def bulk(request: StaffRequest) -> HttpResponse:
    """First the form, then the preview, then the deed with a result for each case."""
    if request.POST.get("action") == CALL:
        return _to_call(request)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        raise Invalid(
            field="action", problem=_("没有这种批量办理。"), remedy=_("请回到列表，用列表下面的按钮。")
        )
    actor = request.actor
    with acting(actor.scope):
        demand(actor, act.permission)
        chosen = _chosen(request)
        stage = request.POST.get("stage", "")
        cases = [row.case for row in chosen.rows]
        form = act.form(request.POST if stage else None, street_map(actor.scope.tenant), cases)
        is_ready = stage in ("preview", "do") and form.is_valid()
        if is_ready:
            _mark_lead(act, chosen, form.cleaned_data)
        if is_ready and stage == "preview":
            for row in chosen.parts:
                _say(row, lambda row=row: _try(act, actor, row, form.cleaned_data))  # type: ignore[misc]
    if is_ready and stage == "do":
        for row in chosen.parts:
            _say(row, lambda row=row: act.do(actor, row.case.id, row.version, form.cleaned_data))  # type: ignore[misc]
        with acting(actor.scope):
            return _answer(request, act, chosen, form, "done")
    with acting(actor.scope):
        return _answer(request, act, chosen, form, "preview" if is_ready else "form")


def _mark_lead(act: Act, chosen: Chosen, said: dict[str, Any]) -> None:
    lead = parse_reference(act.lead_of(said)) if act.lead_of is not None else None
    for row in chosen.rows:
        row.is_lead = row.case.reference == lead


def _chosen(request: StaffRequest) -> Chosen:
    """The ticked cases with the version that was seen; a ticked box of the list has no version yet."""
    wanted: dict[UUID, int | None] = {}
    for value in request.POST.getlist("case")[: MOST + 1]:
        case_id, _colon, version = value.partition(":")
        try:
            wanted[UUID(case_id)] = int(version) if version else None
        except ValueError:
            raise Invalid(
                field="case", problem=_("选中的诉求读不出来。"), remedy=_("请回到列表重新勾选。")
            ) from None
    if len(wanted) > MOST:
        raise Invalid(field="case", problem=_("一次最多办理 100 件。"), remedy=_("请分几次办理。"))
    found = Case.objects.within(request.actor.scope).defer("search").in_bulk(list(wanted))
    street = street_map(request.actor.scope.tenant)
    rows = [
        Row(case, case.version if version is None else version, said(case, street))
        for case_id, version in wanted.items()
        if (case := found.get(case_id)) is not None
    ]
    return Chosen(rows, len(wanted) - len(rows))


def _say(row: Row, do: Callable[[], None]) -> None:
    try:
        do()
    except Refusal as refusal:
        row.problem, row.remedy = str(refusal.problem), str(refusal.remedy)


def _try(act: Act, actor: Actor, row: Row, data: dict[str, Any]) -> None:
    """Do it for real and take it back: the preview can say nothing that the deed would not."""
    with transaction.atomic():
        act.do(actor, row.case.id, row.version, data)
        transaction.set_rollback(True)


def _answer(request: StaffRequest, act: Act, chosen: Chosen, form: forms.Form, stage: str) -> HttpResponse:
    back = request.POST.get("back") or request.headers.get("Referer", "").removeprefix(
        f"{request.scheme}://{request.get_host()}"
    )
    cases_url = reverse("desk_cases")
    context = {
        "action": request.POST["action"],
        "title": act.title,
        "form": form,
        "stage": stage,
        "chosen": chosen,
        "able": [row for row in chosen.parts if not row.problem],
        "unable": [row for row in chosen.rows if row.problem],
        "hidden": _fields(form) if stage == "preview" else [],
        "page_ids": [] if chosen.rows else request.POST.get("page", "").split()[:MOST],
        "summary": _summary(form) if stage != "form" else [],
        "back_url": back if is_local(back, request) and back.startswith(cases_url) else cases_url,
        "bulk_url": reverse("desk_bulk"),
    }
    return desk_page(request, "desk/bulk.html", context, status=422 if form.errors else 200)


def _fields(form: forms.Form) -> list[tuple[str, str]]:
    """What was filled in, to be carried from the preview to the deed."""
    return [(name, str(form.data.get(name, ""))) for name in form.fields]


def _summary(form: forms.Form) -> list[dict[str, str]]:
    """What will be or was done, in words."""
    found = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if isinstance(field, forms.ChoiceField):
            choices = [
                pair for _title, group in _list(field.choices) if isinstance(group, list) for pair in group
            ]
            value = dict(choices).get(value, value)
        if value:
            found.append({"name": str(field.label), "value": str(value)})
    return found


def _list(choices: Any) -> list[tuple[str, Any]]:
    return list(choices)
