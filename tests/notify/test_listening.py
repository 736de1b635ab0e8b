"""What happens to a case becomes letters; a notice that fails is in nobody's way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings

from baiying.cases.services import StepData, take_step
from baiying.command.carriers import carry
from baiying.config import wiring
from baiying.journal.models import Entry
from baiying.journal.queries import unheard_count
from baiying.journal.services import News, drain, record
from baiying.kit import clock
from baiying.notify import listening
from baiying.notify.models import Content, Missed, PhoneTask, Posted
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.notify.fakes import WebGateway

pytestmark = pytest.mark.django_db
PHONE = "13905330009"


def hear(cast: Cast) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return drain(cast.tenant.id, wiring.LISTENERS)


def told(cast: Cast) -> list[tuple[str, str]]:
    """(kind, to whom) of every letter, in order of kind and name."""
    with acting(Scope(cast.tenant.id, "street")):
        return sorted((p.kind, p.name) for p in Posted.objects.all())


def record_event(cast: Cast, event: str, subject: Any, **more: Any) -> Entry:
    kind = more.pop("subject_kind", "case")
    with acting(Scope(cast.tenant.id, "street")):
        return record(
            News(
                tenant_id=cast.tenant.id, event=event, subject_kind=kind, subject_id=str(subject),
                actor_kind="system", **more,
            )
        )  # fmt: skip


def test_every_step_tells_whom_it_concerns(cast: Cast) -> None:
    case = cast.lead(cast.case(), "handed_out")
    hear(cast)
    assert told(cast) == [("cases.handed_out", "孙涛")]
    take_step(cast.department_handler_sun, case_id=case.id, step="return", data=cast.data_for("return"))
    hear(cast)
    assert told(cast) == [
        ("cases.handed_out", "孙涛"),
        ("cases.returned", "张敏"),
        ("cases.returned", "白洁"),
    ]
    with acting(Scope(cast.tenant.id, "street")):
        handed = Posted.objects.get(kind="cases.handed_out")
        title = Content.objects.get(posted=handed).title
    assert handed.settled_at is not None  # returned: nobody need sign for it any more
    assert title == f"新派单 {case.reference}，请签收"


def test_nobody_is_told_of_what_they_did_themselves(cast: Cast) -> None:
    cast.lead(cast.case(), "reopened")  # by dispatch_clerk_zhang
    hear(cast)
    assert [who for kind, who in told(cast) if kind == "cases.reopened"] == ["白洁"]


def test_grid_without_anybody_is_told_through_its_community(cast: Cast) -> None:
    case = cast.lead(cast.case(at=cast.in_grid("w1")), "accepted")
    take_step(
        cast.dispatch_clerk_zhang,
        case_id=case.id,
        step="hand_out",
        data=StepData(unit_id=cast.units["w1"].id),
    )
    hear(cast)
    assert told(cast) == [("cases.handed_out", "陈红")]


def test_heard_twice_is_posted_once(cast: Cast) -> None:
    cast.lead(cast.case(), "handed_out")
    with acting(Scope(cast.tenant.id, "street")):
        entries = list(Entry.objects.order_by("id"))
        listener = listening.letters_from(wiring.NOTICES)
        listener(cast.tenant.id, entries)
        listener(cast.tenant.id, entries)
    assert told(cast) == [("cases.handed_out", "孙涛")]


def test_unread_order_becomes_a_call_for_the_desk(cast: Cast) -> None:
    from baiying.notify import jobs

    cast.lead(cast.case(), "handed_out")
    hear(cast)
    with clock.telling(clock.now() + timedelta(days=30)), acting(Scope(cast.tenant.id, "street")):
        jobs.fall_back(cast.tenant.id)
        task = PhoneTask.objects.get()
    assert (task.names, task.unit_id) == (["孙涛"], cast.units["dept-enforcement"].id)


@pytest.mark.usefixtures("gateways")
def test_resident_hears_at_four_points_by_number_and_link_only(cast: Cast, sms: WebGateway) -> None:
    case = cast.case(phone=PHONE, name="王先生", text="独有的诉求原文")
    cast.lead(case, "waiting")
    take_step(cast.reporter_of(case), case_id=case.id, step="answer", data=cast.data_for("answer"))
    for who, step in (
        ("department_handler_sun", "handle"), ("checker_qian", "check"), ("dispatch_clerk_zhang", "rate"),
        ("dispatch_clerk_zhang", "close"),
    ):  # fmt: skip
        take_step(getattr(cast, who), case_id=case.id, step=step, data=cast.data_for(step))
        if step == "check":
            hear(cast)
            with clock.telling(clock.now() + timedelta(hours=14)):
                carry(cast.tenant.id, "sms")
    hear(cast)
    with clock.telling(clock.now() + timedelta(hours=14)):
        carry(cast.tenant.id, "sms")
    with acting(Scope(cast.tenant.id, "street")):
        kinds = sorted(Posted.objects.filter(account_id=None).values_list("kind", flat=True))
    assert kinds == ["cases.checked", "cases.closed", "cases.question_asked", "cases.received"]
    texts = [asked["body"]["text"] for asked in sms.asked]
    # The question was answered before the message went, so it stayed at home.
    assert len(texts) == 3
    assert all(text.startswith("【试验街道】") and f"/t/{case.reference}?k=" in text for text in texts)
    assert [word for word in ("王先生", "独有", "路灯", PHONE) if any(word in text for text in texts)] == []


@pytest.mark.usefixtures("gateways")
def test_resident_without_a_number_hears_nothing(cast: Cast, sms: WebGateway) -> None:
    cast.lead(cast.case(), "closed")
    hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        assert Posted.objects.filter(account_id=None).count() == 0


def test_clocks_tell_the_holder_and_the_seat(cast: Cast) -> None:
    case = cast.lead(cast.case(), "in_progress")
    unit, head = cast.units["dept-enforcement"].id, cast.accounts["leader_zhou"]
    record_event(cast, "dispatch.warned", case.id, unit_id=unit, data={"what": "handle"})
    record_event(cast, "dispatch.overdue", case.id, unit_id=unit, data={"what": "handle"})
    record_event(
        cast, "dispatch.escalated", case.id, unit_id=unit,
        data={"what": "handle", "level": 4, "to_account": head.id, "to_duty": "街道领导"},
    )  # fmt: skip
    record_event(cast, "dispatch.escalated", case.id, data={"level": 5, "to_account": None})
    record_event(cast, "dispatch.warned", case.id, data={"what": "check"})
    hear(cast)
    assert [row for row in told(cast) if row[0].startswith("dispatch")] == [
        ("dispatch.escalated", "周明"), ("dispatch.overdue", "孙涛"), ("dispatch.warned", "孙涛"), ("dispatch.warned", "钱进"),
    ]  # fmt: skip


def test_supporting_unit_is_asked_and_answers(cast: Cast) -> None:
    case = cast.lead(cast.case(), "in_progress")
    unit = cast.units["dept-municipal"].id
    record_event(
        cast,
        "dispatch.support_handed_out",
        case.id,
        data={"unit": unit, "person": None, "order": str(case.id)},
    )
    hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        asked = Posted.objects.get(kind="dispatch.support_handed_out")
    assert (asked.name, asked.unit_id, asked.settled_at) == ("何静", unit, None)
    assert asked.must_be_read_by is not None
    record_event(cast, "dispatch.support_acknowledged", case.id, data={"unit": unit})
    record_event(cast, "dispatch.support_reported", case.id, data={"unit": unit})
    hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        assert Posted.objects.get(id=asked.id).settled_at is not None
        assert Posted.objects.get(kind="dispatch.support_reported").name == "孙涛"


def test_call_reaches_units_and_persons_and_is_settled_unit_by_unit(cast: Cast) -> None:
    call = "00000000-0000-0000-0000-0000000000c1"
    units = [cast.units["dept-enforcement"].id, cast.units["dept-municipal"].id]
    data = {
        "number": "H-1", "unit_ids": units, "account_ids": [cast.accounts["grid_worker_li"].id],
        "respond_by": (clock.now() + timedelta(minutes=30)).isoformat(),
    }  # fmt: skip
    record_event(cast, "dispatch.call_raised", call, subject_kind="call", data=data)
    record_event(
        cast,
        "dispatch.summons_acknowledged",
        call,
        subject_kind="call",
        data={"unit_ids": units[:1], "account_ids": []},
    )
    hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        found = {p.name: (p.is_urgent, p.settled_at is not None) for p in Posted.objects.all()}
    assert found == {"孙涛": (True, True), "何静": (True, False), "李强": (True, False)}


def test_notice_that_fails_stops_neither_figures_nor_other_letters(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(entry: Entry) -> list[Any]:
        raise ValueError("a fault of ours")

    good = dict(wiring.NOTICES)
    with monkeypatch.context() as patch:
        patch.setattr(
            wiring, "LISTENERS", (*wiring.LISTENERS[:1], listening.letters_from({**good, "cases": broken}))
        )
        case = cast.lead(cast.case(), "handed_out")
        record_event(
            cast, "dispatch.call_raised", case.id, subject_kind="call",
            data={"unit_ids": [cast.units["dept-municipal"].id]},
        )  # fmt: skip
        hear(cast)
    with acting(Scope(cast.tenant.id, "street")):
        assert unheard_count(cast.tenant.id) == 0
        missed = sorted(Missed.objects.values_list("event", "fault"))
    assert missed == [(f"cases.{name}", "ValueError") for name in ("accepted", "handed_out", "received")]
    assert told(cast) == [("dispatch.call_raised", "何静")]
    with clock.telling(clock.now() + timedelta(minutes=2)), acting(Scope(cast.tenant.id, "street")):
        assert wiring.post_missed_letters(cast.tenant.id) == 3
        assert Missed.objects.count() == 0
    assert told(cast) == [("cases.handed_out", "孙涛"), ("dispatch.call_raised", "何静")]


def test_history_is_no_news(cast: Cast) -> None:
    with clock.telling(clock.now() - timedelta(days=4)):
        cast.lead(cast.case(), "handed_out")
    hear(cast)
    assert told(cast) == []


def test_words_are_in_the_language_of_the_installation() -> None:
    assert django_settings.LANGUAGE_CODE == "zh-hans"
