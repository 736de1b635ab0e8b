"""Importing a list of links: the file, every change shown, done, and taken back as a whole."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from baiying.chain import importing
from baiying.chain.importing import Change
from baiying.chain.models import Import
from baiying.chain.queries import LEVEL_NAMES
from baiying.chain.rules import MANAGE
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.refusals import NotFound, Refusal
from baiying.kit.sheets import MOST_BYTES, read_sheet

KINDS: Final = {
    "refused": later("不能导入"), "added": later("新增"), "moved": later("换人"), "ended": later("结束"),
    "unchanged": later("不变"),
}  # fmt: skip
LATEST: Final = 20


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(
        label=later("名单文件"), help_text=later("CSV 或 XLSX，第一行是列名。先给您看变化，不会马上导入。")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE)
def upload(request: StaffRequest) -> HttpResponseBase:
    """A list comes in; nothing changes yet."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            rows = importing.rows_of(read_sheet(file.read(MOST_BYTES + 1)))
            kept = importing.read_list(request.actor, name=file.name, rows=rows)
        except Refusal as refusal:
            form.add_error("file", say_refusal(refusal))
        else:
            return redirect("desk_chain_import_of", import_id=kept.pk)
    before = Import.objects.within(request.actor.scope).exclude(state=Import.State.SHOWN).order_by("-pk")
    columns = [
        {"word": importing.column_word(name), "is_needed": name in importing.NEEDED}
        for name in importing.COLUMNS
    ]
    context = {"form": form, "before": before.defer("rows")[:LATEST], "columns": columns, "may_manage": True}
    return desk_page(request, "desk/chain_import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE)
def preview(request: StaffRequest, import_id: int) -> HttpResponseBase:
    """What the list would change, or did; done and taken back from here."""
    kept = Import.objects.within(request.actor.scope).filter(pk=import_id).first()
    if kept is None:
        raise NotFound()
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            if request.POST.get("action") == "undo":
                importing.undo(request.actor, import_id=import_id)
                messages.success(request, _("已整个撤回，挂包恢复到导入以前。"))
            else:
                importing.carry_out(request.actor, import_id=import_id, counts=_told(request))
                messages.success(request, _("已导入。"))
            return redirect("desk_chain_import_of", import_id=import_id)
        except Refusal as refused:
            refusal = refused
    changes = importing.shown(request.actor, kept) if kept.state == Import.State.SHOWN else []
    counts = importing.counted(changes) if changes else kept.counts
    context = {
        "kept": kept, "refusal": refusal, "groups": _groups(changes), "may_manage": True,
        "counts": [{"kind": kind, "word": word, "n": counts[kind]} for kind, word in KINDS.items() if kind in counts],
        "can_do": any(change.kind in ("added", "moved", "ended") for change in changes),
    }  # fmt: skip
    return desk_page(request, "desk/chain_import_of.html", context, status=refusal.status if refusal else 200)


def _told(request: StaffRequest) -> dict[str, int]:
    """The counts that the person has seen, sent along by the page."""
    told = {kind: request.POST.get(f"count_{kind}", "") for kind in KINDS}
    return {kind: int(n) for kind, n in told.items() if n.isascii() and n.isdecimal() and len(n) < 7}


def _groups(changes: list[Change]) -> list[dict[str, Any]]:
    """Refused first: they want work; unchanged rows are only counted."""
    found = []
    for kind, word in KINDS.items():
        rows = [
            {
                "change": c,
                "what": LEVEL_NAMES[c.level][1] if c.level else "",
                "column": importing.column_word(c.field),
            }
            for c in changes
            if c.kind == kind
        ]
        if rows and kind != "unchanged":
            found.append({"kind": kind, "word": word, "rows": rows})
    return found
