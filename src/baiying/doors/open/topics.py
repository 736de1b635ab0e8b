"""Hot topics for programs: what recurs and why that is no chance, who owns it, its steps, the requests behind it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from baiying.cases.models import Case
from baiying.cases.queries import case_by_reference
from baiying.cases.rules import READ
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.shapes import Named, Point, named
from baiying.doors.open.step_notes import note_of
from baiying.org.queries import street_map
from baiying.org.rules import Actor
from baiying.topics import queries, rules, services, steps
from baiying.topics.models import Topic

TAG: Final = "Topics"
ONE: Final = "v1/topics/<uuid:topic_id>"


class TopicsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Proposed, at work, at work in the token's own unit, or ended."""

    show: Literal["proposed", "open", "mine", "ended"] = "proposed"


class TopicStepSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a step may need; `post`: an `id` of GET /api/v1/topic-owners, `day`: since when the measure is in force."""

    text: str = ""
    post: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    day: date | None = None


class TopicRequestSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Which request is put in, or taken out."""

    request: str
    change: Literal["in", "out"] = "in"


class Evidence(msgspec.Struct, kw_only=True):
    """Why it is no chance: so many people between two moments, where so many were to be expected; `p` of its being chance."""

    observed: int
    expected: float
    p: float
    first_at: datetime
    last_at: datetime


class TopicRow(msgspec.Struct, kw_only=True):
    """A topic as it stands in a list. `evidence` is that of the proposal and never changes; `latest_observed`: lately."""

    id: UUID
    state: str
    kind: str
    title: str
    category: Named | None
    community: Named | None
    grid: Named | None
    point: Point | None
    evidence: Evidence
    latest_observed: int
    request_count: int
    unit: Named | None
    owner: str
    measure_on: date | None
    proposed_at: datetime
    ended_at: datetime | None
    version: int


class EffectOne(msgspec.Struct, kw_only=True):
    """Requests of the same kind and place before and since the measure; `ratio` per day with its interval of 95 %."""

    before: int
    before_days: int
    after: int
    after_days: int
    ratio: float | None
    low: float
    high: float | None
    verdict: Literal["fell", "same", "rose", "early"]


class TopicLineOne(msgspec.Struct, kw_only=True):
    """A line of a topic's history."""

    at: datetime
    step: str
    who: str
    text: str


class TopicOne(TopicRow, kw_only=True):
    """A topic with what hangs on it: the requests behind it that the token sees, and the steps it could take now."""

    measure: str
    result: str
    effect: EffectOne | None
    requests: list[str]
    lines: list[TopicLineOne]
    steps: list[str]


class Topics(msgspec.Struct):
    """The latest first, two hundred at most."""

    topics: list[TopicRow]


class OwnerOne(msgspec.Struct):
    """A post whose holder may own a topic."""

    id: int
    unit: Named
    name: str


class Owners(msgspec.Struct):
    """By unit."""

    owners: list[OwnerOne]


@operation(
    "list_topics", "GET", "v1/topics", tag=TAG, summary="List what recurs", answer=Topics, permission=rules.READ,
    query=TopicsAsked,
)  # fmt: skip
def list_topics(call: Call) -> Topics:
    """Whole lists: there are few of them."""
    asked: TopicsAsked = call.query
    return Topics([TopicRow(**_facts(topic)) for topic in queries.topics(call.by, asked.show)])


def _facts(topic: Topic) -> dict[str, Any]:
    units, found, category = street_map(topic.tenant_id).units, topic.evidence, topic.category
    has_point = topic.lon is not None and topic.lat is not None
    return {
        name: getattr(topic, name)
        for name in ("id", "state", "kind", "title", "measure_on", "proposed_at", "ended_at", "version")
    } | {
        "category": Named(category.code, category.name, category.name_en) if category is not None else None,
        "community": named(units.get(topic.community_id or 0)),
        "grid": named(units.get(topic.grid_id or 0)),
        "point": Point(topic.lon or 0.0, topic.lat or 0.0) if has_point else None,
        "evidence": Evidence(
            observed=found["observed"], expected=float(found["expected"]), p=float(found["p"]),
            first_at=datetime.fromisoformat(found["first_at"]), last_at=datetime.fromisoformat(found["last_at"]),
        ),
        "latest_observed": (topic.latest or found).get("observed", found["observed"]),
        "request_count": getattr(topic, "case_count", 0),
        "unit": named(units.get(topic.unit_id or 0)),
        "owner": topic.owner_name,
    }  # fmt: skip


@operation(
    "read_topic", "GET", ONE, tag=TAG, summary="Read one topic", answer=TopicOne, permission=rules.READ, version="read",
)  # fmt: skip
def read_topic(call: Call) -> Answer:
    """With its effect: as it was at the end for what is closed, as it is now for the others."""
    return _shown(call.by, call.path["topic_id"])


def _shown(by: Actor, topic_id: UUID) -> Answer:
    topic = queries.topic_within(by.scope, topic_id)
    tied = queries.case_ids(by.scope, topic.id) if by.has(READ) else []
    seen = Case.objects.within(by.scope).filter(id__in=tied)
    body = TopicOne(
        **_facts(topic),
        measure=topic.measure,
        result=topic.result,
        effect=_effect(topic),
        requests=list(seen.order_by("-received_at", "-id").values_list("reference", flat=True)),
        lines=[
            TopicLineOne(at=line.at, step=line.step, who=line.actor_name, text=line.text)
            for line in queries.lines_of(topic)
        ],
        steps=[step.name for step in queries.may_take(by, topic)],
    )
    return Answer(body, version=topic.version)


def _effect(topic: Topic) -> EffectOne | None:
    found = queries.effect_told(topic)
    return EffectOne(**asdict(found)) if found is not None else None


@operation(
    "take_topic_step", "POST", f"{ONE}/steps/<str:topic_step>", tag=TAG, summary="Lead a topic one step on",
    answer=TopicOne, permission=rules.READ, version="change", body=TopicStepSaid,
    note=lambda: note_of(steps.TOPIC),
    more={"step": {"type": "string", "enum": [s.name for s in steps.TOPIC.steps if "staff" in s.by]}},
)  # fmt: skip
def take_topic_step(call: Call) -> Answer:
    """Open it with an owner, dismiss it, hand it over, write down a measure, close it, open it again."""
    said: TopicStepSaid = call.body
    data = services.StepData(text=said.text, post_id=said.post, day=said.day)
    topic_id = call.path["topic_id"]
    services.take_step(
        call.by, topic_id=topic_id, step=call.path["topic_step"], data=data, version=call.version
    )
    return _shown(call.by, topic_id)


@operation(
    "change_topic_requests", "POST", f"{ONE}/requests", tag=TAG, summary="Put a request into a topic, or take it out",
    answer=TopicOne, permission=rules.MANAGE, body=TopicRequestSaid,
)  # fmt: skip
def change_topic_requests(call: Call) -> Answer:
    """What is taken out is not put back by the nightly look."""
    said: TopicRequestSaid = call.body
    topic = queries.topic_within(call.by.scope, call.path["topic_id"])
    case = case_by_reference(call.by.scope, said.request)
    change = services.untie_case if said.change == "out" else services.tie_case
    change(call.by, topic_id=topic.id, case=case)
    return _shown(call.by, topic.id)


@operation(
    "list_topic_owners", "GET", "v1/topic-owners", tag=TAG, summary="List who may own a topic",
    answer=Owners, permission=rules.MANAGE,
)  # fmt: skip
def list_topic_owners(call: Call) -> Owners:
    """Posts in force whose holders may work on topics, for `post` of a step."""
    posts = queries.owner_posts(call.by.scope.tenant)
    return Owners(
        [OwnerOne(p.pk, Named(p.unit.code, p.unit.name, p.unit.name_en), p.account.name) for p in posts]
    )
