"""Every line of the timeline is a sentence, for staff with names, for the reporter without."""

from __future__ import annotations

import pytest
from django.utils import translation

from baiying.cases import queries, services, steps, supporting, wording
from baiying.cases.models import Line
from baiying.cases.said import Correction
from baiying.org.rules import Scope, acting
from tests.cast import PEOPLE, Cast, a_photo


def test_every_step_has_a_sentence_for_staff_and_for_the_reporter() -> None:
    beside = {
        "receive", "note", "photo", "correct", "call", "extend", "mark_hard", "sample", "split", "propose_exclusion", "exclude",
        "appeal", "guard", "merge", "merge_in", "unmerge", "unmerge_out", "take_back", *supporting.EVENTS,
    }  # fmt: skip
    assert set(wording._FOR_STAFF) == {s.name for s in steps.LIFECYCLE.steps} | beside
    assert set(wording._FOR_REPORTER) <= set(wording._FOR_STAFF)


def lines(cast: Cast, state: str) -> list[Line]:
    case = cast.case()
    services.correct(
        cast.dispatch_clerk_zhang,
        case_id=case.id,
        version=0,
        changes=Correction(category="manhole-cover", place="东门"),
    )
    services.add_photos(cast.reporter_of(case), case_id=case.id, pictures=[a_photo()])
    services.add_note(cast.grid_worker_li, case_id=case.id, text="看过了", is_public=True)
    case = cast.lead(case, state)
    with acting(Scope(cast.tenant.id, "street")):
        return queries.lines_of(case, public_only=False)


@pytest.mark.parametrize(
    "state", [steps.REOPENED, steps.PARKED, steps.RETURNED, steps.DECLINED, steps.WAITING]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_sentences_are_whole_and_the_reporter_reads_no_name(cast: Cast, state: str, language: str) -> None:
    names = [name for name, _role, _unit in PEOPLE.values()]
    with translation.override(language):
        for line in lines(cast, state):
            for reader in ("staff", "reporter"):
                said = wording.say_line(line, reader)  # type: ignore[arg-type]
                assert said
                assert "%(" not in said
                assert "None" not in said
            told = wording.say_line(line, "reporter") + wording.who_of(line, "reporter")
            assert not any(name in told for name in names)


def test_handing_out_says_to_whom_and_until_when(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    with acting(Scope(cast.tenant.id, "street")):
        line = queries.lines_of(case, public_only=False)[-1]
    due = wording.say_moment(case.due_at)
    assert wording.say_line(line, "staff") == f"派给 综合行政执法中队，请于 {due} 前办结"
    assert wording.say_line(line, "reporter") == "已交给综合行政执法中队办理"
    assert wording.who_of(line, "staff") == "试验街道 张敏"
    assert wording.who_of(line, "reporter") == "试验街道"


def test_decline_says_who_can_help(cast: Cast) -> None:
    line = lines(cast, steps.DECLINED)[-1]
    assert wording.say_line(line, "reporter") == "这件事我们办不了：不在本街道范围内"
    assert "12345" in wording.who_can_help(line)


def test_a_correction_names_old_and_new(cast: Cast) -> None:
    line = next(line for line in lines(cast, steps.ACCEPTED) if line.step == "correct")
    said = wording.say_line(line, "staff")
    assert "类别由“路灯不亮”更正为“井盖缺失或松动”" in said
    assert "地点描述由“—”更正为“东门”" in said
    assert "期限改为" in said
