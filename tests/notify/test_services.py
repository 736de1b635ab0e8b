"""Letters from posting to the telephone, through gateways on this machine."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django.fixtures import Settings

from baiying.command.carriers import carry
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Invalid
from baiying.notify import carrying, channels, jobs, services
from baiying.notify.letters import Letter, Person, Recipient, Settled
from baiying.notify.models import Content, PhoneTask, Posted, Sending
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.conftest import PHONE, wants
from tests.notify.fakes import MailServer, WebGateway, closed_port

pytestmark = pytest.mark.django_db
ABOUT = {"subject_kind": "case", "subject_id": "00000000-0000-0000-0000-000000000001"}


def post(cast: Cast, key: str = "k", *, person: str = "department_handler_sun", **more: Any) -> Posted | None:
    account = cast.accounts[person]
    letter = Letter(
        kind=more.pop("kind", "cases.handed_out"), title=more.pop("title", "新派单 9001-1，请签收"), body="请在今天签收。",
        link="/desk/cases/9001-1/", is_urgent=more.pop("is_urgent", False),
    )  # fmt: skip
    to = more.pop("to", Recipient(account_id=account.id, name=account.name))
    with acting(Scope(cast.tenant.id, "street")):
        done = services.post(tenant_id=cast.tenant.id, key=key, to=to, letter=letter, **ABOUT, **more)
        return Posted.objects.get(id=done) if done else None


def sendings(cast: Cast) -> list[tuple[str, str, int]]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Sending.objects.order_by("id").values_list("channel", "state", "attempts"))


def read(cast: Cast, letter: Posted) -> Posted:
    with acting(Scope(cast.tenant.id, "street")):
        return Posted.objects.get(id=letter.id)


def fall_back(cast: Cast) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return jobs.fall_back(cast.tenant.id)


def calls(cast: Cast) -> list[PhoneTask]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(PhoneTask.objects.order_by("id"))


@pytest.mark.usefixtures("gateways")
def test_letter_lies_in_the_inbox_and_goes_by_the_first_channel(
    cast: Cast, morning: datetime, sms: WebGateway, wecom: WebGateway
) -> None:
    wants(cast, "department_handler_sun", "sms", "wecom")
    letter = post(cast)
    assert letter is not None and (letter.channels, letter.state) == (["sms", "wecom"], "waiting")
    assert carry(cast.tenant.id, "sms") == (1, 0)
    assert carry(cast.tenant.id, "wecom") == (0, 0)
    assert json.loads(sms.delivered[0])["text"] == (
        "【试验街道】新派单 9001-1，请签收 https://street.example/desk/cases/9001-1/"
    )
    with acting(Scope(cast.tenant.id, "street")):
        kept = Sending.objects.get()
    assert (kept.address_masked, kept.answer, kept.ended_at) == ("139****0001", "HTTP 200 m-1", morning)
    assert (read(cast, letter).state, wecom.asked) == ("sent", [])


@pytest.mark.usefixtures("gateways", "morning")
def test_same_news_is_posted_once(cast: Cast, sms: WebGateway) -> None:
    wants(cast, "department_handler_sun", "sms")
    assert [post(cast) is not None, post(cast) is not None, post(cast, "other") is not None] == [
        True,
        False,
        True,
    ]
    carry(cast.tenant.id, "sms")
    assert (len(sms.delivered), len(sendings(cast))) == (2, 2)


@pytest.mark.usefixtures("gateways")
def test_unread_goes_on_and_ends_on_the_telephone(
    cast: Cast, morning: datetime, sms: WebGateway, mail: MailServer
) -> None:
    wants(cast, "department_handler_sun", "sms", "email")
    letter = post(cast, must_be_read_by=morning + timedelta(hours=2))
    assert letter is not None
    carry(cast.tenant.id, "sms")
    seen = []
    for minutes in (59, 60, 119, 120, 180):
        with clock.telling(morning + timedelta(minutes=minutes)):
            seen.append((minutes, fall_back(cast), carry(cast.tenant.id, "email")[0], len(calls(cast))))
    assert seen == [(59, 0, 0, 0), (60, 1, 1, 0), (119, 0, 0, 0), (120, 1, 0, 1), (180, 0, 0, 1)]
    (task,) = calls(cast)
    assert (task.names, task.account_ids, task.kind) == (
        ["孙涛"], [cast.accounts["department_handler_sun"].id], "cases.handed_out",
    )  # fmt: skip
    assert read(cast, letter).fell_back is True
    assert (len(sms.delivered), len(mail.mails)) == (1, 1)


@pytest.mark.usefixtures("gateways")
@pytest.mark.parametrize("way", ["read", "settled"])
def test_what_is_read_or_done_goes_no_further(
    cast: Cast, morning: datetime, sms: WebGateway, way: str
) -> None:
    wants(cast, "department_handler_sun", "sms", "email")
    letter = post(cast, must_be_read_by=morning + timedelta(hours=2))
    assert letter is not None and letter.account_id is not None
    with acting(Scope(cast.tenant.id, "street")):
        if way == "read":
            services.mark_read(tenant_id=cast.tenant.id, account_id=letter.account_id, letter_id=letter.id)
        else:
            services.settle(cast.tenant.id, Settled(**ABOUT, kinds=("cases.handed_out",)))
    assert carry(cast.tenant.id, "sms") == (0, 0)
    with clock.telling(morning + timedelta(hours=3)):
        fall_back(cast)
    assert (sms.asked, calls(cast), sendings(cast)) == ([], [], [("sms", "dropped", 0)])


@pytest.mark.usefixtures("gateways", "morning")
def test_refusal_goes_to_the_next_channel_at_once(cast: Cast, sms: WebGateway, mail: MailServer) -> None:
    sms.answer = lambda _number: (400, {"error": "blacklisted"})
    wants(cast, "department_handler_sun", "sms", "email")
    letter = post(cast)
    assert letter is not None
    carry(cast.tenant.id, "sms")
    assert (read(cast, letter).state, fall_back(cast)) == ("failed", 1)
    carry(cast.tenant.id, "email")
    again = read(cast, letter)
    assert (again.state, again.fell_back, len(mail.mails)) == ("sent", True, 1)
    assert sendings(cast) == [("sms", "given_up", 1), ("email", "sent", 1)]


@pytest.mark.usefixtures("gateways")
def test_gateway_that_is_away_is_asked_again_ever_more_rarely_and_given_up(
    cast: Cast, morning: datetime, gateways: Settings
) -> None:
    wants(cast, "department_handler_sun", "sms")
    letter = post(cast)
    assert letter is not None
    tried: list[int] = []
    with closed_port() as port:
        gateways.LETTER_GATEWAYS = {"sms": type(gateways.LETTER_GATEWAYS["sms"])(f"http://127.0.0.1:{port}/")}
        for seconds in range(0, 7200, 15):
            with clock.telling(morning + timedelta(seconds=seconds)):
                if carry(cast.tenant.id, "sms")[1]:
                    tried.append(seconds)
    assert tried == [30 * (2**n - 1) for n in range(8)]
    assert sendings(cast) == [("sms", "given_up", 8)]
    fall_back(cast)
    assert (read(cast, letter).state, calls(cast)) == ("failed", [])


@pytest.mark.usefixtures("gateways")
def test_broken_channel_holds_up_no_other(
    cast: Cast, morning: datetime, gateways: Settings, mail: MailServer
) -> None:
    wants(cast, "department_handler_sun", "sms")
    wants(cast, "department_handler_he", "email")
    post(cast, "one")
    post(cast, "two", person="department_handler_he")
    with closed_port() as port:
        gateways.LETTER_GATEWAYS |= {
            "sms": type(gateways.LETTER_GATEWAYS["sms"])(f"http://127.0.0.1:{port}/")
        }
        assert (carry(cast.tenant.id, "sms"), carry(cast.tenant.id, "email")) == ((0, 1), (1, 0))
    assert len(mail.mails) == 1


@pytest.mark.usefixtures("gateways")
def test_carrier_that_dies_after_sending_sends_again_under_the_same_key(
    cast: Cast, morning: datetime, sms: WebGateway
) -> None:
    wants(cast, "department_handler_sun", "sms")
    post(cast)
    with acting(Scope(cast.tenant.id, "street")):
        (parcel,) = carrying.claim(cast.tenant.id, "sms")
    assert channels.send("sms", parcel.message).kind == "taken"
    # ... and here it dies: nothing is noted.
    assert carry(cast.tenant.id, "sms") == (0, 0)
    with clock.telling(morning + timedelta(minutes=3)):
        assert carry(cast.tenant.id, "sms") == (1, 0)
    keys = {asked["headers"]["Idempotency-Key"] for asked in sms.asked}
    assert (len(sms.asked), len(keys), len(sms.delivered)) == (2, 1, 1)
    assert sendings(cast) == [("sms", "sent", 2)]


@pytest.mark.usefixtures("gateways")
def test_late_note_of_a_lost_claim_changes_nothing(cast: Cast, morning: datetime) -> None:
    wants(cast, "department_handler_sun", "sms")
    post(cast)
    with acting(Scope(cast.tenant.id, "street")):
        (parcel,) = carrying.claim(cast.tenant.id, "sms")
    with clock.telling(morning + timedelta(minutes=3)):
        carry(cast.tenant.id, "sms")
    with acting(Scope(cast.tenant.id, "street")):
        carrying.note(parcel, channels.Answer.refused("too late"))
    assert sendings(cast) == [("sms", "sent", 2)]


@pytest.mark.usefixtures("gateways")
def test_digest_is_one_message_and_urgent_ones_do_not_wait(
    cast: Cast, morning: datetime, mail: MailServer
) -> None:
    wants(cast, "department_handler_sun", "email", digest_at=time(17))
    for number in range(3):
        post(cast, f"k{number}", title=f"第{number}封")
    post(cast, "now", title="紧急", is_urgent=True)
    assert carry(cast.tenant.id, "email") == (1, 0)
    with clock.telling(morning.replace(hour=16, minute=59)):
        assert carry(cast.tenant.id, "email") == (0, 0)
    with clock.telling(morning.replace(hour=17)):
        assert carry(cast.tenant.id, "email") == (1, 0)
    assert [state for _channel, state, _attempts in sendings(cast)] == ["sent"] * 4
    assert len(mail.mails) == 2


@pytest.mark.usefixtures("gateways")
def test_quiet_hours_hold_back_what_is_not_urgent(cast: Cast, morning: datetime, sms: WebGateway) -> None:
    wants(cast, "department_handler_sun", "sms", quiet=(time(12), time(14)))
    with clock.telling(morning.replace(hour=12)):
        post(cast, "calm", title="不急")
        post(cast, "hot", title="紧急", is_urgent=True)
        assert carry(cast.tenant.id, "sms") == (1, 0)
    with clock.telling(morning.replace(hour=14)):
        assert carry(cast.tenant.id, "sms") == (1, 0)
    assert [json.loads(one)["text"][6:8] for one in sms.delivered] == ["紧急", "不急"]


@pytest.mark.usefixtures("gateways", "morning")
def test_resident_is_told_only_where_they_said(cast: Cast, sms: WebGateway) -> None:
    given = Recipient(account_id=None, addresses={"sms": PHONE})
    nothing = Recipient(account_id=None, addresses={})
    assert post(cast, "a", to=nothing) is None
    letter = post(cast, "b", to=given)
    assert letter is not None and letter.name == ""
    carry(cast.tenant.id, "sms")
    assert len(sms.delivered) == 1


@pytest.mark.usefixtures("morning")
def test_question_to_a_resident_without_gateway_becomes_a_call(cast: Cast) -> None:
    to = Recipient(account_id=None, addresses={"sms": PHONE})
    assert post(cast, "a", to=to) is None
    letter = post(cast, "b", to=to, ends_in_call=True)
    assert letter is not None
    (task,) = calls(cast)
    assert (task.account_ids, task.posted_id) == ([], letter.id)


@pytest.mark.usefixtures("morning")
def test_one_call_for_all_who_were_told_and_none_when_one_has_read(cast: Cast, morning: datetime) -> None:
    by = morning + timedelta(hours=1)
    people = ("department_handler_sun", "department_handler_he")
    both = [post(cast, f"p:{n}", person=who, promise="p", must_be_read_by=by) for n, who in enumerate(people)]
    other = [
        post(cast, f"q:{n}", person=who, promise="q", must_be_read_by=by) for n, who in enumerate(people)
    ]
    reader = other[0]
    assert reader is not None and reader.account_id is not None and None not in both
    with acting(Scope(cast.tenant.id, "street")):
        services.mark_read(tenant_id=cast.tenant.id, account_id=reader.account_id, letter_id=reader.id)
    with clock.telling(by):
        assert fall_back(cast) == 3
    (task,) = calls(cast)
    assert (task.promise, task.names) == ("p", ["孙涛", "何静"])
    with acting(Scope(cast.tenant.id, "street")):
        first = both[0]
        assert first is not None and first.account_id is not None
        services.mark_read(tenant_id=cast.tenant.id, account_id=first.account_id, letter_id=first.id)
        assert jobs.close_calls(cast.tenant.id) == 1
    assert calls(cast)[0].done_at is not None


@pytest.mark.usefixtures("morning")
def test_call_is_noted_once(cast: Cast, morning: datetime) -> None:
    post(cast, must_be_read_by=morning + timedelta(hours=1))
    with clock.telling(morning + timedelta(hours=1)):
        fall_back(cast)
    (task,) = calls(cast)
    by = Person(cast.tenant.id, cast.accounts["dispatch_clerk_zhang"].id, "张敏")
    with acting(Scope(cast.tenant.id, "street")):
        with pytest.raises(Invalid):
            services.end_phone_task(by, task_id=task.id, result="", note="")
        services.end_phone_task(by, task_id=task.id, result="reached", note="打通了")
        with pytest.raises(Conflict):
            services.end_phone_task(by, task_id=task.id, result="not_reached", note="")
    assert [(t.result, t.note) for t in calls(cast)] == [("reached", "打通了")]


@pytest.mark.usefixtures("gateways")
def test_words_go_after_their_days_and_the_line_stays(cast: Cast, morning: datetime) -> None:
    wants(cast, "department_handler_sun", "sms")
    letter = post(cast)
    carry(cast.tenant.id, "sms")
    with clock.telling(morning + timedelta(days=90)), acting(Scope(cast.tenant.id, "street")):
        assert jobs.forget_contents(cast.tenant.id) == 0
    with clock.telling(morning + timedelta(days=91)), acting(Scope(cast.tenant.id, "street")):
        assert jobs.forget_contents(cast.tenant.id) == 1
        assert (Content.objects.count(), Posted.objects.get().id) == (0, letter.id if letter else UUID(int=0))
    assert sendings(cast) == [("sms", "sent", 1)]


@pytest.mark.usefixtures("gateways")
def test_news_that_comes_late_still_leaves_time_to_read(cast: Cast, morning: datetime) -> None:
    letter = post(cast, must_be_read_by=morning - timedelta(hours=5))
    assert letter is not None and letter.must_be_read_by == morning + timedelta(minutes=20)


@pytest.mark.usefixtures("gateways", "morning")
def test_wrong_settings_are_refused_by_field(cast: Cast) -> None:
    from baiying.notify.preferences import save_preferences

    account = cast.accounts["department_handler_sun"]
    by = Person(cast.tenant.id, account.id, account.name)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"order": ["sms"], "addresses": {}}, "sms"),
        ({"order": ["sms"], "addresses": {"sms": "12"}}, "sms"),
        ({"order": ["sms", "sms"], "addresses": {"sms": PHONE}}, "order"),
        ({"order": [], "addresses": {"feishu": "ou_a"}}, "feishu"),
        ({"order": [], "addresses": {}, "quiet": (time(8), time(8))}, "quiet_to"),
    ]
    fields = []
    with acting(Scope(cast.tenant.id, "none", account=account.id)):
        for given, _field in wrong:
            with pytest.raises(Invalid) as refused:
                save_preferences(by, **({"quiet": None, "digest_at": None} | given))
            fields.append(refused.value.field)
    assert fields == [field for _given, field in wrong]
