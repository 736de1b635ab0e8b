"""Changing requests: every step of the table by one address, and what is no step - notes, photos, corrections, parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from baiying.cases import extending, hard_cases, queries, rules, services, splitting, steps, supporting
from baiying.cases.models import Case
from baiying.cases.services import Correction, StepData
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.decoding import (
    CorrectionSaid,
    ExtensionSaid,
    HardSaid,
    NoteSaid,
    NothingSaid,
    PartSaid,
    StepSaid,
    SupportSaid,
)
from baiying.doors.open.reading import TAG, case_for, shown
from baiying.doors.open.shapes import ContactOne, NoteOne, OrderRow, Photos, RequestOne, order_row, photo_of
from baiying.doors.open.step_notes import note_of
from baiying.doors.shared.pictures import read_uploads
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.refusals import Invalid
from baiying.org.queries import street_map
from baiying.org.rules import Actor, demand

ONE: Final = "v1/requests/<str:reference_text>"
BY_STAFF: Final = [step.name for step in steps.LIFECYCLE.steps if "staff" in step.by]


@operation(
    "take_step", "POST", f"{ONE}/steps/<str:step>", tag=TAG, summary="Lead a request one step on",
    answer=RequestOne, permission=rules.READ, version="change", body=StepSaid, files=("photos", "before_photos"),
    note=lambda: note_of(steps.LIFECYCLE),
    more={"step": {"type": "string", "enum": BY_STAFF}},
)  # fmt: skip
def take_step(call: Call) -> Answer:
    """The table says who may, from which state, and what is needed; pictures come as multipart/form-data."""
    said: StepSaid = call.body
    case = case_for(call)
    photos, before = _pictures(call, "photos"), _pictures(call, "before_photos")
    plain = {
        name: getattr(said, name)
        for name in (
            "text", "inner", "reason", "person", "due_at", "until", "outcome", "result", "no_photo_reason", "without_supports",
            "without_parts", "reuse", "rating", "contacted", "solved", "method", "category", "kind",
            "is_urgent", "urgency_reason",
        )
    }  # fmt: skip
    data = StepData(
        **plain,
        unit_id=unit_id(call.by, said.unit, "unit") if said.unit else None,
        supports=[unit_id(call.by, code, f"supports[{n}]") for n, code in enumerate(said.supports)],
        photos=photos,
        before_photos=before,
    )
    done = services.take_step(
        call.by, case_id=case.id, step=call.path["step"], data=data, version=call.version
    )
    return shown(call.by, done)


def _pictures(call: Call, field: str) -> Sequence[ReadPhoto]:
    return read_uploads(call.request.FILES.getlist(field), field=field)


def unit_id(by: Actor, code: str, field: str) -> int:
    """The unit with this code. Raises Invalid."""
    unit = street_map(by.scope.tenant).by_code.get(code)
    if unit is None:
        raise Invalid(
            field=field, problem=_("没有这个承办单位。"), remedy=_("用 GET /api/v1/units 里的代码。")
        )
    return unit.id


@operation(
    "add_note", "POST", f"{ONE}/notes", tag=TAG, summary="Write a note, for colleagues or for the reporter",
    answer=NoteOne, status=201, permission=rules.NOTE, body=NoteSaid,
)  # fmt: skip
def add_note(call: Call) -> NoteOne:
    """It stands in the timeline and is never changed."""
    said: NoteSaid = call.body
    line = services.add_note(call.by, case_id=case_for(call).id, text=said.text, is_public=said.is_public)
    return NoteOne(line.id, line.at)


@operation(
    "add_photos", "POST", f"{ONE}/photos", tag=TAG, summary="Add photos to a request that is not closed",
    answer=Photos, status=201, permission=rules.NOTE, body=NothingSaid, files=("photos",),
)  # fmt: skip
def add_photos(call: Call) -> Photos:
    """As multipart/form-data, up to six at once."""
    case, pictures = case_for(call), _pictures(call, "photos")
    if not pictures:
        raise Invalid(field="photos", problem=_("还没有选照片。"), remedy=_("请选照片再上传。"))
    services.add_photos(call.by, case_id=case.id, pictures=pictures)
    return Photos([photo_of(case, photo) for photo in queries.photos_of(case)])


@operation(
    "reveal_contact", "POST", f"{ONE}/contact", tag=TAG, summary="Ask how the reporter may be reached",
    answer=ContactOne, permission=rules.READ_CONTACT, body=NothingSaid,
)  # fmt: skip
def reveal_contact(call: Call) -> ContactOne:
    """That somebody looked is kept in the journal."""
    contact = services.reveal_contact(call.by, case_id=case_for(call).id)
    return ContactOne(contact.name, contact.phone)


@operation(
    "correct_request", "POST", f"{ONE}/corrections", tag=TAG, summary="Set category, kind, urgency or place right",
    answer=RequestOne, permission=rules.CORRECT, version="change", body=CorrectionSaid,
)  # fmt: skip
def correct_request(call: Call) -> Answer:
    """The timeline says what was before. `is_urgent` as it stands says that a person has confirmed it."""
    said: CorrectionSaid = call.body
    if (said.lon is None) != (said.lat is None):
        raise Invalid(field="lon", problem=_("经度和纬度要么都填，要么都不填。"), remedy=_("请补上另一个。"))
    case = case_for(call)
    changes = Correction(
        category=said.category, kind=said.kind, place=said.place, lon=said.lon, lat=said.lat,
        is_urgent=said.is_urgent, urgency_reason=said.urgency_reason,
        community_id=unit_id(call.by, said.community, "community") if said.community else None,
        grid_id=unit_id(call.by, said.grid, "grid") if said.grid else None,
    )  # fmt: skip
    version = case.version if call.version is None else call.version
    return shown(call.by, services.correct(call.by, case_id=case.id, version=version, changes=changes))


@operation(
    "extend_request", "POST", f"{ONE}/extensions", tag=TAG, summary="Give a request more time",
    answer=RequestOne, permission=rules.EXTEND, version="change", body=ExtensionSaid,
)  # fmt: skip
def extend_request(call: Call) -> Answer:
    """Within the rule, before the limit has passed."""
    said: ExtensionSaid = call.body
    case = extending.extend(
        call.by, case_id=case_for(call).id, version=call.version, days=said.days, reason=said.reason, text=said.text
    )  # fmt: skip
    return shown(call.by, case)


@operation(
    "mark_request_hard", "POST", f"{ONE}/hard", tag=TAG, summary="Find that a request is hard, with the limit for that",
    answer=RequestOne, permission=rules.MARK_HARD, version="change", body=HardSaid,
)  # fmt: skip
def mark_request_hard(call: Call) -> Answer:
    """Once, before the limit has passed, where the street's rules have a limit for hard requests."""
    said: HardSaid = call.body
    demand(call.by, rules.READ)
    case = hard_cases.mark(
        call.by, case_id=case_for(call).id, version=call.version, reason=said.reason, text=said.text
    )
    return shown(call.by, case)


@operation(
    "split_request", "POST", f"{ONE}/parts", tag=TAG, summary="Take a part out of a request",
    answer=RequestOne, status=201, permission=rules.SPLIT, body=PartSaid,
)  # fmt: skip
def split_request(call: Call) -> Answer:
    """The part, handed to its unit at once when one is named."""
    said: PartSaid = call.body
    part = splitting.Part(
        text=said.text, category=said.category, place=said.place,
        unit_id=unit_id(call.by, said.unit, "unit") if said.unit else None,
        area_id=unit_id(call.by, said.area, "area") if said.area else None,
    )  # fmt: skip
    made: Case = splitting.split(call.by, case_id=case_for(call).id, part=part)
    answer = shown(call.by, made)
    return Answer(answer.body, answer.version, {"Location": f"/api/v1/requests/{made.reference}"})


@operation(
    "ask_for_support", "POST", f"{ONE}/supports", tag=TAG, summary="Ask a unit to support the one in charge",
    answer=OrderRow, status=201, permission=rules.SUPPORT, body=SupportSaid,
)  # fmt: skip
def ask_for_support(call: Call) -> Any:
    """An order of its own, which never moves the request."""
    said: SupportSaid = call.body
    case = case_for(call)
    order = supporting.hand_out_support(
        call.by, case_id=case.id, unit_id=unit_id(call.by, said.unit, "unit"), text=said.text, due_at=said.due_at,
        person=said.person,
    )  # fmt: skip
    return order_row(next(o for o in queries.orders_of(call.by.scope, case) if o.id == order.id))
