"""The system administrator's page of the working calendar: holidays by year, single days, an import, working hours."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.holidays import MOST_NOTE, said_hours
from baiying.kit.refusals import Invalid, Refusal
from baiying.org import calendars
from baiying.org.queries import calendar_of
from baiying.org.rules import MANAGE_CALENDAR

MOST_BYTES: Final = 100_000


class DayForm(forms.Form):
    """One day."""

    day = forms.DateField(label=later("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(
        label=later("安排"),
        widget=forms.RadioSelect,
        choices=[("closed", later("休息")), ("open", later("上班"))],
    )
    note = forms.CharField(label=later("说明"), max_length=MOST_NOTE, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "day-%s"


class HoursForm(forms.Form):
    """Working hours from a day on."""

    hours = forms.CharField(
        label=later("工作时间"), max_length=80, help_text=later("例如 08:30-12:00, 13:30-17:30。")
    )
    valid_from = forms.DateField(label=later("从哪一天起"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "hours-%s"


class ImportForm(forms.Form):
    """A year's notice as a table, pasted or as a file."""

    year = forms.IntegerField(
        label=later("年份"), min_value=calendars.FIRST_YEAR, max_value=calendars.LAST_YEAR
    )
    source = forms.CharField(
        label=later("依据"), max_length=calendars.MOST_SOURCE, help_text=later("通知的名称和文号。")
    )
    table = forms.CharField(
        label=later("放假和调休表"), max_length=MOST_BYTES, required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=later("第一行写：日期,安排,说明；以后每行一天，例如 2027-10-01,休,国庆节。平常的周末不用写。"),
    )  # fmt: skip
    file = forms.FileField(label=later("或者选一个 CSV 文件"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "import-%s"


@require_safe
@staff_page(MANAGE_CALENDAR)
def show(request: StaffRequest) -> HttpResponse:
    """Years, days and hours."""
    return _show(request)


@require_POST
@staff_page(MANAGE_CALENDAR)
def add_day(request: StaffRequest) -> HttpResponse:
    """One day more."""
    form = DayForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            calendars.add_day(
                request.actor, day=told["day"], is_open=told["kind"] == "open", note=told["note"]
            )
        except Refusal as refused:
            return _show(request, day_form=form, refusal=show_refusal(form, refused), status=refused.status)
        messages.success(request, _("已登记。正在计算的时限不变。"))
        return redirect("desk_calendar")
    return _show(request, day_form=form, status=422)


@require_POST
@staff_page(MANAGE_CALENDAR)
def remove_day(request: StaffRequest, day_id: int) -> HttpResponse:
    """A day is again what the tables say."""
    calendars.remove_day(request.actor, day_id=day_id)
    messages.success(request, _("已删掉这一天。正在计算的时限不变。"))
    return redirect("desk_calendar")


@require_POST
@staff_page(MANAGE_CALENDAR)
def remove_year(request: StaffRequest, year: int) -> HttpResponse:
    """Everything that was entered for a year goes."""
    calendars.remove_year(request.actor, year=year)
    messages.success(request, _("%(year)d 年的登记已删掉。正在计算的时限不变。") % {"year": year})
    return redirect("desk_calendar")


@require_POST
@staff_page(MANAGE_CALENDAR)
def set_hours(request: StaffRequest) -> HttpResponse:
    """Working hours from a day on."""
    form = HoursForm(request.POST)
    if form.is_valid():
        try:
            calendars.set_hours(request.actor, **form.cleaned_data)
        except Refusal as refused:
            return _show(request, hours_form=form, refusal=show_refusal(form, refused), status=refused.status)
        messages.success(request, _("工作时间已登记。正在计算的时限不变。"))
        return redirect("desk_calendar")
    return _show(request, hours_form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE_CALENDAR)
def import_year(request: StaffRequest) -> HttpResponse:
    """A year's table: first what it would change, then taken as a whole."""
    if request.method != "POST":
        return _show_import(request, ImportForm(initial={"year": clock.today().year + 1}))
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show_import(request, form, status=422)
    told = form.cleaned_data
    try:
        table = told["table"] or _read(told["file"])
        if request.POST.get("do") == "take":
            calendars.import_year(request.actor, year=told["year"], table=table, source=told["source"])
            messages.success(
                request, _("%(year)d 年的日历已采用。正在计算的时限不变。") % {"year": told["year"]}
            )
            return redirect("desk_calendar")
        changes = calendars.preview_import(request.actor, year=told["year"], table=table)
    except Refusal as refused:
        return _show_import(request, form, refusal=show_refusal(form, refused), status=refused.status)
    shown = ImportForm(initial=told | {"table": table})
    return _show_import(request, shown, changes=changes)


def _read(file: Any) -> str:
    if file is None:
        return ""
    content: bytes = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid(field="file", problem=_("文件太大，不像一张放假表。"), remedy=_("请核对文件。"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(field="file", problem=_("这个文件不是文字表格。"), remedy=_("请另存为 CSV 再上传。"))


DOES: Final = {
    "add": (later("新增"), "plus", "open"),
    "change": (later("改动"), "note", "soon"),
    "remove": (later("删掉"), "close", "late"),
    "keep": (later("不变"), "check", "plain"),
}


def _show_import(
    request: StaffRequest, form: ImportForm, *, changes: list[calendars.Change] | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    said = [
        {"change": c, "does": DOES[c.does][0], "icon": DOES[c.does][1], "tone": DOES[c.does][2]}
        for c in changes or []
    ]
    context = {
        "form": form,
        "changes": said,
        "refusal": refusal,
        "crumbs": [{"label": _("工作日历"), "href": reverse("desk_calendar")}, {"label": _("导入一年")}],
    }
    return desk_page(request, "desk/calendar_import.html", context, status=status)


def _show(
    request: StaffRequest, *, day_form: DayForm | None = None, hours_form: HoursForm | None = None,
    refusal: Refusal | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    tenant, today = request.actor.scope.tenant, clock.today()
    years = calendars.years_seen(tenant, range(today.year - 1, today.year + 2))
    context = {
        "years": years,
        "unknown": [seen.year for seen in years if not seen.is_known and seen.year >= today.year],
        "hours_now": said_hours(calendar_of(tenant).hours_on(today)),
        "hours": calendars.hours_seen(tenant),
        "form": next((form for form in (day_form, hours_form) if form is not None), None),
        "day_form": day_form or DayForm(),
        "hours_form": hours_form or HoursForm(),
        "refusal": refusal,
    }
    return desk_page(request, "desk/calendar.html", context, status=status)
