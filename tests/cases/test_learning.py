"""The street learns categories from its own closed cases: only when there is enough, only when it is better, reversibly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from baiying.cases import catalogue, learning, learnt, suggesting
from baiying.cases.models import Case, LearningLook, LearntVersion, Line
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.ids import uuid7
from baiying.kit.learning import in_time
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

# Words that mean nothing to the list: only what the street learnt can tell the three apart.
SAID = {
    "street-light-out": ("玄武台子{n}又格楞子了", "玄武台子那里格楞子{n}回"),
    "water-supply": ("朱雀沟{n}嘎巴溜丢", "早起朱雀沟嘎巴溜{n}回了"),
    "noise-daily": ("白虎庙{n}咕咚锵半宿", "白虎庙夜夜咕咚锵{n}回"),
}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LEAST_CASES", 40), ("LEAST_OF_A_CLASS", 5), ("LEAST_LATER", 8), ("LEAST_NEW", 5)):
        monkeypatch.setattr(learning, name, value)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process of its own would answer, without starting one."""
    monkeypatch.setattr(learning, "asked", in_time.answer)


Closing = Callable[..., None]


@pytest.fixture
def closed(cast: Cast) -> Closing:
    """Writes closed cases of the three categories by turns, from a day on, as if they had gone all the way."""
    pattern = cast.case()

    def write(
        many: int,
        *,
        day: int = 0,
        confirmed: bool = True,
        kinds: dict[str, str] | None = None,
        urgent: str = "",
    ) -> None:
        codes = sorted(SAID)
        with acting(cast.system.scope):
            for n in range(many):
                code = codes[n % 3]
                text = SAID[code][n // 3 % 2].format(n=10 * day + n)
                at = pattern.received_at - timedelta(days=300) + timedelta(days=day, hours=n)
                chosen = catalogue.category_with_code(code, clock.today())
                assert chosen is not None
                values = {f.attname: getattr(pattern, f.attname) for f in Case._meta.concrete_fields}
                case = Case.objects.create(
                    **values
                    | {
                        "kind": (kinds or {}).get(code, pattern.kind),
                        "is_urgent": code == urgent,
                        "id": uuid7(), "reference": f"L{day}-{n}", "text": text, "category_id": chosen.id,
                        "state": "closed", "received_at": at, "closed_at": clock.now(), "search": None,
                    }
                )  # fmt: skip
                if confirmed:
                    Line.objects.create(
                        id=uuid7(), tenant_id=cast.tenant.id, case=case, at=at, step="accept", is_public=True,
                        actor_kind="staff", data={"urgency": [False, code == urgent]} if urgent else {},
                    )  # fmt: skip

    return write


def result(cast: Cast) -> tuple[str, dict[str, Any]]:
    look = learnt.last_look(cast.leader_zhou.scope)
    assert isinstance(look, LearningLook)
    return look.result, look.data


def states(cast: Cast) -> list[tuple[int, str]]:
    return [(row.number, row.state) for row in learnt.versions(cast.leader_zhou.scope)]


def first_of(cast: Cast, text: str, tenant_id: int | None = None) -> tuple[str, bool]:
    found = suggesting.suggestion(text, on=clock.today(), tenant_id=tenant_id or cast.tenant.id)
    return found.categories[0].category.code if found.categories else "", found.sure is not None


def test_it_says_why_it_does_not_learn(cast: Cast, closed: Closing, in_process: None) -> None:
    closed(60, confirmed=False)  # nobody has looked at their category
    assert learning.learn(cast.tenant.id) == 0
    assert result(cast) == ("few_cases", {"cases": 0, "least": 40})
    assert states(cast) == []


def test_a_version_that_is_better_goes_live_and_speaks_first(cast: Cast, closed: Closing) -> None:
    closed(60)
    text = "玄武台子格楞子，快来人"
    assert first_of(cast, text) == ("", False)
    assert learning.learn(cast.tenant.id) == 1  # in a process of its own, as by night
    assert (result(cast), states(cast)) == (("live", {"number": 1}), [(1, "live")])
    version = learnt.versions(cast.leader_zhou.scope)[0]
    assert (version.learnt_count, version.classes, version.beside_number) == (48, dict.fromkeys(SAID, 16), 0)
    assert version.figures["messages"] == 12
    assert version.last_at < version.judged_until
    assert version.figures["macro_f1"] > version.beside["macro_f1"]
    found = suggesting.suggestion(text, on=clock.today(), tenant_id=cast.tenant.id)
    assert found.categories[0].category.code == "street-light-out"
    assert any(word in text for word in found.categories[0].words)
    assert found.categories[0].probability == pytest.approx(max(one.probability for one in found.categories))
    # The neighbouring street has learnt nothing of it, and sees nothing of it.
    assert first_of(cast, text, cast.other_tenant.id) == ("", False)
    assert learnt.versions(Scope(cast.other_tenant.id, "street")) == []
    with acting(Scope(cast.other_tenant.id, "street")):
        assert LearntVersion.objects.filter(tenant_id=cast.tenant.id).count() == 0
    with acting(cast.system.scope):
        entry = Entry.objects.get(tenant_id=cast.tenant.id, event="cases.learnt")
    assert (entry.actor_kind, entry.data["result"]) == ("system", "live")


def test_repeated_it_changes_nothing(cast: Cast, closed: Closing, in_process: None) -> None:
    closed(60)
    learning.learn(cast.tenant.id)
    assert learning.learn(cast.tenant.id) == 0
    assert (result(cast), states(cast)) == (("few_new", {"cases": 0, "least": 5}), [(1, "live")])


def test_what_is_not_better_never_goes_live(cast: Cast, closed: Closing, in_process: None) -> None:
    closed(60)
    learning.learn(cast.tenant.id)
    closed(30, day=20)
    assert learning.learn(cast.tenant.id) == 1  # as good as the first at the most: that one knows it all
    assert (result(cast), states(cast)) == (("no_better", {"number": 2}), [(2, "refused"), (1, "live")])
    second = learnt.versions(cast.leader_zhou.scope)[0]
    assert second.beside_number == 1
    # What is live was never judged on what it had learnt from.
    assert second.judged_until > second.last_at >= learnt.versions(cast.leader_zhou.scope)[1].last_at
    with pytest.raises(Conflict):
        learnt.use(cast.leader_zhou, number=2, reason="试试")


def test_somebody_goes_back_and_the_night_keeps_to_it(
    cast: Cast, closed: Closing, in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(60)
    learning.learn(cast.tenant.id)
    text = "玄武台子格楞子，快来人"
    assert first_of(cast, text)[0] == "street-light-out"
    with pytest.raises(Denied):
        learnt.use(cast.dispatch_clerk_zhang, number=0, reason="不准")
    with pytest.raises(Invalid):
        learnt.use(cast.leader_zhou, number=0, reason="  ")
    with pytest.raises(NotFound):
        learnt.use(cast.leader_zhou, number=7, reason="不准")
    learnt.use(cast.leader_zhou, number=0, reason="路灯的老是分错")
    assert (first_of(cast, text), states(cast)) == (("", False), [(1, "retired")])
    told = Entry.objects.get(tenant_id=cast.tenant.id, event="cases.learning_set")
    assert (told.actor_name, told.data) == ("周明", {"number": 0, "before": 1})
    closed(30, day=20)
    assert learning.learn(cast.tenant.id) == 1
    assert (result(cast), states(cast)) == (("waits", {"number": 2}), [(2, "candidate"), (1, "retired")])
    learnt.use(cast.leader_zhou, number=2, reason="看过数字，用新的")
    assert first_of(cast, text)[0] == "street-light-out"
    with pytest.raises(Conflict):
        learnt.use(cast.leader_zhou, number=2, reason="再来")


def test_kinds_are_learnt_by_the_same_rules_and_beside_the_categories(
    cast: Cast, closed: Closing, in_process: None
) -> None:
    # None of them the usual one of its category: the words and the table of usual kinds are wrong about all.
    unusual = {"street-light-out": "suggestion", "water-supply": "consultation", "noise-daily": "help"}
    closed(60, kinds=unusual)
    assert learning.learn(cast.tenant.id) == 2
    leader = cast.leader_zhou.scope
    category, kind = learnt.versions(leader)[0], learnt.versions(leader, learnt.KIND)[0]
    assert [(row.number, row.state) for row in (category, kind)] == [(1, "live")] * 2
    assert (kind.classes, kind.beside["accuracy"]) == (dict.fromkeys(unusual.values(), 16), 0.0)
    assert kind.judged_until > kind.last_at >= category.last_at
    found = suggesting.suggestion("玄武台子格楞子", on=clock.today(), tenant_id=cast.tenant.id)
    assert found.kind is not None
    assert (found.kind.kind, found.kind.probability > 0.5, bool(found.kind.words)) == (
        "suggestion",
        True,
        True,
    )
    # Going back to the words about kinds leaves the categories as they are.
    learnt.use(cast.leader_zhou, number=0, reason="先看看", predicts=learnt.KIND)
    found = suggesting.suggestion("玄武台子格楞子", on=clock.today(), tenant_id=cast.tenant.id)
    assert found.kind is not None
    assert (found.categories[0].category.code, found.kind.kind) == ("street-light-out", "help")
    assert states(cast) == [(1, "live")]


def test_urgency_is_learnt_from_what_people_said_and_from_nothing_else(
    cast: Cast, closed: Closing, in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, text = cast.leader_zhou.scope, "白虎庙咕咚锵，半宿"
    closed(60)  # accepted, but nobody said a word about urgency
    learning.learn(cast.tenant.id)
    look = learnt.last_look(leader, learnt.URGENCY)
    assert look is not None
    assert (look.result, look.data) == ("few_cases", {"cases": 0, "least": 40})
    closed(60, day=20, urgent="noise-daily")
    learning.learn(cast.tenant.id)
    look = learnt.last_look(leader, learnt.URGENCY)
    assert look is not None
    assert (look.result, look.data) == (
        "few_urgent",
        {"cases": 16, "least": 30, "later": 4, "least_later": 10},
    )
    for name, value in (("LEAST_URGENT", 16), ("LEAST_URGENT_LATER", 4)):
        monkeypatch.setattr(learning, name, value)
    before = suggesting.suggestion(text, on=clock.today(), tenant_id=cast.tenant.id)
    assert before.urgency < 0.5
    learning.learn(cast.tenant.id)
    version = learnt.versions(leader, learnt.URGENCY)[0]
    assert (version.number, version.state, version.classes) == (1, "live", {"ordinary": 32, "urgent": 16})
    assert version.figures["labels"]["urgent"]["recall"] > version.beside["labels"]["urgent"]["recall"]
    found = suggesting.suggestion(text, on=clock.today(), tenant_id=cast.tenant.id)
    assert (found.urgency > 0.5, any(word in text for word in found.urgent)) == (True, True)
    # Words of danger stay named beside it, and going back brings the first day's chance.
    assert suggesting.urgency("五楼着火了", tenant_id=cast.tenant.id).words[0] == "着火"
    learnt.use(cast.leader_zhou, number=0, reason="先看看", predicts=learnt.URGENCY)
    back = suggesting.suggestion(text, on=clock.today(), tenant_id=cast.tenant.id)
    assert back.urgency == before.urgency


def test_a_version_that_misses_more_of_what_is_urgent_is_not_better() -> None:
    live = {"macro_f1": 0.80, "accuracy": 0.90, "labels": {"urgent": {"recall": 0.9}}}
    assert learning.is_better(live | {"macro_f1": 0.85}, live)
    assert not learning.is_better(live | {"macro_f1": 0.85, "labels": {"urgent": {"recall": 0.8}}}, live)


def test_private_words_are_covered_before_anything_is_learnt(cast: Cast, closed: Closing) -> None:
    closed(3)
    with acting(cast.system.scope):
        Case.objects.filter(reference="L0-0").update(text="我叫张建国，电话13805339753，玄武台子黑了")
        words = [
            row[1] for row in learning._rows(learning.usable(cast.tenant.id), cast.tenant.id, "category")
        ]
    assert [any(secret in one for one in words) for secret in ("张建国", "13805339753")] == [False, False]
    assert any("玄武台子" in one for one in words)


def test_twins_of_what_was_learnt_from_are_not_judged_on() -> None:
    earlier: list[in_time.Text] = [
        {"text": SAID[code][n % 2].format(n=n), "label": code, "first": {}}
        for n in range(10)
        for code in SAID
    ]
    task: in_time.Task = {
        "earlier": earlier, "later": earlier[:6], "live": "", "least_of_a_label": 5, "least_labels": 3,
        "least_later": 3, "least_later_of_a_label": 2,
    }  # fmt: skip
    assert in_time.answer(task) == {"missing": "later", "later": 0}
    assert in_time.answer(task | {"least_labels": 4}) == {"missing": "labels", "labels": 3}
    # Those that are left must be enough of each label that is learnt.
    new: list[in_time.Text] = [
        {"text": f"白虎庙第{n}回嗡嗡嗡", "label": code, "first": {}}
        for n, code in enumerate(["noise-daily", "water-supply", "noise-daily", "water-supply"])
    ]
    sent_again = [row for row in earlier if row["label"] == "street-light-out"]
    few = in_time.answer(task | {"later": [*new, *sent_again]})
    assert few == {"missing": "later", "label": "street-light-out", "later": 0}


def test_the_same_danger_sent_again_does_not_count_among_those_that_are_judged_on() -> None:
    task: dict[str, Any] = {"earlier": [{"label": "urgent"}] * 31 + [{"label": "ordinary"}]}
    few = {"missing": "later", "label": "urgent", "later": 4}
    assert learning._too_few(task, few) == (
        "few_urgent",
        {"cases": 31, "least": 30, "later": 4, "least_later": 10},
    )
    assert learning._too_few(task, few | {"label": "ordinary"}) == ("few_later", {"later": 4})
    assert learning._too_few(task, {"missing": "words"}) == ("few_words", {})


def test_what_was_never_met_keeps_the_chance_of_the_list() -> None:
    assert in_time.blended({"a": 0.75, "b": 0.25}, {"a": 0.5, "c": 0.2}) == {
        "a": pytest.approx(0.6), "b": pytest.approx(0.2), "c": 0.2,
    }  # fmt: skip


def test_pages_load_neither_models_nor_what_learns_them() -> None:
    code = (
        "import os, sys, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'baiying.config.settings'); django.setup();"
        "import baiying.cases.learnt, baiying.cases.suggesting, baiying.cases.learning, baiying.doors.desk.learning;"
        "print([name for name in ('scipy', 'sklearn', 'baiying.kit.learning.model') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
