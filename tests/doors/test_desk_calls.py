"""Calls at the desk: raised from a case and from several, answered by phone, assessed; the office board."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from baiying.cases import calling
from baiying.cases.models import Case
from baiying.cases.services import StepData, take_step
from baiying.cases.tracking import Followed
from baiying.dispatch import calls_meetings, calls_reading
from baiying.dispatch.models import Call, Clock, Escalation, Summons
from baiying.dispatch.ringing import ring
from baiying.kit import clock
from baiying.notify.models import Posted
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.dispatch.calling import WAYS, everything_of, in_state, led, raised, summons_of
from tests.notify.test_listening import hear

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    return page.content.decode()


def form_for(cast: Cast, case: Case, *units: str, **more: Any) -> dict[str, Any]:
    """The form of a new call with these units ticked, whichever group each stands in."""
    page = text_of(cast.client("dispatch_clerk_zhang"), f"/desk/calls/new?case={case.reference}")
    boxes = re.findall(r'name="(units_\d+)"[^>]*value="(\d+)"', page)
    data: dict[str, Any] = {
        "case": [case.reference], "kind": "everyday", "title": "夜市占道", "text": "请来看现场", "place": "东门",
        "respond_by": "",
    }  # fmt: skip
    for name, value in boxes:
        if value in {str(cast.units[unit].id) for unit in units}:
            data.setdefault(name, []).append(value)
    return data | more


def the_call(cast: Cast) -> Call:
    with acting(Scope(cast.tenant.id, "street")):
        return Call.objects.select_related("unit").latest("raised_at")


def test_raised_from_the_page_of_a_case(cast: Cast) -> None:
    case, clerk = cast.case(), cast.client("dispatch_clerk_zhang")
    assert f"/desk/calls/new?case={case.reference}" in text_of(clerk, f"/desk/cases/{case.reference}/")
    answer = clerk.post("/desk/calls/new", form_for(cast, case, "dept-enforcement", "dept-municipal", "e1"))
    call = the_call(cast)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/calls/{call.id}/")
    with acting(Scope(cast.tenant.id, "street")):
        assert Summons.objects.filter(call=call, state="called").count() == 3
    page = text_of(clerk, f"/desk/calls/{call.id}/")
    assert page.count("待应答") == 3 and "夜市占道" in page
    assert call.number in text_of(clerk, f"/desk/cases/{case.reference}/")


def test_raised_from_several_ticked_cases(cast: Cast) -> None:
    cases, clerk = [cast.case(), cast.case(text="第二件")], cast.client("dispatch_clerk_zhang")
    answer = clerk.post("/desk/cases/bulk", {"action": "call", "case": [str(c.id) for c in cases]})
    assert answer.status_code == 302
    page = text_of(clerk, answer.headers["Location"])
    assert all(case.reference in page for case in cases)
    none = clerk.post("/desk/cases/bulk", {"action": "call"})
    assert none.status_code == 422 and "没有勾选诉求" in none.content.decode()


def test_a_form_with_faults_comes_back_with_its_words(cast: Cast) -> None:
    case, clerk = cast.case(), cast.client("dispatch_clerk_zhang")
    for more, word in (
        ({"title": ""}, "请写清楚"), ({"kind": "whistle"}, "请从列表里选一项"), ({"respond_by": "x"}, "时间没有写对"),
        ({"kind": "hard"}, "没有写时间"),
    ):  # fmt: skip
        answer = clerk.post("/desk/calls/new", form_for(cast, case, "dept-enforcement") | more)
        assert answer.status_code == 422 and word in answer.content.decode(), more
        assert "请来看现场" in answer.content.decode()
    nobody = clerk.post("/desk/calls/new", form_for(cast, case))
    assert nobody.status_code == 422 and "请选要召集的单位" in nobody.content.decode()
    assert clerk.get("/desk/calls/new").status_code == 422


def test_answered_on_the_phone_confirmed_and_assessed(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement", "dept-municipal")
    summons = summons_of(cast, call, "dept-enforcement")
    sun, clerk = cast.client("department_handler_sun"), cast.client("dispatch_clerk_zhang")
    assert "夜市占道，请到场" in text_of(sun, "/desk/summons/")
    address = f"/desk/summons/{summons.id}/"
    page = text_of(sun, address)
    assert "三家一起看现场" in page and "市政园林服务中心" in page and "/desk/cases/" not in re.sub(r'href="/desk/cases/["?]', "", page.split("<main")[1])  # fmt: skip
    assert sun.post(f"{address}steps/acknowledge", {"within": "40", "version": 0}).status_code == 302
    again = sun.post(f"{address}steps/acknowledge", {"within": "40", "version": 0})
    assert again.status_code == 409 and "什么都没有改动" in again.content.decode()
    assert clerk.post(f"{address}here").status_code == 302
    assert "确认到场" in text_of(sun, address)
    assert sun.post(f"{address}steps/report", {"text": "已划线。", "version": 2}).status_code == 302
    assert sun.post(f"{address}rate-call", {"rating": "no", "why": ""}).status_code == 422
    assert sun.post(f"{address}rate-call", {"rating": "yes", "why": ""}).status_code == 302
    assert clerk.post(f"{address}rate-response", {"rating": "fair", "why": "晚了十分钟。"}).status_code == 302
    shown = text_of(clerk, "/desk/calls/assessed/")
    assert "综合行政执法中队" in shown and "次数太少" in shown and "孙涛" not in shown.split("<main")[1]
    page = text_of(clerk, f"/desk/calls/{call.id}/")
    assert "基本到位" in page and "已报告" in page


def test_ending_names_who_is_missing(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    clerk, address = cast.client("dispatch_clerk_zhang"), f"/desk/calls/{call.id}/"
    refused = clerk.post(f"{address}steps/end", {"text": "办好了", "version": call.version})
    assert refused.status_code == 409 and "综合行政执法中队" in refused.content.decode()
    led(cast, call, "dept-enforcement", ("dispatch_clerk_zhang", "mark_absent"))
    assert clerk.post(f"{address}steps/end", {"text": "办好了"}).status_code == 302
    assert "已结束" in text_of(clerk, address)


def test_a_meeting_and_its_task_on_the_pages(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    clerk, address = cast.client("dispatch_clerk_zhang"), f"/desk/calls/{call.id}/"
    soon = timezone.localtime(clock.now() + timedelta(hours=1))
    assert (
        clerk.post(
            f"{address}meetings", {"planned_at": f"{soon:%Y-%m-%dT%H:%M}", "place": "东门"}
        ).status_code
        == 302
    )
    [meeting] = calls_reading.meetings_of(cast.dispatch_clerk_zhang.scope, call)
    unit = cast.units["dept-enforcement"].id
    held = timezone.localtime(clock.now())
    minutes = {
        "held_at": f"{held:%Y-%m-%dT%H:%M:%S}",
        "present_ids": [unit],
        "minutes": "看了",
        "decisions": "划线",
    }
    wrong = clerk.post(f"/desk/meetings/{meeting.id}/minutes", minutes | {"present_ids": []})
    assert wrong.status_code == 422 and "请勾选到会的单位" in wrong.content.decode()
    assert clerk.post(f"/desk/meetings/{meeting.id}/minutes", minutes).status_code == 302
    due = timezone.localtime(clock.now() + timedelta(days=3))
    task = {"unit": unit, "text": "一周内划线", "due_at": f"{due:%Y-%m-%dT%H:%M}"}
    assert clerk.post(f"{address}tasks", task).status_code == 302
    [(given, _order)] = calls_reading.tasks_of(cast.dispatch_clerk_zhang.scope, call)
    sun = cast.client("department_handler_sun")
    assert sun.post(f"/desk/tasks/{given.id}/steps/acknowledge").status_code == 302
    assert sun.post(f"/desk/tasks/{given.id}/steps/finish", {"text": "划好了"}).status_code == 302
    page = text_of(clerk, address)
    assert "划好了" in page and "已办结" in page


def test_a_community_asks_and_the_street_sends_out(cast: Cast) -> None:
    case, head = cast.case(), cast.client("community_head_wang")
    form = form_for(cast, case, "dept-enforcement")
    page = text_of(head, f"/desk/calls/new?case={case.reference}")
    number = re.findall(rf'name="(units_\d+)"[^>]*value="{cast.units["dept-enforcement"].id}"', page)[0]
    data = {name: value for name, value in form.items() if not name.startswith("units_")}
    head.post("/desk/calls/new", data | {number: [cast.units["dept-enforcement"].id]})
    call = the_call(cast)
    assert call.state == "asked"
    board = text_of(cast.client("dispatch_clerk_bai"), "/desk/office/")
    assert "待街道发出" in board and f"asked-{call.id.hex}" in board
    sent = cast.client("dispatch_clerk_bai").post(
        f"/desk/calls/{call.id}/steps/issue", {"version": call.version}
    )
    assert sent.status_code == 302
    assert the_call(cast).state == "open"


def test_the_board_opens_the_list_behind_each_figure(cast: Cast) -> None:
    refused = in_state(cast, "refused")
    asked = cast.case(text="要问的事")
    take_step(cast.dispatch_clerk_zhang, case_id=asked.id, step="ask", data=StepData(text="几号楼？"))
    take_step(cast.reporter_of(asked), case_id=asked.id, step="answer", data=StepData(text="三号楼"))
    clerk = cast.client("dispatch_clerk_zhang")
    board = text_of(clerk, "/desk/office/")
    tiles = re.findall(
        r'id="(tile-[a-z]+-\d)" class="[^"]*" href="([^"]+)".*?<strong class="number">([\d,]+)<', board
    )
    assert [(name, count) for name, _href, count in tiles] == [
        ("tile-call-1", "1"), ("tile-call-2", "1"), ("tile-call-3", "0"), ("tile-clock-1", "0"), ("tile-clock-2", "0"), ("tile-clock-3", "0"),
        ("tile-waiting-1", "2"), ("tile-waiting-2", "0"), ("tile-waiting-3", "0"), ("tile-waiting-4", "1"),
    ]  # fmt: skip
    for name, href, count in tiles:
        page = text_of(clerk, href.replace("&amp;", "&"))
        rows = len(re.findall(r'id="call-[0-9a-f]+"|<tr data-case', page.split("<main")[1]))
        assert rows == int(count), name
    assert f"decide-{refused.id.hex}" in board and "写清楚的一句话" in board


@pytest.mark.usefixtures("steady_map")
def test_the_board_costs_the_same_for_one_call_and_for_three(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    clerk = cast.client("dispatch_clerk_zhang")
    raised(cast)
    clerk.get("/desk/office/live")
    costs = []
    for more in (0, 2):
        for _ in range(more):
            raised(cast)
        with CaptureQueriesContext(connection) as counted:
            assert clerk.get("/desk/office/live").status_code == 200
        costs.append(len(counted))
    assert costs[0] == costs[1]


def test_the_live_part_is_a_part_and_asks_again(cast: Cast) -> None:
    raised(cast)
    part = text_of(cast.client("dispatch_clerk_zhang"), "/desk/office/live")
    assert part.lstrip().startswith("<div") or part.lstrip().startswith("\n")
    assert 'hx-get="/desk/office/live"' in part and "<html" not in part
    links = re.findall(r"<a ([^>]*)>", part)
    assert links and all('id="' in link for link in links if "/desk/c" in link or "/desk/summons" in link)


def test_lists_say_when_they_are_empty(cast: Cast) -> None:
    assert "这里没有呼叫" in text_of(cast.client("dispatch_clerk_zhang"), "/desk/calls/?show=late")
    assert "现在没有呼叫" in text_of(cast.client("department_handler_sun"), "/desk/summons/")
    assert "没有等着的答复" in text_of(cast.client("dispatch_clerk_zhang"), "/desk/office/answered/")
    assert "还没有评价" in text_of(cast.client("dispatch_clerk_zhang"), "/desk/calls/assessed/")
    for call in (raised(cast), raised(cast)):
        assert call.number in text_of(cast.client("dispatch_clerk_zhang"), "/desk/calls/?show=all")


def test_nobody_decides_by_address_what_is_not_theirs(cast: Cast) -> None:
    summons = in_state(cast, "refused")
    before = everything_of(cast, summons.call)
    for person, step in (("dispatch_clerk_zhang", "insist"), ("department_handler_sun", "refer"), ("community_head_wang", "arrive")):  # fmt: skip
        answer = cast.client(person).post(
            f"/desk/summons/{summons.id}/steps/{step}", {"text": "x", "arrived_at": "2026-11-23T10:00"}
        )
        assert answer.status_code in (403, 404, 409), (person, step)
    assert everything_of(cast, summons.call) == before


def test_the_reporters_page_says_only_that_units_are_called(cast: Cast) -> None:
    case = cast.case()
    call = raised(cast, cases=[case])
    with acting(Scope(cast.tenant.id, "street")):
        assert calling.calls_of(Scope(cast.tenant.id, "street"), case) == [call]
    secret = Followed(case.reference, cast.tenant.id, case.id, 0).secret
    page = Client().get(f"/t/{case.reference}?k={secret}", follow=True).content.decode()
    assert "街道已召集有关单位联合处理" in page
    assert not [word for word in ("夜市占道", call.number, "市政园林", "综合行政执法") if word in page]


def test_an_unanswered_call_goes_up_the_chain_and_stands_on_the_board(cast: Cast) -> None:
    with clock.telling(clock.now() - timedelta(hours=30)):
        call = raised(cast, "dept-enforcement")
    summons = summons_of(cast, call, "dept-enforcement")
    assert ring(cast.tenant.id) > 0
    ring(cast.tenant.id)
    clerk = cast.client("dispatch_clerk_zhang")
    assert call.number in text_of(clerk, "/desk/escalations/all")
    assert re.search(r'id="tile-clock-3".*?<strong class="number">[1-9]', text_of(clerk, "/desk/office/"))
    led(cast, call, "dept-enforcement", ("department_handler_sun", "acknowledge"))
    with acting(Scope(cast.tenant.id, "street")):
        assert not Clock.objects.filter(subject_id=summons.id, stopped_at=None).exists()
    assert call.number not in text_of(clerk, "/desk/escalations/all")


def test_open_summonses_stand_in_the_inbox_of_the_called_unit_alone(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    sun, he = cast.client("department_handler_sun"), cast.client("department_handler_he")
    address = f"/desk/summons/{summons_of(cast, call, 'dept-enforcement').id}/"
    assert address in text_of(sun, "/desk/inbox/") and "夜市占道，请到场" in text_of(sun, "/desk/inbox/")
    assert "呼叫我们的</h2>" not in text_of(he, "/desk/inbox/")
    led(cast, call, "dept-enforcement", *WAYS["reported"])
    assert "夜市占道，请到场" not in text_of(sun, "/desk/inbox/")


def test_the_clock_of_a_summons_writes_to_the_unit_and_then_up_the_chain(cast: Cast) -> None:
    """Before the time: the unit is asked to answer. After it: whoever stands above is asked to see to it."""
    with clock.telling(clock.now() - timedelta(hours=3)):  # not so long ago that nobody held a post yet
        call = raised(cast, "dept-enforcement")
        hear(cast)
    summons = summons_of(cast, call, "dept-enforcement")
    assert summons.respond_by is not None
    letters = []
    for moment in (summons.respond_by - timedelta(minutes=1), summons.respond_by + timedelta(minutes=1)):
        with clock.telling(moment):
            ring(cast.tenant.id)
            hear(cast)
        with acting(Scope(cast.tenant.id, "street")):
            rows = Posted.objects.filter(subject_kind="summons", subject_id=str(summons.id)).order_by("id")
            letters.append([(row.kind, row.name) for row in rows])
    assert letters[0] == [("dispatch.warned", "孙涛")]
    assert letters[1][0] == letters[0][0] and {kind for kind, _name in letters[1][1:]} == {
        "dispatch.escalated"
    }
    with acting(Scope(cast.tenant.id, "street")):
        told = Escalation.objects.filter(subject_id=summons.id)
        assert {name for _kind, name in letters[1][1:]} == {one.name for one in told if one.account_id}


def test_a_task_of_a_call_stands_in_the_units_inbox(cast: Cast) -> None:
    call = raised(cast, "dept-enforcement")
    due = clock.now() + timedelta(days=2)
    unit = cast.units["dept-enforcement"].id
    calls_meetings.give_task(
        cast.dispatch_clerk_zhang, call_id=call.id, unit_id=unit, text="划摊位线", due_at=due
    )
    page = text_of(cast.client("department_handler_sun"), "/desk/inbox/")
    assert "划摊位线" in page and f"/desk/summons/{summons_of(cast, call, 'dept-enforcement').id}/" in page
