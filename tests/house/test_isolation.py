"""Every address of the project, tried by everybody who must not see this street's cases; new addresses too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from baiying.cases import calling, exclusions, outside, photos, sampling, saved, supporting
from baiying.cases.guarding import blur_photo
from baiying.cases.models import Case, Photo
from baiying.cases.services import add_note
from baiying.chain import importing
from baiying.dispatch import calls_meetings, calls_reading, ringing, rulesets
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.models import Escalation, Order
from baiying.kit import clock, rls
from baiying.notify import services as letters
from baiying.notify.letters import Letter, Recipient
from baiying.notify.models import PhoneTask, Posted
from baiying.org import services as org
from baiying.org.absences import record_absence
from baiying.org.models import ApiToken
from baiying.org.queries import tenants
from baiying.org.rules import Scope, acting
from baiying.webhooks import services as webhooks
from tests.cases.after_answer import call_back_of, checked_case
from tests.cases.written import exported
from tests.cast import Cast, a_photo
from tests.doors.test_chain_pages import Chain
from tests.house.addresses_for_all import PUBLIC
from tests.house.published import OPEN311, hidden
from tests.notify.push_service import a_device
from tests.topics.known import topic_values

pytestmark = pytest.mark.django_db

# Pages of the security administrator's own work; they show accounts, never cases.
OF_SECURITY = {
    "desk_account", "desk_account_active", "desk_account_password", "desk_appoint", "desk_post_end",
    "desk_account_token_revoke",
}  # fmt: skip
REFUSED = {301, 302, 400, 401, 403, 404, 405, 409, 410, 415, 422, 429}
ENDS_SESSION = {"desk_logout", "desk_password"}
TEXT, PLACE, NAME, PHONE = "独有标记甲的诉求原文", "独有标记乙的地点", "独有标记丙", "13805339753"
MARKERS = (TEXT, PLACE, NAME, PHONE, "独有标记丁", "独有标记戊", "独有标记己", "独有标记庚")


@dataclass
class Target:
    """Real objects of the street, by the name of the parameter in an address."""

    case: Case
    values: dict[str, list[Any]] = field(default_factory=dict)


def addresses() -> Iterator[tuple[str, list[str]]]:
    """(name with its namespace, parameters) of every address of the project."""

    def walk(
        patterns: list[Any], spaces: tuple[str, ...], above: tuple[str, ...]
    ) -> Iterator[tuple[str, list[str]]]:
        for pattern in patterns:
            names = (*above, *pattern.pattern.regex.groupindex)
            if isinstance(pattern, URLResolver):
                space = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from walk(pattern.url_patterns, space, names)
            else:
                assert isinstance(pattern, URLPattern) and pattern.name, f"{pattern} has no name"
                yield ":".join((*spaces, pattern.name)), sorted(names)

    yield from walk(get_resolver().url_patterns, (), ())


ADDRESSES = sorted(addresses())


@pytest.fixture
def target(cast: Cast) -> Target:
    """A case with everything that can hang on one, in grid e1, with dept-enforcement."""
    case = cast.case(text=TEXT, place=PLACE, name=NAME, phone=PHONE, photos=(a_photo(),))
    case = cast.lead(case, "in_progress")
    clerk = cast.dispatch_clerk_zhang
    add_note(clerk, case_id=case.id, text="独有标记丁：内部记录", is_public=False)
    add_note(clerk, case_id=case.id, text="独有标记戊：给居民的话", is_public=True)
    with acting(Scope(cast.tenant.id, "street")):
        photo = Photo.objects.get(case_id=case.id)
        order = Order.objects.get(subject_id=case.id)
        kept = saved.save_filter(clerk, name="我的筛选", query="state=received")
    support = supporting.hand_out_support(
        clerk, case_id=case.id, unit_id=cast.units["east"].id, text="独有标记丁"
    )
    cast.draw_none()
    call_back = call_back_of(cast, text=TEXT, name=NAME, phone=PHONE)
    checked = checked_case(cast)
    excluded = exclusions.propose(clerk, case_id=call_back.case_id, class_code="unlawful", text="独有标记丁")
    with acting(Scope(cast.tenant.id, "street")):
        draw = sampling.draws_of(checked)[0]
    link = outside.make_link(clerk, case_id=case.id, order_id=order.id, to_name="某公司", to_address="")
    token, _clear = org.issue_token(clerk, post=cast.posts["dispatch_clerk_zhang"], label="x")
    copy = blur_photo(clerk, case_id=case.id, photo_id=photo.id, areas=[(0, 0, 20, 20)])
    values: dict[str, list[Any]] = {
        "reference": [case.reference],
        "order_id": [order.id, support.id],
        "link_id": [link.id],
        "link_step": ["sent", "withdraw", "renew"],
        "order_step": ["acknowledge", "report", "cancel"],
        "reference_text": [case.reference],
        "photo_id": [photo.id],
        "public_photo_id": [copy.id],
        "filter_id": [kept.id],
        "account_id": [cast.accounts["dispatch_clerk_bai"].id],
        "post_id": [cast.posts["dispatch_clerk_bai"].id],
        "token_id": [token.id],
        "code": [cast.units[unit].code for unit in ("street", "east", "e1")],
        "step": [],
        "token": ["0" * 40],
        "rest": ["v1/cases", f"v1/requests/{case.reference}/contact"],
        "case_id": [case.id],
        "door": ["desk"],
        "draw_id": [draw.id],
        "exclusion_id": [excluded.id],
        **(told(cast, case) | topic_values(cast, case)),
        "call_back_id": [call_back.id],
    }
    values |= _called(cast, case) | _ruled(cast) | _late(cast, case) | OPEN311 | _subscribed(cast)
    assert photos.path_of(photo, thumb=False).exists()
    return Target(case, values | chain_values(cast))


def chain_values(cast: Cast) -> dict[str, list[Any]]:
    """What stands for the chain's objects in addresses: all of grid e1, and an absence of its worker."""
    chain, head = Chain(cast), cast.community_head_wang
    assert chain.building is not None
    with acting(head.scope):
        kept = importing.read_list(
            head, name="名单", rows=[{"number": "2", "level": "2", "child": "x", "holder": "y", "from": "z"}]
        )
    with acting(cast.grid_worker_li.scope):
        away = record_absence(
            cast.grid_worker_li, account=cast.accounts["grid_worker_li"], from_date=clock.today(),
            to_date=clock.today(), deputy=None,
        )  # fmt: skip
    return {
        "courtyard_id": [chain.courtyard.pk], "building_id": [chain.building.pk], "level": [2],
        "child_id": [cast.units["e1"].id], "holder_id": [chain.people["contact"].pk, chain.people["head"].pk],
        "import_id": [kept.pk], "absence_id": [away.pk], "link_of_chain_id": [chain.links[2].pk],
    }  # fmt: skip


def told(cast: Cast, case: Case) -> dict[str, list[Any]]:
    """A letter to the clerk about the case, a telephone task to its reporter, and an address nearly right."""
    clerk = cast.accounts["dispatch_clerk_zhang"]
    about = {
        "subject_kind": "case",
        "subject_id": str(case.id),
        "community_id": case.community_id,
        "grid_id": case.grid_id,
    }
    resident = Recipient(account_id=None, addresses={"sms": PHONE})
    words = Letter(kind="cases.returned", title="独有标记己", body="独有标记己：通知内容")
    with acting(Scope(cast.tenant.id, "street")):
        for key, to in (
            ("to-clerk", Recipient(account_id=clerk.id, name=clerk.name)),
            ("to-resident", resident),
        ):
            letters.post(
                tenant_id=cast.tenant.id, key=key, to=to, letter=words, unit_id=case.unit_id, ends_in_call=True, **about
            )  # fmt: skip
        letter, task = Posted.objects.get(key="to-clerk"), PhoneTask.objects.get()
    key, device = f"{cast.tenant.id}-{clerk.id}-{'0' * 43}", [a_device(cast, "dispatch_clerk_zhang")]
    return {"letter_id": [letter.id], "phone_task_id": [task.id], "calendar_key": [key], "device_id": device}


def _called(cast: Cast, case: Case) -> dict[str, list[Any]]:
    """A call of the street's office to dept-enforcement alone, with a meeting and a task."""
    clerk, soon = cast.dispatch_clerk_zhang, clock.now() + timedelta(hours=2)
    unit = cast.units["dept-enforcement"].id
    words = CallWords(kind="everyday", title="独有标记庚", text="独有标记庚", parties=[Party(unit)])
    call = calling.raise_call(clerk, case_ids=[case.id], said=words)
    meeting = calls_meetings.plan_meeting(clerk, call_id=call.id, place="独有标记庚", planned_at=soon)
    task = calls_meetings.give_task(clerk, call_id=call.id, unit_id=unit, text="独有标记庚", due_at=soon)
    with acting(clerk.scope):
        [summons] = calls_reading.summonses_of(clerk.scope, call)
    steps = {
        "what": ["unfollow", "forget"],
        "call_step": ["end", "withdraw"],
        "summons_step": ["acknowledge", "refuse", "arrive"],
        "task_step": ["acknowledge", "recall"],
    }
    return steps | {
        "call_id": [call.id], "summons_id": [summons.id], "meeting_id": [meeting.id], "task_id": [task.id],
    }  # fmt: skip


def _subscribed(cast: Cast) -> dict[str, list[Any]]:
    """A subscription of the clerk's, with one message; an export."""
    row, _secret = webhooks.subscribe(
        cast.dispatch_clerk_zhang, label="独有标记庚", url="https://9.9.9.9/", events=["cases.accepted"]
    )
    message = webhooks.ping(cast.dispatch_clerk_zhang, subscription_id=row.id)
    return {
        "subscription_id": [row.id],
        "delivery_id": [message.id],
        "export_id": [exported(cast).id],
        "webhook_act": ["pause", "secret", "end"],
    }


def _ruled(cast: Cast) -> dict[str, list[Any]]:
    """A draft of a rule set with one row."""
    clerk = cast.dispatch_clerk_zhang
    rule_set = rulesets.draft(clerk, note="")
    wanted = rulesets.Wanted(lead="dept-municipal")
    row = rulesets.put_row(clerk, number=rule_set.version, row_id=None, wanted=wanted)
    return {"version": [rule_set.version], "row_id": [row.pk]}


def _late(cast: Cast, case: Case) -> dict[str, list[Any]]:
    """Somebody was told that the case is overdue; a day and a year of the working calendar."""
    with clock.telling(case.due_at + timedelta(minutes=1)):
        ringing.ring(cast.tenant.id)
    with acting(Scope(cast.tenant.id, "street")):
        told = Escalation.objects.get_queryset().filter(subject_id=case.id, what="handle").get()
    return {"escalation_id": [told.id], "day_id": [0], "year": [2027]}


def urls(target: Target) -> Iterator[tuple[str, str, bool]]:
    """(name, address, whether it names an object of the street)."""
    for name, parameters in ADDRESSES:
        unknown = set(parameters) - set(target.values)
        assert not unknown, f"tell this test what {sorted(unknown)} of {name} stands for"
        for chosen in _choices(name, parameters, target):
            yield name, reverse(name, kwargs=chosen), bool(parameters)


def _choices(name: str, parameters: list[str], target: Target) -> Iterator[dict[str, Any]]:
    found: list[dict[str, Any]] = [{}]
    for parameter in parameters:
        values = target.values[parameter]
        if parameter == "step":
            values = (
                ["answer", "photos", "rate", "reopen", "appeal"]
                if name == "track_act"
                else ["handle", "recall", "ask"]
            )
        found = [one | {parameter: value} for one in found for value in values]
    yield from found


VISITORS = [
    "nobody", "outsider_zhao", "outsider_handler_jin", "community_head_chen", "grid_worker_lu",
    "department_handler_he", "system_administrator_tang", "security_administrator_wu", "audit_administrator_zheng",
]  # fmt: skip


def body(cast: Cast, target: Target) -> dict[str, Any]:
    """A form that would be valid in as many places as possible."""
    return {
        "text": "外人写的话", "version": target.case.version, "unit": cast.units["dept-municipal"].code, "inner": "x",
        "outcome": "solved", "no_photo_reason": "没有", "rating": "satisfied", "contacted": "yes", "solved": "yes",
        "case": str(target.case.id), "cases": [target.case.reference], "ids": [str(target.case.id)], "action": "note",
        "post": cast.posts["dispatch_clerk_zhang"].id, "name": "外人", "role": "dispatch_clerk", "active": "no",
        "category": "other", "as": "noted", "days": 3, "reason": "extend-works", "kind": "help", "public": "on", "confirm": "yes",
    }  # fmt: skip


@pytest.mark.parametrize("visitor", VISITORS)
def test_nobody_else_sees_or_changes_anything(cast: Cast, target: Target, visitor: str) -> None:
    before = fingerprint(target.case.id)
    bearer = token_of(cast, visitor)
    faults, client = [], visitor_client(cast, visitor)
    for name, address, is_object in urls(target):
        for method in ("GET", "POST"):
            token = {"authorization": f"Bearer {bearer}", "if-match": "*"}
            more = {"headers": token} if bearer and ":" in name else {}
            forget_scope()
            data = body(cast, target) if method == "POST" else None
            answer = client.get(address, **more) if data is None else client.post(address, data, **more)
            faults += [
                f"{method} {address}: {fault}" for fault in faults_of(visitor, name, is_object, answer)
            ]
            if name in ENDS_SESSION and visitor != "nobody":
                client = visitor_client(cast, visitor)
    assert "\n".join(faults) == ""
    assert fingerprint(target.case.id) == before
    if not visitor.startswith("security"):  # whose work is to take keys back
        assert ApiToken.objects.filter(label="x", revoked_at=None).count() == 1


def faults_of(visitor: str, name: str, is_object: bool, answer: HttpResponseBase) -> Iterator[str]:
    """What is wrong with an answer to somebody who must not see the case."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    shown = content.decode(errors="replace")
    yield from (f"shows {m}" for m in hidden(name, MARKERS, MARKERS[:2]) if m in shown)
    if answer.status_code >= 500:
        yield f"breaks ({answer.status_code})"
    if name in PUBLIC or answer.status_code in REFUSED:
        target = answer.headers.get("Location", "")
        is_page_of_staff = name.startswith("desk") and name not in PUBLIC and answer.status_code == 302
        if visitor == "nobody" and is_page_of_staff and not target.startswith(settings.LOGIN_URL):
            yield f"leads to {target} instead of signing in"
        return
    if visitor == "nobody" or (is_object and not (visitor.startswith("security") and name in OF_SECURITY)):
        yield f"answers {answer.status_code}"


def forget_scope() -> None:
    """The test's own transaction would carry the last scope on; in the service each request begins without one."""
    with connection.cursor() as cursor:
        cursor.execute(rls.clear_sql())


def visitor_client(cast: Cast, visitor: str) -> Client:
    return Client() if visitor == "nobody" else cast.client(visitor)


def token_of(cast: Cast, visitor: str) -> str:
    if visitor == "nobody":
        return ""
    actor = getattr(cast, visitor)
    with acting(actor.scope):
        return org.issue_token(actor, post=cast.posts[visitor], label="try")[1]


def fingerprint(case_id: UUID) -> tuple[Any, ...]:
    """Everything about the case that a stranger could have changed."""
    with acting(Scope(tenant_of(case_id), "street")):
        row = Case.objects.values_list("state", "version", "updated_at", "photo_count").get(id=case_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cases_line WHERE case_id = %s", [case_id])
            lines = cursor.fetchone()
            cursor.execute(
                "SELECT array_agg(state ORDER BY id) FROM dispatch_order WHERE subject_id = %s", [case_id]
            )
            orders = cursor.fetchone()
            cursor.execute(
                "SELECT array_agg((c.state, c.version, s.state, s.version) ORDER BY s.id)::text,"
                " (SELECT count(*) FROM dispatch_callline), (SELECT array_agg(state)::text FROM dispatch_order)"
                " FROM dispatch_call c JOIN dispatch_summons s ON s.call_id = c.id"
            )
            calls = cursor.fetchone()
            cursor.execute(
                "SELECT array_agg(c.due_at), (SELECT array_agg(e.acknowledged_at) FROM dispatch_escalation e"
                " WHERE e.subject_id = %s) FROM dispatch_clock c WHERE c.subject_id = %s",
                [case_id, case_id],
            )
            clocks = cursor.fetchone()
    return row, lines, orders, calls, clocks


def tenant_of(case_id: UUID) -> int:
    for tenant in tenants():
        with acting(Scope(tenant.id, "street")):
            if Case.objects.filter(id=case_id).exists():
                return tenant.id
    raise AssertionError("the case is gone")


def test_the_right_people_do_see_it(cast: Cast, target: Target) -> None:
    """The same addresses show the case to those who have it, or the test above would prove nothing."""
    address = reverse("desk_case", kwargs={"reference": target.case.reference})
    for person in ("dispatch_clerk_zhang", "community_head_wang", "grid_worker_li", "department_handler_sun"):
        answer = cast.client(person).get(address)
        assert answer.status_code == 200 and TEXT in answer.content.decode(), person


def test_every_public_address_exists() -> None:
    assert set(PUBLIC) <= {name for name, _parameters in ADDRESSES}


def test_an_exception_by_name_is_for_one_address_only() -> None:
    places = Counter(name for name, _parameters in ADDRESSES)
    assert [name for name, times in places.items() if times > 1] == []
