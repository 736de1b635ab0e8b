"""Saved filters: kept, listed, dropped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baiying.cases import rules, saved
from baiying.doors.shared.case_filters import address, asked
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import Refusal


def saved_filters(request: StaffRequest) -> list[dict[str, Any]]:
    """The person's filters as links."""
    here = reverse("desk_cases")
    return [
        {
            "id": kept.id,
            "label": kept.name,
            "href": f"{here}?{kept.query}",
            "is_current": kept.query == request.GET.urlencode(),
            "delete_url": reverse("desk_filter_delete", kwargs={"filter_id": kept.id}),
        }
        for kept in saved.saved_filters(request.actor)
    ]


@require_POST
@staff_page(rules.READ)
def save(request: StaffRequest) -> HttpResponse:
    """Keep the conditions of the list under a name."""
    what = asked(QueryDict(request.POST.get("query", "")), request.actor)
    here = address(reverse("desk_cases"), what.query)
    try:
        kept = saved.save_filter(
            request.actor,
            name=request.POST.get("name", ""),
            query=what.query.urlencode() if what.is_valid else "",
        )
    except Refusal as refusal:
        messages.error(request, say_refusal(refusal))
    else:
        messages.success(request, _("已保存筛选“%(name)s”，在列表上方可以找到。") % {"name": kept.name})
    return redirect(here)


@require_POST
@staff_page(rules.READ)
def delete(request: StaffRequest, filter_id: int) -> HttpResponse:
    """Drop one; its words come along, so that it can be saved again."""
    saved.delete_filter(request.actor, filter_id=filter_id)
    messages.success(request, _("已删除这个筛选。"))
    return redirect("desk_cases")
