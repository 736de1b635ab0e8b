"""The audit administrator's page: who did what when. The journal holds no words of residents, and none are shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_safe

from baiying.cases import steps
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.case_filters import address
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.journal import queries as journal
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.paging import page_of
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import READ_JOURNAL

ROWS: Final = 50
DAYS: Final = 30  # looked through unless other dates are given
EVENTS: Final[dict[str, str | Promise]] = {
    "cases.received": later("登记诉求"),
    **{step.event: step.label for step in steps.LIFECYCLE.steps},
    "cases.noted": later("记录"),
    "cases.photos_added": later("添加照片"),
    "cases.corrected": later("更正"),
    "cases.contact_read": later("查看联系方式"),
    "cases.phone_searched": later("按电话查找"),
    "cases.export_asked": later("申请导出"),
    "cases.export_cancelled": later("取消导出"),
    "cases.exported": later("导出诉求"),
    "notify.number_read": later("查看同事电话"),
    "notify.phoned": later("电话告知"),
    "notify.addresses_changed": later("修改通知地址"),
    "notify.device_added": later("开启浏览器推送"),
    "notify.device_removed": later("关闭浏览器推送"),
    "notify.calendar_opened": later("启用日历地址"),
    "notify.calendar_closed": later("停用日历地址"),
    "org.signed_in": later("登录"),
    "org.signed_out": later("退出"),
    "org.account_opened": later("开通账号"),
    "org.account_closed": later("停用账号"),
    "org.account_activated": later("启用账号"),
    "org.password_set": later("设置密码"),
    "org.second_factor_set": later("设置第二步验证"),
    "org.second_factor_removed": later("停用第二步验证"),
    "org.appointed": later("安排岗位"),
    "org.post_ended": later("结束岗位"),
    "org.token_issued": later("发放令牌"),
    "org.token_revoked": later("收回令牌"),
}
SUBJECTS: Final[dict[str, str | Promise]] = {
    "case": later("诉求"),
    "account": later("账号"),
    "post": later("岗位"),
    "token": later("令牌"),
    "call": later("呼叫"),
}


class AuditForm(forms.Form):
    """Event, person, dates."""

    event = forms.ChoiceField(label=later("事件"), required=False)
    actor = forms.CharField(label=later("谁"), required=False, max_length=60)
    first = forms.DateField(
        label=later("从"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    last = forms.DateField(
        label=later("到"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data, auto_id="audit-%s")
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("不限")), *EVENTS.items()]


@require_safe
@staff_page(READ_JOURNAL)
def audit(request: StaffRequest) -> HttpResponse:
    """The journal, the latest first."""
    form = AuditForm(request.GET or None)
    tenant = request.actor.scope.tenant
    query = request.GET.copy()
    cursor = "".join(query.pop("cursor", [""])[:1])
    if form.is_bound and not form.is_valid():
        return desk_page(request, "desk/audit.html", {"form": form, "rows": []}, status=422)
    wanted = form.cleaned_data if form.is_bound else {}
    rows = journal.entries_of(tenant)
    # A rare event or a single person is looked for in a bounded stretch of time, or a page could read years.
    narrow = wanted.get("event") or wanted.get("actor")
    first = wanted.get("first") or (clock.today() - timedelta(days=DAYS) if narrow else None)
    if first:
        rows = rows.filter(at__gte=_midnight(first))
    if wanted.get("last"):
        rows = rows.filter(at__lt=_midnight(wanted["last"] + timedelta(days=1)))
    if wanted.get("event"):
        rows = rows.filter(event=wanted["event"])
    if wanted.get("actor"):
        rows = rows.filter(actor_name__icontains=wanted["actor"])
    page = page_of(rows.defer("before", "after"), order=("-at", "-id"), size=ROWS, cursor=cursor)
    here, street = reverse("desk_audit"), street_map(tenant)
    context = {
        "form": form,
        "rows": [_said(entry, street) for entry in page.rows],
        "since": first if narrow and not wanted.get("first") else None,
        "newer_url": page.previous_cursor and address(here, query, cursor=page.previous_cursor),
        "older_url": page.next_cursor and address(here, query, cursor=page.next_cursor),
        "first_url": address(here, query),
    }
    return desk_page(request, "desk/audit.html", context)


def _said(entry: Entry, street: StreetMap) -> dict[str, Any]:
    unit = street.units.get(entry.unit_id or 0)
    state = steps.LIFECYCLE.state(entry.to_state).label if steps.LIFECYCLE.has_state(entry.to_state) else ""
    return {
        "at": entry.at,
        "event": EVENTS.get(entry.event, entry.event),
        "code": entry.event,
        "actor": {"reporter": _("居民"), "system": _("系统")}.get(entry.actor_kind, entry.actor_name or "-"),
        "subject": SUBJECTS.get(entry.subject_kind, entry.subject_kind),
        "subject_id": entry.subject_id,
        "unit": name_of(unit) if unit else "",
        "state": state,
        "is_sealed": entry.batch_id is not None,
    }


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
