"""Every declared operation under fire: what a generator makes up is answered as the description says, and never with a 5xx.

Schemathesis makes requests from the schema, good ones and bad ones, half of them about things that are there; each goes
through the programs' own handler.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from baiying.cases import calling, exclusions, outside, sampling, supporting
from baiying.cases.guarding import blur_photo
from baiying.cases.models import Photo
from baiying.config.programs import ProgramsHandler
from baiying.dispatch import calls_meetings, calls_reading, ringing
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.models import Escalation, Order
from baiying.doors.open.openapi import document
from baiying.kit import clock
from baiying.org.rules import acting
from tests.cases.after_answer import call_back_of, checked_case
from tests.cast import Cast, a_photo
from tests.doors.test_api_orders import bearer
from tests.doors.test_chain_pages import Chain
from tests.topics.known import a_topic

EXAMPLES = 3
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def things(cast: Cast) -> dict[str, Any]:
    """By the name of a parameter: something of the street that is there."""
    clerk, soon = cast.dispatch_clerk_zhang, clock.now() + timedelta(hours=2)
    case = cast.lead(cast.case(photos=(a_photo(),), name="李女士", phone="13805330004"), "in_progress")
    unit = cast.units["dept-enforcement"].id
    order = supporting.hand_out_support(
        clerk, case_id=case.id, unit_id=cast.units["dept-municipal"].id, text="帮着看"
    )
    words = CallWords(kind="everyday", title="积水", text="请来", parties=[Party(unit)])
    call = calling.raise_call(clerk, case_ids=[case.id], said=words)
    meeting = calls_meetings.plan_meeting(clerk, call_id=call.id, place="东门", planned_at=soon)
    task = calls_meetings.give_task(clerk, call_id=call.id, unit_id=unit, text="抽水", due_at=soon)
    with acting(clerk.scope):
        [summons] = calls_reading.summonses_of(clerk.scope, call)
    call_back = call_back_of(cast, phone="13805330005")
    review = exclusions.propose(clerk, case_id=call_back.case_id, class_code="unlawful", text="解释过了")
    with acting(clerk.scope):
        lead = Order.objects.get(subject_id=case.id, part="lead")
        photo = Photo.objects.get(case_id=case.id)
        draw = sampling.draws_of(checked_case(cast))[0]
    with clock.telling(case.due_at + timedelta(minutes=1)):
        ringing.ring(cast.tenant.id)
    link = outside.make_link(clerk, case_id=case.id, order_id=lead.id, to_name="某公司", to_address="")
    with acting(clerk.scope):
        told = Escalation.objects.get_queryset().filter(subject_id=case.id).latest("at")
    copy = blur_photo(clerk, case_id=case.id, photo_id=photo.id, areas=[])
    chain = Chain(cast)
    return {
        "call_back_id": str(call_back.id), "inspection_id": str(draw.id), "exclusion_id": str(review.id),
        "outside_link_id": str(link.id), "escalation_id": str(told.id),
        "photo_id": str(photo.id), "public_photo_id": str(copy.id),
        "reference": case.reference, "order_id": str(order.id), "call_id": str(call.id), "summons_id": str(summons.id),
        "meeting_id": str(meeting.id), "task_id": str(task.id), "link_id": chain.links[3].pk,
        "holder_id": chain.people["other"].pk, "topic_id": str(a_topic(cast, [case]).id),
    }  # fmt: skip


@pytest.mark.django_db
def test_no_operation_breaks_or_answers_what_is_not_described(cast: Cast, settings_: Any) -> None:
    there, token = things(cast), bearer(cast, "dispatch_clerk_zhang")
    schema = schemathesis.openapi.from_dict(document())
    schema.app = ProgramsHandler()
    answered: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _fire(operation.as_strategy(generation_mode=mode), there, token, answered)
    assert {200, 201, 404, 422} <= set(answered), answered


NUMBERS = count()


def _fire(strategy: Any, there: dict[str, Any], token: dict[str, str], answered: Counter[int]) -> None:

    @seed(20261123)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def one(case: Any) -> None:
        number = next(NUMBERS)
        if number % 4 < 3:
            for name in set(case.path_parameters or {}) & set(there):
                case.path_parameters[name] = there[name]
        if number % 8 < 7:
            (case.headers or {}).pop("Authorization", None)
            case.headers = {**token, **dict(case.headers or {})}
        response = case.call()
        answered[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
        one()


@pytest.fixture
def settings_(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """No limit of calls: a generator knows no rest. And the handler keeps the connection of the test's transaction."""
    # On the class: what is put back on one connection would stand before what the next test puts on the class.
    monkeypatch.setattr(
        "django.db.backends.base.base.BaseDatabaseWrapper.close_if_unusable_or_obsolete", lambda self: None
    )
    settings.API_PER_MINUTE = 0
    settings.INTAKE_PER_HOUR = settings.INTAKE_PER_HOUR_ADDRESS = 0
    return settings
