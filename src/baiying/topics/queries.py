"""Reads of topics: lists, one with its cases and history, who could own it, what became of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from baiying.cases.facts import SPLIT
from baiying.cases.models import Case
from baiying.kit import clock
from baiying.kit.lifecycle import Step
from baiying.kit.recurring.effect import Effect, effect_of
from baiying.kit.refusals import NotFound
from baiying.org.models import Post
from baiying.org.rules import Actor, Scope
from baiying.topics import rules, steps
from baiying.topics.models import Topic, TopicLine

COMPARED_DAYS: Final = 90  # before and after a measure, at most
POINT_DEGREES: Final = 0.0005  # half the side of the square that counts as one point
MOST: Final = 200
_CASES: Final = Count("ties", filter=Q(ties__removed_at=None))


def no_such_topic() -> NotFound:
    """What is said of a topic that is not there, or not within the scope."""
    return NotFound(
        problem=_("没有这个话题，或者它不在您的辖区和单位范围内。"), remedy=_("请从话题列表里选。")
    )


def topics(by: Actor, shown: str) -> list[Topic]:
    """proposed | open | mine | ended; the strongest proposals first, otherwise the latest."""
    rows: QuerySet[Topic] = Topic.objects.within(by.scope).select_related("category")
    if shown == "proposed":
        rows = rows.filter(state=steps.PROPOSED)
    elif shown == "ended":
        rows = rows.filter(state__in=steps.ENDED)
    else:
        rows = rows.filter(state__in=steps.AT_WORK)
        if shown == "mine":
            rows = rows.filter(unit_id=by.unit_id)
    return list(rows.annotate(case_count=_CASES).order_by("-proposed_at", "-id")[:MOST])


def topic_within(scope: Scope, topic_id: UUID) -> Topic:
    """One topic. Raises NotFound."""
    rows = Topic.objects.within(scope).select_related("category").annotate(case_count=_CASES)
    found: Topic | None = rows.filter(id=topic_id).first()
    if found is None:
        raise no_such_topic()
    return found


def case_ids(scope: Scope, topic_id: UUID) -> list[UUID]:
    """The cases tied to a topic within the scope; none when there is no such topic. Which of them may be seen, the list asks."""
    topic = Topic.objects.within(scope).filter(id=topic_id).first()
    return list(topic.ties.filter(removed_at=None).values_list("case_id", flat=True)) if topic else []


def title_of(scope: Scope, topic_id: UUID) -> str:
    """The title, or "" where there is no such topic."""
    return Topic.objects.within(scope).filter(id=topic_id).values_list("title", flat=True).first() or ""


def lines_of(topic: Topic) -> list[TopicLine]:
    """The history of a topic that was read within scope, in order."""
    return list(TopicLine.objects.filter(tenant_id=topic.tenant_id, topic=topic).order_by("id"))


def may_take(by: Actor, topic: Topic) -> list[Step]:
    """The steps that this person may take, the likeliest first."""
    is_owner = by.has(rules.MANAGE) or by.unit_id == topic.unit_id
    found = steps.TOPIC.steps_from(topic.state, by=("staff",))
    return [s for s in found if by.has(s.permission) and (s.name != "take_measure" or is_owner)]


def owner_posts(tenant_id: int) -> Sequence[Post]:
    """Posts in force whose holders may work on a topic, by unit and name."""
    today = timezone.localdate()
    rows = Post.objects.filter(
        Q(role__permissions__contains=[rules.WORK]) & (Q(to_date__isnull=True) | Q(to_date__gte=today)),
        tenant_id=tenant_id,
        from_date__lte=today,
        account__is_active=True,
    )
    return list(
        rows.select_related("account", "unit", "role").order_by(
            "unit__level", "unit__sort_key", "unit_id", "id"
        )
    )


def owner_post(tenant_id: int, post_id: int | None) -> Post | None:
    """One of them, else None."""
    return next((post for post in owner_posts(tenant_id) if post.pk == post_id), None)


def effect(topic: Topic, today: date | None = None) -> Effect | None:
    """How often the same category came from the same place before and since the measure; None before there is one.

    Counted by this fixed rule on both sides. Under the street's scope all count, otherwise those the reader may see.
    """
    if topic.measure_on is None:
        return None
    today = today or clock.today()
    rows = alike(topic)
    everything = Case.objects.filter(tenant_id=topic.tenant_id).aggregate(first=Min("received_at"))["first"]
    begins = topic.measure_on - timedelta(days=COMPARED_DAYS)
    if everything is not None:
        begins = max(begins, timezone.localdate(everything))
    ends = min(today, topic.measure_on + timedelta(days=COMPARED_DAYS))
    before = rows.filter(received_at__gte=_midnight(begins), received_at__lt=_midnight(topic.measure_on))
    after = rows.filter(received_at__gte=_midnight(topic.measure_on), received_at__lt=_midnight(ends))
    return effect_of(
        before.count(), max(1, (topic.measure_on - begins).days), after.count(), max(0, (ends - topic.measure_on).days)
    )  # fmt: skip


def effect_told(topic: Topic) -> Effect | None:
    """The effect as readers are told: of what is closed as it was at the end, of the others as it is now."""
    if topic.state == steps.CLOSED and topic.effect:
        return Effect(**topic.effect)
    return effect(topic)


def alike(topic: Topic) -> QuerySet[Case]:
    """Cases of the same place and category; where no place is known, of its community or of the whole street."""
    rows = Case.objects.filter(tenant_id=topic.tenant_id).exclude(channel=SPLIT)
    if topic.category_id is not None:
        rows = rows.filter(category_id=topic.category_id)
    if topic.level == "point" and topic.lon is not None and topic.lat is not None:
        lon, lat = (float(part) for part in topic.place_key.split(","))
        return rows.filter(
            lon__gte=lon - POINT_DEGREES, lon__lt=lon + POINT_DEGREES, lat__gte=lat - POINT_DEGREES,
            lat__lt=lat + POINT_DEGREES,
        )  # fmt: skip
    columns = {
        "building": "building_id",
        "living_area": "living_area_id",
        "grid": "grid_id",
        "community": "community_id",
    }
    if topic.level in columns:
        return rows.filter(**{columns[topic.level]: int(topic.place_key)})
    return rows.filter(community_id=topic.community_id) if topic.community_id else rows


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
