"""The list of the desk as a file: at once, or in the background, with one's own exports and how far they are."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import exporting_later, rules
from baiying.cases.models import Export
from baiying.doors.desk.frame import desk_page, is_swap
from baiying.doors.shared import exports
from baiying.doors.shared.case_filters import Asked, address, asked
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Invalid, Refusal
from baiying.kit.sheet_writing import FORMS
from baiying.org.rules import acting

STATES: Final = {
    Export.State.WAITING: (later("排队中"), "wait", "wait"),
    Export.State.RUNNING: (later("正在写"), "open", "work"),
    Export.State.DONE: (later("可以下载"), "done", "done"),
    Export.State.FAILED: (later("没有写成"), "late", "late"),
    Export.State.CANCELLED: (later("已取消"), "plain", "close"),
    Export.State.EXPIRED: (later("已过期"), "plain", "clock"),
}
NAMES: Final = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON"}


@require_safe
@staff_page(rules.READ, rules.EXPORT, in_transaction=False)
def export(request: StaffRequest) -> HttpResponseBase:
    """What the list shows, all of it; what is long, or was found by words, goes to the page of one's exports."""
    what, form = _what(request, request.GET), request.GET.get("format", "csv")
    with acting(request.actor.scope):
        is_large = form in FORMS and exports.is_large(request.actor, what)
    if is_large:
        return redirect(address(reverse("desk_exports"), what.query, format=form))
    return exports.stream(request.actor, what, form)


def _what(request: StaffRequest, said: QueryDict) -> Asked:
    query = QueryDict(mutable=True)
    for name, values in said.lists():
        if name != "format":
            query.setlist(name, values)
    what = asked(query, request.actor)
    if not what.is_valid:
        raise Invalid()
    return what


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ, rules.EXPORT)
def my_exports(request: StaffRequest) -> HttpResponse:
    """One's own exports and how far each is; with a list's address, the question whether to export that."""
    form = request.GET.get("format", "")
    wanted = _what(request, request.GET) if form in FORMS else None
    refusal: Refusal | None = None
    if request.method == "POST" and wanted is not None:
        try:
            exports.ask(request.actor, wanted, form)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("已经排上，写好了就能在这里下载。"))
            return redirect("desk_exports")
    rows = [_said(one) for one in exporting_later.exports(request.actor)]
    context: dict[str, Any] = {
        "rows": rows,
        "is_moving": any(row["is_open"] for row in rows),
        "wanted": {
            "form": NAMES[form],
            "words": [chip for chip in wanted.chips(reverse("desk_cases")) if chip["value"]],
            "url": address(reverse("desk_exports"), wanted.query, format=form),
            "back_url": address(reverse("desk_cases"), wanted.query),
        }
        if wanted is not None
        else None,
        "refusal": refusal,
    }
    if is_swap(request) and request.method == "GET":
        return render(request, "desk/parts/exports.html", context)
    return desk_page(request, "desk/exports.html", context, status=refusal.status if refusal else 200)


def _said(one: Export) -> dict[str, Any]:
    return {
        "row": one,
        "state": STATES[Export.State(one.state)],
        "is_open": one.state in exporting_later.OPEN,
        "may_fetch": exporting_later.may_fetch(one),
        "problem": exporting_later.PROBLEMS.get(one.problem, ""),
        "form": NAMES[one.form],
        "size": filesizeformat(one.size),
        "list_url": f"{reverse('desk_cases')}?{one.query}" if one.query else reverse("desk_cases"),
        "has_list": one.state not in (Export.State.CANCELLED, Export.State.EXPIRED),
        "rows_all": one.rows_all,
    }


@require_POST
@staff_page(rules.READ, rules.EXPORT)
def cancel(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Not wanted any more."""
    exporting_later.cancel(request.actor, export_id=export_id)
    messages.success(request, _("已取消，文件随即删除。"))
    return redirect("desk_exports")


@never_cache
@require_safe
@staff_page(rules.READ, rules.EXPORT)
def file(request: StaffRequest, export_id: UUID) -> HttpResponseBase:
    """The file, to its owner, until it expires."""
    found, path = exporting_later.fetch(request.actor, export_id=export_id)
    return exports.file_of(found, path)
