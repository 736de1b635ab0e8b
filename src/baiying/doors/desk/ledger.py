"""The ledger of letters, for the office: what went where, what failed, what had to go another way."""

from __future__ import annotations

from typing import Any, Final, get_args

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baiying.cases import rules
from baiying.cases.models import Case
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.letter_words import links_of, said_letter, said_result
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.paging import page_of
from baiying.notify import queries
from baiying.notify.models import Posted

ROWS: Final = 50
ORDER: Final = ("-posted_at", "-id")


@require_safe
@staff_page(rules.HAND_OUT)
def ledger(request: StaffRequest) -> HttpResponse:
    """Letters about matters in one's area, the latest first."""
    asked = request.GET.get("show", "")
    kept: Any = asked if asked in get_args(queries.Kept) else ""
    page = page_of(
        queries.ledger(request.actor.scope, kept), order=ORDER, size=ROWS, cursor=request.GET.get("cursor")
    )
    links = links_of(request.actor, ((p.subject_kind, p.subject_id) for p in page.rows))
    here = reverse("desk_ledger")
    labels = {
        "": _("全部"),
        "failed": _("发送失败"),
        "waiting": _("等待发送"),
        "fell_back": _("改走其他渠道"),
    }
    chosen = f"?show={kept}" if kept else "?"
    context = {
        "rows": [_said(posted, links) for posted in page.rows],
        "tabs": [
            {"label": label, "href": f"{here}?show={code}" if code else here, "is_current": code == kept}
            for code, label in labels.items()
        ],
        "kept": kept,
        "newer_url": page.previous_cursor and f"{here}{chosen}&cursor={page.previous_cursor}",
        "older_url": page.next_cursor and f"{here}{chosen}&cursor={page.next_cursor}",
        "first_url": here + (chosen if kept else ""),
    }
    return desk_page(request, "desk/ledger.html", context)


def _said(posted: Posted, links: dict[tuple[str, str], dict[str, str]]) -> dict[str, Any]:
    return said_letter(posted) | {"link": links.get((posted.subject_kind, posted.subject_id))}


def letters_about(request: StaffRequest, case: Case) -> dict[str, Any]:
    """What the page of a case shows: who was told, by which way, and who was telephoned."""
    scope = request.actor.scope
    return {
        "letters": [said_letter(p) for p in queries.letters_about(scope, "case", str(case.id))],
        "phone_calls": [
            {"at": task.done_at or task.created_at, "names": task.names, "result": said_result(task), "by": task.done_by_name}
            for task in queries.calls_about(scope, "case", str(case.id))
            if task.done_at is None or task.result
        ],
    }  # fmt: skip
