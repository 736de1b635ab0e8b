"""Links to people without an account, for programs: made for an order, handed on, followed until answered or failed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from baiying.cases import outside as answers
from baiying.cases import rules, supporting
from baiying.dispatch import outside
from baiying.dispatch.models import OutsideLink
from baiying.doors.open.changing import ONE
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.decoding import NothingSaid
from baiying.doors.open.reading import case_for
from baiying.doors.open.shapes import Named, named
from baiying.kit.paging import page_of
from baiying.kit.refusals import NotFound
from baiying.kit.versions import version_of
from baiying.org.rules import demand

TAG: Final = "Outside links"
ONE_LINK: Final = "v1/outside-links/<uuid:link_id>"
State = Literal["ready", "sent", "opened", "answered", "failed"]
STEPS: Final = {"sent": outside.mark_sent, "renew": outside.renew, "withdraw": outside.withdraw}


class OutsideLinksAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which links, and how many a page."""

    state: State | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 40


class OutsideLinkSaid(msgspec.Struct, forbid_unknown_fields=True):
    """For which order of the request, to whom; an address is a mobile number or e-mail, or left out: handed on by oneself."""

    order: UUID
    to_name: str
    to_address: str = ""


class OutsideLinkRow(msgspec.Struct, kw_only=True):
    """A link as it stands in a list. `answer`: done or not_ours; `failure`: why it came to nothing."""

    id: UUID
    request: str
    order: UUID
    unit: Named | None
    to_name: str
    state: State
    made_at: datetime
    sent_at: datetime | None
    sent_by: str | None
    opened_at: datetime | None
    answered_at: datetime | None
    answer: str | None
    failed_at: datetime | None
    failure: str | None
    expires_at: datetime
    version: int


class OutsideLinkOne(OutsideLinkRow, kw_only=True):
    """A link; `address` opens it for whoever holds it, null once it cannot be used any more."""

    to_address: str
    address: str | None


class OutsideLinkPage(msgspec.Struct):
    """Links of the token's branch, the latest first."""

    links: list[OutsideLinkRow]
    next: str | None
    previous: str | None


@operation(
    "list_outside_links", "GET", "v1/outside-links", tag=TAG, summary="List what went outside",
    answer=OutsideLinkPage, permission=rules.HAND_OUT, query=OutsideLinksAsked,
)  # fmt: skip
def list_outside_links(call: Call) -> OutsideLinkPage:
    """Without the addresses that open them."""
    asked: OutsideLinksAsked = call.query
    demand(call.by, rules.READ)
    rows = outside.links(call.by.scope, asked.state or "")
    page = page_of(rows, order=("-made_at", "-id"), size=asked.limit, cursor=asked.cursor)
    cases = supporting.cases_of(call.by, [link.order for link in page.rows])
    held = [(link, cases[link.subject_id]) for link in page.rows if link.subject_id in cases]
    found = [OutsideLinkRow(**_facts(link, case.reference)) for link, case in held]
    return OutsideLinkPage(found, page.next_cursor, page.previous_cursor)


def _facts(link: OutsideLink, reference: str) -> dict[str, Any]:
    same = (
        "id",
        "to_name",
        "state",
        "made_at",
        "sent_at",
        "opened_at",
        "answered_at",
        "failed_at",
        "expires_at",
    )
    return {name: getattr(link, name) for name in same} | {
        "request": reference,
        "order": link.order_id,
        "unit": named(link.order.unit),
        "sent_by": link.sent_by or None,
        "answer": link.answer or None,
        "failure": link.failure or None,
        "version": version_of(link),
    }


@operation(
    "read_outside_link", "GET", ONE_LINK, tag=TAG, summary="Read a link and its address",
    answer=OutsideLinkOne, permission=rules.SUPPORT, version="read",
)  # fmt: skip
def read_outside_link(call: Call) -> Answer:
    """The address is a secret: hand it to whom the link was made for, and to nobody else."""
    return _shown(call, call.path["link_id"])


def _shown(call: Call, link_id: UUID) -> Answer:
    demand(call.by, rules.READ)
    link = outside.link_within(call.by.scope, link_id)
    case = supporting.cases_of(call.by, [link.order]).get(link.subject_id)
    if case is None:
        raise NotFound(field="outside_link_id")
    is_running = link.state in outside.RUNNING
    address = call.request.build_absolute_uri(outside.path_of(link)) if is_running else None
    facts: dict[str, Any] = _facts(link, case.reference)
    return Answer(OutsideLinkOne(**facts, to_address=link.to_address, address=address), facts["version"])


@operation(
    "make_outside_link", "POST", f"{ONE}/outside-links", tag=TAG, summary="Give an order to somebody without an account",
    answer=OutsideLinkOne, status=201, permission=rules.SUPPORT, body=OutsideLinkSaid,
)  # fmt: skip
def make_outside_link(call: Call) -> Answer:
    """One running link for an order of a department or partner; it is sent where an address is given."""
    said: OutsideLinkSaid = call.body
    link = answers.make_link(
        call.by, case_id=case_for(call).id, order_id=said.order, to_name=said.to_name, to_address=said.to_address
    )  # fmt: skip
    return _shown(call, link.id)


@operation(
    "take_outside_link_step", "POST", f"{ONE_LINK}/steps/<str:link_step>", tag=TAG,
    summary="Sent by hand, made anew, or withdrawn", answer=OutsideLinkOne, permission=rules.SUPPORT, version="change",
    body=NothingSaid,
)  # fmt: skip
def take_outside_link_step(call: Call) -> Answer:
    """`renew` makes a new address after a failure; the old one is of no use any more."""
    link = outside.link_within(call.by.scope, call.path["link_id"])
    step = STEPS.get(call.path["link_step"])
    if step is None:
        raise NotFound(field="step")
    step(call.by, link_id=link.id, version=call.version)
    return _shown(call, link.id)
