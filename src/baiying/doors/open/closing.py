"""What follows on an answer, for programs: calling reporters back, checks on site, what is explained and not counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from baiying.cases import call_back_results, call_backs, exclusions, inspecting, photos, rules
from baiying.cases.call_backs import Task
from baiying.cases.exclusions import Waiting
from baiying.cases.inspecting import Check
from baiying.cases.models import Exclusion
from baiying.cases.said import StepData
from baiying.cases.services import reveal_contact
from baiying.doors.open.changing import ONE
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.decoding import NothingSaid
from baiying.doors.open.reading import case_for
from baiying.doors.open.shapes import ContactOne, Named, Point, named
from baiying.doors.shared.pictures import picture, read_uploads
from baiying.kit.refusals import Invalid
from baiying.kit.versions import version_of
from baiying.org.queries import street_map

TAG: Final = "After the answer"
ONE_CALL_BACK: Final = "v1/call-backs/<uuid:call_back_id>"
ONE_CHECK: Final = "v1/inspections/<uuid:draw_id>"
ONE_EXCLUSION: Final = "v1/exclusions/<uuid:exclusion_id>"
Rating = Literal["satisfied", "basically_satisfied", "dissatisfied"]


class CallBackOne(msgspec.Struct, kw_only=True):
    """Somebody to be called; `is_due`: now; `held_by`: a colleague has it in hand; `is_mine`: the token's account has.

    `result` null: not over; answered, no_response, online (the reporter was quicker), over (the request went on).
    """

    id: UUID
    request: str
    text: str
    checked_at: datetime | None
    is_due: bool
    next_try_at: datetime
    tries: int
    held_by: str | None
    is_mine: bool
    result: str | None
    version: int


class CallBacks(msgspec.Struct):
    """Those whose turn it is first."""

    call_backs: list[CallBackOne]


class CallBackTaken(msgspec.Struct):
    """A task in hand; `contact` null: the token may not read it."""

    call_back: CallBackOne
    contact: ContactOne | None


class CallBackSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the reporter said: three answers, a reason of the list where dissatisfied, their words."""

    contacted: bool
    solved: bool
    rating: Rating
    reason: str = ""
    text: str = ""


class CallBackDone(msgspec.Struct):
    """What became of the request: `state` is `reopened` where the rules take it back one level higher."""

    request: str
    state: str
    rating: str | None


class NotReached(msgspec.Struct):
    """How often it was tried; `next_try_at` null: that was the last try, the request goes on as not answered."""

    tries: int
    next_try_at: datetime | None


class SitePhoto(msgspec.Struct):
    """A picture of the request that is checked."""

    id: UUID
    purpose: str
    address: str


class InspectionOne(msgspec.Struct, kw_only=True):
    """A check on site: the request as the worker who is sent sees it, without its reporter. `result` null: not yet."""

    id: UUID
    request: str
    text: str
    category: Named
    place: str
    point: Point | None
    handled_by: Named | None
    handled_at: datetime
    reply: str
    photos: list[SitePhoto]
    open_until: datetime
    is_open: bool
    result: str | None
    result_at: datetime | None
    note: str
    version: int


class Inspections(msgspec.Struct):
    """What is to be looked at, the first to run out first; what was seen lately."""

    to_do: list[InspectionOne]
    done: list[InspectionOne]


class InspectionSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What was seen; a note unless it is solved; where the worker stood, in WGS-84 degrees, both or neither."""

    result: Literal["solved", "still_there", "cannot_tell"]
    note: str = ""
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None


class ExclusionOne(msgspec.Struct, kw_only=True):
    """A proposal to explain and not count a request, and what became of it. `is_own`: the account has had part in it."""

    id: UUID
    request: str
    reason_class: str
    text: str
    state: Literal["proposed", "agreed", "refused", "appealed", "upheld"]
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decision: str
    appeal: str
    reviewed_by: str | None
    review: str
    is_own: bool
    version: int


class Exclusions(msgspec.Struct):
    """What waits for a second person, the longest first; what was decided lately; the published classes."""

    waiting: list[ExclusionOne]
    decided: list[ExclusionOne]
    classes: list[Named]


class ExclusionSaid(msgspec.Struct, forbid_unknown_fields=True):
    """A code of the published classes (GET /api/v1/exclusions), and why."""

    reason_class: str
    text: str


class DecisionSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Yes or no, and why; the reporter reads it."""

    agrees: bool
    text: str


@operation(
    "list_call_backs", "GET", "v1/call-backs", tag=TAG, summary="List who is to be called back",
    answer=CallBacks, permission=rules.CALL_BACK,
)  # fmt: skip
def list_call_backs(call: Call) -> CallBacks:
    """Reporters who left a number and have not answered online."""
    return CallBacks([_call_back(task) for task in call_backs.tasks(call.by.scope, call.by)])


def _call_back(task: Task) -> CallBackOne:
    row, case = task.call_back, task.case
    return CallBackOne(
        id=row.id, request=case.reference, text=case.text, checked_at=case.checked_at, is_due=task.is_due,
        next_try_at=row.next_try_at, tries=row.tries, held_by=task.held_by or None, is_mine=task.is_mine,
        result=row.result or None, version=version_of(row),
    )  # fmt: skip


@operation(
    "read_call_back", "GET", ONE_CALL_BACK, tag=TAG, summary="Read a call-back", answer=CallBackOne,
    permission=rules.CALL_BACK, version="read",
)  # fmt: skip
def read_call_back(call: Call) -> Answer:
    """Also one that is over."""
    return _call_back_now(call, _call_back)


def _call_back_now(call: Call, said: Callable[[Task], Any]) -> Answer:
    """What is said of the call-back as it stands, in its version."""
    task = call_backs.any_task(call.by, call.path["call_back_id"])
    return Answer(said(task), version_of(task.call_back))


@operation(
    "take_call_back", "POST", f"{ONE_CALL_BACK}/take", tag=TAG, summary="Take a call-back in hand",
    answer=CallBackTaken, permission=rules.CALL_BACK, version="change", body=NothingSaid,
)  # fmt: skip
def take_call_back(call: Call) -> Answer:
    """A colleague was quicker: 409. With `cases.read_contact` the number comes along, and that is recorded."""
    task = call_backs.take(call.by, call_back_id=call.path["call_back_id"], version=call.version)
    contact = None
    if call.by.has(rules.READ_CONTACT):
        found = reveal_contact(call.by, case_id=task.case.id)
        contact = ContactOne(found.name, found.phone)
    return _call_back_now(call, lambda now: CallBackTaken(_call_back(now), contact))


@operation(
    "answer_call_back", "POST", f"{ONE_CALL_BACK}/answer", tag=TAG, summary="Write down what the reporter said",
    answer=CallBackDone, permission=rules.CALL_BACK, version="change", body=CallBackSaid,
)  # fmt: skip
def answer_call_back(call: Call) -> Answer:
    """The task is over and the request is rated; by the rules it may be reopened one level higher."""
    said: CallBackSaid = call.body
    data = StepData(
        contacted=said.contacted, solved=said.solved, rating=said.rating, reason=said.reason, text=said.text
    )
    case = call_back_results.record_answer(
        call.by, call_back_id=call.path["call_back_id"], data=data, version=call.version
    )
    return _call_back_now(call, lambda _task: CallBackDone(case.reference, case.state, case.rating or None))


@operation(
    "miss_call_back", "POST", f"{ONE_CALL_BACK}/no-answer", tag=TAG, summary="Write down that nobody answered",
    answer=NotReached, permission=rules.CALL_BACK, version="change", body=NothingSaid,
)  # fmt: skip
def miss_call_back(call: Call) -> Answer:
    """It is tried again later, so often as the street's rules say."""
    row = call_back_results.record_no_answer(
        call.by, call_back_id=call.path["call_back_id"], version=call.version
    )
    said = NotReached(row.tries, row.next_try_at if row.ended_at is None else None)
    return _call_back_now(call, lambda _task: said)


@operation(
    "list_inspections", "GET", "v1/inspections", tag=TAG, summary="List the checks on site of the token's grid",
    answer=Inspections, permission=rules.INSPECT,
)  # fmt: skip
def list_inspections(call: Call) -> Inspections:
    """The draw alone lets a worker at a request of another grid, and only at that one."""
    to_do, done = inspecting.checks_to_do(call.by), inspecting.checks_done(call.by)
    return Inspections([_inspection(one) for one in to_do], [_inspection(one) for one in done])


def _inspection(check: Check) -> InspectionOne:
    case, draw = check.case, check.draw
    has_point = case.lon is not None and case.lat is not None
    here = f"/api/v1/inspections/{draw.id}/photos"
    return InspectionOne(
        id=draw.id, request=case.reference, text=case.text, place=case.place, reply=check.reply,
        category=Named(case.category.code, case.category.name, case.category.name_en),
        point=Point(case.lon or 0.0, case.lat or 0.0) if has_point else None,
        handled_by=named(street_map(case.tenant_id).units.get(draw.handler_unit_id or 0)),
        handled_at=draw.handled_at, open_until=draw.open_until, is_open=check.is_open,
        photos=[SitePhoto(one.id, one.purpose, f"{here}/{one.id}") for one in check.photos],
        result=draw.result or None, result_at=draw.result_at, note=draw.note,
        version=version_of(draw),
    )  # fmt: skip


@operation(
    "read_inspection", "GET", ONE_CHECK, tag=TAG, summary="Read a check on site",
    answer=InspectionOne, permission=rules.INSPECT, version="read",
)  # fmt: skip
def read_inspection(call: Call) -> Answer:
    """One that the token's grid was drawn for."""
    return _inspection_now(call)


def _inspection_now(call: Call) -> Answer:
    one = _inspection(inspecting.check_by_id(call.by, call.path["draw_id"]))
    return Answer(one, one.version)


@operation(
    "read_inspection_photo", "GET", f"{ONE_CHECK}/photos/<uuid:photo_id>", tag=TAG, summary="Read a photo of a check",
    permission=rules.INSPECT, media="image/jpeg",
    more={"query": {"size": ({"type": "string", "enum": ["thumb"]}, "`thumb`: a small picture")}},
)  # fmt: skip
def read_inspection_photo(call: Call) -> HttpResponse:
    """The picture itself."""
    found = inspecting.photo_of(call.by, call.path["draw_id"], call.path["photo_id"])
    content = photos.content_of(found, is_small=call.request.GET.get("size") == "thumb")
    return picture(content, name=found.id.hex, keep_seconds=86400)


@operation(
    "record_inspection", "POST", f"{ONE_CHECK}/result", tag=TAG, summary="Write down what was seen on site",
    answer=InspectionOne, permission=rules.INSPECT, version="change", body=InspectionSaid, files=("photos",),
)  # fmt: skip
def record_inspection(call: Call) -> Answer:
    """Once; `still_there` reopens the request one level higher. Pictures come as multipart/form-data."""
    said: InspectionSaid = call.body
    if (said.lon is None) != (said.lat is None):
        raise Invalid(field="lon", problem=_("经度和纬度要么都填，要么都不填。"), remedy=_("请补上另一个。"))
    device = (said.lon, said.lat) if said.lon is not None and said.lat is not None else None
    inspecting.record_check(
        call.by, draw_id=call.path["draw_id"], result=said.result, note=said.note, device=device,
        pictures=read_uploads(call.request.FILES.getlist("photos")), version=call.version,
    )  # fmt: skip
    return _inspection_now(call)


@operation(
    "list_exclusions", "GET", "v1/exclusions", tag=TAG, summary="What is explained and not counted",
    answer=Exclusions, permission=rules.READ,
)  # fmt: skip
def list_exclusions(call: Call) -> Exclusions:
    """Proposals that wait for a second person, and what was decided."""
    return Exclusions(
        [_exclusion(one) for one in exclusions.waiting(call.by)],
        [_exclusion(one) for one in exclusions.decided(call.by)],
        [Named(code, str(name)) for code, name in exclusions.classes()],
    )


def _exclusion(found: Waiting) -> ExclusionOne:
    row: Exclusion = found.exclusion
    return ExclusionOne(
        id=row.id, request=found.case.reference, reason_class=row.class_code, text=row.text,
        state=row.state,  # type: ignore[arg-type]
        proposed_by=row.proposed_name, proposed_at=row.proposed_at, decided_by=row.decided_name or None,
        decision=row.decision, appeal=row.appeal, reviewed_by=row.reviewed_name or None, review=row.review,
        is_own=found.is_own, version=version_of(row),
    )  # fmt: skip


@operation(
    "propose_exclusion", "POST", f"{ONE}/exclusions", tag=TAG, summary="Propose that a request be not counted",
    answer=ExclusionOne, status=201, permission=rules.EXCLUDE, body=ExclusionSaid,
)  # fmt: skip
def propose_exclusion(call: Call) -> Answer:
    """Another person at the street decides; the reporter may appeal."""
    said: ExclusionSaid = call.body
    case = case_for(call)
    row = exclusions.propose(call.by, case_id=case.id, class_code=said.reason_class, text=said.text)
    return _exclusion_now(call, row.id)


def _exclusion_now(call: Call, exclusion_id: UUID) -> Answer:
    one = _exclusion(exclusions.waiting_by_id(call.by, exclusion_id))
    return Answer(one, one.version)


@operation(
    "read_exclusion", "GET", ONE_EXCLUSION, tag=TAG, summary="Read a proposal not to count a request",
    answer=ExclusionOne, permission=rules.READ, version="read",
)  # fmt: skip
def read_exclusion(call: Call) -> Answer:
    """What was proposed, and what became of it."""
    return _exclusion_now(call, call.path["exclusion_id"])


@operation(
    "decide_exclusion", "POST", f"{ONE_EXCLUSION}/decision", tag=TAG,
    summary="Decide whether a request is counted", answer=ExclusionOne, permission=rules.DECIDE_EXCLUSION,
    version="change", body=DecisionSaid,
)  # fmt: skip
def decide_exclusion(call: Call) -> Answer:
    """Never whoever proposed it; after an appeal somebody who has had no part in it."""
    said: DecisionSaid = call.body
    row = exclusions.decide(
        call.by, exclusion_id=call.path["exclusion_id"], agrees=said.agrees, text=said.text,
        version=call.version,
    )  # fmt: skip
    return _exclusion_now(call, row.id)
