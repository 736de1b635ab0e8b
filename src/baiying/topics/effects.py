"""When a measure is old enough to say whether the rate fell, the topic says so: once for each measure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from baiying.kit import clock
from baiying.kit.recurring.effect import LEAST_DAYS
from baiying.org.queries import system_actor
from baiying.org.rules import acting
from baiying.topics import queries, services, steps
from baiying.topics.models import Topic, TopicLine

EFFECT_KNOWN: Final = "topics.effect_known"


def report(tenant_id: int) -> int:
    """Report the effect of every measure that is LEAST_DAYS old today; returns how many. Repeating it reports none."""
    by = system_actor(tenant_id)
    with acting(by.scope):
        lines = TopicLine.objects.annotate(day=KeyTextTransform("measure_on", "data"))
        told = lines.filter(
            tenant_id=tenant_id,
            topic_id=OuterRef("id"),
            step="effect",
            day=Cast(OuterRef("measure_on"), TextField()),
        )
        rows = Topic.objects.filter(
            tenant_id=tenant_id,
            state=steps.MEASURED,
            measure_on__lte=clock.today() - timedelta(days=LEAST_DAYS),
        )
        found = list(rows.filter(~Exists(told)).select_for_update(of=("self",)))
        for topic in found:
            effect = queries.effect(topic)
            assert effect is not None  # it has a measure
            services.tell(
                by, topic, "effect", EFFECT_KNOWN, asdict(effect) | {"measure_on": str(topic.measure_on)}
            )
        return len(found)
