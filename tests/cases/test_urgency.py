"""Whether a case is urgent: first by its words, then as a person says; what follows from it, and what is remembered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from baiying.cases import services, steps, urgency, wording
from baiying.cases.models import Case, Line
from baiying.cases.said import Correction, StepData, Words
from baiying.config import wiring
from baiying.dispatch import ruling
from baiying.dispatch.clocks import clocks_of
from baiying.dispatch.models import ClockChange
from baiying.insight import clock_checks
from baiying.journal.models import Entry
from baiying.journal.services import drain
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.notify.models import Posted
from baiying.org import queries as org
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
BARBECUE = "楼下烧烤摊着火味呛人，油烟飘进屋"


def lines(cast: Cast, case: Case) -> list[Line]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Line.objects.filter(case_id=case.id).order_by("id"))


def limits(cast: Cast, case: Case) -> dict[str, tuple[int, str]]:
    scope = Scope(cast.tenant.id, "street")
    with acting(scope):
        return {
            r.what: (r.limit_value, r.limit_unit) for r in clocks_of(scope, [case.id]) if not r.stopped_at
        }


def wrong(cast: Cast) -> list[object]:
    with acting(Scope(cast.tenant.id, "street")):
        return [*clock_checks.wrong_limits(cast.tenant.id), *clock_checks.wrong_feedback(cast.tenant.id)]


def follow_beijing(cast: Cast) -> None:
    ruling.choose_profile(cast.leader_zhou, profile="beijing", valid_from=MONDAY.date(), reason="试行")
    org.forget()


def correct(cast: Cast, case: Case, is_urgent: bool, reason: str = "") -> Case:
    changes = Correction(is_urgent=is_urgent, urgency_reason=reason)
    version = cast.read(case.id).version
    return services.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=version, changes=changes)


def accept(cast: Cast, case: Case, is_urgent: bool | None, reason: str = "", inner: str = "") -> Case:
    data = StepData(is_urgent=is_urgent, urgency_reason=reason, inner=inner)
    return services.take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="accept", data=data)


def test_accepting_says_whether_it_is_urgent_and_the_next_limit_follows(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow_beijing(cast)
        missed, taken = cast.case(text="二楼阳台外墙皮要掉下来，底下是幼儿园门口"), cast.case(text=BARBECUE)
        assert (missed.is_urgent, taken.is_urgent) == (False, True)
        assert accept(cast, missed, True).is_urgent is True
        assert accept(cast, taken, False, "说的是烧烤味", inner="已电话问过").is_urgent is False
        assert (limits(cast, missed)["hand_out"], limits(cast, taken)["hand_out"]) == (
            (1, "hour"),
            (24, "hour"),
        )
    assert wrong(cast) == []
    line = lines(cast, missed)[-1]
    assert (line.step, line.actor_name, line.data["urgency"]) == ("accept", "张敏", [False, True])
    assert wording.say_line(line, "staff") == "受理，紧急程度由“不紧急”更正为“紧急”"
    line = lines(cast, taken)[-1]
    assert (line.data["urgency"], wording.inner_word(line)) == ([True, False], "已电话问过\n说的是烧烤味")


def test_what_is_as_it_stands_is_confirmed_and_what_is_left_out_is_not(cast: Cast) -> None:
    sure, quiet, silent = cast.case(text="五楼着火了"), cast.case(), cast.case(text="五楼着火了")
    for case, said in ((sure, True), (quiet, False), (silent, None)):
        accept(cast, case, said)
    with acting(Scope(cast.tenant.id, "street")):
        assert [urgency.is_confirmed(case) for case in (sure, quiet, silent)] == [True, True, False]
    said = [wording.say_line(lines(cast, case)[-1], "staff") for case in (sure, quiet, silent)]
    assert said == ["受理，确认紧急", "受理", "受理"]
    assert cast.read(silent.id).is_urgent is True


def test_a_correction_brings_other_limits_and_keeps_what_was(cast: Cast) -> None:
    with clock.telling(MONDAY):
        follow_beijing(cast)
        waiting, out = (cast.lead(cast.case(), state) for state in (steps.ACCEPTED, steps.HANDED_OUT))
    with clock.telling(MONDAY + timedelta(minutes=20)):
        for case in (waiting, out):
            assert correct(cast, case, True).due_at == case.due_at
        assert (limits(cast, waiting)["hand_out"], limits(cast, out)["feedback"]) == (
            (1, "hour"),
            (2, "hour"),
        )
        assert wrong(cast) == []
        correct(cast, waiting, False, "电话问过，是旧的裂缝")
        assert limits(cast, waiting)["hand_out"] == (24, "hour")
    with acting(Scope(cast.tenant.id, "street")):
        moved = ClockChange.objects.get_queryset().filter(clock__what="hand_out").order_by("id")
        assert list(moved.values_list("kind", "reason", "due_before", "due_after")) == [
            ("change", "correct", MONDAY + timedelta(hours=24), MONDAY + timedelta(hours=1)),
            ("change", "correct", MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=24)),
        ]
    last = lines(cast, waiting)[-1]
    assert (last.data["changes"], wording.inner_word(last)) == (
        {"urgency": [True, False]},
        "电话问过，是旧的裂缝",
    )
    assert (wording.say_line(last, "reporter"), last.is_public) == ("紧急程度由“紧急”更正为“不紧急”", True)
    with pytest.raises(Invalid) as same, transaction.atomic():
        correct(cast, out, True)
    assert same.value.field == "category"


def test_a_confirmation_is_no_news_to_the_resident(cast: Cast) -> None:
    case = cast.case(text="五楼着火了")
    correct(cast, case, True)
    line = lines(cast, case)[-1]
    assert (wording.say_line(line, "staff"), line.is_public) == ("确认紧急", False)


def test_what_turns_urgent_in_a_units_hands_is_told_loudly(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    correct(cast, case, True)
    correct(cast, cast.lead(cast.case(), steps.ACCEPTED), True)  # no unit has it: nobody is written to
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, wiring.LISTENERS)
        letters = list(Posted.objects.filter(kind="cases.corrected").values_list("name", "is_urgent"))
        entry = Entry.objects.get(event="cases.corrected", subject_id=str(case.id))
    assert letters == [("孙涛", True)]
    assert (entry.actor_name, entry.data) == ("张敏", {"is_urgent": True})
    correct(cast, case, False, "看错了")
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, wiring.LISTENERS)
        letter = Posted.objects.get(kind="cases.corrected")
    assert (letter.settled_at is not None, letter.next_at) == (True, None)  # nobody is telephoned for it


def test_what_turns_urgent_while_the_reporter_is_asked_is_told_to_the_unit(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.WAITING)
    correct(cast, case, True)
    with acting(Scope(cast.tenant.id, "street")):
        drain(cast.tenant.id, wiring.LISTENERS)
        assert [letter.name for letter in Posted.objects.filter(kind="cases.corrected")] == ["孙涛"]


def test_every_refusal_has_a_name(cast: Cast) -> None:
    case = cast.case(text="五楼着火了")
    with pytest.raises(Invalid) as silent, transaction.atomic():
        accept(cast, case, False, "  ")
    with pytest.raises(Invalid) as long, transaction.atomic():
        correct(cast, case, False, "长" * 301)
    with pytest.raises(Invalid) as longer, transaction.atomic():
        correct(cast, case, False, "长" * 10_001)
    done = cast.lead(cast.case(), steps.ACCEPTED)
    data = StepData(unit_id=cast.units["dept-enforcement"].id, is_urgent=True)
    with pytest.raises(Invalid) as late, transaction.atomic():
        services.take_step(cast.dispatch_clerk_zhang, case_id=done.id, step="hand_out", data=data)
    assert [each.value.field for each in (silent, long, longer, late)] == [
        "urgency_reason",
        "urgency_reason",
        "urgency_reason",
        "is_urgent",
    ]
    changes = Correction(is_urgent=False, urgency_reason="x")
    with pytest.raises(Denied), transaction.atomic():
        services.correct(cast.grid_worker_li, case_id=case.id, version=0, changes=changes)
    with pytest.raises(NotFound), transaction.atomic():  # the neighbouring community
        services.correct(cast.community_head_chen, case_id=case.id, version=0, changes=changes)
    with pytest.raises(Denied), transaction.atomic():
        services.receive(cast.reporter, words=Words(text="五楼着火了", is_urgent=False, urgency_reason="x"))
    with pytest.raises(Conflict), transaction.atomic():
        services.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=4, changes=changes)
    assert (cast.read(case.id).is_urgent, len(lines(cast, case))) == (True, 1)


def test_whoever_writes_it_down_may_say_so_at_once(cast: Cast) -> None:
    zhang = cast.dispatch_clerk_zhang
    told = cast.case(by=zhang, is_urgent=True)
    taken = cast.case(by=zhang, text=BARBECUE, is_urgent=False, urgency_reason="说的是烧烤味")
    assert (told.is_urgent, taken.is_urgent) == (True, False)
    line = lines(cast, taken)[0]
    assert (line.data["urgency"], wording.inner_word(line)) == ([True, False], "说的是烧烤味")
    both = cast.case(
        by=zhang, text=BARBECUE, is_urgent=False, urgency_reason="说的是烧烤味", aside={"inner": "老住户"}
    )
    assert wording.inner_word(lines(cast, both)[0]) == "老住户\n说的是烧烤味"
    with pytest.raises(Invalid), transaction.atomic():
        cast.case(by=zhang, text=BARBECUE, is_urgent=False)
    with acting(Scope(cast.tenant.id, "street")):
        assert [urgency.is_confirmed(case) for case in (told, taken)] == [True, True]
