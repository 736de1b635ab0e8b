"""The private calendar: deadlines of one's unit and meetings one is called to, behind a secret address, nothing personal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.test import Client

from baiying.cases import steps
from baiying.dispatch import calls_meetings
from baiying.dispatch.models import Call, Meeting
from baiying.kit import clock
from baiying.notify import preferences
from baiying.notify.letters import Person
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.dispatch.calling import led, raised


def address(cast: Cast, person: str) -> str:
    account = cast.accounts[person]
    with acting(Scope(cast.tenant.id, "none", account=account.id)):
        key = preferences.renew_calendar(Person(cast.tenant.id, account.id, account.name))
    return f"/desk/calendar/{key}.ics"


def events(cast: Cast, person: str) -> list[dict[str, str]]:
    answer = Client().get(address(cast, person))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    text = answer.content.decode().replace("\r\n ", "")
    found = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text, re.S)
    return [dict(line.split(":", 1) for line in one.split("\r\n") if ":" in line) for one in found]


def planned(cast: Cast) -> tuple[Call, Meeting]:
    call = raised(cast, "dept-enforcement", "e1")
    at = clock.now() + timedelta(days=1)
    meeting = calls_meetings.plan_meeting(
        cast.dispatch_clerk_zhang, call_id=call.id, place="东门广场", planned_at=at
    )
    return call, meeting


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def test_a_meeting_stands_in_the_calendar_of_whoever_calls_and_of_whoever_is_called(cast: Cast) -> None:
    call, meeting = planned(cast)
    for person in ("dispatch_clerk_zhang", "department_handler_sun", "grid_worker_li"):
        [event] = [one for one in events(cast, person) if one["UID"].startswith("meeting-")]
        assert event["UID"] == f"meeting-{meeting.id}@testserver", person
        assert event["SUMMARY"] == f"现场会：呼叫 {call.number}"
        assert (event["DTSTART"], event["DTEND"]) == (
            moment(meeting.planned_at),
            moment(meeting.planned_at + timedelta(hours=1)),
        )
        assert event["URL"] == f"http://testserver/desk/calls/{call.id}/"
        assert cast.client(person).get(f"/desk/calls/{call.id}/").status_code == 200, person
    for person in ("department_handler_he", "grid_worker_lu", "community_head_chen"):
        assert events(cast, person) == []


def test_whoever_is_released_or_has_met_has_no_meeting_left(cast: Cast) -> None:
    call, meeting = planned(cast)
    led(cast, call, "dept-enforcement", ("dispatch_clerk_zhang", "release"))
    assert events(cast, "department_handler_sun") == []
    assert len(events(cast, "grid_worker_li")) == 1
    minutes = calls_meetings.Minutes(
        held_at=clock.now(), present_ids=[cast.units["e1"].id], minutes="看了", decisions="划线"
    )
    calls_meetings.record_meeting(cast.dispatch_clerk_zhang, meeting_id=meeting.id, said=minutes)
    assert events(cast, "grid_worker_li") == []


def test_an_order_is_due_in_the_calendar_of_its_unit_alone(cast: Cast) -> None:
    case = cast.lead(cast.case(name="王大妈", phone="13800001234"), steps.HANDED_OUT)
    [event] = events(cast, "department_handler_sun")
    assert (event["SUMMARY"], event["DTSTART"]) == (f"到期：诉求 {case.reference}", moment(case.due_at))
    assert not {"王大妈", "13800001234"} & set(event.values())
    assert events(cast, "department_handler_he") == []
    cast_address = address(cast, "department_handler_sun")
    address(cast, "department_handler_sun")  # a new address makes the old one worthless
    assert Client().get(cast_address).status_code == 404
    assert Client().get(cast_address[:-6] + "x.ics").status_code == 404
