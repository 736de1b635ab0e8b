"""Every write to topics: steps by persons, ties, and what the nightly look proposes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases.models import Case
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.lifecycle import Step
from baiying.kit.recurring.effect import LEAST_DAYS
from baiying.kit.refusals import Conflict, Invalid, NotFound, worded
from baiying.org.rules import Actor, acting, demand
from baiying.topics import queries, rules, steps
from baiying.topics.models import Tie, Topic, TopicLine

MOST_WORDS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StepData:
    """What came with a step. post_id: the post of whoever is to own the topic, with its unit."""

    text: str = ""
    post_id: int | None = None
    day: date | None = None


def take_step(by: Actor, *, topic_id: UUID, step: str, data: StepData, version: int | None = None) -> Topic:
    """Take a step of the table. Raises Denied, NotFound, Conflict (somebody was quicker), Invalid (what is missing)."""
    with acting(by.scope):
        topic = _locked(by, topic_id)
        row = steps.TOPIC.step(step)
        if row is None or by.kind not in row.by:
            raise NotFound(problem=_("没有这个步骤。"), remedy=_("请从话题页面操作。"))
        demand(by, row.permission)
        if topic.state not in row.from_states or version not in (None, topic.version):
            raise Conflict(field="version", extra={"state": topic.state, "version": topic.version})
        words = _words(data.text) if data.text or "text" in row.needs else ""
        before, changed = topic.state, _apply(by, topic, row, words, data)
        topic.state = row.to
        topic.version += 1
        topic.save(update_fields=["state", "version", *changed])
        _write(by, topic, row.name, words, _told(topic, row))
        _record(by, topic, row.event, before, {"owner_id": topic.owner_id} if "owner" in row.needs else None)
        return topic


def _apply(by: Actor, topic: Topic, row: Step, words: str, data: StepData) -> list[str]:
    """What the step changes besides the state; the names of the columns."""
    changed: list[str] = []
    if "owner" in row.needs:
        post = queries.owner_post(topic.tenant_id, data.post_id)
        if post is None:
            raise Invalid(field="post", problem=_("没有选责任人。"), remedy=_("请从列表里选一位同志。"))
        topic.unit_id, topic.owner, topic.owner_name = post.unit_id, post.account, post.account.name
        topic.seen_by = _seen_by(topic)
        changed += ["unit_id", "owner", "owner_name", "seen_by"]
    if row.name == "take_measure":
        if not by.has(rules.MANAGE) and by.unit_id != topic.unit_id:
            raise Conflict(
                problem=_("这个话题不由您的单位负责。"), remedy=_("请责任单位登记，或请街道代为登记。")
            )
        topic.measure_on, topic.measure = _day(data.day, topic), words
        changed += ["measure_on", "measure"]
    if row.name == "close":
        topic.effect = asdict(_effect_to_close_with(topic))
        changed += ["effect"]
    if row.to in steps.ENDED:
        topic.ended_at, topic.result = clock.now(), words
        topic.ended_count = int((topic.latest or topic.evidence).get("observed", 0))
        changed += ["ended_at", "result", "ended_count"]
    return changed


def _day(day: date | None, topic: Topic) -> date:
    if day is None or not topic.evidence_began <= day <= clock.today():
        raise Invalid(
            field="day",
            problem=_("措施开始的日期要在第一件诉求之后，不能晚于今天。"),
            remedy=_("请写实际开始的那一天。"),
        )
    return day


def _effect_to_close_with(topic: Topic) -> Any:
    effect = queries.effect(topic)
    if effect is None or effect.after_days < LEAST_DAYS:
        raise Conflict(
            code="too_early",
            problem=worded(_("采取措施还不满 %(days)s 天，看不出有没有效果。"), days=LEAST_DAYS),
            remedy=_("请满了天数再销项。"),
        )
    return effect


def _told(topic: Topic, row: Step) -> dict[str, Any]:
    if "owner" in row.needs:
        return {"unit": topic.unit_id, "owner": topic.owner_name}
    if row.name == "take_measure":
        return {"day": str(topic.measure_on)}
    return {"effect": topic.effect} if row.name == "close" else {}


def tie_case(by: Actor, *, topic_id: UUID, case: Case) -> Tie:
    """Put a case in that somebody found to belong there."""
    with acting(by.scope):
        topic = _locked(by, topic_id)
        demand(by, rules.MANAGE)
        _refuse_ended(topic)
        tie = Tie.objects.filter(tenant_id=topic.tenant_id, topic=topic, case_id=case.id).first()
        if tie is not None and tie.removed_at is None:
            raise Conflict(
                field="reference", problem=_("这件诉求已经在这个话题里。"), remedy=_("请核对编号。")
            )
        if tie is None:
            tie = Tie.objects.create(**_tie(by, topic, case.id))
        else:
            tie.removed_at, tie.removed_by, tie.removed_name = None, None, ""
            tie.added_at, tie.added_by, tie.added_name = clock.now(), by.account_id, by.name
            tie.save()
        _write(by, topic, "tie", "", {"reference": case.reference})
        _record(by, topic, "topics.case_tied", topic.state, {"case": str(case.id)})
        return tie


def untie_case(by: Actor, *, topic_id: UUID, case: Case) -> None:
    """Take a case out that does not belong there; the nightly look does not put it back."""
    with acting(by.scope):
        topic = _locked(by, topic_id)
        demand(by, rules.MANAGE)
        _refuse_ended(topic)
        tie = Tie.objects.filter(
            tenant_id=topic.tenant_id, topic=topic, case_id=case.id, removed_at=None
        ).first()
        if tie is None:
            raise NotFound(field="reference", problem=_("这件诉求不在这个话题里。"), remedy=_("请核对编号。"))
        tie.removed_at, tie.removed_by, tie.removed_name = clock.now(), by.account_id, by.name
        tie.save(update_fields=["removed_at", "removed_by", "removed_name"])
        _write(by, topic, "untie", "", {"reference": case.reference})
        _record(by, topic, "topics.case_untied", topic.state, {"case": str(case.id)})


def propose(
    by: Actor, *, words: Mapping[str, Any], evidence: Mapping[str, Any], cases: Sequence[UUID]
) -> Topic:
    """A new topic as the look found it; `words` are the columns that say what and where. For the system only."""
    with acting(by.scope):
        topic = Topic(
            id=uuid7(), tenant_id=by.scope.tenant, state=steps.PROPOSED, proposed_at=clock.now(),
            evidence=dict(evidence), latest=dict(evidence), **words,
        )  # fmt: skip
        topic.seen_by = _seen_by(topic)
        topic.save(force_insert=True)
        tie_all(by, topic, cases)
        _write(by, topic, "propose", "", dict(evidence))
        _record(by, topic, "topics.proposed", "")
        return topic


def renew(by: Actor, *, topic_id: UUID, evidence: Mapping[str, Any], cases: Sequence[UUID]) -> bool:
    """The look found a known topic again: what is new is tied. What had ended is proposed again only when it grew.

    Returns whether anything changed. For the system only; repeating it changes nothing.
    """
    with acting(by.scope):
        topic = _locked(by, topic_id)
        if topic.state in steps.ENDED:
            grown = int(evidence["observed"])
            if grown < max(1.5 * topic.ended_count, topic.ended_count + 3):
                return False
            topic = take_step(by, topic_id=topic.id, step="propose_again", data=StepData())
            _write(by, topic, "propose", "", dict(evidence))
            topic.evidence, topic.proposed_at = dict(evidence), clock.now()
        added = tie_all(by, topic, cases)
        topic.latest = dict(evidence)
        topic.save(update_fields=["latest", "evidence", "proposed_at"])
        return bool(added)


def tie_all(by: Actor, topic: Topic, cases: Iterable[UUID]) -> int:
    """Tie what was never tied to the topic; returns how many."""
    known = set(Tie.objects.filter(tenant_id=topic.tenant_id, topic=topic).values_list("case_id", flat=True))
    fresh = [case_id for case_id in cases if case_id not in known]
    Tie.objects.bulk_create(Tie(**_tie(by, topic, case_id)) for case_id in fresh)
    return len(fresh)


def tell(by: Actor, topic: Topic, step: str, event: str, data: Mapping[str, Any]) -> None:
    """A line of the history and its event, without a step: what the system found out. Within the topic's transaction."""
    _write(by, topic, step, "", data)
    _record(by, topic, event, topic.state, dict(data) | {"owner_id": topic.owner_id})


def _tie(by: Actor, topic: Topic, case_id: UUID) -> dict[str, Any]:
    return {
        "tenant_id": topic.tenant_id, "topic": topic, "case_id": case_id, "added_at": clock.now(),
        "added_by": by.account_id, "added_name": by.name,
    }  # fmt: skip


def _seen_by(topic: Topic) -> list[int]:
    return sorted({unit for unit in (topic.community_id, topic.grid_id, topic.unit_id) if unit is not None})


def _refuse_ended(topic: Topic) -> None:
    if topic.state in steps.ENDED:
        raise Conflict(problem=_("这个话题已经结束。"), remedy=_("需要时请先重新立项。"))


def _words(said: str) -> str:
    words = kit_text.clean(said, most=MOST_WORDS)
    if not words:
        raise Invalid(field="text", problem=_("没有写说明。"), remedy=_("请写清楚，别人查得到。"))
    return words


def _locked(by: Actor, topic_id: UUID) -> Topic:
    found = Topic.objects.within(by.scope).select_for_update(of=("self",)).filter(id=topic_id)
    topic: Topic | None = found.first()
    if topic is None:
        raise queries.no_such_topic()
    return topic


def _write(by: Actor, topic: Topic, step: str, text: str, data: Mapping[str, Any]) -> None:
    TopicLine.objects.create(
        id=uuid7(), tenant_id=topic.tenant_id, topic=topic, at=clock.now(), step=step, actor_id=by.account_id,
        actor_name=by.name, text=text, data=dict(data),
    )  # fmt: skip


def _record(by: Actor, topic: Topic, event: str, before: str, data: Mapping[str, Any] | None = None) -> None:
    record(
        News(
            tenant_id=topic.tenant_id, event=event, subject_kind="topic", subject_id=str(topic.id),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, community_id=topic.community_id,
            grid_id=topic.grid_id, unit_id=topic.unit_id, from_state=before, to_state=topic.state, data=data,
        )
    )  # fmt: skip
