"""servicerequestupdates (mySociety): what happened to requests between two moments, and words that come in about one."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import history, incoming, published, rules, steps
from baiying.cases.history import Happened
from baiying.doors.open311 import extras
from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import MOST_ROWS, Call, span
from baiying.doors.open311.keys import reader, sender
from baiying.doors.open311.posting import (
    MOST_DESCRIPTION,
    PICTURE,
    canonical,
    demand_form,
    kept,
    media_addresses,
    nonce,
)
from baiying.doors.open311.reading import known_references
from baiying.doors.open311.whens import said
from baiying.kit import clock
from baiying.kit.refusals import Invalid, NotFound
from baiying.org.rules import acting

# The extended statuses. Closed is 结案 alone; how it ended says which of them.
STATUS: Final = {
    steps.RECEIVED: "OPEN",
    steps.ACCEPTED: "INVESTIGATING",
    steps.DECLINED: "NOT_COUNCILS_RESPONSIBILITY",
    steps.HANDED_OUT: "IN_PROGRESS",
    steps.ACKNOWLEDGED: "IN_PROGRESS",
    steps.RETURNED: "INTERNAL_REFERRAL",
    steps.IN_PROGRESS: "IN_PROGRESS",
    steps.WAITING: "INVESTIGATING",
    steps.PARKED: "ACTION_SCHEDULED",
    steps.HANDLED: "IN_PROGRESS",
    steps.CHECKED: "IN_PROGRESS",
    steps.RATED: "IN_PROGRESS",
    steps.REOPENED: "REOPEN",
}
DUPLICATE: Final = "DUPLICATE"
THEIR_STATUS: Final = _("对方系统的状态：%(said)s")
THEIR_TIME: Final = _("对方系统的时间：%(said)s")
ENDINGS: Final = {"solved": "FIXED", "explained": "NO_FURTHER_ACTION", "unsolved": "CLOSED"}
TAKEN: Final = {
    "OPEN", "CLOSED", "FIXED", "IN_PROGRESS", "ACTION_SCHEDULED", "INVESTIGATING", DUPLICATE,
    "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "FOR_TRIAGE", "CANCELLED", "REOPEN",
}  # fmt: skip


@resource("GET", "POST")
def updates(call: Call) -> Answer:
    """The list of updates, or a new one."""
    return _create(call) if call.request.method == "POST" else _list(call)


def _list(call: Call) -> Answer:
    """By default of the last day; at most 90 days and 1,000 updates at once, the first first."""
    reader(call)
    since, until = span(call, "start_date", "end_date")
    if since is None or until is None:
        until = clock.now()
        since = until - history.BY_DEFAULT
    size = call.number("page_size", default=MOST_ROWS, least=1, most=MOST_ROWS)
    found = history.public_steps(call.street.id, since, until, size=size)
    rows = [_shown(one) for one in found]
    if call.is_asked("extensions"):
        more = [extras.duplicate(one if one.is_merged else None) for one in found]
        rows = [row | {"extended_attributes": one} for row, one in zip(rows, more, strict=True)]
    return Answer("service_request_updates", rows)


def _shown(one: Happened) -> dict[str, Any]:
    return {
        "update_id": one.id.hex,
        "service_request_id": one.reference,
        "status": status_of(one),
        "updated_datetime": said(one.at),
        "description": one.said,
        "media_url": None,
    }


def status_of(one: Happened) -> str:
    """The extended status of a request after this step. A merged one is a duplicate until it ends or is taken out again."""
    if one.to == steps.CLOSED:
        return ENDINGS.get(one.outcome, "CLOSED")
    if one.step == history.UNMERGE:
        return STATUS[steps.REOPENED]
    if not one.to or (one.is_merged and one.to not in (steps.DECLINED, steps.REOPENED)):
        return DUPLICATE
    return STATUS[one.to]


def _create(call: Call) -> Answer:
    """Words about a request become a note for colleagues; a status that came along is noted and moves nothing."""
    demand_form(call.request)
    by = sender(call, may=rules.NOTE)
    references = known_references([call.text("service_request_id", 40)])
    found = published.published(call.street.id, references) if references else []
    if not found:
        raise NotFound(
            field="service_request_id", problem=_("没有这件诉求。"), remedy=_("请核对 service_request_id。")
        )
    status = call.text("status", 40).upper()
    if status and status not in TAKEN:
        raise Invalid(field="status", problem=_("没有这个 status。"), remedy=_("可用的见接口文档。"))
    words, at = call.text("description", MOST_DESCRIPTION), call.moment("updated_datetime")
    if not words:
        raise Invalid(field="description", problem=_("还没有写内容。"), remedy=_("请写 description。"))
    addresses = media_addresses(call)
    update_id = nonce(call) or call.text("update_id", 200) or call.text("update_id_ext", 200)
    lines = [words]
    if status:
        lines.append(kept(THEIR_STATUS, said=status))
    if at:
        lines.append(kept(THEIR_TIME, said=said(at)))
    lines += [kept(PICTURE, said=one) for one in addresses]
    if call.is_test:
        return Answer("service_request_updates", [{"update_id": None}])
    with acting(by.scope):
        line, is_repeat = incoming.receive_update(
            by, case_id=found[0].id, text="\n".join(lines), key=update_id, body=canonical(call)
        )
    if is_repeat:
        call.headers["Idempotency-Replayed"] = "true"
    return Answer("service_request_updates", [{"update_id": line.id.hex}])
