"""Telephone tasks: what nobody has read in time is said by telephone. Done ones vanish from the list."""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import rules
from baiying.cases import services as cases
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.letter_words import RESULTS, kind_name, links_of
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.paging import page_of
from baiying.kit.refusals import Conflict, NotFound, Refusal
from baiying.notify import queries, services
from baiying.notify.letters import Person
from baiying.notify.models import PhoneTask
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting, demand

ROWS: Final = 30
REVEALED: Final = "phone_tasks"  # in the session: {task id: [until when, [[name, number], ...]]}
REVEALED_FOR: Final = 600  # seconds


class ResultForm(forms.Form):
    """What came of it."""

    result = forms.ChoiceField(
        label=later("通话结果"), choices=[("", later("请选择")), *RESULTS.items()],
        error_messages={"required": later("还没有选通话结果。")},
    )  # fmt: skip
    note = forms.CharField(label=later("备注"), max_length=300, required=False)

    def __init__(self, data: QueryDict | None = None, *, task: PhoneTask) -> None:
        super().__init__(data, auto_id=f"{task.id.hex[-8:]}-%s")


@require_safe
@staff_page(rules.CALL_BACK)
def phone_tasks(request: StaffRequest) -> HttpResponse:
    """What is still to be said by telephone, the oldest first."""
    return _show(request)


def _show(
    request: StaffRequest, *, broken: ResultForm | None = None, task_id: UUID | None = None, status: int = 200
) -> HttpResponse:
    rows = queries.open_calls(request.actor.scope)
    page = page_of(rows, order=("created_at", "id"), size=ROWS, cursor=request.GET.get("cursor"))
    links = links_of(request.actor, ((t.subject_kind, t.subject_id) for t in page.rows))
    here = reverse("desk_phone_tasks")
    revealed = _revealed(request)
    context = {
        "tasks": [
            _said(request, task, links, revealed) | {"form": broken if task.id == task_id else ResultForm(task=task)}
            for task in page.rows
        ],
        "form": broken,
        "newer_url": page.previous_cursor and f"{here}?cursor={page.previous_cursor}",
        "older_url": page.next_cursor and f"{here}?cursor={page.next_cursor}",
        "first_url": here,
    }  # fmt: skip
    return desk_page(request, "desk/phone_tasks.html", context, status=status)


def _said(
    request: StaffRequest,
    task: PhoneTask,
    links: dict[tuple[str, str], dict[str, str]],
    revealed: dict[str, Any],
) -> dict[str, Any]:
    unit = street_map(task.tenant_id).units.get(task.unit_id or 0)
    shown = revealed.get(str(task.id))
    return {
        "id": task.id,
        "kind": kind_name(task.kind),
        "names": task.names,
        "unit": name_of(unit) if unit else "",
        "is_resident": not task.account_ids,
        "is_urgent": task.is_urgent,
        "since": task.created_at,
        "link": links.get((task.subject_kind, task.subject_id)),
        "numbers": shown[1] if shown else None,
        "may_reveal": request.actor.has(rules.READ_CONTACT),
    }


def _revealed(request: StaffRequest) -> dict[str, Any]:
    now = time.time()
    return {key: one for key, one in request.session.get(REVEALED, {}).items() if one[0] > now}


def _task(request: StaffRequest, task_id: UUID) -> PhoneTask:
    task = queries.phone_task(request.actor.scope, task_id)
    if task is None:
        raise NotFound(problem=_("没有这个电话任务，或者已经办完了。"), remedy=_("刷新页面，看看还有哪些。"))
    return task


def _me(request: StaffRequest) -> Person:
    actor = request.actor
    return Person(actor.scope.tenant, actor.account_id or 0, actor.name)


@require_POST
@staff_page(rules.CALL_BACK, rules.READ_CONTACT)
def reveal(request: StaffRequest, phone_task_id: UUID) -> HttpResponse:
    """Show whom to dial for ten minutes; that it was looked at is recorded, as with every contact."""
    task = _task(request, phone_task_id)
    if task.account_ids:
        numbers = _numbers_of_staff(request, task)
    else:
        demand(request.actor, rules.READ_CONTACT)
        contact = cases.reveal_contact(request.actor, case_id=UUID(task.subject_id))
        numbers = [[contact.name or _("居民"), contact.phone]]
    shown = _revealed(request) | {str(task.id): [time.time() + REVEALED_FOR, numbers]}
    request.session[REVEALED] = shown
    return redirect(reverse("desk_phone_tasks") + f"#task-{task.id}")


def _numbers_of_staff(request: StaffRequest, task: PhoneTask) -> list[list[str]]:
    services.note_number_read(_me(request), task)
    tenant = request.actor.scope.tenant
    # Addresses are their owner's alone; the service reads these few on behalf of whoever must telephone.
    with acting(Scope(tenant, "street")):
        found = [queries.telephone_of(tenant, account) for account in task.account_ids]
    return [list(pair) for pair in zip(task.names, found, strict=False)]


@require_POST
@staff_page(rules.CALL_BACK)
def done(request: StaffRequest, phone_task_id: UUID) -> HttpResponse:
    """What came of the call; the task vanishes from the list."""
    task = _task(request, phone_task_id)
    form = ResultForm(request.POST, task=task)
    if not form.is_valid():
        return _show(request, broken=form, task_id=task.id, status=422)
    try:
        services.end_phone_task(
            _me(request), task_id=task.id, result=form.cleaned_data["result"], note=form.cleaned_data["note"]
        )
    except Conflict as refused:
        messages.error(request, say_refusal(refused))
    except Refusal as refused:
        form.add_error("result", say_refusal(refused))
        return _show(request, broken=form, task_id=task.id, status=refused.status)
    else:
        messages.success(
            request, _("电话任务已办完：%(result)s。") % {"result": RESULTS[form.cleaned_data["result"]]}
        )
    return redirect("desk_phone_tasks")
