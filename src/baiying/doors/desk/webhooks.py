"""Webhooks at the desk: who is told of what, what was sent, what the receiver answered; pausing, sending again."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import steps
from baiying.cases.announced import EVENTS as OF_CASES
from baiying.dispatch import calls_steps
from baiying.dispatch.announced import EVENTS as OF_CALLS
from baiying.doors.desk.case_forms import show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.paging import page_of
from baiying.kit.refusals import NotFound, Refusal
from baiying.webhooks import queries, rules, services
from baiying.webhooks.models import Delivery, Subscription
from baiying.webhooks.signing import PREFIX

ROWS: Final = 30
_MORE: Final = {
    "cases.received": later("新诉求登记"),
    "cases.corrected": later("更正类别、性质、紧急程度或地点"),
    "cases.extended": later("延长时限"),
    "cases.noted": later("写了记录"),
    "cases.photos_added": later("添加照片"),
    "cases.split": later("拆出子件"),
    "dispatch.call_asked": later("社区请街道发出呼叫"),
    "dispatch.meeting_planned": later("约定现场会"),
    "dispatch.meeting_recorded": later("现场会已记录"),
    "dispatch.task_given": later("交办呼叫任务"),
    "dispatch.task_acknowledged": later("任务已签收"),
    "dispatch.task_finished": later("任务已完成"),
    "dispatch.task_returned": later("任务被退回"),
    "dispatch.task_recalled": later("任务已撤回"),
    services.PING: later("试推"),
}
STATES: Final = {
    Subscription.State.ACTIVE: (later("推送中"), "done", "done"),
    Subscription.State.PAUSED: (later("已暂停"), "late", "pause"),
    Subscription.State.ENDED: (later("已停用"), "plain", "close"),
}
AWAY: Final = (later("没有送到，正在重试"), "soon", "late")
DELIVERED: Final = {
    Delivery.State.WAITING: (later("等待推送"), "wait", "wait"),
    Delivery.State.TAKEN: (later("已送达"), "done", "done"),
    Delivery.State.GIVEN_UP: (later("已放弃"), "late", "late"),
    Delivery.State.CANCELLED: (later("已取消"), "plain", "close"),
}
# What kept a message from arriving, as `webhooks.receivers.post` notes it.
FAILED: Final = {
    "SSLCertVerificationError": later("对方的证书不可信，或已经过期"),
    "ConnectionRefusedError": later("对方拒绝连接，可能没有启动"),
    "ConnectionResetError": later("对方中断了连接"),
    "RemoteDisconnected": later("对方中断了连接"),
    "TimeoutError": later("对方太久没有应答"),
    "gaierror": later("查不到对方的域名"),
    "an address inside": later("网址指向内网，不能推送"),
    "not an address": later("这不是一个网址"),
}


def event_name(event: str) -> Any:
    """What an event is called: the step's own name, or a word of ours."""
    tables = (steps.LIFECYCLE, calls_steps.CALL, calls_steps.SUMMONS)
    known = {step.event: step.label for table in tables for step in table.steps}
    return _MORE.get(event) or known.get(event, event)


def _state_of(row: Subscription) -> tuple[Any, str, str]:
    """(word, tone, icon); a receiver that takes nothing is not said to be served."""
    if row.state == Subscription.State.ACTIVE and row.failures:
        return AWAY
    return STATES[Subscription.State(row.state)]


class SubscribeForm(forms.Form):
    """Whom to tell, and of what."""

    label = forms.CharField(
        label=later("用途"), max_length=80, help_text=later("例如“区平台”。"),
        error_messages={"required": later("没有写用途。请写一个看得懂的名字。")},
    )  # fmt: skip
    url = forms.CharField(
        label=later("网址"), max_length=500, widget=forms.URLInput(attrs={"inputmode": "url"}),
        help_text=later("对方接收事件的 https 地址。"),
        error_messages={"required": later("没有写网址。请向对方要接收事件的地址。")},
    )  # fmt: skip
    cases = forms.MultipleChoiceField(
        label=later("诉求的事件"), required=False, widget=forms.CheckboxSelectMultiple
    )
    calls = forms.MultipleChoiceField(
        label=later("呼叫的事件"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for name, events in (("cases", OF_CASES), ("calls", OF_CALLS)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(event, event_name(event)) for event in events]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.MANAGE)
def webhooks(request: StaffRequest) -> HttpResponse:
    """The subscriptions of the branch, and the form for one more."""
    form, refusal, status = SubscribeForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                row, secret = services.subscribe(
                    request.actor, label=said["label"], url=said["url"], events=[*said["cases"], *said["calls"]]
                )  # fmt: skip
                return _show_one(request, row.id, secret=secret)
            except Refusal as refused:
                refusal, status = show_refusal(form, refused), refused.status
    rows = queries.subscriptions(request.actor.scope).exclude(state=Subscription.State.ENDED)
    context = {
        "rows": [{"row": row, "state": _state_of(row)} for row in rows[:100]],
        "form": form,
        "refusal": refusal,
    }
    return desk_page(request, "desk/webhooks.html", context, status=status)


@require_safe
@staff_page(rules.MANAGE)
def webhook(request: StaffRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription: its state and every message with its attempts."""
    return _show_one(request, subscription_id)


def _show_one(request: StaffRequest, subscription_id: UUID, *, secret: str = "") -> HttpResponse:
    scope = request.actor.scope
    row = queries.subscription_within(scope, subscription_id)
    page = page_of(
        queries.deliveries_of(scope, row), order=("-id",), size=ROWS, cursor=request.GET.get("cursor")
    )
    here = reverse("desk_webhook", kwargs={"subscription_id": row.id})
    context = {
        "row": row,
        "state": _state_of(row),
        "events": [event_name(event) for event in row.events],
        "secret": secret,
        "secret_prefix": PREFIX,
        "deliveries": [
            {
                "row": one,
                "name": event_name(one.event),
                "state": DELIVERED[Delivery.State(one.state)],
                "attempts": [
                    {"row": attempt, "said": attempt.status or FAILED.get(attempt.said, attempt.said)}
                    for attempt in sorted(one.attempts.all(), key=lambda attempt: attempt.id)
                ],
                "may_send_again": one.state != Delivery.State.WAITING
                and row.state != Subscription.State.ENDED,
            }
            for one in page.rows
        ],
        "older_url": f"{here}?cursor={page.next_cursor}" if page.next_cursor else "",
        "newer_url": f"{here}?cursor={page.previous_cursor}" if page.previous_cursor else "",
        "first_url": here,
        "crumbs": [{"label": _("事件推送"), "href": reverse("desk_webhooks")}, {"label": row.label}],
    }
    return desk_page(request, "desk/webhook.html", context)


@never_cache
@require_POST
@staff_page(rules.MANAGE)
def act(request: StaffRequest, subscription_id: UUID, webhook_act: str) -> HttpResponse:
    """Pause, resume, end, try, or a new secret, which is shown this once."""
    by = request.actor
    if webhook_act == "secret":
        row, secret = services.renew_secret(by, subscription_id=subscription_id)
        return _show_one(request, row.id, secret=secret)
    if webhook_act == "ping":
        services.ping(by, subscription_id=subscription_id)
        messages.success(request, _("试推已排上，几秒后刷新看结果。"))
    elif webhook_act == "pause":
        services.pause(by, subscription_id=subscription_id)
        messages.success(request, _("已暂停；新的事件都留着，恢复以后接着推。"))
    elif webhook_act == "resume":
        services.resume(by, subscription_id=subscription_id)
        messages.success(request, _("已恢复，留着的按先后接着推。"))
    elif webhook_act == "end":
        services.end(by, subscription_id=subscription_id)
        messages.success(request, _("已停用，不再推送。"))
    else:
        raise NotFound()
    return redirect("desk_webhook", subscription_id=subscription_id)


@require_POST
@staff_page(rules.MANAGE)
def send_again(request: StaffRequest, delivery_id: UUID) -> HttpResponse:
    """One message once more."""
    row = services.send_again(request.actor, delivery_id=delivery_id)
    messages.success(request, _("已排上重发，编号不变，对方认得出是同一条。"))
    return redirect("desk_webhook", subscription_id=row.subscription_id)
