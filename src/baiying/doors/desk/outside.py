"""Links to people without an account, at the desk: made for an order, copied or sent, followed until answered or failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from baiying.cases import outside as answers
from baiying.cases import queries, rules, supporting
from baiying.dispatch import outside
from baiying.dispatch.models import OutsideLink
from baiying.doors.desk.case_forms import Words
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.outside_words import LINKS
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.doors.shared.words import say_refusal
from baiying.kit.paging import page_of
from baiying.kit.refusals import NotFound, Refusal

ROWS: Final = 30
State = OutsideLink.State
FAILURES: Final[dict[str, Words]] = {
    outside.EXPIRED: later("过了有效期，没有答复"),
    outside.NEVER_SENT: later("一直没有发出"),
    outside.NOT_DELIVERED: later("通知渠道没有送达"),
    outside.ORDER_ENDED: later("派单已经结束"),
    outside.WITHDRAWN: later("已经作废"),
}
ANSWERS: Final[dict[str, Words]] = {answers.DONE: later("办好了"), answers.NOT_OURS: later("不归他们")}
STEPS: Final[dict[str, tuple[Callable[..., OutsideLink], Words]]] = {
    "sent": (outside.mark_sent, later("已记下：链接发出去了。")),
    "renew": (outside.renew, later("新的链接已经生成，旧的不能再用。")),
    "withdraw": (outside.withdraw, later("链接已经作废。")),
}


@require_POST
@staff_page(rules.READ, rules.SUPPORT)
def make_link(request: StaffRequest, reference: str) -> HttpResponse:
    """A link for one order of this case."""
    case = queries.case_by_reference(request.actor.scope, reference)
    try:
        link = answers.make_link(
            request.actor, case_id=case.id, order_id=_uuid(request.POST.get("order", "")),
            to_name=request.POST.get("to_name", ""), to_address=request.POST.get("to_address", ""),
        )  # fmt: skip
    except Refusal as refused:
        messages.error(request, say_refusal(refused))
        return redirect(reverse("desk_case", kwargs={"reference": case.reference}) + "#orders")
    return redirect("desk_outside_link", link_id=link.id)


@require_safe
@staff_page(rules.READ, rules.HAND_OUT)
def links(request: StaffRequest) -> HttpResponse:
    """Everything that went outside, the latest first; what failed stands on a tab of its own."""
    state = request.GET.get("state", "")
    state = state if state in LINKS else ""
    rows = outside.links(request.actor.scope, state)
    page = page_of(rows, order=("-made_at", "-id"), size=ROWS, cursor=request.GET.get("cursor"))
    cases = supporting.cases_of(request.actor, [link.order for link in page.rows])
    here = reverse("desk_outside")
    labels: list[tuple[str, Any]] = [("", _("全部")), *((code, look[2]) for code, look in LINKS.items())]

    def address(cursor: str | None) -> str:
        return f"{here}?state={state}&cursor={cursor}" if cursor else ""

    context = {
        "rows": [
            said(link) | {"reference": cases[link.subject_id].reference}
            for link in page.rows
            if link.subject_id in cases
        ],
        "tabs": [
            {"label": label, "href": f"{here}?state={code}" if code else here, "is_current": code == state}
            for code, label in labels
        ],
        "older_url": address(page.next_cursor),
        "newer_url": address(page.previous_cursor),
    }
    return desk_page(request, "desk/outside_links.html", context)


@require_safe
@staff_page(rules.READ, rules.SUPPORT)
def link_page(request: StaffRequest, link_id: UUID) -> HttpResponse:
    """One link: to be copied, and what has become of it."""
    return _show(request, outside.link_within(request.actor.scope, link_id))


@require_POST
@staff_page(rules.READ, rules.SUPPORT)
def take_step(request: StaffRequest, link_id: UUID, link_step: str) -> HttpResponse:
    """Sent by hand, made anew, or withdrawn."""
    link = outside.link_within(request.actor.scope, link_id)
    if link_step not in STEPS:
        raise NotFound(problem=_("没有这一步。"), remedy=_("请从页面上选一步。"))
    act, word = STEPS[link_step]
    try:
        act(request.actor, link_id=link.id)
    except Refusal as refused:
        return _show(request, link, refusal=refused, status=refused.status)
    messages.success(request, word)
    return redirect("desk_outside_link", link_id=link.id)


def _show(
    request: StaffRequest, link: OutsideLink, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    case = supporting.cases_of(request.actor, [link.order]).get(link.subject_id)
    if case is None:
        raise NotFound(problem=_("没有这个链接，或它不在您的范围内。"), remedy=_("请从外部答复的列表里选。"))
    is_running = link.state in outside.RUNNING
    context = {
        "link": link,
        "said": said(link),
        "case": case,
        "facts": _facts(link),
        "address": request.build_absolute_uri(outside.path_of(link)) if is_running else "",
        "may_send": link.state == State.READY,
        "may_withdraw": is_running,
        "may_renew": link.state == State.FAILED and link.order.is_running,
        "refusal": refusal,
        "crumbs": [{"label": _("外部答复"), "href": reverse("desk_outside")}, {"label": case.reference}],
    }
    return desk_page(request, "desk/outside_link.html", context, status=status)


def said(link: OutsideLink) -> dict[str, Any]:
    """A link in one line."""
    icon, tone, label = LINKS[link.state]
    return {
        "link": link,
        "icon": icon,
        "tone": tone,
        "label": label,
        "unit": name_of(link.order.unit),
        "href": reverse("desk_outside_link", kwargs={"link_id": link.id}),
        "result": ANSWERS.get(link.answer) or FAILURES.get(link.failure, ""),
    }


def _facts(link: OutsideLink) -> list[dict[str, Any]]:
    by = _("人工发出") if link.sent_by == outside.BY_HAND else link.sent_by
    facts: list[dict[str, Any]] = [
        {"name": _("承办单位"), "value": name_of(link.order.unit)},
        {"name": _("发给"), "value": link.to_name},
        {"name": _("手机或邮箱"), "value": link.to_address},
        {"name": _("生成"), "when": link.made_at},
        {"name": _("发出"), "when": link.sent_at},
        {"name": _("怎么发的"), "value": by},
        {"name": _("打开"), "when": link.opened_at},
        {"name": _("答复"), "when": link.answered_at},
        {"name": _("失败"), "when": link.failed_at},
        {"name": _("结果"), "value": ANSWERS.get(link.answer) or FAILURES.get(link.failure, "")},
        {"name": _("有效到"), "when": link.expires_at},
    ]
    return [fact for fact in facts if fact.get("value") or fact.get("when")]


def _uuid(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError:
        raise NotFound(field="order", problem=_("没有这张派单。"), remedy=_("请从诉求页面选。")) from None
