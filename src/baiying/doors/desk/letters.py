"""Letters to oneself: the list, one letter, put all away."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.letter_words import kind_name, said_sendings
from baiying.doors.shared.staff import StaffRequest, is_background, staff_page
from baiying.kit import clock
from baiying.kit.paging import page_of
from baiying.kit.refusals import Invalid, NotFound
from baiying.notify import queries, services
from baiying.notify.models import Posted

ROWS: Final = 30
ORDER: Final = ("-posted_at", "-id")


@require_safe
@staff_page()
def letters(request: StaffRequest) -> HttpResponse:
    """One's own letters, the latest first."""
    tenant, account = request.actor.scope.tenant, request.actor.account_id or 0
    is_unread_only = request.GET.get("show") == "unread"
    rows = queries.inbox(tenant, account, unread_only=is_unread_only)
    page = page_of(rows, order=ORDER, size=ROWS, cursor=request.GET.get("cursor"))
    here = reverse("desk_letters")
    chosen = "?show=unread" if is_unread_only else "?"
    context = {
        "rows": [_said(row) for row in page.rows],
        "until": page.rows[0].posted_at.isoformat() if page.rows and not request.GET.get("cursor") else "",
        "has_unread": any(row.read_at is None for row in page.rows),
        "tabs": [
            {"label": _("全部"), "href": here, "is_current": not is_unread_only},
            {"label": _("未读"), "href": f"{here}?show=unread", "is_current": is_unread_only},
        ],
        "is_unread_only": is_unread_only,
        "newer_url": page.previous_cursor and f"{here}{chosen}&cursor={page.previous_cursor}",
        "older_url": page.next_cursor and f"{here}{chosen}&cursor={page.next_cursor}",
        "first_url": here + (chosen if is_unread_only else ""),
    }
    return desk_page(request, "desk/letters.html", context)


def _said(row: Posted) -> dict[str, Any]:
    try:
        title = row.content.title
    except ObjectDoesNotExist:
        title = ""
    return {
        "id": row.id,
        "href": reverse("desk_letter", kwargs={"letter_id": row.id}),
        "title": title or _("%(kind)s（内容已按期删除）") % {"kind": kind_name(row.kind)},
        "kind": kind_name(row.kind),
        "at": row.posted_at,
        "is_unread": row.read_at is None,
        "is_settled": row.settled_at is not None,
        "is_urgent": row.is_urgent,
    }


@never_cache
@require_safe
@staff_page()
def letter(request: StaffRequest, letter_id: UUID) -> HttpResponse:
    """One letter; opening it is reading it, unless the browser only fetches ahead."""
    tenant, account = request.actor.scope.tenant, request.actor.account_id or 0
    found = queries.letter_of(tenant, account, letter_id)
    if found is None:
        raise NotFound(problem=_("没有这封通知，或它不是写给您的。"), remedy=_("请从“通知”里打开。"))
    posted, content = found
    if request.method == "GET" and not is_background(request) and "Sec-Purpose" not in request.headers:
        services.mark_read(tenant_id=tenant, account_id=account, letter_id=letter_id)
    context = {
        "title": content.title if content else kind_name(posted.kind),
        "body": content.body if content else "",
        "link": content.link if content else "",
        "is_gone": content is None,
        "kind": kind_name(posted.kind),
        "posted": posted,
        "sendings": said_sendings(posted),
        "crumbs": [{"label": _("通知"), "href": reverse("desk_letters")}, {"label": kind_name(posted.kind)}],
    }
    return desk_page(request, "desk/letter.html", context)


@require_POST
@staff_page()
def mark_all_read(request: StaffRequest) -> HttpResponse:
    """All letters up to the newest one that was on the page; what came since stays unread."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise Invalid(field="until", problem=_("不清楚看到了哪一封。"), remedy=_("刷新页面再试。"))
    count = services.mark_all_read(
        tenant_id=request.actor.scope.tenant,
        account_id=request.actor.account_id or 0,
        until=min(until, clock.now()),
    )
    messages.success(request, _("%(count)d 封通知已标为已读。") % {"count": count})
    return redirect("desk_letters")
